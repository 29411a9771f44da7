// When messages arrive, and whether: the wire, the latency and the loss, through whole runs. Times are exact.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "protocols/flood.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::network_semantics_test {
namespace {

using hearsay::test::basic_spec;
using hearsay::test::constant_latency;
using hearsay::test::metric;
using hearsay::test::Probe;
using hearsay::test::ProbeNet;
using hearsay::test::run;
using hearsay::test::Tag;
using network::Contention;
using network::TopologyKind;
using network::UplinkRelease;
using network::WireModel;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Optional;

constexpr std::uint64_t kMbit = 1'000'000;
constexpr std::uint64_t kMB = 1'000'000;

// ------------------------------------------------------------------------------------------- delay

TEST(DelayWire, TakesLatencyPlusSerialisationByTheNarrowerEnd) {
  for (const auto& [up, down] : {std::pair{10 * kMbit, 20 * kMbit}, std::pair{20 * kMbit, 10 * kMbit},
                                 std::pair{std::uint64_t{0}, 10 * kMbit}}) {
    ProbeNet net(2);
    net.spec.network.model = WireModel::kDelay;
    net.spec.network.uplink_bit_per_s = up;
    net.spec.network.downlink_bit_per_s = down;
    const Tag one = net.send(seconds(1), 0, {1}, kMB);
    net.run();
    EXPECT_EQ(net.arrival(one), milliseconds(1000 + 50 + 800));
  }
}

TEST(DelayWire, HasNoContention) {
  ProbeNet net(3);
  net.spec.network.model = WireModel::kDelay;
  net.spec.network.uplink_bit_per_s = 10 * kMbit;
  const Tag a = net.send({}, 0, {1, 2}, kMB), b = net.send({}, 0, {1}, kMB);
  net.run();
  for (const unsigned to : {1u, 2u}) EXPECT_EQ(net.arrival(a, to), milliseconds(850));
  EXPECT_EQ(net.arrival(b), milliseconds(850));
  EXPECT_EQ(net.metric("queue_delay_mean_s"), 0);
}

TEST(DelayWire, WithoutLimitsTakesTheLatencyAlone) {
  ProbeNet net(2);
  net.spec.network.model = WireModel::kDelay;
  const Tag a = net.send({}, 0, {1}, 1000 * kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(50));
}

// ------------------------------------------------------------------------------------------- queue

class EitherContention : public ::testing::TestWithParam<Contention> {};
INSTANTIATE_TEST_SUITE_P(QueueWire, EitherContention, ::testing::Values(Contention::kUplink, Contention::kBoth),
                         [](const auto& p) { return p.param == Contention::kUplink ? "Uplink" : "Both"; });

// EX-12: an uplink of 10 Mbit/s takes 0.8 s a MB; eight transfers one after the other, 50 ms on the way.
TEST_P(EitherContention, TheUplinkIsAFifoServer) {
  auto spec = basic_spec("flood", TopologyKind::kStar, 9);
  spec.network.latency = constant_latency(milliseconds(50));
  spec.network.contention = GetParam();
  spec.network.uplink_bit_per_s = 10 * kMbit;
  spec.network.downlink_bit_per_s = 10 * kMbit;
  spec.workloads = {hearsay::test::burst(1, 0, 1e6)};
  spec.output.ledger = true;
  const auto result = run(spec);
  std::set<std::int64_t> arrivals;
  for (const auto& row : result.ledger)
    if (row.node != 0) arrivals.insert(row.time_ns);
  std::set<std::int64_t> expected;
  for (std::int64_t k = 1; k <= 8; ++k) expected.insert(k * 800'000'000 + 50'000'000);
  EXPECT_EQ(arrivals, expected);
  // Waits of 0, 0.8, ... 5.6 s: mean 2.8 s; the 99th percentile (type 7) lies at 0.93 between 4.8 and 5.6.
  EXPECT_NEAR(metric(result, "queue_delay_mean_s"), 2.8, 1e-9);
  EXPECT_NEAR(metric(result, "queue_delay_p99_s"), 4.8 + 0.93 * 0.8, 1e-9);
  // 64 Mbit handed to an uplink of 10 Mbit/s in 6.45 s; the leaves' uplinks carry nothing.
  EXPECT_NEAR(metric(result, "uplink_utilisation_max"), 6.4 / 6.45, 1e-9);
  EXPECT_NEAR(metric(result, "uplink_utilisation_mean"), 6.4 / 6.45 / 9, 1e-9);
  EXPECT_EQ(metric(result, "uplink_bytes_max"), 8e6);
}

// EX-13: 1 MB over 4 hops, 0.8 + 0.05 s each.
TEST_P(EitherContention, ForwardsWholeMessagesHopByHop) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 5);
  spec.network.latency = constant_latency(milliseconds(50));
  spec.network.contention = GetParam();
  spec.network.uplink_bit_per_s = 10 * kMbit;
  spec.network.downlink_bit_per_s = 10 * kMbit;
  spec.workloads = {hearsay::test::burst(1, 0, 1e6)};
  EXPECT_NEAR(metric(run(spec), "latency_max_s"), 3.4, 1e-12);
}

// Six transfers of 1/7 s: waits of k/7 s, rounded up to whole nanoseconds, to the last digit.
TEST_P(EitherContention, WaitsAreExact) {
  ProbeNet net(2);
  net.spec.network.contention = GetParam();
  net.spec.network.uplink_bit_per_s = 7 * kMbit;
  net.spec.network.downlink_bit_per_s = 14 * kMbit;
  for (int i = 0; i < 6; ++i) net.send({}, 0, {1}, 125'000);
  net.run();
  EXPECT_NEAR(net.metric("queue_delay_mean_s"), 15 * 0.142857143 / 6, 1e-15);
}

TEST_P(EitherContention, ASlowDownlinkStretchesTheTransfer) {
  ProbeNet net(2);
  net.spec.network.contention = GetParam();
  net.spec.network.uplink_bit_per_s = 10 * kMbit;
  net.spec.network.downlink_bit_per_s = 5 * kMbit;
  const Tag a = net.send({}, 0, {1}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(50 + 1600));
}

TEST_P(EitherContention, UnlimitedBandwidthTakesNoTime) {
  ProbeNet net(3);
  net.spec.network.contention = GetParam();
  const Tag a = net.send({}, 0, {1, 2}, 1000 * kMB);
  net.run();
  EXPECT_EQ(net.arrival(a, 1), milliseconds(50));
  EXPECT_EQ(net.arrival(a, 2), milliseconds(50));
}

TEST_P(EitherContention, ZeroLatencyStillTakesANanosecond) {
  ProbeNet net(2);
  net.spec.network.contention = GetParam();
  net.spec.network.latency = constant_latency({});
  net.spec.network.downlink_bit_per_s = 10 * kMbit;
  const Tag a = net.send(seconds(1), 0, {1}, 0);
  net.run();
  EXPECT_EQ(net.arrival(a), seconds(1) + nanoseconds(1));
}

// 1 byte at 3 bit/s takes 2.66... s, rounded up to a nanosecond.
TEST_P(EitherContention, SerialisationRoundsUp) {
  ProbeNet net(2);
  net.spec.network.contention = GetParam();
  net.spec.network.uplink_bit_per_s = 3;
  const Tag a = net.send({}, 0, {1}, 1);
  net.run();
  EXPECT_EQ(net.arrival(a), nanoseconds(2'666'666'667) + milliseconds(50));
}

TEST_P(EitherContention, AnIdleUplinkStartsAtOnceAndABusyOneWaits) {
  ProbeNet net(2);
  net.spec.network.contention = GetParam();
  net.spec.network.uplink_bit_per_s = 8 * kMbit;  // 1 s a MB
  const Tag a = net.send(seconds(1), 0, {1}, kMB);
  const Tag b = net.send(milliseconds(1500), 0, {1}, kMB);  // waits half a second
  const Tag c = net.send(seconds(10), 0, {1}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(2050));
  EXPECT_EQ(net.arrival(b), milliseconds(3050));
  EXPECT_EQ(net.arrival(c), milliseconds(11'050));
  EXPECT_NEAR(net.metric("queue_delay_mean_s"), 0.5 / 3, 1e-9);
  EXPECT_NEAR(net.metric("uplink_utilisation_mean"), 3.0 / 1000 / 2, 1e-12);
}

// Two senders, one receiver, equal rates: with contention = both the second transfer finds the downlink taken.
TEST(QueueWire, TheDownlinkIsAFifoServerInOrderOfFirstBits) {
  ProbeNet net(3);
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  net.spec.network.downlink_bit_per_s = 8 * kMbit;
  const Tag a = net.send({}, 0, {2}, kMB);
  const Tag b = net.send(milliseconds(250), 1, {2}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(1050));
  EXPECT_EQ(net.arrival(b), milliseconds(2050));  // first bit at 300 ms, served from 1050 on
  EXPECT_NEAR(net.metric("queue_delay_mean_s"), 0.75 / 2, 1e-9);

  net.spec.network.contention = Contention::kUplink;
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(1050));
  EXPECT_EQ(net.arrival(b), milliseconds(1300));
  EXPECT_EQ(net.metric("queue_delay_mean_s"), 0);
}

// The order is that of the first bits, not of the sends nor of the last bits: 1 sends later, but over a shorter link.
TEST(QueueWire, TheFirstBitDecidesWhoIsServedFirst) {
  ProbeNet net(3);
  net.spec.topology = hearsay::test::edges(
      3, {{0, 2, milliseconds(200).ns, 0}, {1, 2, milliseconds(20).ns, 0}, {0, 1, milliseconds(1).ns, 0}});
  net.spec.network.latency = {};
  net.spec.network.latency.kind = network::LatencyKind::kFile;
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  net.spec.network.downlink_bit_per_s = 8 * kMbit;
  const Tag a = net.send({}, 0, {2}, kMB);                     // first bit at 200 ms
  const Tag b = net.send(milliseconds(100), 1, {2}, 2 * kMB);  // first bit at 120 ms, 2 s to serve
  net.run();
  EXPECT_EQ(net.arrival(b), milliseconds(2120));
  EXPECT_EQ(net.arrival(a), milliseconds(3120));
}

// A fast downlink waits for the last bit; it is free as soon as it has served, before the last bit has come.
TEST(QueueWire, AFastDownlinkDeliversWithTheLastBit) {
  ProbeNet net(3);
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  net.spec.network.downlink_bit_per_s = 80 * kMbit;
  const Tag a = net.send({}, 0, {2}, kMB), b = net.send(milliseconds(100), 1, {2}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(1050));  // served in the 100 ms from its first bit at 50 ms on
  EXPECT_EQ(net.arrival(b), milliseconds(1150));  // first bit at 150 ms, when the downlink has just got free
  EXPECT_EQ(net.metric("queue_delay_mean_s"), 0);
}

// A chain of equal rates: the transfer over a hop takes its serialisation once, whatever the number of servers.
TEST(QueueWire, EqualRatesNeverCountTwice) {
  ProbeNet net(2);
  net.spec.network.uplink_bit_per_s = 7 * kMbit;
  net.spec.network.downlink_bit_per_s = 7 * kMbit;
  std::vector<Tag> tags;
  for (int i = 0; i < 5; ++i) tags.push_back(net.send({}, 0, {1}, 123'457));
  net.run();
  const std::int64_t each = (123'457 * std::int64_t{8'000'000'000} + 7'000'000 - 1) / 7'000'000;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(net.arrival(tags[static_cast<std::size_t>(i)]), milliseconds(50) + nanoseconds((i + 1) * each));
}

TEST(QueueWire, ControlMessagesOvertakeAndOccupyNothing) {
  ProbeNet net(2);
  net.spec.network.uplink_bit_per_s = 8'000;  // 1 kB/s
  net.spec.network.downlink_bit_per_s = 4'000;
  net.spec.network.control_bytes = 100;
  const Tag big = net.send({}, 0, {1}, 1000);
  const Tag small = net.send({}, 0, {1}, 100), next = net.send({}, 0, {1}, 101);
  net.run();
  EXPECT_EQ(net.arrival(small), milliseconds(50 + 200));  // 8 x 100 / min(up, down)
  EXPECT_EQ(net.arrival(big), milliseconds(50 + 2000));
  // The uplink is free at 1 s, the first bit comes at 1.05, the downlink is free at 2.05 and needs 202 ms.
  EXPECT_EQ(net.arrival(next), milliseconds(2050 + 202));
}

TEST(QueueWire, AnUplinkReleasedAtDeliveryWaitsForTheWayToo) {
  ProbeNet net(3);
  net.spec.network.contention = Contention::kUplink;
  net.spec.network.uplink_release = UplinkRelease::kDelivered;
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  const Tag a = net.send({}, 0, {1}, kMB), b = net.send({}, 0, {2}, kMB), c = net.send(seconds(9), 0, {2}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(1050));
  EXPECT_EQ(net.arrival(b), milliseconds(2100));
  EXPECT_EQ(net.arrival(c), milliseconds(10'050));
}

TEST(QueueWire, AConnectionPerMessageCostsARoundTripMore) {
  ProbeNet net(2);
  net.spec.network.connection_per_message = true;
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  const Tag a = net.send({}, 0, {1}, kMB), b = net.send({}, 0, {1}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(1000 + 50 + 100));
  EXPECT_EQ(net.arrival(b), milliseconds(2000 + 50 + 100));  // the round trip does not hold the uplink
}

TEST(QueueWire, OverheadIsCarriedAndCounted) {
  ProbeNet net(2);
  net.spec.network.overhead_bytes = 24;
  net.spec.network.uplink_bit_per_s = 8000;
  const Tag a = net.send({}, 0, {1}, 976);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(1050));
  EXPECT_EQ(net.metric("bytes_sent"), 1000);
  EXPECT_EQ(net.metric("bytes_received"), 1000);
}

TEST(QueueWire, LatencyByKindAddsToThatKindAlone) {
  ProbeNet net(2);
  net.spec.network.latency_by_kind = {{"note", milliseconds(10)}};
  const Tag packet = net.send({}, 0, {1}, 10), note = net.send({}, 0, {1}, 10, Probe::Kind::kNote);
  net.run();
  EXPECT_EQ(net.arrival(packet), milliseconds(50));
  EXPECT_EQ(net.arrival(note), milliseconds(60));
  EXPECT_EQ(net.result.messages_by_kind.at(0).name, "packet");
  EXPECT_EQ(net.result.messages_by_kind.at(1).count, 1u);
}

// The edge 0-1 allows 4 Mbit/s, 0-2 more than the uplink's 8, 0-3 says nothing.
TEST(QueueWire, AnEdgesBandwidthLimitsTheUplink) {
  for (const auto contention : {Contention::kUplink, Contention::kBoth}) {
    ProbeNet net(4);
    net.spec.topology = hearsay::test::edges(4, {{0, 1, -1, 4 * kMbit}, {0, 2, -1, 100 * kMbit}, {0, 3, -1, 0}});
    net.spec.network.contention = contention;
    net.spec.network.uplink_bit_per_s = 8 * kMbit;
    const Tag a = net.send({}, 0, {1}, kMB), b = net.send({}, 0, {2}, kMB), c = net.send({}, 0, {3}, kMB),
              back = net.send({}, 1, {0}, kMB);
    net.run();
    EXPECT_EQ(net.arrival(a), milliseconds(2050));
    EXPECT_EQ(net.arrival(b), milliseconds(3050));
    EXPECT_EQ(net.arrival(c), milliseconds(4050));
    EXPECT_EQ(net.arrival(back), milliseconds(2050));
  }
}

TEST(QueueWire, AnEdgesBandwidthLimitsAnUnlimitedUplink) {
  ProbeNet net(2);
  net.spec.topology = hearsay::test::edges(2, {{0, 1, -1, 4 * kMbit}});
  const Tag a = net.send({}, 0, {1}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(2050));
  EXPECT_TRUE(std::isnan(net.metric("uplink_utilisation_max")));  // the node's own uplink is unlimited
}

TEST(QueueWire, OfferedLoadExceedsOneWhereTheQueueGrows) {
  ProbeNet net(2);
  net.spec.duration = SimTime{} + seconds(10);
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  for (int i = 0; i < 25; ++i) net.send({}, 0, {1}, kMB);
  net.run();
  EXPECT_NEAR(net.metric("uplink_utilisation_max"), 2.5, 1e-12);
  EXPECT_EQ(net.metric("messages_received"), 9);  // the tenth arrives at 10.05 s
  EXPECT_EQ(net.metric("messages_in_flight"), 16);
  EXPECT_EQ(net.metric("bytes_in_flight"), 16e6);
}

// --------------------------------------------------------------------------------- latency per message

TEST(MessageLatency, IsDrawnForEachMessage) {
  ProbeNet net(2);
  net.spec.network.latency = hearsay::test::latency(Distribution::uniform(10e6, 20e6));
  net.spec.network.latency.per_message = true;
  for (int i = 0; i < 1000; ++i) net.send(milliseconds(100 * i), 0, {1}, 10);
  net.run();
  double sum = 0;
  std::set<std::int64_t> distinct;
  const auto arrivals = net.arrivals_at(1);
  ASSERT_EQ(arrivals.size(), 1000u);
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const std::int64_t delay = arrivals[i].ns - static_cast<std::int64_t>(i) * 100'000'000;
    EXPECT_GE(delay, 10'000'000);
    EXPECT_LE(delay, 20'000'000);
    sum += static_cast<double>(delay);
    distinct.insert(delay);
  }
  EXPECT_GT(distinct.size(), 990u);
  // Uniform on 10 ms: SD 10/sqrt(12) = 2.89 ms; the mean of 1000 within 3.89 x 2.89 / sqrt(1000) = 0.355 ms.
  EXPECT_NEAR(sum / 1000, 15e6, 0.355e6);
}

TEST(LinkLatency, IsTheSameForEveryMessageOfALink) {
  ProbeNet net(3);
  net.spec.network.latency = hearsay::test::latency(Distribution::uniform(10e6, 20e6));
  const Tag a = net.send({}, 0, {1}, 10), b = net.send(seconds(1), 0, {1}, 10), back = net.send(seconds(2), 1, {0}, 10);
  net.run();
  EXPECT_EQ(*net.arrival(a) + seconds(1), *net.arrival(b));
  EXPECT_EQ(*net.arrival(a) + seconds(2), *net.arrival(back));
}

// -------------------------------------------------------------------------------------------- loss

// 20,000 messages, each lost with 0.1: 2000 with SD sqrt(20,000 x 0.09) = 42.4; within 3.89 of these.
TEST(Loss, IsIndependentWithTheGivenProbability) {
  ProbeNet net(2);
  net.spec.network.loss = {network::LossSpec::Kind::kIndependent, 0.1, {}, {}, 0, 1};
  for (int i = 0; i < 20'000; ++i) net.send(milliseconds(i), 0, {1}, 10);
  net.run();
  const double lost = net.metric("messages_lost");
  EXPECT_NEAR(lost, 2000, 3.89 * 42.4);
  EXPECT_EQ(static_cast<double>(net.dropped("loss")), lost);
  EXPECT_EQ(net.metric("bytes_lost"), 10 * lost);
  // Independent: a loss after a loss has the same probability. About 200 pairs, SD about sqrt(200).
  std::vector<bool> arrived(20'000, false);
  for (const auto& receipt : net.log.receipts) arrived[static_cast<std::size_t>(receipt.tag)] = true;
  int pairs = 0;
  for (std::size_t i = 1; i < arrived.size(); ++i) pairs += !arrived[i] && !arrived[i - 1];
  EXPECT_NEAR(pairs, 200, 3.89 * 15);
}

TEST(Loss, OfEverythingLeavesTheOriginAlone) {  // EX-26
  auto spec = basic_spec("flood", TopologyKind::kComplete, 9);
  spec.network.loss = {network::LossSpec::Kind::kIndependent, 1, {}, {}, 0, 1};
  spec.until = simulation::Until::kDuration;
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "messages_sent"), 8);
  EXPECT_EQ(metric(result, "messages_lost"), 8);
  EXPECT_NEAR(metric(result, "coverage_mean"), 1.0 / 9, 1e-12);
  EXPECT_TRUE(std::isnan(metric(result, "latency_mean_s")));
}

// The lost message has held the uplink, but it never reaches the downlink.
TEST(Loss, UsesTheUplinkButNotTheDownlink) {
  ProbeNet net(3);
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  net.spec.network.downlink_bit_per_s = 8 * kMbit;
  network::FaultSpec burst;
  burst.kind = network::LossBurst{.loss = 1};
  burst.until = SimTime{} + nanoseconds(1);
  burst.nodes = {network::SelectBy::kIds, {0}, 0, 0, kNoGroup, kNoRegion, kNoRole};
  net.spec.faults = {burst};
  const Tag lost = net.send({}, 0, {2}, kMB);
  const Tag behind = net.send({}, 0, {2}, kMB);                // starts at 1 s, when the burst is over
  const Tag other = net.send(milliseconds(100), 1, {2}, kMB);  // finds the downlink idle
  net.run();
  EXPECT_FALSE(net.arrived(lost));
  EXPECT_EQ(net.arrival(other), milliseconds(1150));
  EXPECT_EQ(net.arrival(behind), milliseconds(2150));  // first bit at 1050, served from 1150 on
}

// Stationary share of bad time 200 / 1000; a chain of 2000 s has about 2000 cycles of 1 s. The share of bad time over
// T has SD sqrt(2 g^2 b^2 / (g + b)^3 / T) = sqrt(2 x 0.64 x 0.04 / 2000) = 0.0051; within 3.89 of these.
TEST(Loss, OfGilbertAndElliottComesInBursts) {
  ProbeNet net(2);
  net.spec.duration = SimTime{} + seconds(2010);
  net.spec.network.loss = {network::LossSpec::Kind::kGilbertElliott, 0, milliseconds(800), milliseconds(200), 0, 1};
  constexpr int kMessages = 40'000;  // every 50 ms
  for (int i = 0; i < kMessages; ++i) net.send(milliseconds(50 * i), 0, {1}, 10);
  net.run();
  EXPECT_NEAR(net.metric("messages_lost") / kMessages, 0.2, 3.89 * 0.0051);
  std::vector<bool> arrived(kMessages, false);
  for (const auto& receipt : net.log.receipts) arrived[static_cast<std::size_t>(receipt.tag)] = true;
  int bursts = 0, lost = 0;
  for (int i = 0; i < kMessages; ++i) {
    lost += !arrived[static_cast<std::size_t>(i)];
    bursts += !arrived[static_cast<std::size_t>(i)] && (i == 0 || arrived[static_cast<std::size_t>(i - 1)]);
  }
  // Sampled every 50 ms, a two-state chain with rates 1/0.8 and 1/0.2 stays bad from one sample to the next with
  // probability 0.2 + 0.8 exp(-0.05 x 6.25) = 0.7853: bursts of 1 / 0.2147 = 4.658 messages on average. Their length
  // is geometric with SD 4.13; about 1720 bursts: within 3.89 x 4.13 / sqrt(1720) = 0.39.
  EXPECT_NEAR(static_cast<double>(lost) / bursts, 4.658, 0.39);
}

// ------------------------------------------------------------------------------- the same, whatever the path

/// A sink that only makes the simulation take its general path.
struct CountingSink final : simulation::TraceSink {
  std::uint64_t records = 0;
  void record(const simulation::TraceRecord&) override { ++records; }
};

TEST(Tracing, ChangesNothingAndSeesEverything) {
  auto spec = basic_spec("flood", TopologyKind::kRandomRegular, 50);
  spec.topology.degree = 4;
  spec.network.uplink_bit_per_s = 10 * kMbit;
  spec.network.downlink_bit_per_s = 20 * kMbit;
  spec.workloads = {hearsay::test::burst(5, std::nullopt)};
  const auto plain = run(spec);
  CountingSink sink;
  simulation::RunOptions options;
  options.trace = &sink;
  const auto traced = simulation::run(spec, options);
  EXPECT_EQ(plain.digest, traced.digest);
  EXPECT_EQ(plain.metrics, traced.metrics);
  EXPECT_EQ(plain.performance.events, traced.performance.events);
  // Starts, publications, deliveries, sends and receipts.
  const double expected = 50 + 5 + 5 * 50 + 2 * metric(plain, "messages_sent");
  EXPECT_EQ(static_cast<double>(sink.records), expected);
}

TEST(Replications, DrawTheirOwnNetworkAndRepeatExactly) {
  auto spec = basic_spec("flood", TopologyKind::kRandomRegular, 50);
  spec.topology.degree = 4;
  EXPECT_EQ(run(spec, 3).digest, run(spec, 3).digest);
  EXPECT_NE(run(spec, 3).digest, run(spec, 4).digest);
}

// ------------------------------------------------------------------------------------- ends of a run

TEST(Until, DurationRunsToTheEnd) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 3);
  spec.until = simulation::Until::kDuration;
  EXPECT_EQ(run(spec).simulated_s, 3600);
}

TEST(Until, CoveredEndsWhenEverythingIsEverywhereAndNothingMoves) {
  auto spec = basic_spec("flood", TopologyKind::kRing, 3);
  // Covered at 10 ms; the copies between 1 and 2 are still on their way until 20 ms.
  EXPECT_EQ(run(spec).simulated_s, 0.02);
}

TEST(Until, CoveredWaitsForWhatIsStillToBePublished) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 2);
  spec.workloads.push_back(hearsay::test::burst(1, 1));
  spec.workloads.back().at = SimTime{} + seconds(7);
  EXPECT_EQ(run(spec).simulated_s, 7.01);
}

// The origin is node 0: at its publication it is the only node that has started, and yet not the only one there is.
TEST(Until, CoveredIsJudgedWhenTheInstantIsOver) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 4);
  spec.topology = hearsay::test::edges(4, {{1, 2, -1, 0}, {2, 3, -1, 0}});
  spec.topology.connected = false;
  spec.duration = SimTime{} + seconds(5);
  const auto result = run(spec);
  EXPECT_EQ(result.simulated_s, 5);
  EXPECT_EQ(metric(result, "coverage_mean"), 0.25);
}

TEST(Until, QuietWaitsForTimers) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 3);
  hearsay::test::params<protocols::Flood>(spec).forward_delay = seconds(1);
  EXPECT_EQ(run(spec).simulated_s, 1.02);
  spec.until = simulation::Until::kQuiet;
  EXPECT_EQ(run(spec).simulated_s, 2.02);  // node 2's timer, though it has nobody left to send to
}

TEST(Until, QuietEndsAtOnceWithNothingToDo) {
  ProbeNet net(5);
  net.spec.until = simulation::Until::kQuiet;
  net.run();
  EXPECT_EQ(net.result.simulated_s, 0);
  EXPECT_EQ(net.log.starts.size(), 5u);  // everybody starts first
}

TEST(Series, HasASampleAtEveryMultipleUpToTheEnd) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 3);
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + milliseconds(100);
  spec.output.series = milliseconds(10);
  const auto result = run(spec);
  ASSERT_EQ(result.series.size(), 11u);
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::find(result.series_columns.begin(), result.series_columns.end(), name) -
                                    result.series_columns.begin());
  };
  const std::vector<double> deliveries = {1, 2, 3, 3};  // a sample includes what happens at its own instant
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    EXPECT_NEAR(result.series[i].time_s, 0.01 * static_cast<double>(i), 1e-12);
    EXPECT_EQ(result.series[i].values[column("deliveries")], deliveries[i]);
    EXPECT_NEAR(result.series[i].values[column("coverage")], deliveries[i] / 3, 1e-12);
    EXPECT_EQ(result.series[i].values[column("live_nodes")], 3);
  }
}

TEST(Series, EndsWithTheRun) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 3);
  spec.output.series = milliseconds(8);
  const auto result = run(spec);  // covered at 20 ms
  EXPECT_EQ(result.series.size(), 3u);
}

}  // namespace
}  // namespace hearsay::network_semantics_test
