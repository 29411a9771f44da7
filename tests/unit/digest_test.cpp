#include "sim/core/digest.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/simulation/content.hpp"

namespace hearsay::digest_test {
namespace {

std::uint64_t of(std::initializer_list<std::uint64_t> words) {
  Digest digest;
  for (const std::uint64_t word : words) digest.add(word);
  return digest.value();
}

TEST(Digest, DependsOnEveryWordAndOnTheirOrder) {
  EXPECT_NE(of({1, 2}), of({2, 1}));
  EXPECT_NE(of({1, 2}), of({1, 3}));
  EXPECT_NE(of({}), of({0}));
  EXPECT_NE(of({0}), of({0, 0}));
  EXPECT_EQ(of({1, 2, 3}), of({1, 2, 3}));
}

TEST(Digest, TellsManyShortSequencesApart) {
  std::set<std::uint64_t> values;
  for (std::uint64_t a = 0; a < 300; ++a)
    for (std::uint64_t b = 0; b < 300; ++b) values.insert(of({a, b}));
  EXPECT_EQ(values.size(), 90'000u);  // a collision of 64-bit values has probability 2e-10
}

// Golden values: the digest of stored results must not change by accident.
TEST(Digest, IsTheSameOnEveryMachine) {
  EXPECT_EQ(to_hex(of({})), "6865617273617931");
  EXPECT_EQ(to_hex(of({1, 2, 3})), "814a31d5716cfb12");
}

TEST(Digest, IsWrittenAsSixteenDigits) {
  EXPECT_EQ(to_hex(0), "0000000000000000");
  EXPECT_EQ(to_hex(0xfedc'ba98'7654'3210u), "fedcba9876543210");
}

template <class T>
std::uint64_t content(const T& value) {
  Digest digest;
  simulation::add_content(digest, value);
  return digest.value();
}

// A list is told from its elements in a row, an empty optional from one that holds 0.
TEST(Content, KeepsItsStructure) {
  using Lists = std::pair<std::vector<int>, std::vector<int>>;
  EXPECT_NE(content(Lists{{1}, {2, 3}}), content(Lists{{1, 2}, {3}}));
  EXPECT_NE(content(std::optional<int>{}), content(std::optional<int>{0}));
  EXPECT_NE(content(std::string("ab")), content(std::string("ba")));
  EXPECT_EQ(content(std::tuple(ItemId{5}, seconds(1))), content(std::tuple(5u, std::int64_t{kNsPerSecond})));
}

}  // namespace
}  // namespace hearsay::digest_test
