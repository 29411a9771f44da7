#pragma once

// The calendar's naive twin: a std::set of events in their total order. Slow and obviously right.

#include <gtest/gtest.h>

#include <cstddef>
#include <set>

#include "sim/engine/calendar.hpp"

namespace hearsay::test {

/// Does everything to a calendar and to its twin, and compares.
class CalendarAndTwin {
 public:
  void push(const engine::Event& event) {
    calendar_.push(event);
    ASSERT_TRUE(twin_.insert(event).second) << "a test pushes no key twice";
  }

  /// Pops the next event of both; they must be the same in every field that matters.
  engine::Event pop() {
    const engine::Event expected = *twin_.begin();
    EXPECT_FALSE(calendar_.empty());
    // Whoever asks for what comes earlier gets nothing, and changes nothing.
    EXPECT_EQ(calendar_.pop(expected.time_ns - 1), nullptr);
    const engine::Event* const next = calendar_.pop(expected.time_ns);
    EXPECT_NE(next, nullptr);
    const engine::Event event = next == nullptr ? engine::Event{} : *next;
    EXPECT_EQ(event, expected);
    EXPECT_EQ(event.payload, expected.payload);
    twin_.erase(twin_.begin());
    now_ns_ = expected.time_ns;
    return event;
  }

  void drain() {
    while (!twin_.empty() && !::testing::Test::HasFailure()) pop();
    EXPECT_TRUE(calendar_.empty());
  }

  engine::Calendar& calendar() { return calendar_; }
  std::size_t size() const { return twin_.size(); }
  bool empty() const { return twin_.empty(); }
  /// Time of the event popped last.
  std::int64_t now_ns() const { return now_ns_; }

 private:
  engine::Calendar calendar_;
  std::set<engine::Event> twin_;
  std::int64_t now_ns_ = 0;
};

}  // namespace hearsay::test
