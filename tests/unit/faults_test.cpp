#include "sim/network/faults.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/print.hpp"

namespace hearsay::network {
namespace {

SimTime at(std::int64_t s) { return SimTime{} + seconds(s); }

FaultSpec fault(FaultKind kind, std::vector<std::uint32_t> ids, SimTime from = {}, SimTime until = kNever) {
  FaultSpec f;
  f.kind = kind;
  f.at = from;
  f.until = until;
  if (!ids.empty()) {
    f.nodes.by = SelectBy::kIds;
    f.nodes.ids = std::move(ids);
  }
  return f;
}

struct Timeline {
  explicit Timeline(std::vector<FaultSpec> s)
      : specs(std::move(s)), nodes(6), faults(specs, nodes, 1), tally(faults.tally()) {}
  std::vector<FaultReport> reports() const { return faults.reports(tally); }
  std::vector<FaultSpec> specs;
  std::vector<NodeAttributes> nodes;
  FaultTimeline faults;
  FaultTally tally;
};

constexpr NodeId kA{0}, kB{1}, kC{2};

TEST(FaultTimeline, KnowsWhichKindsThereAre) {
  Timeline none({});
  EXPECT_FALSE(none.faults.any_partition() || none.faults.any_slow() || none.faults.any_silent() ||
               none.faults.any_loss_burst() || none.faults.any_latency_spike() || none.faults.any_bandwidth_drop());
  Timeline two({fault(FaultKind::kSlow, {}), fault(FaultKind::kPartition, {0})});
  EXPECT_TRUE(two.faults.any_slow());
  EXPECT_TRUE(two.faults.any_partition());
  EXPECT_FALSE(two.faults.any_silent());
}

// [10, 20): a message cut at any instant of [sent, delivered] is lost.
TEST(FaultTimeline, ACutLastsFromItsBeginningToJustBeforeItsEnd) {
  Timeline t({fault(FaultKind::kPartition, {0}, at(10), at(20))});
  const auto cut = [&](SimTime sent, SimTime delivered) { return t.faults.cut(kA, kB, sent, delivered) >= 0; };
  EXPECT_FALSE(cut(at(5), at(10) - nanoseconds(1)));
  EXPECT_TRUE(cut(at(5), at(10)));
  EXPECT_TRUE(cut(at(5), at(50)));
  EXPECT_TRUE(cut(at(12), at(13)));
  EXPECT_TRUE(cut(at(20) - nanoseconds(1), at(21)));
  EXPECT_FALSE(cut(at(20), at(21)));
  EXPECT_EQ(t.faults.cut(kB, kC, at(12), at(13)), -1);  // on one side
}

TEST(FaultTimeline, NamesThePartitionThatCuts) {
  Timeline t({fault(FaultKind::kPartition, {0}, at(10), at(20)), fault(FaultKind::kSlow, {}),
              fault(FaultKind::kPartition, {1}, at(10), at(20))});
  EXPECT_EQ(t.faults.cut(kA, kC, at(12), at(13)), 0);
  EXPECT_EQ(t.faults.cut(kC, kB, at(12), at(13)), 2);
}

TEST(FaultTimeline, SpikesAddUpInOrder) {
  auto first = fault(FaultKind::kLatencySpike, {0}), second = fault(FaultKind::kLatencySpike, {});
  first.add = milliseconds(10);
  second.factor = 2;
  Timeline t({first, second});
  EXPECT_EQ(t.faults.spiked(kA, kB, milliseconds(5), {}, t.tally), milliseconds(30));  // (5 + 10) x 2
  EXPECT_EQ(t.faults.spiked(kB, kC, milliseconds(5), {}, t.tally), milliseconds(10));
  EXPECT_EQ(t.reports()[0].delayed, 1u);
  EXPECT_EQ(t.reports()[1].delayed, 2u);
}

TEST(FaultTimeline, BandwidthNeverDropsToNothing) {
  auto drop = fault(FaultKind::kBandwidthDrop, {});
  drop.factor = 0;
  Timeline t({drop});
  EXPECT_EQ(t.faults.dropped_bandwidth(kA, 1'000'000, {}, t.tally), 1u);  // 0 would mean unlimited
  EXPECT_EQ(t.faults.dropped_bandwidth(kA, 0, {}, t.tally), 0u);
}

TEST(FaultTimeline, SilentNamesTheFaultWhileItHolds) {
  Timeline t({fault(FaultKind::kSilent, {1}, at(1), at(2))});
  EXPECT_EQ(t.faults.silent(kB, at(1)), 0);
  EXPECT_EQ(t.faults.silent(kB, at(2)), -1);
  EXPECT_EQ(t.faults.silent(kA, at(1)), -1);
}

TEST(FaultTimeline, SlowFaultsAddUp) {
  auto a = fault(FaultKind::kSlow, {0}), b = fault(FaultKind::kSlow, {});
  a.delay = milliseconds(1);
  b.delay = milliseconds(2);
  Timeline t({a, b});
  EXPECT_EQ(t.faults.slow(kA, {}, t.tally), milliseconds(3));
  EXPECT_EQ(t.faults.slow(kB, {}, t.tally), milliseconds(2));
}

TEST(FaultTimeline, ReportsEachNodeOnce) {
  Timeline t({fault(FaultKind::kCrash, {0, 1})});
  t.tally.touched(0, kA);
  t.tally.touched(0, kA);
  t.tally.touched(0, kB);
  t.tally.dropped(0);
  t.tally.dropped(0);
  EXPECT_EQ(t.reports()[0].nodes, 2u);
  EXPECT_EQ(t.reports()[0].dropped, 2u);
  EXPECT_EQ(t.reports()[0].kind, "crash");
}

TEST(FaultTimeline, BurstLossIsAPureFunctionOfTheMessage) {
  auto burst = fault(FaultKind::kLossBurst, {}, at(1), at(2));
  burst.loss = 0.5;
  Timeline t({burst});
  int lost = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const int once = t.faults.burst_loss(kA, kB, i, at(1));
    EXPECT_EQ(once, t.faults.burst_loss(kA, kB, i, at(1)));
    lost += once == 0;
  }
  EXPECT_NEAR(lost, 500, 3.89 * 15.8);  // SD sqrt(250)
  EXPECT_EQ(t.faults.burst_loss(kA, kB, 0, at(2)), -1);
}

}  // namespace
}  // namespace hearsay::network
