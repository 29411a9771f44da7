// What a run says of its membership, and that a run with one is a run like any other.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/membership/exchange.hpp"
#include "tests/protocols/membership_runs.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::membership_figures_test {
namespace {

using hearsay::test::at;
using hearsay::test::burst;
using hearsay::test::churn;
using hearsay::test::column;
using hearsay::test::crash;
using hearsay::test::exchange;
using hearsay::test::halves;
using hearsay::test::has_metric;
using hearsay::test::hundred;
using hearsay::test::joiners;
using hearsay::test::metric;
using hearsay::test::ProbeNet;
using hearsay::test::run;
using hearsay::test::set_membership;
using hearsay::test::with_registry;
using membership::Exchange;
using network::FaultSpec;
using network::SelectBy;
using network::TopologyKind;
using ::testing::Contains;
using ::testing::Not;

// ----------------------------------------------------------------------------------------- figures

TEST(MembershipFigures, CountTheViewsOfLiveNodesAndWhatIsStaleInThem) {
  const auto figures = [](std::vector<std::uint32_t> down) {
    ProbeNet net(3);
    with_registry(net).spec.faults = {crash(std::move(down), seconds(10))};
    net.spec.output.series = seconds(1);
    net.spec.duration = at(seconds(20));
    net.run();
    const auto sizes = column(net.result, "view_size_mean"), stale = column(net.result, "stale_view_share");
    EXPECT_EQ(sizes.at(0), 0);
    EXPECT_TRUE(std::isnan(stale.at(0)));  // nobody knows anybody
    EXPECT_EQ(sizes.at(5), 2);
    EXPECT_EQ(stale.at(5), 0);
    return std::tuple(net.metric("view_size_p50"), net.metric("stale_view_share"), sizes.at(20), stale.at(20));
  };
  // 0 and 1 know each other, and 2, which is down.
  EXPECT_EQ(figures({2}), std::tuple(2.0, 0.5, 2.0, 0.5));
  EXPECT_EQ(figures({1, 2}), std::tuple(2.0, 1.0, 2.0, 1.0));
  const auto [median, stale, mean, sampled] = figures({0, 1, 2});
  for (const double nothing : {median, stale, mean, sampled}) EXPECT_TRUE(std::isnan(nothing));
}

TEST(MembershipFigures, TheMedianOfAnEvenNumberOfViewsIsBetweenTheTwo) {
  ProbeNet net(4);
  net.spec.topology.kind = TopologyKind::kLine;
  auto& params = set_membership<Exchange>(net.spec, exchange());
  params.active = 1;
  params.ping_interval = seconds(100);
  params.rotate_interval = {};
  net.spec.duration = at(milliseconds(1));
  net.run();
  EXPECT_EQ(net.metric("view_size_p50"), 1.5);  // 1 2 2 1
}

TEST(MembershipFigures, AJoinerIsKnownOnceHalfOfTheOthersThatAreUpKnowIt) {
  const auto known_after = [](std::vector<FaultSpec> faults) {
    ProbeNet net(5);
    with_registry(net).spec.network.groups = {joiners({4}, seconds(10), seconds(10))};
    net.spec.faults = std::move(faults);
    net.spec.duration = at(seconds(20));
    net.run();
    return net.metric("join_known_s");
  };
  EXPECT_DOUBLE_EQ(known_after({}), 0.150);
  // Cut off from 2 and 3: 0 and 1 are half of the four others.
  FaultSpec cut = halves(seconds(5), seconds(15));
  cut.nodes.by = SelectBy::kIds;
  cut.nodes.ids = {2, 3};
  EXPECT_DOUBLE_EQ(known_after({cut}), 0.150);
  // Cut off from three it is known to one, until two of the others have crashed.
  cut.nodes.ids = {1, 2, 3};
  EXPECT_TRUE(std::isnan(known_after({cut})));
  EXPECT_DOUBLE_EQ(known_after({cut, crash({2, 3}, seconds(13))}), 3);
}

// ------------------------------------------------------------------------------------------- runs

TEST(MembershipRun, IsTheSameTwiceAndUnderATrace) {
  struct Count : simulation::TraceSink {
    std::map<std::string, int> events, kinds;
    void record(const simulation::TraceRecord& r) override {
      ++events[std::string(simulation::trace_event_name(r.event))];
      if (r.event == simulation::TraceEvent::kReceive) ++kinds[std::string(r.message_kind)];
    }
  };
  auto spec = hundred(seconds(60));
  spec.faults = {churn(), halves(seconds(30), seconds(40))};
  const auto once = run(spec), twice = run(spec);
  EXPECT_EQ(once.digest, twice.digest);
  Count sink;
  simulation::RunOptions options;
  options.trace = &sink;
  const auto traced = simulation::run(spec, options);
  EXPECT_EQ(traced.digest, once.digest);
  EXPECT_EQ(traced.metrics, once.metrics);
  for (const char* kind : {"item", "ping", "pong"}) EXPECT_GT(sink.kinds[kind], 0) << kind;
  for (const char* event : {"peer-up", "peer-down", "timer"}) EXPECT_GT(sink.events[event], 0) << event;
}

TEST(MembershipRun, AnotherSeedIsAnotherRun) {
  auto spec = hundred(seconds(30));
  EXPECT_NE(run(spec, 0).digest, run(spec, 1).digest);
}

TEST(MembershipRun, EndsWhenAllIsCoveredThoughPingsGoOn) {
  auto spec = hundred(seconds(600));
  spec.workloads = {burst(3, std::nullopt)};
  for (const auto until : {simulation::Until::kCovered, simulation::Until::kQuiet}) {
    spec.until = until;
    const auto result = run(spec);
    EXPECT_LT(result.simulated_s, 2);
    EXPECT_EQ(metric(result, "coverage_min"), 1);
  }
}

TEST(MembershipRun, AStaticRunHasNothingOfIt) {
  auto spec = hundred(seconds(20));
  test::set_static_membership(spec);
  const auto result = run(spec);
  EXPECT_EQ(result.messages_by_kind.size(), 1u);
  EXPECT_THAT(result.series_columns, Not(Contains("view_size_mean")));
  for (const char* name : {"view_size_p50", "stale_view_share", "join_known_s"})
    EXPECT_FALSE(has_metric(result, name)) << name;
  set_membership<Exchange>(spec, exchange());
  const auto with = run(spec);
  for (const char* name : {"view_size_p50", "stale_view_share", "join_known_s"})
    EXPECT_TRUE(has_metric(with, name)) << name;
  EXPECT_THAT(with.series_columns, Contains("stale_view_share"));
}

TEST(MembershipRun, ExtraLatencyByKindAppliesToItsMessages) {
  struct Ways : simulation::TraceSink {
    std::map<std::tuple<std::int64_t, std::int64_t, std::uint32_t>, SimTime> sent;
    std::map<std::string, std::set<std::int64_t>> took_ns;
    void record(const simulation::TraceRecord& r) override {
      if (r.event == simulation::TraceEvent::kSend) sent[{r.node, r.peer, r.sequence}] = r.time;
      if (r.event == simulation::TraceEvent::kReceive)
        took_ns[std::string(r.message_kind)].insert((r.time - sent.at({r.peer, r.node, r.sequence})).ns);
    }
  } ways;
  ProbeNet net(2);
  set_membership<Exchange>(net.spec, exchange()).active = 1;
  net.spec.network.latency_by_kind = {{"pong", milliseconds(30)}};
  net.spec.duration = at(seconds(20));
  net.run(&ways);
  EXPECT_THAT(ways.took_ns["ping"], ::testing::ElementsAre(milliseconds(50).ns));
  EXPECT_THAT(ways.took_ns["pong"], ::testing::ElementsAre(milliseconds(80).ns));
}

}  // namespace
}  // namespace hearsay::membership_figures_test
