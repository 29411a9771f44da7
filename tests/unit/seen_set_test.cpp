#include "sim/protocol/seen_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "sim/core/random.hpp"

namespace hearsay::protocol::seen_set_test {
namespace {

constexpr SeenLimits kUnlimited;

SimTime at(std::int64_t s) { return SimTime{} + seconds(s); }

TEST(SeenSet, RemembersForEverByDefault) {
  SeenSet seen;
  for (const std::uint32_t i : {0u, 5u, 63u, 64u, 65u, 1000u, 100'000u}) {
    EXPECT_FALSE(seen.contains(ItemId{i}, at(0), kUnlimited));
    EXPECT_TRUE(seen.insert(ItemId{i}, at(0), kUnlimited));
    EXPECT_FALSE(seen.insert(ItemId{i}, at(1'000'000), kUnlimited));
    EXPECT_TRUE(seen.contains(ItemId{i}, at(1'000'000), kUnlimited));
  }
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_FALSE(seen.contains(ItemId{99'999}, at(0), kUnlimited));
}

TEST(SeenSet, KeepsLittleOfWhatItHasSeenWithoutAGap) {
  SeenSet seen;
  std::size_t most = 0;
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    const std::uint32_t item = i ^ 7;  // a little out of order
    EXPECT_TRUE(seen.insert(ItemId{item}, at(0), kUnlimited));
    most = std::max(most, seen.memory_bytes());
  }
  EXPECT_LT(most, 2000u);
  EXPECT_EQ(seen.size(), 200'000u);
  for (const std::uint32_t i : {0u, 63u, 64u, 100'000u, 199'999u}) {
    EXPECT_TRUE(seen.contains(ItemId{i}, at(0), kUnlimited));
    EXPECT_FALSE(seen.insert(ItemId{i}, at(0), kUnlimited));
  }
  EXPECT_FALSE(seen.contains(ItemId{200'000}, at(0), kUnlimited));
}

// A gap is kept, and what lies above it, until it is filled.
TEST(SeenSet, RemembersAboveAGap) {
  SeenSet seen;
  for (std::uint32_t i = 1; i < 1000; ++i) seen.insert(ItemId{i}, at(0), kUnlimited);
  EXPECT_FALSE(seen.contains(ItemId{0}, at(0), kUnlimited));
  EXPECT_TRUE(seen.contains(ItemId{999}, at(0), kUnlimited));
  EXPECT_EQ(seen.size(), 999u);
  EXPECT_TRUE(seen.insert(ItemId{0}, at(0), kUnlimited));
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_TRUE(seen.contains(ItemId{999}, at(0), kUnlimited));
  EXPECT_FALSE(seen.insert(ItemId{500}, at(0), kUnlimited));
}

TEST(SeenSet, ForgetsAfterTheTimeToLive) {
  const SeenLimits limits{seconds(10), std::nullopt};
  SeenSet seen;
  EXPECT_TRUE(seen.insert(ItemId{1}, at(0), limits));
  EXPECT_TRUE(seen.contains(ItemId{1}, at(10) - nanoseconds(1), limits));
  EXPECT_FALSE(seen.contains(ItemId{1}, at(10), limits));
  EXPECT_TRUE(seen.insert(ItemId{1}, at(10), limits));
}

// The time runs from the insertion; seeing an item again does not make it younger.
TEST(SeenSet, SeeingAnItemAgainDoesNotProlongItsMemory) {
  const SeenLimits limits{seconds(10), std::nullopt};
  SeenSet seen;
  seen.insert(ItemId{1}, at(0), limits);
  EXPECT_FALSE(seen.insert(ItemId{1}, at(9), limits));
  EXPECT_TRUE(seen.insert(ItemId{1}, at(10), limits));
}

TEST(SeenSet, ForgetsTheOldestBeyondItsCapacity) {
  const SeenLimits limits{std::nullopt, 2};
  SeenSet seen;
  seen.insert(ItemId{1}, at(0), limits);
  seen.insert(ItemId{2}, at(0), limits);
  seen.insert(ItemId{3}, at(0), limits);
  EXPECT_FALSE(seen.contains(ItemId{1}, at(0), limits));
  EXPECT_TRUE(seen.contains(ItemId{2}, at(0), limits));
  EXPECT_TRUE(seen.contains(ItemId{3}, at(0), limits));
  EXPECT_EQ(seen.size(), 2u);
}

// Against the plain definition: a list of (time, item), oldest first.
TEST(SeenSet, AgreesWithItsNaiveTwin) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    KeyedDraws draws(seed, Stream::kProperty);
    SeenLimits limits;
    if (draws.chance(0.7)) limits.ttl = Duration{1 + static_cast<std::int64_t>(draws.below(30))};
    if (draws.chance(0.7)) limits.capacity = static_cast<std::uint32_t>(1 + draws.below(6));
    SeenSet seen;
    std::deque<std::pair<SimTime, ItemId>> twin;
    SimTime now;
    for (int step = 0; step < 500; ++step) {
      now = now + Duration{static_cast<std::int64_t>(draws.below(5))};
      const ItemId item{static_cast<std::uint32_t>(draws.below(12))};
      if (limits.ttl) std::erase_if(twin, [&](const auto& e) { return e.first + *limits.ttl <= now; });
      const bool known = std::any_of(twin.begin(), twin.end(), [&](const auto& e) { return e.second == item; });
      ASSERT_EQ(seen.contains(item, now, limits), known) << "seed " << seed << ", step " << step;
      if (draws.chance(0.5)) continue;
      ASSERT_EQ(seen.insert(item, now, limits), !known) << "seed " << seed << ", step " << step;
      if (!known) twin.emplace_back(now, item);
      if (limits.capacity && twin.size() > *limits.capacity) twin.pop_front();
      if (!limits.unlimited()) {
        ASSERT_EQ(seen.size(), twin.size());
      }
    }
  }
}

}  // namespace
}  // namespace hearsay::protocol::seen_set_test
