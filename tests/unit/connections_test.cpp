// Connections by hand: what one end does or notices reaches the other one latency later, whatever else happens.

#include "sim/simulation/connections.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/support/kernel.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::simulation::connections_test {
namespace {

using network::TopologyKind;
using protocol::PeerDown;
using test::Kernel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr Duration kLatency = milliseconds(10);
constexpr NodeId id(unsigned n) { return NodeId{n}; }

/// A line 0 - 1 - 2 - 3, 10 ms everywhere.
RunSpec line() {
  RunSpec spec = test::basic_spec("flood", TopologyKind::kLine, 4);
  spec.duration = SimTime{} + seconds(60);
  return spec;
}

/// Carries out what is due up to `until`.
void run(Kernel& kernel, Duration until) {
  while (const engine::Event* const event = kernel.thread.calendar.pop(until.ns)) {
    const engine::Event due = *event;
    kernel.thread.now = SimTime{due.time_ns};
    kernel.connections.on_event(due);
  }
  kernel.thread.now = SimTime{} + until;
}

std::vector<NodeId> peers(const Kernel& kernel, unsigned node) {
  const auto list = kernel.world.overlay.peers(id(node));
  std::vector<NodeId> sorted(list.begin(), list.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

TEST(Connections, TheOtherEndIsUpALatencyAfterTheRequestAndThisOneARoundTrip) {
  Kernel kernel(line());
  kernel.connections.connect(id(0), id(3), 7);
  run(kernel, seconds(1));
  EXPECT_THAT(kernel.asked, ElementsAre(Pair(3, 7)));
  EXPECT_THAT(kernel.ups, ElementsAre(Kernel::Up{3, 0, kLatency}, Kernel::Up{0, 3, kLatency * 2}));
  EXPECT_THAT(peers(kernel, 0), ElementsAre(id(1), id(3)));
  EXPECT_THAT(peers(kernel, 3), ElementsAre(id(0), id(2)));
  run(kernel, seconds(10));
  EXPECT_THAT(kernel.downs, IsEmpty()) << "the timeout of a request that was answered means nothing";
}

TEST(Connections, ARefusalIsHeardARoundTripLater) {
  Kernel kernel(line());
  kernel.yes = false;
  kernel.connections.connect(id(0), id(3), 0);
  run(kernel, seconds(10));
  EXPECT_THAT(kernel.ups, IsEmpty());
  EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{0, 3, kLatency * 2}, PeerDown::kRefused, false}));
  EXPECT_THAT(peers(kernel, 0), ElementsAre(id(1)));
}

TEST(Connections, ANodeThatHasItsFillRefusesWithoutBeingAsked) {
  Kernel kernel(line());
  kernel.world.attributes[3].inbound_cap = 2;
  kernel.connections.connect(id(0), id(3), 0);  // its second
  run(kernel, seconds(1));
  kernel.connections.connect(id(1), id(3), 0);
  run(kernel, seconds(2));
  EXPECT_THAT(kernel.asked, ElementsAre(Pair(3, 0)));
  EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{1, 3, seconds(1) + kLatency * 2}, PeerDown::kRefused, false}));
  // What it asks for itself has no limit.
  kernel.connections.connect(id(3), id(1), 0);
  run(kernel, seconds(3));
  EXPECT_THAT(peers(kernel, 3), ElementsAre(id(0), id(1), id(2)));
}

TEST(Connections, WhoIsDownDoesNotAnswer) {
  RunSpec spec = line();
  spec.network.connect_timeout = seconds(2);
  Kernel kernel(std::move(spec));
  kernel.world.states[3].holds = 1;
  kernel.connections.connect(id(0), id(3), 0);
  run(kernel, seconds(10));
  EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{0, 3, seconds(2)}, PeerDown::kNoAnswer, false}));
}

TEST(Connections, ARequestThatIsCutOffIsNotHeard) {
  RunSpec spec = line();
  spec.faults = {test::fault_of(network::Partition{}, {0}, {}, seconds(5))};
  Kernel kernel(std::move(spec));
  kernel.connections.connect(id(0), id(3), 0);
  run(kernel, seconds(10));
  EXPECT_THAT(kernel.asked, IsEmpty());
  EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{0, 3, seconds(3)}, PeerDown::kNoAnswer, false}));
}

TEST(Connections, SignalsSeeLatencySpikes) {
  RunSpec spec = line();
  spec.faults = {test::fault_of(network::LatencySpike{.factor = 5}, {3}, {}, seconds(5))};
  Kernel kernel(std::move(spec));
  kernel.connections.connect(id(0), id(3), 0);
  kernel.connections.connect(id(0), id(2), 0);
  run(kernel, seconds(1));
  EXPECT_THAT(kernel.ups, ElementsAre(Kernel::Up{2, 0, kLatency}, Kernel::Up{0, 2, kLatency * 2},
                                      Kernel::Up{3, 0, kLatency * 5}, Kernel::Up{0, 3, kLatency * 10}));
}

TEST(Connections, RequestsThatCrossMakeOneConnection) {
  Kernel kernel(line());
  kernel.connections.connect(id(3), id(0), 0);
  kernel.connections.connect(id(0), id(3), 0);
  run(kernel, seconds(10));
  EXPECT_THAT(kernel.ups, ElementsAre(Kernel::Up{3, 0, kLatency}, Kernel::Up{0, 3, kLatency * 2}));
  EXPECT_THAT(kernel.downs, IsEmpty());
  kernel.connections.disconnect(id(3), id(0));
  run(kernel, seconds(20));
  EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{3, 0, seconds(10) + nanoseconds(1)}, PeerDown::kClosedHere},
                                        Kernel::Down{{0, 3, seconds(10) + kLatency}, PeerDown::kClosed}));
}

TEST(Connections, CloseHereAtOnceAndThereALatencyLater) {
  Kernel kernel(line());
  kernel.connections.disconnect(id(1), id(2));
  kernel.connections.disconnect(id(1), id(2));
  EXPECT_THAT(peers(kernel, 1), ElementsAre(id(0), id(2))) << "not within the handler";
  run(kernel, seconds(1));
  EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{1, 2, nanoseconds(1)}, PeerDown::kClosedHere},
                                        Kernel::Down{{2, 1, kLatency}, PeerDown::kClosed}));
  EXPECT_THAT(peers(kernel, 1), ElementsAre(id(0)));
  EXPECT_THAT(peers(kernel, 2), ElementsAre(id(3)));
}

TEST(Connections, ARequestThatWasTakenBackIsClosedAtTheOtherEnd) {
  Kernel kernel(line());
  kernel.connections.connect(id(0), id(3), 0);
  run(kernel, milliseconds(5));
  kernel.connections.disconnect(id(0), id(3));
  run(kernel, seconds(10));
  EXPECT_THAT(kernel.ups, ElementsAre(Kernel::Up{3, 0, kLatency}));
  EXPECT_THAT(kernel.downs,
              ElementsAre(Kernel::Down{{0, 3, milliseconds(5) + nanoseconds(1)}, PeerDown::kClosedHere, false},
                          Kernel::Down{{3, 0, kLatency * 3}, PeerDown::kClosed}));
}

// The transport gives up at node 1: node 2 learns of it through a link that is cut, too.
TEST(Connections, ABreakReachesTheOtherEndWhateverTheNetworkDoes) {
  RunSpec spec = line();
  spec.faults = {test::fault_of(network::Partition{}, {2}, {}, seconds(5))};
  Kernel kernel(std::move(spec));
  kernel.connections.give_up(id(1), id(2));
  kernel.connections.give_up(id(1), id(3));  // no peer: nothing happens
  run(kernel, seconds(1));
  EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{1, 2, nanoseconds(1)}, PeerDown::kBroken},
                                        Kernel::Down{{2, 1, kLatency}, PeerDown::kBroken}));
}

TEST(Connections, ACrashIsSeenByTheFailureDetectorAndByNobodyWithoutIt) {
  for (const bool seen : {false, true}) {
    RunSpec spec = line();
    spec.network.keep_alive = seen ? seconds(2) : Duration{};
    Kernel kernel(std::move(spec));
    kernel.world.states[1].holds = 1;
    kernel.connections.went_down(id(1));
    run(kernel, seconds(10));
    if (seen) {
      EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{0, 1, seconds(2)}, PeerDown::kCrashed},
                                            Kernel::Down{{2, 1, seconds(2)}, PeerDown::kCrashed}));
      EXPECT_THAT(peers(kernel, 1), IsEmpty());
    } else {
      EXPECT_THAT(kernel.downs, IsEmpty());
      EXPECT_THAT(peers(kernel, 1), ElementsAre(id(0), id(2)));
    }
  }
}

// Node 1 comes back and connects again before anybody has noticed that it was gone.
TEST(Connections, ALateDetectionMeansNoLaterConnection) {
  RunSpec spec = line();
  spec.network.keep_alive = seconds(2);
  Kernel kernel(std::move(spec));
  kernel.world.states[1].holds = 1;
  kernel.connections.went_down(id(1));
  run(kernel, seconds(1));
  kernel.world.states[1].holds = 0;
  kernel.connections.connect(id(1), id(2), 0);
  run(kernel, seconds(10));
  EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{2, 1, seconds(1) + kLatency}, PeerDown::kClosed},
                                        Kernel::Down{{0, 1, seconds(2)}, PeerDown::kCrashed}));
  EXPECT_THAT(kernel.ups,
              ElementsAre(Kernel::Up{2, 1, seconds(1) + kLatency}, Kernel::Up{1, 2, seconds(1) + kLatency * 2}));
  EXPECT_THAT(peers(kernel, 2), ElementsAre(id(1), id(3)));
}

// 1 is cut off for 1.5 s, and then for long: the detector needs 2 s.
TEST(Connections, ACutLinkIsSeenIfItStaysCutForLongEnough) {
  for (const Duration cut : {milliseconds(1500), seconds(30)}) {
    RunSpec spec = line();
    spec.network.keep_alive = seconds(2);
    spec.faults = {test::fault_of(network::Partition{}, {3}, {}, cut)};
    Kernel kernel(std::move(spec));
    kernel.connections.links_cut();
    run(kernel, seconds(10));
    if (cut < seconds(2))
      EXPECT_THAT(kernel.downs, IsEmpty());
    else
      EXPECT_THAT(kernel.downs, ElementsAre(Kernel::Down{{2, 3, seconds(2)}, PeerDown::kCrashed},
                                            Kernel::Down{{3, 2, seconds(2)}, PeerDown::kCrashed}));
  }
}

}  // namespace
}  // namespace hearsay::simulation::connections_test
