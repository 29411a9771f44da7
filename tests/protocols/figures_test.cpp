// Figures that a protocol and its parts declare: through whole runs, on one thread and on several, and by hand.

#include "sim/protocol/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "sim/metrics/catalogue.hpp"
#include "sim/protocol/statistics.hpp"
#include "tests/support/own_protocol.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::figures_test {
namespace {

using protocol::Context;
using test::metric;
using ::testing::ElementsAre;

constexpr protocol::Counter kForwarded{"forwarded", {.help = "copies handed on"}};
constexpr protocol::ItemTime kReached{"reached", {.help = "from publication to the first copy"}};
constexpr protocol::Gauge kKnown{"known_items", {.help = "items that a live node knows"}};

struct Copy {
  static constexpr std::string_view kName = "copy";
  ItemId id{};
  std::uint64_t wire_bytes() const { return 100; }
  auto content() const { return std::tie(id); }
  std::span<const ItemId> items() const { return {&id, 1}; }
};

/// Floods, and counts what it does.
class Part {
 public:
  static constexpr std::string_view kName = "part";
  static constexpr std::string_view kSummary = "floods and counts";
  static constexpr auto kFigures = protocol::figures(kKnown, kForwarded, kReached);
  struct Params {
    template <class Fields>
    static void fields(Fields&) {}
  };
  using Message = std::variant<Copy>;
  struct Timer {
    auto content() const { return std::tuple(); }
  };
  void on_start(Context<Part>&) {}
  void on_publish(Context<Part>& ctx, ItemId item) { accept(ctx, item, kNoNode); }
  void on_message(Context<Part>& ctx, NodeId from, const Message& message) {
    const ItemId item = std::get<Copy>(message).id;
    if (std::find(known_.begin(), known_.end(), item) != known_.end()) return;
    ctx.measure(kReached, item);
    accept(ctx, item, from);
  }
  void on_timer(Context<Part>&, const Timer&) {}
  void gauges(const Params&, const protocol::Moment&, protocol::GaugeReadings& readings) const {
    readings.add(kKnown, known_.size());
  }

 private:
  void accept(Context<Part>& ctx, ItemId item, NodeId from) {
    known_.push_back(item);
    ctx.deliver(item);
    ctx.send_all(Copy{item}, from);
    const std::size_t others = ctx.peers().size() - (from == kNoNode ? 0 : 1);
    ctx.count(kForwarded, static_cast<std::uint32_t>(others));
  }
  std::vector<ItemId> known_;
};

/// Made of it, with a figure of its own before the part's.
class Whole {
 public:
  static constexpr std::string_view kName = "whole";
  static constexpr std::string_view kSummary = "is made of a part";
  static constexpr protocol::Counter kCalls{"part_calls", {.help = "calls of the part", .rare = true}};
  static constexpr auto kFigures = protocol::figures(kCalls);
  using Parts = std::tuple<Part>;
  struct Params {
    Part::Params part;
    template <class Fields>
    static void fields(Fields&) {}
  };
  using Message = std::variant<Copy>;
  struct Timer {
    auto content() const { return std::tuple(); }
  };
  struct Workspace {
    protocol::Effects<Part> part;
  };
  void on_start(Context<Whole>&) {}
  void on_publish(Context<Whole>& ctx, ItemId item) {
    run(ctx, [&](Context<Part>& part) { part_.on_publish(part, item); });
  }
  void on_message(Context<Whole>& ctx, NodeId from, const Message& message) {
    run(ctx, [&](Context<Part>& part) { part_.on_message(part, from, std::get<Copy>(message)); });
  }
  void on_timer(Context<Whole>&, const Timer&) {}
  void gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const {
    part_.gauges(params.part, at, readings);
  }

 private:
  template <class Handler>
  void run(Context<Whole>& ctx, const Handler& handler) {
    ctx.count(kCalls);
    ctx.run_part<Part>(ctx.params().part, ctx.workspace().part, handler, [](const Part::Timer&) { return Timer{}; });
  }
  Part part_;
};

template <class P>
simulation::RunSpec spec_of(network::TopologyKind kind, std::uint32_t nodes) {
  auto spec = test::basic_spec("flood", kind, nodes);
  test::set_protocol<P>(spec);
  return spec;
}

template <class P>
class Figures : public ::testing::Test {};
using Both = ::testing::Types<Part, Whole>;
TYPED_TEST_SUITE(Figures, Both);

// A line 0 - 1 - 2 - 3 with 10 ms a link: node i has the item after 10 i ms, and hands it on to one node, the last to
// none. The last copy arrives at the end of the run, when all know the item.
TYPED_TEST(Figures, AreMetricsOfARun) {
  const auto result = test::run(spec_of<TypeParam>(network::TopologyKind::kLine, 4));
  EXPECT_EQ(metric(result, "forwarded"), 3);
  EXPECT_DOUBLE_EQ(metric(result, "reached_mean_s"), 0.02);
  EXPECT_DOUBLE_EQ(metric(result, "reached_p50_s"), 0.02);
  EXPECT_DOUBLE_EQ(metric(result, "reached_p90_s"), 0.028);
  EXPECT_DOUBLE_EQ(metric(result, "reached_max_s"), 0.03);
  EXPECT_EQ(metric(result, "known_items_mean"), 1);
  EXPECT_EQ(metric(result, "known_items_max"), 1);
}

TYPED_TEST(Figures, AreSampledInTheSeries) {
  auto spec = spec_of<TypeParam>(network::TopologyKind::kLine, 4);
  spec.output.series = milliseconds(15);
  const auto result = test::run(spec);
  ASSERT_THAT(result.series_columns, ::testing::Contains("known_items"));
  const auto at = std::find(result.series_columns.begin(), result.series_columns.end(), "known_items");
  std::vector<double> values;
  for (const auto& sample : result.series)
    values.push_back(sample.values.at(static_cast<std::size_t>(at - result.series_columns.begin())));
  EXPECT_THAT(values, ElementsAre(0.25, 0.5, 1));  // at 0, 15 and 30 ms
  EXPECT_DOUBLE_EQ(metric(result, "known_items_mean"), (0.25 + 0.5 + 1) / 3);
}

TYPED_TEST(Figures, MeasureTheMeasuredItemsAlone) {
  auto spec = spec_of<TypeParam>(network::TopologyKind::kLine, 4);
  spec.output.measure_window = true;
  spec.output.measure_from = SimTime{} + seconds(1);
  spec.output.measure_to = SimTime{} + seconds(2);
  const auto result = test::run(spec);
  EXPECT_TRUE(std::isnan(metric(result, "reached_mean_s")));  // the only item is published at 0
  EXPECT_EQ(metric(result, "forwarded"), 3);                  // a counter counts the whole run
}

TYPED_TEST(Figures, AreTheSameForAnyNumberOfThreads) {
  auto spec = spec_of<TypeParam>(network::TopologyKind::kRandomRegular, 300);
  spec.topology.degree = 5;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 100e6));
  spec.workloads = {test::burst(40, std::nullopt)};
  spec.output.series = milliseconds(50);
  const auto one = test::run_on_any_threads(spec);
  EXPECT_EQ(metric(one, "forwarded"), metric(one, "messages_sent"));
  EXPECT_DOUBLE_EQ(metric(one, "reached_mean_s"), metric(one, "latency_mean_s"));
}

TEST(FiguresOfAWhole, AreItsOwnThenThoseOfItsParts) {
  const auto result = test::run(spec_of<Whole>(network::TopologyKind::kLine, 4));
  EXPECT_EQ(metric(result, "part_calls"), 1 + 3);
  EXPECT_THAT(protocol::figures_of<Whole>, ElementsAre(&Whole::kCalls, &kKnown, &kForwarded, &kReached));
}

TEST(FiguresByHand, AreWhatTheScriptCounts) {
  test::Script<Whole> s({}, test::peers_of_line(3));
  const ItemId item = s.publish(0);
  s.advance(milliseconds(7));
  s.deliver_all();
  EXPECT_EQ(s.counted(Whole::kCalls), 3u);
  EXPECT_EQ(s.counted(kForwarded), 2u);
  EXPECT_THAT(s.measured(2, kReached, item), ElementsAre(milliseconds(7)));
  EXPECT_THAT(s.measured(0, kReached, item), ElementsAre());
  EXPECT_THAT(s.gauges(1), ElementsAre(1));
}

// A part may be listed before the whole that has figures of its own beside it.
TEST(FiguresInTheCatalogue, KeepTheOrderOfEachThatDeclaresThem) {
  const std::vector<const protocol::Figure*> part = {&kKnown, &kForwarded, &kReached};
  const std::vector<const protocol::Figure*> whole = {&kKnown, &Whole::kCalls, &kForwarded, &kReached};
  const metrics::Catalogue catalogue({part, whole});
  const auto place = [&](const char* name) { return catalogue.find(name) - catalogue.all().data(); };
  EXPECT_LT(place("known_items_mean"), place("part_calls"));
  EXPECT_LT(place("part_calls"), place("forwarded"));
  EXPECT_LT(place("forwarded"), place("reached_mean_s"));
}

TEST(FiguresInTheCatalogue, AreOneMetricForEachStatistic) {
  const std::vector<const protocol::Figure*> declared = {&kKnown, &kForwarded, &kReached, &Whole::kCalls};
  const metrics::Catalogue catalogue({declared, declared});
  const auto* mean = catalogue.find("known_items_mean");
  ASSERT_NE(mean, nullptr);
  EXPECT_EQ(mean->unit, "1");
  EXPECT_THAT(std::string(mean->help), ::testing::StartsWith("items that a live node knows: mean over nodes"));
  const auto* time = catalogue.find("reached_p99_s");
  ASSERT_NE(time, nullptr);
  EXPECT_EQ(time->unit, "s");
  EXPECT_EQ(catalogue.find("part_calls")->statistics.kind, MetricKind::kCount);
  EXPECT_EQ(catalogue.find("forwarded")->statistics.kind, MetricKind::kMean);
  EXPECT_EQ(catalogue.find("known_items"), nullptr);  // a column of series.csv, no metric
}

}  // namespace
}  // namespace hearsay::figures_test
