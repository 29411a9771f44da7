#include "sim/simulation/lifecycle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/kernel.hpp"

namespace hearsay::simulation::lifecycle_test {
namespace {

using engine::Event;
using engine::EventKind;
using network::TopologyKind;
using test::basic_spec;
using test::fault_of;
using test::Kernel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

RunSpec three() { return basic_spec("flood", TopologyKind::kComplete, 3); }
RunSpec with(std::vector<network::FaultSpec> faults) {
  RunSpec spec = three();
  spec.faults = std::move(faults);
  return spec;
}

/// Carries out what is due up to `until`.
void run(Kernel& kernel, Duration until) {
  while (const Event* const event = kernel.thread.calendar.pop(until.ns)) {
    const Event due = *event;
    kernel.thread.now = SimTime{due.time_ns};
    due.kind == EventKind::kRestart ? kernel.lifecycle.on_restart(due) : kernel.lifecycle.on_session_end(due);
  }
  kernel.thread.now = SimTime{} + until;
}

// Node 2 joins at 5 s.
TEST(Lifecycle, StartsNodesAtTheBeginningAndThoseThatJoinLater) {
  RunSpec spec = three();
  network::GroupSpec late;
  late.by = network::SelectBy::kIds;
  late.ids = {2};
  late.joins = true;
  late.joins_from = late.joins_to = SimTime{} + seconds(5);
  spec.network.groups = {late};
  Kernel kernel(std::move(spec));
  for (auto& state : kernel.world.states) state.holds = 1;
  kernel.lifecycle.begin();
  EXPECT_EQ(kernel.thread.starts_left, 2);
  EXPECT_TRUE(kernel.world.up(NodeId{0}) && kernel.world.up(NodeId{1})) << "before their starts are carried out";
  EXPECT_FALSE(kernel.world.up(NodeId{2}));
  run(kernel, seconds(10));
  EXPECT_EQ(kernel.thread.starts_left, 0);
  EXPECT_THAT(kernel.starts, ElementsAre(Kernel::Start{0, {}, true, false}, Kernel::Start{1, {}, true, false},
                                         Kernel::Start{2, seconds(5), true, false}));
}

TEST(Lifecycle, ACrashTakesItsNodesDownAndBringsThemUpAtItsEnd) {
  Kernel kernel(with({fault_of(network::Crash{}, {1}, seconds(1), seconds(2))}));
  kernel.lifecycle.begin();
  run(kernel, seconds(1));
  kernel.starts.clear();
  kernel.lifecycle.begin_fault(0);
  EXPECT_FALSE(kernel.world.up(NodeId{1}));
  EXPECT_THAT(kernel.down, ElementsAre(1)) << "and with it its timers and transfers";
  EXPECT_EQ(kernel.report(0).nodes_hit, 1u);
  kernel.thread.now = SimTime{} + seconds(2);
  kernel.lifecycle.end_fault(0);
  EXPECT_FALSE(kernel.world.up(NodeId{1})) << "the restart is an event of its own";
  run(kernel, seconds(2));
  EXPECT_TRUE(kernel.world.up(NodeId{1}));
  EXPECT_THAT(kernel.starts, ElementsAre(Kernel::Start{1, seconds(2), false, true}));
}

// [1, 3) loses the state, [2, 4) does not.
TEST(Lifecycle, ANodeThatIsDownTwiceComesUpOnce) {
  Kernel kernel(with({fault_of(network::Crash{}, {1}, seconds(1), seconds(3)),
                      fault_of(network::Crash{.lose_state = false}, {1}, seconds(2), seconds(4))}));
  kernel.lifecycle.begin();
  run(kernel, seconds(1));
  kernel.starts.clear();
  kernel.lifecycle.begin_fault(0);
  run(kernel, seconds(2));
  kernel.lifecycle.begin_fault(1);
  run(kernel, seconds(3));
  kernel.lifecycle.end_fault(0);
  run(kernel, milliseconds(3500));
  EXPECT_FALSE(kernel.world.up(NodeId{1}));
  EXPECT_THAT(kernel.starts, IsEmpty());
  kernel.thread.now = SimTime{} + seconds(4);
  kernel.lifecycle.end_fault(1);
  run(kernel, seconds(4));
  EXPECT_THAT(kernel.starts, ElementsAre(Kernel::Start{1, seconds(4), false, true}));
}

TEST(Lifecycle, ACrashAtTheStartPutsTheFirstStartOff) {
  Kernel kernel(with({fault_of(network::Crash{}, {1}, {}, seconds(2))}));
  kernel.lifecycle.begin();
  kernel.lifecycle.begin_fault(0);
  run(kernel, seconds(1));
  EXPECT_THAT(kernel.starts, ElementsAre(Kernel::Start{0, {}, true, false}, Kernel::Start{2, {}, true, false}));
  EXPECT_EQ(kernel.thread.starts_left, 0);
  kernel.thread.now = SimTime{} + seconds(2);
  kernel.lifecycle.end_fault(0);
  run(kernel, seconds(2));
  EXPECT_EQ(kernel.starts.back(), (Kernel::Start{1, seconds(2), true, false})) << "it had no state to lose";
}

// Sessions of 10 s, downtimes of 4 s, from 0 to 60 s: after the first end, wherever it lies, up and down alternate.
TEST(Lifecycle, AChurningNodeComesAndGoesUntilTheFaultIsOver) {
  const network::Churn churn{.session = Distribution::constant(10e9), .downtime = Distribution::constant(4e9)};
  Kernel kernel(with({fault_of(churn, {1}, {}, seconds(60))}));
  kernel.lifecycle.begin();
  kernel.lifecycle.begin_fault(0);
  run(kernel, {});
  kernel.starts.clear();
  const Duration first_end = kernel.world.next_crash(NodeId{1}, {}) - SimTime{};
  ASSERT_GT(first_end.ns, 0);
  ASSERT_LE(first_end, seconds(10));
  run(kernel, first_end);
  EXPECT_FALSE(kernel.world.up(NodeId{1}));
  run(kernel, seconds(100));
  EXPECT_TRUE(kernel.world.up(NodeId{1})) << "the last downtime ends with the fault at the latest";
  ASSERT_GE(kernel.starts.size(), 4u);
  for (std::size_t k = 0; k < kernel.starts.size(); ++k) {
    EXPECT_EQ(kernel.starts[k].at,
              std::min(first_end + seconds(4) + seconds(14) * static_cast<std::int64_t>(k), seconds(60)));
    EXPECT_TRUE(kernel.starts[k].lost_state);
  }
  EXPECT_EQ(kernel.world.next_crash(NodeId{1}, kernel.thread.now), kNever);
}

}  // namespace
}  // namespace hearsay::simulation::lifecycle_test
