#include "sim/network/wire.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/print.hpp"

namespace hearsay::network::wire_test {
namespace {

TEST(Serialisation, IsEightBitsAByteRoundedUp) {
  EXPECT_EQ(serialisation(125'000, 10'000'000), milliseconds(100));
  EXPECT_EQ(serialisation(1, 8'000'000'000), nanoseconds(1));
  EXPECT_EQ(serialisation(1, 8'000'000'001), nanoseconds(1));
  EXPECT_EQ(serialisation(1, 7'999'999'999), nanoseconds(2));
  EXPECT_EQ(serialisation(1, 3), nanoseconds(2'666'666'667));
}

TEST(Serialisation, OfNothingOrWithoutALimitTakesNoTime) {
  EXPECT_EQ(serialisation(0, 1), Duration{});
  EXPECT_EQ(serialisation(1'000'000'000'000, 0), Duration{});
}

// 2.3 GB is where 8 x bytes x 10^9 leaves 64 bits; on both sides the formula is the same.
TEST(Serialisation, IsExactForSizesBeyondSixtyFourBits) {
  for (const std::uint64_t bytes :
       {1'999'999'999ull, 2'000'000'000ull, 2'305'843'009ull, 2'305'843'010ull, 10'000'000'000ull})
    EXPECT_EQ(serialisation(bytes, 8'000'000'000).ns, static_cast<std::int64_t>(bytes)) << bytes;
  EXPECT_EQ(serialisation(125'000'000'000'000'000ull, 1'000'000'000), seconds(1'000'000'000));
}

TEST(Serialisation, IsCutAtTheLongestRun) {
  EXPECT_EQ(serialisation(125'000'000'000'000'000ull, 1).ns, kMaxSimTime.ns);
  EXPECT_EQ(serialisation(2'000'000'001, 1).ns, kMaxSimTime.ns);
}

/// A wire between two nodes.
struct Two {
  Two(NetworkSpec s, std::uint64_t up, std::uint64_t down)
      : spec(std::move(s)),
        nodes(2),
        faults({}, nodes, 1),
        wire((nodes[0].uplink_bit_per_s = up, nodes[1].downlink_bit_per_s = down, spec), nodes, {}, faults) {}
  Departure depart(std::uint64_t bytes, SimTime now) {
    return wire.depart(use, NodeId{0}, NodeId{1}, bytes, milliseconds(50), now);
  }
  NetworkSpec spec;
  std::vector<NodeAttributes> nodes;
  FaultTimeline faults;
  Wire wire;
  FaultTally tally = faults.tally();
  WireUse use{tally};
};

TEST(Wire, AnnouncesTheFirstBitOnlyWhereADownlinkIsLimited) {
  EXPECT_TRUE(Two({}, 8'000, 8'000).depart(100, {}).claims_downlink);
  EXPECT_FALSE(Two({}, 8'000, 0).depart(100, {}).claims_downlink);
  NetworkSpec uplink;
  uplink.contention = Contention::kUplink;
  EXPECT_FALSE(Two(uplink, 8'000, 8'000).depart(100, {}).claims_downlink);
  NetworkSpec delay;
  delay.model = WireModel::kDelay;
  EXPECT_FALSE(Two(delay, 8'000, 8'000).depart(100, {}).claims_downlink);
  NetworkSpec control;
  control.control_bytes = 100;
  EXPECT_FALSE(Two(control, 8'000, 8'000).depart(100, {}).claims_downlink);
  EXPECT_TRUE(Two(control, 8'000, 8'000).depart(101, {}).claims_downlink);
}

TEST(Wire, TellsWhenEachBitLeavesAndArrives) {
  Two two({}, 8'000, 4'000);
  two.depart(1000, {});
  const Departure d = two.depart(500, SimTime{} + milliseconds(200));
  EXPECT_EQ(d.start, SimTime{} + seconds(1));
  EXPECT_EQ(d.done, SimTime{} + milliseconds(1500));
  EXPECT_EQ(d.first_bit, SimTime{} + milliseconds(1050));
  EXPECT_EQ(d.arrival, SimTime{} + milliseconds(1550));
  const auto a = two.wire.first_bit(two.use, NodeId{0}, NodeId{1}, 500, d.done - d.start, d.first_bit);
  EXPECT_EQ(a.delivered, SimTime{} + milliseconds(2050));
  EXPECT_EQ(a.wait, Duration{});
  const auto b = two.wire.first_bit(two.use, NodeId{0}, NodeId{1}, 500, {}, d.first_bit);
  EXPECT_EQ(b.delivered, SimTime{} + milliseconds(3050));
  EXPECT_EQ(b.wait, seconds(1));
}

TEST(Wire, ACrashFreesTheUplinkNow) {
  Two two({}, 8'000, 0);
  two.depart(10'000, {});
  two.wire.reset(NodeId{0}, SimTime{} + seconds(3));
  EXPECT_EQ(two.depart(1000, SimTime{} + seconds(3)).start, SimTime{} + seconds(3));
  two.wire.reset(NodeId{0}, SimTime{} + seconds(100));  // an idle uplink stays as it is
  EXPECT_EQ(two.depart(1000, SimTime{} + seconds(100)).start, SimTime{} + seconds(100));
}

// Rates that are lower at the receiver of one link only: the shortcut for networks of equal links must not apply.
TEST(Wire, LooksAtEveryDownlinkWhereOneIsSlow) {
  NetworkSpec spec;
  spec.contention = Contention::kUplink;
  std::vector<NodeAttributes> nodes(3);
  for (auto& node : nodes) node.uplink_bit_per_s = node.downlink_bit_per_s = 8'000;
  nodes[2].downlink_bit_per_s = 4'000;
  FaultTimeline faults({}, nodes, 1);
  Wire wire(spec, nodes, {}, faults);
  FaultTally tally = faults.tally();
  WireUse use(tally);
  EXPECT_EQ(wire.depart(use, NodeId{0}, NodeId{1}, 1000, {}, {}).arrival, SimTime{} + seconds(1));
  EXPECT_EQ(wire.depart(use, NodeId{0}, NodeId{2}, 1000, {}, {}).arrival, SimTime{} + seconds(3));
  EXPECT_EQ(wire.depart(use, NodeId{1}, NodeId{0}, 1000, {}, {}).arrival, SimTime{} + seconds(1));
}

TEST(Wire, AnUnlimitedUplinkIsLimitedByTheDownlink) {
  NetworkSpec spec;
  spec.contention = Contention::kUplink;
  std::vector<NodeAttributes> nodes(2);
  nodes[1].downlink_bit_per_s = 8'000;
  FaultTimeline faults({}, nodes, 1);
  Wire wire(spec, nodes, {}, faults);
  FaultTally tally = faults.tally();
  WireUse use(tally);
  EXPECT_EQ(wire.depart(use, NodeId{0}, NodeId{1}, 1000, {}, {}).arrival, SimTime{} + seconds(1));
}

}  // namespace
}  // namespace hearsay::network::wire_test
