// The reliable transport: attempts, acknowledgements, broken connections. Times are exact.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/probe.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::reliable_test {
namespace {

using hearsay::test::basic_spec;
using hearsay::test::metric;
using hearsay::test::Probe;
using hearsay::test::ProbeNet;
using hearsay::test::run;
using hearsay::test::Tag;
using network::FaultSpec;
using network::SelectBy;
using network::TopologyKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

FaultSpec on(network::FaultKind kind, std::vector<std::uint32_t> nodes, Duration at, Duration until) {
  FaultSpec f;
  f.kind = kind;
  f.nodes.by = SelectBy::kIds;
  f.nodes.ids = std::move(nodes);
  f.at = SimTime{} + at;
  f.until = SimTime{} + until;
  return f;
}

/// Records when messages were sent, received and dropped.
struct Sink final : simulation::TraceSink {
  std::vector<Duration> sends, receives, drops;
  std::vector<std::uint32_t> sequences;
  void record(const simulation::TraceRecord& r) override {
    if (r.event == simulation::TraceEvent::kSend) {
      sends.push_back(r.time - SimTime{});
      sequences.push_back(r.sequence);
    }
    if (r.event == simulation::TraceEvent::kReceive) receives.push_back(r.time - SimTime{});
    if (r.event == simulation::TraceEvent::kDrop) drops.push_back(r.time - SimTime{});
  }
};

ProbeNet& reliable(ProbeNet& net) {
  net.spec.network.transport = network::Transport::kReliable;
  return net;
}

TEST(ReliableTransport, NeedsOneAttemptWhereNothingIsLost) {
  ProbeNet net(2);
  reliable(net).spec.until = simulation::Until::kQuiet;
  const Tag a = net.send({}, 0, {1}, 10);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(50));
  EXPECT_EQ(net.metric("messages_sent"), 1);
  EXPECT_EQ(net.metric("messages_received"), 1);
  EXPECT_EQ(net.result.simulated_s, 0.1);  // quiet once the acknowledgement is back
}

// Everything is lost until 6.5 s; rto 1 s, doubling from the last bit sent (1 s of serialisation): attempts start at
// 0, 2, 5 and 10 s; the fourth arrives at 11.05 s.
TEST(ReliableTransport, RepeatsWithADoublingTimeoutFromTheLastBitSent) {
  ProbeNet net(2);
  reliable(net).spec.network.uplink_bit_per_s = 8'000'000;
  net.spec.faults = {on(network::LossBurst{.loss = 1}, {0}, {}, milliseconds(6500))};
  const Tag a = net.send({}, 0, {1}, 1'000'000);
  Sink sink;
  net.run(&sink);
  EXPECT_THAT(sink.sends, ElementsAre(seconds(0), seconds(2), seconds(5), seconds(10)));
  EXPECT_THAT(sink.sequences, ElementsAre(0u, 1u, 2u, 3u));  // each attempt is a message of its own
  EXPECT_EQ(net.arrival(a), milliseconds(11'050));
  EXPECT_EQ(net.metric("messages_sent"), 4);
  EXPECT_EQ(net.metric("messages_lost"), 3);
  EXPECT_EQ(net.metric("messages_received"), 1);
  EXPECT_EQ(net.metric("bytes_sent"), 4e6);
}

// The round trip (2.4 s) outlasts the first timeout (1 s) and the second (1 + 2 = 3 s after the start does not come):
// two attempts arrive, one reaches the handler.
TEST(ReliableTransport, ARepeatedAttemptThatArrivesReachesNoHandler) {
  ProbeNet net(2);
  reliable(net).spec.network.latency = hearsay::test::constant_latency(milliseconds(1200));
  net.spec.until = simulation::Until::kQuiet;
  const Tag a = net.send({}, 0, {1}, 10);
  Sink sink;
  net.run(&sink);
  EXPECT_THAT(sink.sends, ElementsAre(seconds(0), seconds(1)));
  EXPECT_EQ(net.metric("messages_received"), 2);
  EXPECT_EQ(net.receipts(a), 1u);
  EXPECT_EQ(net.arrival(a), milliseconds(1200));
}

TEST(ReliableTransport, ARepeatedAttemptIsNoPayloadReceipt) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 2);
  spec.network.transport = network::Transport::kReliable;
  spec.network.latency = hearsay::test::constant_latency(milliseconds(1200));
  spec.until = simulation::Until::kQuiet;
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "messages_received"), 2);
  EXPECT_EQ(metric(result, "payload_messages"), 2);
  EXPECT_EQ(metric(result, "payload_receipts"), 1);
  EXPECT_EQ(metric(result, "duplicates"), 0);
}

// The way back is cut in [40, 900) ms: the message arrives at 50 ms, its acknowledgement is lost; the repeat is sent at
// 1 s and acknowledged.
TEST(ReliableTransport, AnAcknowledgementIsLostAtACutLink) {
  ProbeNet net(2);
  reliable(net).spec.faults = {on(network::Partition{}, {1}, milliseconds(40), milliseconds(900))};
  std::get<network::Partition>(net.spec.faults[0].kind).one_way = true;
  const Tag a = net.send({}, 0, {1}, 10);
  Sink sink;
  net.run(&sink);
  EXPECT_THAT(sink.sends, ElementsAre(seconds(0), seconds(1)));
  EXPECT_EQ(net.arrival(a), milliseconds(50));
  EXPECT_EQ(net.receipts(a), 1u);
}

TEST(ReliableTransport, AcknowledgementsAreNotLostOtherwise) {
  ProbeNet net(2);
  reliable(net).spec.faults = {
      on(network::LossBurst{.loss = 1}, {1}, milliseconds(10), seconds(900))};  // after the send, at the ack
  net.send({}, 0, {1}, 10);
  net.run();
  EXPECT_EQ(net.metric("messages_sent"), 1);
}

// max_retries 2, rto 1 s: attempts at 0, 1 and 3 s; the last times out at 7 s, and the connection breaks. Both ends
// hear of it; it is tried again every 10 s, at 17 and, with the cut gone since 20 s, at 27 s.
TEST(ReliableTransport, BreaksAfterMaxRetriesAndComesBack) {
  ProbeNet net(3);
  reliable(net).spec.network.max_retries = 2;
  net.spec.network.reconnect_delay = seconds(10);
  net.spec.duration = SimTime{} + seconds(60);
  net.spec.faults = {on(network::Partition{}, {1}, {}, seconds(20))};
  const Tag a = net.send({}, 0, {1}, 10);
  const Tag on_broken = net.send(seconds(8), 0, {1}, 10), after = net.send(seconds(30), 0, {1}, 10),
            back = net.send(seconds(30), 1, {0}, 10);
  net.run();
  EXPECT_FALSE(net.arrived(a));
  EXPECT_FALSE(net.arrived(on_broken));
  EXPECT_TRUE(net.arrived(after));
  EXPECT_TRUE(net.arrived(back));
  // The sender gives up at once, the other end learns of it a latency later. Both ask again every 10 s: node 0 at 27 s,
  // when the partition has healed, which node 1 hears a latency later, and node 0 the yes a round trip later.
  const SimTime broke = SimTime{} + seconds(7) + nanoseconds(1);
  const Duration latency = milliseconds(50);
  EXPECT_THAT(net.log.peers_down,
              ElementsAre(Probe::Call{broke, 0, 1}, Probe::Call{SimTime{} + seconds(7) + latency, 1, 0}));
  const SimTime asked = broke + seconds(20);
  EXPECT_THAT(net.log.peers_up,
              ElementsAre(Probe::Call{asked + latency, 1, 0}, Probe::Call{asked + latency + latency, 0, 1}));
  EXPECT_EQ(net.dropped("partition"), 3u);
  EXPECT_EQ(net.dropped("broken"), 1u);
  EXPECT_EQ(net.metric("messages_sent"), 3 + 1 + 2);
  EXPECT_EQ(net.metric("messages_received"), 2);
}

// What was sent the other way and is still on its way when the connection breaks goes down with it.
TEST(ReliableTransport, WhatIsOnItsWayWhenAConnectionBreaksIsDropped) {
  ProbeNet net(2);
  reliable(net).spec.network.max_retries = 0;
  net.spec.duration = SimTime{} + seconds(20);
  net.spec.network.latency = hearsay::test::constant_latency(milliseconds(400));
  net.spec.faults = {on(network::LossBurst{.loss = 1}, {0}, {}, nanoseconds(1))};
  const Tag lost = net.send({}, 0, {1}, 10);                      // times out at 1 s
  const Tag other_way = net.send(milliseconds(700), 1, {0}, 10);  // would arrive at 1.1 s
  net.run();
  EXPECT_FALSE(net.arrived(lost));
  EXPECT_FALSE(net.arrived(other_way));
  EXPECT_EQ(net.dropped("broken"), 1u);
  EXPECT_EQ(net.dropped("loss"), 1u);
}

TEST(ReliableTransport, BrokenConnectionsDoNotDisturbOthers) {
  ProbeNet net(3);
  reliable(net).spec.network.max_retries = 0;
  net.spec.duration = SimTime{} + seconds(20);
  net.spec.faults = {on(network::Partition{}, {1}, {}, seconds(10))};
  net.send({}, 0, {1}, 10);
  const Tag other = net.send(seconds(5), 0, {2}, 10);
  net.run();
  EXPECT_TRUE(net.arrived(other));
  EXPECT_EQ(net.log.peers_down.size(), 2u);
}

// The receiver is down in [0.01, 2) s: the first attempts are lost, the third (at 3 s) arrives.
TEST(ReliableTransport, OutlivesAReceiverThatIsDownForAWhile) {
  ProbeNet net(2);
  reliable(net).spec.faults = {on(network::Crash{}, {1}, milliseconds(10), seconds(2))};
  const Tag a = net.send({}, 0, {1}, 10);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(3050));
  EXPECT_EQ(net.dropped("crash"), 2u);
}

// The sender crashes at 30 ms, when the last bit has left: the message arrives, but nobody waits for its
// acknowledgement and nothing is repeated. What is still in the uplink is discarded.
TEST(ReliableTransport, ACrashOfTheSenderSparesWhatHasLeft) {
  ProbeNet net(2);
  reliable(net).spec.network.uplink_bit_per_s = 8'000;
  net.spec.faults = {on(network::Crash{}, {0}, milliseconds(30), seconds(2))};
  const Tag left = net.send({}, 0, {1}, 10);     // 10 ms
  const Tag stuck = net.send({}, 0, {1}, 1000);  // until 1.01 s
  net.run();
  EXPECT_EQ(net.arrival(left), milliseconds(60));
  EXPECT_FALSE(net.arrived(stuck));
  EXPECT_EQ(net.metric("messages_sent"), 2);
  EXPECT_EQ(net.dropped("crash"), 1u);
  EXPECT_EQ(net.dropped("broken"), 0u);
}

// A reconnection carries the other node's id where a message carries its record; thousands of nodes have ids beyond the
// first block of records.
TEST(ReliableTransport, ReconnectsNodesOfHighIds) {
  ProbeNet net(60'000);
  net.spec.topology.kind = TopologyKind::kStar;
  reliable(net).spec.network.max_retries = 0;
  net.spec.duration = SimTime{} + seconds(40);
  net.spec.faults = {on(network::Partition{}, {0}, {}, seconds(2))};
  std::vector<unsigned> to;
  for (unsigned i = 59'900; i < 60'000; ++i) to.push_back(i);
  net.send({}, 0, to, 10);
  net.run();
  EXPECT_EQ(net.log.peers_down.size(), 200u);
  EXPECT_EQ(net.log.peers_up.size(), 200u);
}

TEST(ReliableTransport, IsCoveredOnceEverybodyHasTheItem) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 3);
  spec.network.transport = network::Transport::kReliable;
  EXPECT_EQ(run(spec).simulated_s, 0.02);
}

// Loss of half of all messages: with 6 retries a transfer fails with probability 2^-7; on a ring of 30 nodes the item
// comes round all the same unless two connections break.
TEST(ReliableTransport, CarriesAFloodThroughHeavyLoss) {
  auto spec = basic_spec("flood", TopologyKind::kRing, 30);
  spec.network.loss = {network::LossSpec::Kind::kIndependent, 0.5, {}, {}, 0, 1};
  spec.until = simulation::Until::kQuiet;
  const double datagram = metric(run(spec), "coverage_mean");
  spec.network.transport = network::Transport::kReliable;
  const auto result = run(spec);
  EXPECT_LT(datagram, 0.9);
  EXPECT_EQ(metric(result, "coverage_mean"), 1);
  EXPECT_EQ(metric(result, "payload_receipts") - metric(result, "duplicates"), 29);
}

}  // namespace
}  // namespace hearsay::reliable_test
