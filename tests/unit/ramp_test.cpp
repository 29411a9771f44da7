#include "sim/protocol/ramp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace hearsay::protocol::ramp_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr SimTime at_s(std::int64_t s) { return SimTime{} + seconds(s); }

TEST(Ramp, IsLinearBetweenItsTwoTimesAndConstantBesides) {
  const Ramp ramp(0.2, 0.8, at_s(10), at_s(40));
  EXPECT_EQ(ramp.at(at_s(0)), 0.2);
  EXPECT_EQ(ramp.at(at_s(10)), 0.2);
  EXPECT_NEAR(ramp.at(at_s(20)), 0.4, 1e-15);
  EXPECT_NEAR(ramp.at(at_s(25)), 0.5, 1e-15);
  EXPECT_EQ(ramp.at(at_s(40)), 0.8);
  EXPECT_EQ(ramp.at(at_s(4000)), 0.8);
}

TEST(Ramp, OfOneNumberIsThatNumberAtAllTimes) {
  const Ramp ramp(0.3);
  EXPECT_TRUE(ramp.is_constant());
  EXPECT_TRUE(ramp.is_always(0.3));
  EXPECT_FALSE(ramp.is_always(1));
  EXPECT_EQ(ramp.at(at_s(0)), 0.3);
  EXPECT_EQ(ramp.at(at_s(7)), 0.3);
  EXPECT_EQ(ramp.next_crossing(0.2, at_s(0)), std::nullopt);
}

TEST(Ramp, NeverTurnsBackByRounding) {
  // A third is no binary fraction, and the steps of 1 ns are far below the resolution of its values.
  const Ramp up(1.0 / 3, 2.0 / 3, at_s(1), at_s(100'000)), down(2.0 / 3, 1.0 / 3, at_s(1), at_s(100'000));
  for (std::int64_t ns = at_s(50'000).ns; ns < at_s(50'000).ns + 10'000; ++ns) {
    ASSERT_LE(up.at(SimTime{ns}), up.at(SimTime{ns + 1}));
    ASSERT_GE(down.at(SimTime{ns}), down.at(SimTime{ns + 1}));
  }
}

TEST(Ramp, SaysWhenItCrossesALevel) {
  const Ramp up(0, 1, at_s(10), at_s(20));
  const auto crossing = up.next_crossing(0.25, at_s(0));
  ASSERT_TRUE(crossing);
  EXPECT_LT(0.25, up.at(*crossing));
  EXPECT_FALSE(0.25 < up.at(*crossing - nanoseconds(1)));
  EXPECT_NEAR(static_cast<double>(crossing->ns), 12.5e9, 10);
  EXPECT_EQ(up.next_crossing(0.25, *crossing), std::nullopt);
  EXPECT_EQ(up.next_crossing(1, at_s(0)), std::nullopt);  // below 1 is everything that a share of 1 holds
  const Ramp down(0.8, 0.2, at_s(10), at_s(20));
  const auto leaves = down.next_crossing(0.5, at_s(12));
  ASSERT_TRUE(leaves);
  EXPECT_FALSE(0.5 < down.at(*leaves));
  EXPECT_LT(0.5, down.at(*leaves - nanoseconds(1)));
  EXPECT_EQ(down.next_crossing(0.9, at_s(0)), std::nullopt);
  EXPECT_EQ(down.next_crossing(0.1, at_s(0)), std::nullopt);
}

TEST(Ramp, ComplainsOfTimesThatAreNoTimes) {
  EXPECT_THAT(complaint_about(Ramp(0.5), at_s(60)), IsEmpty());
  EXPECT_THAT(complaint_about(Ramp(0, 1, at_s(10), at_s(60)), at_s(60)), IsEmpty());
  EXPECT_THAT(complaint_about(Ramp(0, 1, at_s(10), at_s(61)), at_s(60)), HasSubstr("after the end of the run"));
  EXPECT_THAT(complaint_about(Ramp(0, 1, at_s(10), at_s(10)), at_s(60)), HasSubstr("not after its start"));
  EXPECT_THAT(complaint_about(Ramp(0, 1, at_s(10), at_s(5)), at_s(60)), HasSubstr("not after its start"));
  EXPECT_THAT(complaint_about(Ramp(1, 1, at_s(10), at_s(20)), at_s(60)), HasSubstr("are the same"));
}

}  // namespace
}  // namespace hearsay::protocol::ramp_test
