#include "sim/protocol/item_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "sim/core/random.hpp"

namespace hearsay::protocol::item_set_test {
namespace {

using ::testing::ElementsAre;

ItemId item(std::size_t i) { return static_cast<ItemId>(i); }

std::vector<std::size_t> members(const ItemSet& set) {
  std::vector<std::size_t> out;
  set.for_each([&](ItemId id) { out.push_back(index(id)); });
  return out;
}

TEST(ItemSet, ListsItsMembersInOrderWhateverTheOrderOfInsertion) {
  ItemSet set;
  for (const std::size_t i : {700u, 64u, 3u, 65u, 700u}) set.insert(item(i));
  EXPECT_THAT(members(set), ElementsAre(3, 64, 65, 700));
  EXPECT_EQ(set.size(), 4u);
  set.drop_words_below(1);
  EXPECT_THAT(members(set), ElementsAre(64, 65, 700));
  set.drop_words_below(100);
  EXPECT_TRUE(set.empty());
  set.insert(item(2));
  EXPECT_THAT(members(set), ElementsAre(2));
}

TEST(ItemSet, GivesUpTheWordsThatErasingLeavesEmptyAtTheLowerEnd) {
  ItemSet set;
  for (const std::size_t i : {3u, 64u, 70u, 200u}) set.insert(item(i));
  EXPECT_FALSE(set.erase(item(4)));
  EXPECT_FALSE(set.erase(item(1000)));
  EXPECT_TRUE(set.erase(item(64)));
  EXPECT_FALSE(set.erase(item(64)));
  EXPECT_THAT(members(set), ElementsAre(3, 70, 200));
  EXPECT_EQ(set.begin_word(), 0u);
  EXPECT_TRUE(set.erase(item(3)));
  EXPECT_EQ(set.begin_word(), 1u);
  EXPECT_TRUE(set.erase(item(70)));
  EXPECT_EQ(set.begin_word(), 3u);
  EXPECT_TRUE(set.erase(item(200)));
  EXPECT_TRUE(set.empty());
  set.insert(item(5));
  EXPECT_THAT(members(set), ElementsAre(5));
}

TEST(ItemSet, DropsWhatIsBelowAnItemWithinItsWordToo) {
  ItemSet set;
  for (const std::size_t i : {3u, 64u, 70u, 71u, 200u}) set.insert(item(i));
  set.drop_below(item(71));
  EXPECT_THAT(members(set), ElementsAre(71, 200));
  set.drop_below(item(5));
  EXPECT_THAT(members(set), ElementsAre(71, 200));
  set.drop_below(item(500));
  EXPECT_TRUE(set.empty());
}

TEST(ItemSet, HasTheFingerprintOfItsMembers) {
  ItemSet a, b;
  for (const std::size_t i : {1u, 400u, 401u}) a.insert(item(i));
  for (const std::size_t i : {401u, 1u, 400u}) b.insert(item(i));
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
  b.insert(item(2));
  EXPECT_NE(a.fingerprint(), b.fingerprint());
  a.insert(item(5));
  a.drop_words_below(1);
  ItemSet c;
  for (const std::size_t i : {400u, 401u}) c.insert(item(i));
  EXPECT_EQ(a.fingerprint(), c.fingerprint());
}

TEST(ItemSet, AgreesWithASetOfTheStandardLibrary) {
  KeyedDraws rng(1, Stream::kProperty);
  for (int round = 0; round < 200; ++round) {
    ItemSet set, other;
    std::set<std::size_t> twin;
    const std::uint64_t from = rng.below(1000), span = 1 + rng.below(400);
    for (int step = 0; step < 300; ++step) {
      const std::size_t i = from + rng.below(span);
      switch (rng.below(8)) {
        case 0:
          set.drop_words_below(i / 64);
          twin.erase(twin.begin(), twin.lower_bound(i / 64 * 64));
          break;
        case 1:
          other.insert(item(i));
          set.insert_all(other);
          other.for_each([&](ItemId id) { twin.insert(index(id)); });
          break;
        default: EXPECT_EQ(set.insert(item(i)), twin.insert(i).second);
      }
      EXPECT_EQ(set.contains(item(i)), twin.contains(i));
    }
    EXPECT_EQ(members(set), std::vector<std::size_t>(twin.begin(), twin.end()));
    EXPECT_EQ(set.size(), twin.size());
  }
}

TEST(ItemCoverage, HoldsEverythingBelowItsFloor) {
  ItemCoverage coverage;
  coverage.raise(item(200));  // its word begins at 192
  EXPECT_TRUE(coverage.contains(item(0)) && coverage.contains(item(191)));
  EXPECT_FALSE(coverage.contains(item(192)) || coverage.contains(item(200)));
  coverage.insert(item(5));
  coverage.insert(item(300));
  EXPECT_TRUE(coverage.contains(item(300)));
  EXPECT_EQ(coverage.floor_word(), 3u);
  coverage.raise(item(100));  // never falls
  EXPECT_EQ(coverage.floor_word(), 3u);
}

TEST(ItemCoverage, RaisesItsFloorOverFullWordsAndKeepsOnlyWhatIsAbove) {
  ItemCoverage coverage;
  for (std::size_t i = 64; i < 300; ++i) coverage.insert(item(i));
  EXPECT_EQ(coverage.floor_word(), 0u);
  for (std::size_t i = 0; i < 64; ++i) coverage.insert(item(i));
  EXPECT_EQ(coverage.floor_word(), 4u);
  EXPECT_TRUE(coverage.contains(item(299)));
  EXPECT_FALSE(coverage.contains(item(300)));
  ItemSet more;
  for (std::size_t i = 300; i < 330; ++i) more.insert(item(i));
  coverage.insert_all(more);
  EXPECT_EQ(coverage.floor_word(), 5u);
  EXPECT_TRUE(coverage.contains(item(329)));
}

TEST(ItemCoverage, AgreesWithASetOfTheStandardLibrary) {
  KeyedDraws rng(2, Stream::kProperty);
  for (int round = 0; round < 100; ++round) {
    ItemCoverage coverage;
    std::set<std::size_t> twin;
    std::size_t floor = 0;  // everything below its word counts as in
    for (int step = 0; step < 2000; ++step) {
      const std::size_t i = static_cast<std::size_t>(step) / 4 + rng.below(100);
      if (rng.below(200) == 0) {
        coverage.raise(item(i));
        floor = std::max(floor, i / 64 * 64);
      }
      coverage.insert(item(i));
      twin.insert(i);
      const std::size_t asked = rng.below(700);
      EXPECT_EQ(coverage.contains(item(asked)), asked < floor || twin.contains(asked));
    }
  }
}

}  // namespace
}  // namespace hearsay::protocol::item_set_test
