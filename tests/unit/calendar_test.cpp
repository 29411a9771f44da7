#include "sim/engine/calendar.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/core/time.hpp"
#include "tests/support/calendar_twin.hpp"

namespace hearsay::engine::calendar_test {
namespace {

using hearsay::test::CalendarAndTwin;

// Constants of the calendar's geometry, which these tests aim at: a near bucket is 2^16 ns, the near ring 2^28 ns,
// a far bucket 2^24 ns, the far ring 2^36 ns (69 s).
constexpr std::int64_t kNear = std::int64_t{1} << 16;
constexpr std::int64_t kNearRing = std::int64_t{1} << 28;
constexpr std::int64_t kFar = std::int64_t{1} << 24;
constexpr std::int64_t kFarRing = std::int64_t{1} << 36;

Event at(std::int64_t time_ns, std::uint32_t sequence = 0, std::int32_t target = 0,
         EventKind kind = EventKind::kMessage) {
  Event event;
  event.time_ns = time_ns;
  event.target = target;
  event.kind = kind;
  event.sequence = sequence;
  event.payload = sequence * 7 + 1;
  return event;
}

TEST(Event, IsOrderedByTimeThenTargetThenKindThenSourceThenSequenceThenStep) {
  Event a = at(5, 9, 9, EventKind::kMessage), b = a;
  b.step = Step::kFirstBit;
  EXPECT_LT(a, b);
  a.sequence = 10;
  EXPECT_LT(b, a);
  b.source = a.source + 1;
  EXPECT_LT(a, b);
  a.kind = EventKind::kTimer, b.kind = EventKind::kPublication;
  EXPECT_LT(b, a);
  b.target = a.target + 1;
  EXPECT_LT(a, b);
  a.time_ns = b.time_ns + 1;
  EXPECT_LT(b, a);
}

TEST(Event, OrdersTheKindsOfOneInstantAsDocumented) {
  const std::vector<EventKind> kinds = {EventKind::kFault,  EventKind::kRestart,     EventKind::kPeerDown,
                                        EventKind::kPeerUp, EventKind::kPublication, EventKind::kTimer,
                                        EventKind::kMessage};
  for (std::size_t i = 0; i + 1 < kinds.size(); ++i) EXPECT_LT(at(1, 0, 0, kinds[i]), at(1, 0, 0, kinds[i + 1]));
}

TEST(Event, OfTheWholeWorldComesBeforeThoseOfNodes) { EXPECT_LT(at(1, 9, -1), at(1, 0, 0, EventKind::kFault)); }

TEST(Event, IsNotOrderedByWhatItCarries) {
  Event a = at(1), b = at(1);
  b.payload = 77;
  b.set_wait_ns(5);
  EXPECT_EQ(a, b);
}

TEST(Event, KeepsWaitsOfHoursToTheNanosecond) {
  Event event;
  EXPECT_EQ(event.wait_ns(), 0);
  for (const std::int64_t ns : {std::int64_t{1}, std::int64_t{4'294'967'295}, std::int64_t{4'294'967'296},
                                std::int64_t{86'400} * kNsPerSecond + 1}) {
    event.set_wait_ns(ns);
    EXPECT_EQ(event.wait_ns(), ns);
    const Event copy = event;
    EXPECT_EQ(copy.wait_ns(), ns);
  }
  event.set_wait_ns(kNever.ns);
  EXPECT_NEAR(static_cast<double>(event.wait_ns()), static_cast<double>(kNever.ns), 66'000);
}

TEST(Calendar, IsEmptyAtFirst) {
  const Calendar calendar;
  EXPECT_TRUE(calendar.empty());
  EXPECT_TRUE(calendar.empty());
  EXPECT_TRUE(calendar.upcoming().empty());
}

TEST(Calendar, HasNoNextEventWhenEmpty) {
  Calendar calendar;
  EXPECT_EQ(calendar.pop(), nullptr);
}

TEST(Calendar, LeavesWhatLiesAfterTheLimit) {
  Calendar calendar;
  calendar.push(at(10, 1));
  EXPECT_EQ(calendar.pop(9), nullptr);
  EXPECT_FALSE(calendar.empty());
  EXPECT_EQ(calendar.pop(10)->sequence, 1u);
  EXPECT_TRUE(calendar.empty());
}

TEST(Calendar, BreaksTiesByContentWhateverTheOrderOfPushes) {
  std::vector<Event> events;
  for (std::int32_t target = -1; target < 3; ++target)
    for (const EventKind kind : {EventKind::kFault, EventKind::kTimer, EventKind::kMessage})
      for (std::uint32_t sequence = 0; sequence < 3; ++sequence)
        events.push_back(at(1'000'000, sequence, target, kind));
  std::vector<Event> sorted = events;
  std::sort(sorted.begin(), sorted.end());
  KeyedDraws draws(1, Stream::kProperty);
  for (int round = 0; round < 20; ++round) {
    draws.shuffle(events);
    Calendar calendar;
    for (const Event& event : events) calendar.push(event);
    for (const Event& expected : sorted) EXPECT_EQ(*calendar.pop(), expected);
  }
}

// Each horizon to the nanosecond, and both sides of each.
TEST(Calendar, KeepsTheOrderAtEveryHorizon) {
  CalendarAndTwin both;
  std::uint32_t sequence = 0;
  for (const std::int64_t edge :
       {kNear, 16 * kNear, kFar, kNearRing - kFar, kNearRing, kNearRing + kFar, kFarRing - kFar, kFarRing,
        kFarRing + kFar, kFarRing + kNearRing, 2 * kFarRing, 3 * kFarRing})
    for (const std::int64_t step : {-kFar, -kNear, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, kNear, kFar})
      both.push(at(edge + step, sequence++));
  both.drain();
}

// A minute, hours and years away, up to the end of a run and to the saturated sum beyond it.
TEST(Calendar, HoldsWhatIsHoursOrYearsAway) {
  CalendarAndTwin both;
  std::uint32_t sequence = 0;
  for (const std::int64_t t :
       {kNever.ns, kMaxSimTime.ns, kMaxSimTime.ns - 1, std::int64_t{3'600} * kNsPerSecond * 24 * 365,
        std::int64_t{3'600} * kNsPerSecond, 71 * kNsPerSecond, std::int64_t{0}, std::int64_t{1}})
    both.push(at(t, sequence++));
  both.drain();
}

// From the far future the calendar goes on as if it had started there: near, far and beyond are relative to the clock.
TEST(Calendar, WorksOnAfterALeapOfYears) {
  CalendarAndTwin both;
  const std::int64_t year = std::int64_t{365} * 86'400 * kNsPerSecond;
  both.push(at(7 * year + 12'345, 0));
  both.pop();
  std::uint32_t sequence = 1;
  for (const std::int64_t step : {std::int64_t{0}, std::int64_t{1}, kNear, kNearRing, kFarRing, year})
    both.push(at(both.now_ns() + step, sequence++, 1));
  both.drain();
}

// Two events beyond the far ring that come within reach in one leap, the later one first in the heap's array.
TEST(Calendar, TakesInAllThatALeapBringsWithinReach) {
  CalendarAndTwin both;
  for (std::uint32_t i = 0; i < 2000; ++i)
    both.push(at(10 * kFarRing + static_cast<std::int64_t>((i * 7919u) % 2000u) * kFar / 3, i));
  both.drain();
}

TEST(Calendar, TakesEventsIntoTheBucketThatIsBeingRead) {
  CalendarAndTwin both;
  for (std::uint32_t i = 0; i < 100; ++i) both.push(at(i * 600, i));  // all within the first bucket
  std::uint32_t sequence = 1000;
  while (!both.empty()) {
    const Event event = both.pop();
    if (sequence < 1300) {
      both.push(at(event.time_ns + 1, sequence++, 3));
      both.push(at(event.time_ns + 599, sequence++, 3));
      both.push(at(event.time_ns, sequence++, 4));  // within the instant: a later target
    }
  }
  both.drain();
}

// Looking ahead moves the calendar to the next used bucket; what is pushed before that bucket still comes first.
TEST(Calendar, TakesEventsBeforeTheOneThatWasLookedAt) {
  CalendarAndTwin both;
  both.push(at(5, 0));
  both.pop();
  both.push(at(30 * kNsPerSecond, 1));
  EXPECT_EQ(both.calendar().pop(10 * kNsPerSecond), nullptr);
  both.push(at(6, 2));
  both.push(at(20 * kNsPerSecond, 3));
  both.push(at(90 * kNsPerSecond, 4));
  both.drain();
}

// One instant with 100,000 events, pushed in random order: a bucket that the counting sort cannot spread.
TEST(Calendar, SortsABurstOfAHundredThousandEventsAtOneInstant) {
  constexpr std::uint32_t kBurst = 100'000;
  std::vector<Event> events;
  for (std::uint32_t i = 0; i < kBurst; ++i)
    events.push_back(at(123'456'789, i / 10, static_cast<std::int32_t>(i % 10)));
  KeyedDraws draws(2, Stream::kProperty);
  draws.shuffle(events);
  Calendar calendar;
  for (const Event& event : events) calendar.push(event);
  Event last = at(-1);
  for (std::uint32_t i = 0; i < kBurst; ++i) {
    EXPECT_FALSE(calendar.empty());
    const Event event = *calendar.pop();
    ASSERT_LT(last, event);
    last = event;
  }
  EXPECT_TRUE(calendar.empty());
}

// The same burst, but into the bucket that is being read.
TEST(Calendar, TakesABurstIntoTheBucketThatIsBeingRead) {
  Calendar calendar;
  calendar.push(at(0));
  calendar.pop();
  for (std::uint32_t i = 0; i < 100'000; ++i)
    calendar.push(at(1, static_cast<std::uint32_t>(std::uint64_t{i} * 48'271 % 100'003)));  // 100,003 is prime
  Event last = at(-1);
  while (!calendar.empty()) {
    const Event event = *calendar.pop();
    ASSERT_LT(last, event);
    last = event;
  }
}

TEST(Calendar, IsEmptyOnlyWithoutWhatLiesFarAhead) {
  Calendar calendar;
  for (const std::int64_t t : {std::int64_t{1}, kNear, kFar, kNearRing, kFarRing, 9 * kFarRing}) calendar.push(at(t));
  for (int left = 6; left > 0; --left) {
    EXPECT_FALSE(calendar.empty());
    calendar.pop();
  }
  EXPECT_TRUE(calendar.empty());
}

TEST(Calendar, ShowsTheBucketThatIsBeingRead) {
  Calendar calendar;
  for (std::uint32_t i = 0; i < 40; ++i) calendar.push(at(100 + i, i));
  EXPECT_TRUE(calendar.upcoming().empty()) << "no bucket is read yet";
  EXPECT_EQ(calendar.pop()->sequence, 0u);
  EXPECT_EQ(calendar.upcoming().size(), 39u);
  EXPECT_EQ(calendar.upcoming()[7].sequence, 8u);
}

// Chunks are used again: a steady stream holds no more memory after a million events than after ten thousand.
TEST(Calendar, HoldsNoMoreMemoryTheLongerItRuns) {
  Calendar calendar;
  KeyedDraws draws(3, Stream::kProperty);
  for (std::uint32_t i = 0; i < 1000; ++i) calendar.push(at(static_cast<std::int64_t>(draws.below(100'000'000)), i));
  const auto turn = [&](std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t i = from; i < to; ++i) {
      const Event event = *calendar.pop();
      calendar.push(at(event.time_ns + 1 + static_cast<std::int64_t>(draws.below(100'000'000)), i));
    }
  };
  turn(1000, 20'000);
  const std::size_t early = calendar.memory_bytes();
  turn(20'000, 1'000'000);
  EXPECT_LE(calendar.memory_bytes(), early + early / 2);
}

}  // namespace
}  // namespace hearsay::engine::calendar_test
