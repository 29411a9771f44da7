// HyParView through whole runs: repair, joiners, and what its views are.

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/membership/hyparview.hpp"
#include "tests/protocols/membership_runs.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::membership_hyparview_runs_test {
namespace {

using hearsay::test::at;
using hearsay::test::by_kind;
using hearsay::test::column;
using hearsay::test::crash;
using hearsay::test::every;
using hearsay::test::hundred;
using hearsay::test::joiners;
using hearsay::test::metric;
using hearsay::test::ProbeNet;
using hearsay::test::run;
using hearsay::test::set_membership;
using membership::Hyparview;
using network::FaultSpec;
using network::SelectBy;
using network::TopologyKind;

/// The same hundred, with a failure detector.
simulation::RunSpec hyparview_hundred(Duration duration) {
  auto spec = hundred(duration);
  spec.topology.degree = 4;
  spec.network.keep_alive = seconds(1);
  set_membership<Hyparview>(spec).shuffle_interval = seconds(5);
  return spec;
}

TEST(HyparviewRun, RepairsTheOverlayAfterManyHaveCrashed) {
  auto spec = hyparview_hundred(seconds(200));
  FaultSpec many = crash({}, seconds(100));
  many.nodes.by = SelectBy::kCount;
  many.nodes.count = 50;
  spec.faults = {many};
  spec.workloads = {every(seconds(1), seconds(150), seconds(190))};
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
  EXPECT_LT(metric(result, "stale_view_share"), 0.5);  // more than that were dead when it happened: half of all
  // Without anybody who notices, half of the four links of a node are dead for good: some nodes have none left.
  spec.network.keep_alive = {};
  EXPECT_LT(metric(run(spec), "coverage_min"), 1);
}

TEST(HyparviewRun, ItsOwnGaugesAreMetricsAndColumnsOfTheSeries) {
  auto spec = hyparview_hundred(seconds(100));
  spec.output.series = seconds(10);
  const auto result = run(spec);
  const auto column = [&](std::string_view name) {
    const auto& all = result.series_columns;
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin());
  };
  const std::size_t active = column("active_view"), peers = column("peers"), known = column("view_size_mean");
  ASSERT_LT(active, result.series_columns.size());
  ASSERT_LT(column("passive_view"), result.series_columns.size());
  double passive = 0;
  for (const auto& sample : result.series) {
    EXPECT_DOUBLE_EQ(sample.values.at(active), sample.values.at(peers));  // the active view is the connections
    EXPECT_DOUBLE_EQ(sample.values.at(active) + sample.values.at(column("passive_view")), sample.values.at(known));
    passive += sample.values.at(column("passive_view"));
  }
  EXPECT_DOUBLE_EQ(metric(result, "passive_view_mean"), passive / static_cast<double>(result.series.size()));
  EXPECT_EQ(metric(result, "active_view_max"), 5);
}

TEST(HyparviewRun, ANodeHasNoMorePeersThanItWantsButForANanosecond) {
  constexpr unsigned kNodes = 40, kActive = 5;
  ProbeNet net(kNodes);
  net.spec.topology.kind = TopologyKind::kRing;
  net.spec.network.keep_alive = seconds(1);
  set_membership<Hyparview>(net.spec).shuffle_interval = seconds(5);
  net.spec.network.groups = {joiners({1, 2, 3, 4, 5, 6, 7, 8}, seconds(10), seconds(40))};
  net.spec.faults = {crash({20, 21, 22, 23}, seconds(60), seconds(80))};
  net.spec.duration = at(seconds(200));
  net.run();
  std::vector<int> peers(kNodes);
  const auto there = [](unsigned n) { return n == 0 || n > 8; };
  for (unsigned n = 0; n < kNodes; ++n)
    if (there(n)) peers[n] = there((n + 1) % kNodes) + there((n + kNodes - 1) % kNodes);
  std::map<SimTime, std::vector<std::pair<unsigned, int>>> changes;
  for (const auto& call : net.log.peers_up) changes[call.time].emplace_back(call.node, 1);
  for (const auto& call : net.log.peers_down) changes[call.time].emplace_back(call.node, -1);
  EXPECT_GT(net.log.peers_up.size(), 100u);
  bool crashed = false;
  for (auto at_once = changes.begin(); at_once != changes.end(); ++at_once) {
    if (!crashed && at_once->first >= at(seconds(60))) {
      for (unsigned n = 20; n < 24; ++n) peers[n] = 0;  // nobody tells them
      crashed = true;
    }
    for (const auto& [node, by] : at_once->second) peers[node] += by;
    const auto next = std::next(at_once);
    if (next != changes.end() && next->first <= at_once->first + nanoseconds(1)) continue;
    for (unsigned n = 0; n < kNodes; ++n) EXPECT_LE(peers[n], static_cast<int>(kActive)) << "node " << n;
  }
  for (unsigned n = 0; n < kNodes; ++n) EXPECT_GE(peers[n], 3) << "node " << n;
  EXPECT_EQ(net.metric("stale_view_share"), 0);
}

TEST(HyparviewRun, AJoinerBecomesAPeerAndGetsTheItemsThatFollow) {
  auto spec = hyparview_hundred(seconds(120));
  spec.network.groups = {joiners({11, 42, 77}, seconds(20), seconds(30))};
  spec.workloads = {every(seconds(1), seconds(40), seconds(110))};
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
  const auto kinds = by_kind(result);
  EXPECT_EQ(kinds.at("joined").count, 3u);
  EXPECT_GE(kinds.at("forward-join").count, 3u);
  EXPECT_EQ(kinds.at("forward-join").bytes, kinds.at("forward-join").count * (16 + 18));
}

TEST(HyparviewRun, TheReliableTransportSeesFailuresToo) {
  auto spec = hyparview_hundred(seconds(200));
  spec.network.keep_alive = {};
  spec.network.transport = network::Transport::kReliable;
  spec.network.max_retries = 2;
  FaultSpec many = crash({}, seconds(50));
  many.nodes.by = SelectBy::kCount;
  many.nodes.count = 30;
  spec.faults = {many};
  // Until then the shuffles find the dead ends: one misses a connection in 14 rounds with probability (4/5)^14 = 4 %.
  spec.workloads = {every(seconds(1), seconds(120), seconds(190))};
  EXPECT_EQ(metric(run(spec), "coverage_min"), 1);
}

}  // namespace
}  // namespace hearsay::membership_hyparview_runs_test
