// The calendar against its naive twin: random pushes and pops, aimed at ties, horizons and far leaps.

#include <gtest/gtest.h>

#include <cstdint>

#include "sim/core/random.hpp"
#include "sim/core/time.hpp"
#include "tests/support/calendar_twin.hpp"

namespace hearsay::engine::calendar_fuzz_test {
namespace {

using hearsay::test::CalendarAndTwin;

/// How far ahead a push lies: most within a link's latency, some at once, at a horizon, or very far.
std::int64_t draw_delay(KeyedDraws& draws) {
  const auto up_to = [&](int bits) { return static_cast<std::int64_t>(draws.bits() >> (64 - bits)); };
  switch (draws.below(10)) {
    case 0: return 0;
    case 1: return 1;
    case 2: return up_to(17);                                         // this near bucket or the next
    case 3: return up_to(28);                                         // the near ring
    case 4: return (std::int64_t{1} << 28) - 4 + up_to(3);            // the near horizon
    case 5: return up_to(36);                                         // the far ring
    case 6: return (std::int64_t{1} << 36) - (1 << 25) + up_to(26);   // the far horizon
    case 7: return up_to(41);                                         // an hour
    case 8: return draws.chance(0.02) ? up_to(55) : up_to(24);        // a year, rarely: every leap empties the rings
    default: return static_cast<std::int64_t>(draws.below(8)) << 24;  // exactly on the bounds of far buckets
  }
}

Event draw_event(KeyedDraws& draws, std::int64_t now_ns, const Event& last, std::uint32_t number) {
  Event event;
  event.time_ns = now_ns + draw_delay(draws);
  event.target = static_cast<std::int32_t>(draws.below(6)) - 1;
  event.kind = static_cast<EventKind>(draws.below(7));
  event.step = static_cast<Step>(draws.below(2));
  event.source = static_cast<std::int32_t>(draws.below(3)) - 1;
  event.sequence = number;
  event.payload = number ^ 0x5555u;
  if (event < last) event.time_ns = last.time_ns + 1;  // nothing is pushed into the past
  return event;
}

// Phases of growth and of decline, so that the calendar is now crowded, now empty.
void compare_with_twin(std::uint64_t seed) {
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  KeyedDraws draws(seed, Stream::kProperty, 100);
  CalendarAndTwin both;
  Event last;
  last.time_ns = -1;
  std::uint32_t number = 0;
  const auto failed = [] { return ::testing::Test::HasFailure(); };
  for (int phase = 0; phase < 12 && !failed(); ++phase) {
    const double growth = 0.3 + 0.4 * draws.uniform();
    for (int step = 0; step < 700 && !failed(); ++step) {
      if (both.empty() || draws.chance(growth)) {
        const auto burst = draws.chance(0.01) ? draws.below(300) : 1;
        for (std::uint64_t i = 0; i < burst; ++i) both.push(draw_event(draws, both.now_ns(), last, number++));
      } else {
        last = both.pop();
      }
    }
    if (draws.chance(0.3)) {
      both.drain();
      last = {};
      last.time_ns = both.now_ns();
      last.target = 1000;  // after everything of this instant
    }
  }
  both.drain();
}

TEST(CalendarFuzz, AgreesWithItsTwin) {
  for (std::uint64_t seed = 0; seed < 100 && !HasFailure(); ++seed) compare_with_twin(seed);
}

TEST(NightlyCalendarFuzz, AgreesWithItsTwin) {
  for (std::uint64_t seed = 1000; seed < 20'000 && !HasFailure(); ++seed) compare_with_twin(seed);
}

}  // namespace
}  // namespace hearsay::engine::calendar_fuzz_test
