#include "sim/simulation/transmission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/kernel.hpp"

namespace hearsay::simulation::transmission_test {
namespace {

using engine::Event;
using engine::Step;
using network::TopologyKind;
using test::basic_spec;
using test::fault_of;
using test::Kernel;
using ::testing::ElementsAre;

constexpr std::uint64_t kMB = 1'000'000;

/// Three nodes, each a peer of the others, 10 ms apart.
RunSpec three() { return basic_spec("flood", TopologyKind::kComplete, 3); }
/// Uplinks that send 1 MB a second.
RunSpec narrow() {
  RunSpec spec = three();
  spec.network.uplink_bit_per_s = 8'000'000;
  return spec;
}

Duration time_of(const Event& event) { return SimTime{event.time_ns} - SimTime{}; }

TEST(Transmission, HasConditionsOnlyWhereSomethingBesideTheWireDecides) {
  const auto conditions = [](RunSpec spec) {
    const Kernel kernel(std::move(spec));
    return std::pair(kernel.transmission.conditional(), kernel.transmission.destructive());
  };
  EXPECT_EQ(conditions(three()), std::pair(false, false));

  RunSpec lossy = three();
  lossy.network.loss = {network::LossSpec::Kind::kIndependent, 0.1, {}, {}, 0, 1};
  EXPECT_EQ(conditions(std::move(lossy)), std::pair(true, false));

  RunSpec cut = three();
  cut.faults = {fault_of(network::Partition{}, {0})};
  EXPECT_EQ(conditions(std::move(cut)), std::pair(false, true));

  RunSpec crash = three();
  crash.faults = {fault_of(network::Crash{}, {0}, seconds(1))};
  EXPECT_EQ(conditions(std::move(crash)), std::pair(true, true));
}

// 1 MB each: the second leaves when the first has left, and the sender itself and who is excepted get none.
TEST(Transmission, MulticastsOneRecordToAllButOne) {
  Kernel kernel(narrow());
  const std::vector<NodeId> to = {NodeId{1}, NodeId{2}, NodeId{1}};
  const std::uint32_t slot = kernel.message({}, kMB);
  kernel.transmission.multicast(NodeId{0}, to, NodeId{2}, slot, 0, false);
  EXPECT_EQ(kernel.thread.in_flight, 2);
  EXPECT_EQ(kernel.thread.bytes_in_flight, static_cast<std::int64_t>(2 * kMB));
  EXPECT_EQ(kernel.pool.used(), 1);
  EXPECT_EQ(kernel.payloads[slot].serialised, seconds(1));
  const Event first = kernel.next().value(), second = kernel.next().value();
  EXPECT_FALSE(kernel.next());
  EXPECT_EQ(target_of(first), NodeId{1});
  EXPECT_EQ(time_of(first), milliseconds(1010));
  EXPECT_EQ(time_of(second), milliseconds(2010));
  EXPECT_THAT((std::vector<std::uint32_t>{first.sequence, second.sequence}), ElementsAre(0, 1));
  EXPECT_THAT((std::vector<std::int64_t>{first.wait_ns(), second.wait_ns()}), ElementsAre(0, 1'000'000'000));

  for (const Event& event : {first, second}) {
    kernel.transmission.received(event, kernel.payloads[slot], [] { return true; });
    kernel.payloads.release(slot);
  }
  EXPECT_EQ(kernel.thread.in_flight, 0);
  EXPECT_EQ(kernel.thread.bytes_in_flight, 0);
  EXPECT_EQ(kernel.pool.used(), 0);
}

// Both ways of sending are one law: the same messages, one by one with conditions, arrive at the same instants.
TEST(Transmission, SendsAsAMulticastDoes) {
  Kernel many(narrow()), single(narrow());
  const std::vector<NodeId> to = {NodeId{1}, NodeId{2}};
  many.transmission.multicast(NodeId{0}, to, kNoNode, many.message(seconds(1), kMB), 0, false);
  for (const std::uint32_t peer : {1u, 2u}) EXPECT_TRUE(single.send(seconds(1), 0, peer, kMB).on_its_way);
  for (int k = 0; k < 2; ++k) {
    const Event a = many.next().value(), b = single.next().value();
    EXPECT_EQ(a, b);
    EXPECT_EQ(a.wait_ns(), b.wait_ns());
  }
}

TEST(Transmission, AMessageLostAtTheSendTakesTheUplinkAndGivesItsRecordBack) {
  RunSpec spec = narrow();
  spec.faults = {fault_of(network::LossBurst{.loss = 1}, {0}, {}, milliseconds(500))};
  Kernel kernel(std::move(spec));
  EXPECT_FALSE(kernel.send({}, 0, 1, kMB).on_its_way);
  EXPECT_EQ(kernel.pool.used(), 0);
  EXPECT_EQ(kernel.thread.in_flight, 0);
  EXPECT_EQ(kernel.report(0).dropped, 1u);
  const auto second = kernel.send({}, 0, 1, kMB);
  EXPECT_TRUE(second.on_its_way);
  EXPECT_EQ(second.departure.start, SimTime{} + seconds(1));
  EXPECT_EQ(second.sequence, 1u);
}

// Two first bits at 10 ms claim one downlink of 1 MB/s: the second is served after the first.
TEST(Transmission, AFirstBitClaimsTheDownlink) {
  RunSpec spec = narrow();
  spec.network.contention = network::Contention::kBoth;
  spec.network.downlink_bit_per_s = 8'000'000;
  Kernel kernel(std::move(spec));
  kernel.send({}, 0, 2, kMB);
  kernel.send({}, 1, 2, kMB);
  std::vector<Duration> delivered;
  std::vector<std::int64_t> waits;
  while (const auto event = kernel.next()) {
    if (event->step == Step::kFirstBit) {
      EXPECT_EQ(time_of(*event), milliseconds(10));
      EXPECT_FALSE(kernel.transmission.first_bit(*event)) << "it is delivered later, by an event";
    } else {
      delivered.push_back(time_of(*event));
      waits.push_back(event->wait_ns());
    }
  }
  EXPECT_THAT(delivered, ElementsAre(milliseconds(1010), milliseconds(2010)));
  EXPECT_THAT(waits, ElementsAre(0, 1'000'000'000));
}

// The sender goes down at 1.5 s: what left by then arrives, what is on its uplink is cut short, and the fault that took
// it down is blamed.
TEST(Transmission, CutsShortWhatASenderThatGoesDownHasNotSent) {
  RunSpec spec = narrow();
  spec.faults = {fault_of(network::Crash{}, {0}, milliseconds(1500), seconds(5))};
  Kernel kernel(std::move(spec));
  kernel.send({}, 0, 1, kMB);
  kernel.send({}, 0, 1, kMB);
  const Event left = kernel.next().value();
  EXPECT_EQ(left.step, Step::kDeliver);
  EXPECT_TRUE(kernel.transmission.survives(left, kernel.payloads[left.payload], false));
  const Event cut = kernel.next().value();
  EXPECT_EQ(cut.step, Step::kCutShort);
  EXPECT_FALSE(kernel.transmission.survives(cut, kernel.payloads[cut.payload], false));
  EXPECT_EQ(kernel.report(0).dropped, 1u);
  EXPECT_EQ(kernel.thread.in_flight, 1) << "the first is not counted as received yet";
  EXPECT_EQ(kernel.pool.used(), 2) << "who lost a message releases its record";
}

TEST(Transmission, AMessageSurvivesNeitherACutNorAReceiverThatIsDownNorABrokenConnection) {
  RunSpec spec = three();
  spec.faults = {fault_of(network::Partition{}, {1}, milliseconds(5), milliseconds(6)),
                 fault_of(network::Crash{}, {2}, milliseconds(1))};
  Kernel kernel(std::move(spec));
  for (const std::uint32_t to : {1u, 2u}) kernel.send({}, 0, to, 10);
  kernel.send(milliseconds(6), 0, 1, 10);
  kernel.world.states[2].holds = 1;
  const auto survives = [&](bool broken) {
    const Event event = kernel.next().value();
    return kernel.transmission.survives(event, kernel.payloads[event.payload], broken);
  };
  EXPECT_FALSE(survives(false)) << "on its way while the network was cut";
  EXPECT_EQ(kernel.report(0).dropped, 1u);
  EXPECT_FALSE(survives(false)) << "its receiver is down";
  EXPECT_EQ(kernel.report(1).dropped, 1u);
  EXPECT_FALSE(survives(true));
  EXPECT_EQ(kernel.report(0).dropped, 1u);
  EXPECT_EQ(kernel.thread.in_flight, 0);
}

TEST(Transmission, ASilentNodeSendsOnlyItsOwn) {
  RunSpec spec = three();
  spec.faults = {fault_of(network::Silent{}, {0}, seconds(1), seconds(2))};
  Kernel kernel(std::move(spec));
  const std::vector<NodeId> to = {NodeId{1}, NodeId{2}};
  const auto silenced = [&](Duration now, NodeId from, bool own) {
    kernel.thread.now = SimTime{} + now;
    return kernel.transmission.silenced(from, to, NodeId{2}, [own] { return own; });
  };
  EXPECT_FALSE(silenced({}, NodeId{0}, false));
  EXPECT_FALSE(silenced(seconds(1), NodeId{0}, true));
  EXPECT_FALSE(silenced(seconds(1), NodeId{1}, false));
  EXPECT_EQ(kernel.report(0).dropped, 0u);
  EXPECT_TRUE(silenced(seconds(1), NodeId{0}, false));
  EXPECT_EQ(kernel.report(0).dropped, 1u) << "2 is excepted";
  EXPECT_EQ(kernel.report(0).nodes_hit, 1u);
}

}  // namespace
}  // namespace hearsay::simulation::transmission_test
