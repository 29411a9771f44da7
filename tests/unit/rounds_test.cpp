#include "sim/protocol/rounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "protocols/flood.hpp"

namespace hearsay::protocol::rounds_test {
namespace {

constexpr Duration kInterval = milliseconds(250);

KeyedDraws draws(std::uint64_t node = 0) { return {42, Stream::kNodeProtocol, node}; }

SimTime at(std::int64_t ms) { return SimTime{} + milliseconds(ms); }

TEST(Rounds, SynchronousTicksFallAtMultiplesOfTheIntervalAtOneIntervalFirst) {
  auto rng = draws();
  EXPECT_EQ(delay_to_first_tick(Phase::kSynchronous, kInterval, at(0), rng), milliseconds(250));
  EXPECT_EQ(delay_to_next_tick(Phase::kSynchronous, kInterval, at(250), rng), milliseconds(250));
  EXPECT_EQ(delay_to_first_tick(Phase::kSynchronous, kInterval, at(251), rng), milliseconds(249));  // joined late
  EXPECT_EQ(delay_to_first_tick(Phase::kSynchronous, kInterval, at(749), rng), milliseconds(1));
  EXPECT_EQ(rng.position(), 0u);  // it draws nothing
}

TEST(Rounds, ARoundLastsFromItsTickToTheNext) {
  EXPECT_EQ(round_start(at(0), kInterval), at(0));
  EXPECT_EQ(round_start(at(499), kInterval), at(250));
  EXPECT_EQ(round_start(at(500), kInterval), at(500));
  EXPECT_TRUE(known_at_round_start(at(499), at(500), kInterval));
  EXPECT_FALSE(known_at_round_start(at(500), at(500), kInterval));
  EXPECT_FALSE(known_at_round_start(at(510), at(700), kInterval));
  EXPECT_TRUE(known_at_round_start(at(510), at(750), kInterval));
}

TEST(Rounds, RandomPhasesAreUniformOverOneIntervalAndThenKeepIt) {
  auto rng = draws();
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(delay_to_first_tick(Phase::kRandom, nanoseconds(3), at(17), rng).ns);
  EXPECT_EQ(seen, (std::set<std::int64_t>{1, 2, 3}));
  // The mean of 4000 draws of U(0, 250 ms] lies within 3.89 x 72.2 / sqrt(4000) = 4.5 ms of 125 ms.
  double sum = 0;
  for (int i = 0; i < 4000; ++i)
    sum += static_cast<double>(delay_to_first_tick(Phase::kRandom, kInterval, at(17), rng).ns) / 1e6;
  EXPECT_NEAR(sum / 4000, 125, 4.5);
  EXPECT_EQ(delay_to_next_tick(Phase::kRandom, kInterval, at(17), rng), kInterval);
}

TEST(Rounds, PoissonGapsAreExponentialAndNeverZero) {
  auto rng = draws();
  double sum = 0;
  int longer = 0;
  for (int i = 0; i < 4000; ++i) {
    const Duration gap = delay_to_next_tick(Phase::kPoisson, kInterval, at(3), rng);
    sum += static_cast<double>(gap.ns) / 1e6;
    longer += gap > kInterval;
  }
  EXPECT_NEAR(sum / 4000, 250, 3.89 * 250 / std::sqrt(4000));
  const double e = std::exp(-1.0);  // P(gap > mean)
  EXPECT_NEAR(longer / 4000.0, e, 3.89 * std::sqrt(e * (1 - e) / 4000));
  for (int i = 0; i < 1000; ++i) EXPECT_GE(delay_to_first_tick(Phase::kPoisson, nanoseconds(1), at(3), rng).ns, 1);
  for (int i = 0; i < 1000; ++i)
    EXPECT_LE(delay_to_next_tick(Phase::kPoisson, {kMaxSimTime.ns}, at(3), rng).ns, kMaxSimTime.ns);
}

TEST(Rounds, AnExchangeMustFitIntoASynchronousRound) {
  Setting setting;
  setting.max_latency_ns = 100e6;
  Diagnostics diagnostics;
  require_exchange_fits("interval", kInterval, {.legs = 2}, setting, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  require_exchange_fits("interval", kInterval, {.legs = 3}, setting, diagnostics);
  require_exchange_fits("interval", milliseconds(100), {.legs = 1}, setting,
                        diagnostics);  // ends with the round: too late
  setting.max_latency_ns = std::numeric_limits<double>::infinity();
  require_exchange_fits("interval", kInterval, {.legs = 1}, setting, diagnostics);
  ASSERT_EQ(diagnostics.size(), 3u);
  EXPECT_EQ(diagnostics[0].key, "interval");
  EXPECT_EQ(diagnostics[0].message,
            "a synchronous round must be longer than 3 times the longest latency, 300 ms; write a longer one");
  EXPECT_FALSE(diagnostics[1].warning);
  EXPECT_TRUE(diagnostics[2].warning);
}

// ----------------------------------------------------------------------------------- choice of partners

using P = protocols::Flood;

struct NoWorld final : NetworkView {
  std::span<const NodeId> peers(NodeId) const override { return {}; }
  Duration link_latency(NodeId, NodeId) const override { return {}; }
  bool connected(NodeId, NodeId) const override { return false; }
  std::span<const NodeId> topology_peers(NodeId) const override { return {}; }
  void known(NodeId, std::vector<NodeId>&) const override {}
  SimTime enlisted(NodeId, SimTime) const override { return kNever; }
  Duration reconnect_delay() const override { return {}; }
  Duration uplink_backlog(NodeId, SimTime) const override { return {}; }
};

/// A context to choose in.
struct Chooser {
  NoWorld world;
  P::Params params;
  Effects<P> effects;
  TimerTable timers;
  DrawPositions positions = DrawPositions(1, 0);
  NodeDraws draws{7, positions};
  Context<P> ctx{world, params, effects, timers, draws, NodeId{0}, SimTime{}};
};

std::vector<NodeId> nodes(std::uint32_t n) {
  std::vector<NodeId> list;
  for (std::uint32_t i = 0; i < n; ++i) list.push_back(NodeId{i + 10});
  return list;
}

TEST(ChoosePartners, AreDistinctAndOfTheList) {
  Chooser c;
  for (const std::uint32_t n : {0u, 1u, 2u, 5u, 17u, 100u}) {
    const auto from = nodes(n);
    for (const std::size_t count : {0u, 1u, 2u, 16u, 17u, 200u}) {
      const auto chosen = choose_partners(c.ctx, from, count);
      EXPECT_EQ(chosen.size(), std::min<std::size_t>(count, n));
      EXPECT_EQ(std::set(chosen.begin(), chosen.end()).size(), chosen.size());
      for (const NodeId node : chosen) EXPECT_TRUE(std::binary_search(from.begin(), from.end(), node));
    }
  }
}

TEST(ChoosePartners, TheShortWayIsTheHeadOfTheSameShuffle) {
  const auto from = nodes(23);
  Chooser a, b;
  for (std::size_t count = 1; count <= 16; ++count) {
    std::vector<NodeId> whole = from;
    keep_random(a.draws.of(NodeId{0}), whole, count);
    const auto chosen = choose_partners(b.ctx, from, count);
    EXPECT_EQ(std::vector(chosen.begin(), chosen.end()), whole);
  }
}

// All 5 x 4 = 20 ordered pairs are equally likely: with 20,000 draws each count is within 3.89 sqrt(20,000 x 0.05 x
// 0.95) = 120 of 1000; with a filter that leaves 4 of 6, the 12 ordered pairs within 3.89 sqrt(20,000 / 12 x 11 / 12)
// = 152 of 1667.
TEST(ChoosePartners, EveryOrderedChoiceIsEquallyLikely) {
  Chooser c;
  std::map<std::pair<NodeId, NodeId>, int> all, kept;
  const auto five = nodes(5), six = nodes(6);
  for (int i = 0; i < 20'000; ++i) {
    const auto pair = choose_partners(c.ctx, five, 2);
    ++all[{pair[0], pair[1]}];
    const auto odd = choose_partners(c.ctx, six, 2, [](NodeId node) { return index(node) != 11 && index(node) != 15; });
    ++kept[{odd[0], odd[1]}];
  }
  EXPECT_EQ(all.size(), 20u);
  for (const auto& [pair, count] : all) EXPECT_NEAR(count, 1000, 120);
  EXPECT_EQ(kept.size(), 12u);
  for (const auto& [pair, count] : kept) EXPECT_NEAR(count, 1667, 152);
}

TEST(ChoosePartners, AFilterThatLeavesFewLeavesFew) {
  Chooser c;
  const auto from = nodes(50);
  EXPECT_EQ(choose_partners(c.ctx, from, 4, [](NodeId node) { return index(node) == 33; }).size(), 1u);
  EXPECT_TRUE(choose_partners(c.ctx, from, 4, [](NodeId) { return false; }).empty());
  EXPECT_EQ(choose_partners(c.ctx, from, 50, [](NodeId) { return true; }).size(), 50u);
}

}  // namespace
}  // namespace hearsay::protocol::rounds_test
