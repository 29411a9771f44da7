// Several tallies, folded window by window, give the figures of one.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/metrics/tally.hpp"

namespace hearsay::metrics::recorder_fold_test {
namespace {

constexpr std::uint32_t kNodes = 40, kItems = 30;

/// A random story of floods through all nodes, told by tally(node).
template <class TallyOf, class WindowOver>
void tell(const workload::Schedule& schedule, const TallyOf& tally, const WindowOver& window_over) {
  KeyedDraws draws(7, Stream::kProperty);
  struct Step {
    std::int64_t ms;
    std::uint32_t item, node, from;
  };
  std::vector<Step> steps;
  for (std::uint32_t i = 0; i < kItems; ++i) {
    const auto origin = static_cast<std::uint32_t>(schedule.publications[i].origin);
    std::vector<std::uint32_t> order;
    for (std::uint32_t n = 0; n < kNodes; ++n)
      if (n != origin) order.push_back(n);
    draws.shuffle(order);
    if (i % 5 == 4) order.resize(kNodes / 2);  // never complete
    std::int64_t ms = schedule.publications[i].time.ns / 1'000'000;
    std::uint32_t last = origin;
    for (const std::uint32_t n : order) {
      ms += static_cast<std::int64_t>(draws.below(3));
      steps.push_back({ms, i, n, last});
      last = n;
    }
  }
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.ms < b.ms; });
  std::size_t next = 0;
  for (std::int64_t window = 0; window < 300; ++window) {
    const auto before = [&](std::int64_t ms) { return ms < (window + 1) * 2; };
    for (std::uint32_t i = 0; i < kItems; ++i) {
      const auto& p = schedule.publications[i];
      if (p.time.ns / 2'000'000 != window) continue;
      tally(p.origin).published(ItemId{i}, p.time);
      tally(p.origin).delivered(ItemId{i}, p.origin, p.time);
    }
    for (; next < steps.size() && before(steps[next].ms); ++next) {
      const Step& s = steps[next];
      Tally& t = tally(NodeId{s.node});
      const SimTime now{s.ms * 1'000'000};
      t.sent(0, NodeId{s.from}, 2, 100, true, now);
      t.received(100, s.ms);
      t.receipt(ItemId{s.item}, NodeId{s.node}, NodeId{s.from});
      t.delivered(ItemId{s.item}, NodeId{s.node}, now);
      t.received(100, 2 * s.ms);
      t.receipt(ItemId{s.item}, NodeId{s.node}, NodeId{s.from});  // once more
      if (s.node % 9 == 0) t.delivered(ItemId{s.item}, NodeId{s.node}, now);
    }
    window_over(window);
  }
}

struct Setting {
  OutputSpec output;
  std::vector<network::NodeAttributes> nodes = std::vector<network::NodeAttributes>(kNodes);
  workload::Schedule schedule;
  LabelNames labels{{""}, {}, {}, {}};

  Setting() {
    output.series = milliseconds(20);
    for (std::uint32_t i = 0; i < kItems; ++i)
      schedule.publications.push_back({SimTime{} + milliseconds(5 * i), 1000, NodeId{i * 7 % kNodes}, ClassId{0}});
  }
  std::unique_ptr<Recorder> recorder() const {
    return std::make_unique<Recorder>(output, nodes, schedule, labels, std::vector<std::string>{"item"}, true);
  }
};

RunResult finish(Recorder& recorder) {
  RunResult result;
  Recorder::End end;
  end.time = SimTime{} + seconds(1);
  recorder.finish(end, result);
  return result;
}

RunResult of_one(const Setting& setting) {
  const auto recorder = setting.recorder();
  Tally tally(*recorder);
  for (std::uint32_t n = 0; n < kNodes; ++n) tally.node_up(NodeId{n}, false);
  tell(
      setting.schedule, [&](NodeId) -> Tally& { return tally; },
      [&](std::int64_t window) {
        if (window % 10 == 9) recorder->sample(SimTime{} + milliseconds(2 * window));
      });
  return finish(*recorder);
}

RunResult of_several(const Setting& setting, unsigned tallies) {
  const auto recorder = setting.recorder();
  std::vector<std::unique_ptr<Tally>> all;
  for (unsigned t = 0; t < tallies; ++t) all.push_back(std::make_unique<Tally>(*recorder, tallies));
  for (std::uint32_t n = 0; n < kNodes; ++n) all[n % tallies]->node_up(NodeId{n}, false);
  recorder->fold_all();
  tell(
      setting.schedule, [&](NodeId node) -> Tally& { return *all[index(node) % tallies]; },
      [&](std::int64_t window) {
        if (window % 10 == 9) {
          recorder->fold_all();
          recorder->sample(SimTime{} + milliseconds(2 * window));
        }
        // As the loop does it: the next window begins, what this one counted is folded meanwhile.
        const auto parity = static_cast<unsigned>(window % 2);
        for (auto& tally : all) tally->begin_window(parity ^ 1);
        for (unsigned part = 0; part < tallies; ++part) recorder->fold(part, parity);
        recorder->settle();
      });
  return finish(*recorder);
}

TEST(RecorderFold, SeveralTalliesGiveTheFiguresOfOne) {
  const Setting setting;
  const RunResult one = of_one(setting);
  for (const unsigned tallies : {1u, 2u, 3u, 7u}) {
    const RunResult several = of_several(setting, tallies);
    EXPECT_EQ(one.metrics, several.metrics) << tallies;
    ASSERT_EQ(one.series.size(), several.series.size());
    for (std::size_t s = 0; s < one.series.size(); ++s) EXPECT_EQ(one.series[s].values, several.series[s].values) << s;
    EXPECT_EQ(one.reach[0].time_s, several.reach[0].time_s);
  }
}

TEST(RecorderFold, KnowsWhenEverythingIsEverywhere) {
  const Setting setting;
  const auto recorder = setting.recorder();
  Tally a(*recorder, 2), b(*recorder, 2);
  for (std::uint32_t n = 0; n < kNodes; ++n) a.node_up(NodeId{n}, false);
  recorder->fold_all();
  EXPECT_TRUE(recorder->all_covered());
  const NodeId origin = setting.schedule.publications[0].origin;
  a.published(ItemId{0}, {});
  a.delivered(ItemId{0}, origin, {});
  recorder->fold_all();
  EXPECT_FALSE(recorder->all_covered());
  for (std::uint32_t n = 0; n < kNodes; ++n) {
    if (NodeId{n} == origin) continue;
    (n % 2 ? a : b).receipt(ItemId{0}, NodeId{n}, origin);
    (n % 2 ? a : b).delivered(ItemId{0}, NodeId{n}, SimTime{1});
  }
  recorder->fold_all();
  EXPECT_TRUE(recorder->all_covered());
}

}  // namespace
}  // namespace hearsay::metrics::recorder_fold_test
