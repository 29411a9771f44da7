#include "sim/network/faults/timeline.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/print.hpp"

namespace hearsay::network::faults_test {
namespace {

SimTime at(std::int64_t s) { return SimTime{} + seconds(s); }

FaultSpec fault(FaultKind kind, std::vector<std::uint32_t> ids, SimTime from = {}, SimTime until = kNever) {
  FaultSpec f;
  f.kind = std::move(kind);
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
  EXPECT_FALSE(none.faults.any_cuts() || none.faults.any_pauses() || none.faults.any_silences() ||
               none.faults.any_losses() || none.faults.any_latencies() || none.faults.any_bandwidths());
  Timeline two({fault(Slow{}, {}), fault(Partition{}, {0})});
  EXPECT_TRUE(two.faults.any_pauses());
  EXPECT_TRUE(two.faults.any_cuts());
  EXPECT_FALSE(two.faults.any_silences());
}

// [10, 20): a message cut at any instant of [sent, delivered] is lost.
TEST(FaultTimeline, ACutLastsFromItsBeginningToJustBeforeItsEnd) {
  Timeline t({fault(Partition{}, {0}, at(10), at(20))});
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
  Timeline t({fault(Partition{}, {0}, at(10), at(20)), fault(Slow{}, {}), fault(Partition{}, {1}, at(10), at(20))});
  EXPECT_EQ(t.faults.cut(kA, kC, at(12), at(13)), 0);
  EXPECT_EQ(t.faults.cut(kC, kB, at(12), at(13)), 2);
}

TEST(FaultTimeline, SpikesAddUpInOrder) {
  Timeline t({fault(LatencySpike{.add = milliseconds(10)}, {0}), fault(LatencySpike{.factor = 2}, {})});
  EXPECT_EQ(t.faults.latency(kA, kB, milliseconds(5), {}, t.tally), milliseconds(30));  // (5 + 10) x 2
  EXPECT_EQ(t.faults.latency(kB, kC, milliseconds(5), {}, t.tally), milliseconds(10));
  EXPECT_EQ(t.reports()[0].delayed, 1u);
  EXPECT_EQ(t.reports()[1].delayed, 2u);
}

TEST(FaultTimeline, BandwidthNeverDropsToNothing) {
  Timeline t({fault(BandwidthDrop{.factor = 0}, {})});
  EXPECT_EQ(t.faults.bandwidth(kA, 1'000'000, {}, t.tally), 1u);  // 0 would mean unlimited
  EXPECT_EQ(t.faults.bandwidth(kA, 0, {}, t.tally), 0u);
}

TEST(FaultTimeline, SilentNamesTheFaultWhileItHolds) {
  Timeline t({fault(Silent{}, {1}, at(1), at(2))});
  EXPECT_EQ(t.faults.silences(kB, at(1)), 0);
  EXPECT_EQ(t.faults.silences(kB, at(2)), -1);
  EXPECT_EQ(t.faults.silences(kA, at(1)), -1);
}

TEST(FaultTimeline, SlowFaultsAddUp) {
  Timeline t({fault(Slow{.delay = milliseconds(1)}, {0}), fault(Slow{.delay = milliseconds(2)}, {})});
  EXPECT_EQ(t.faults.pause(kA, {}, t.tally), milliseconds(3));
  EXPECT_EQ(t.faults.pause(kB, {}, t.tally), milliseconds(2));
}

TEST(FaultTimeline, ReportsEachNodeOnce) {
  Timeline t({fault(Crash{}, {0, 1})});
  t.tally.hit(0, kA);
  t.tally.hit(0, kA);
  t.tally.hit(0, kB);
  t.tally.dropped(0);
  t.tally.dropped(0);
  EXPECT_EQ(t.reports()[0].nodes_hit, 2u);
  EXPECT_EQ(t.reports()[0].dropped, 2u);
  EXPECT_EQ(t.reports()[0].kind, "crash");
}

TEST(FaultTimeline, BurstLossIsAPureFunctionOfTheMessage) {
  Timeline t({fault(LossBurst{.loss = 0.5}, {}, at(1), at(2))});
  int lost = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const bool once = t.faults.loses(kA, kB, i, at(1), t.tally);
    EXPECT_EQ(once, t.faults.loses(kA, kB, i, at(1), t.tally));
    lost += once;
  }
  EXPECT_NEAR(lost, 500, 3.89 * 15.8);  // SD sqrt(250)
  EXPECT_EQ(t.reports()[0].dropped, 2u * static_cast<unsigned>(lost));
  EXPECT_FALSE(t.faults.loses(kA, kB, 0, at(2), t.tally));
}

}  // namespace
}  // namespace hearsay::network::faults_test
