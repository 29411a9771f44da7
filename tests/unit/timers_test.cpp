#include "sim/protocol/timers.hpp"

#include <gtest/gtest.h>

namespace hearsay::protocol::timers_test {
namespace {

TEST(Timers, ArePendingUntilTheyFire) {
  TimerTable timers;
  const TimerId id = timers.open(NodeId{3});
  EXPECT_EQ(timers.pending(), 1u);
  EXPECT_TRUE(timers.is_pending(id.slot));
  timers.close(id.slot);
  EXPECT_EQ(timers.pending(), 0u);
}

TEST(Timers, CanBeCancelledOnce) {
  TimerTable timers;
  const TimerId id = timers.open(NodeId{3});
  EXPECT_TRUE(timers.cancel(id));
  EXPECT_FALSE(timers.is_pending(id.slot));
  EXPECT_FALSE(timers.cancel(id));
  EXPECT_EQ(timers.pending(), 0u);
  timers.close(id.slot);  // its event comes up all the same
  EXPECT_EQ(timers.pending(), 0u);
}

TEST(Timers, AnOldHandleDoesNotCancelTheTimerThatTookItsSlot) {
  TimerTable timers;
  const TimerId old = timers.open(NodeId{3});
  timers.close(old.slot);
  const TimerId next = timers.open(NodeId{3});
  EXPECT_EQ(old.slot, next.slot);
  EXPECT_FALSE(timers.cancel(old));
  EXPECT_TRUE(timers.is_pending(next.slot));
}

TEST(Timers, ASlotIsNotUsedAgainWhileItsEventIsStillToCome) {
  TimerTable timers;
  const TimerId cancelled = timers.open(NodeId{3});
  timers.cancel(cancelled);
  EXPECT_NE(timers.open(NodeId{3}).slot, cancelled.slot);
}

TEST(Timers, AHandleOfNothingIsHarmless) {
  TimerTable timers;
  EXPECT_FALSE(timers.cancel(TimerId{}));
}

TEST(Timers, ACrashCancelsThoseOfItsNodeAlone) {
  TimerTable timers;
  const TimerId a = timers.open(NodeId{1}), b = timers.open(NodeId{2}), c = timers.open(NodeId{1});
  timers.cancel_all_of(NodeId{1});
  EXPECT_FALSE(timers.is_pending(a.slot));
  EXPECT_TRUE(timers.is_pending(b.slot));
  EXPECT_FALSE(timers.is_pending(c.slot));
  EXPECT_EQ(timers.pending(), 1u);
}

TEST(Timers, UseAsManySlotsAsAreSetAtOnce) {
  TimerTable timers;
  for (int i = 0; i < 1000; ++i) timers.close(timers.open(NodeId{0}).slot);
  EXPECT_EQ(timers.capacity(), 1u);
}

}  // namespace
}  // namespace hearsay::protocol::timers_test
