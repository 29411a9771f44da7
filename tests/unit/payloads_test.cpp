#include "sim/protocol/payloads.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace hearsay::protocol {
namespace {

struct Text {
  std::string text;
  auto content() const { return std::tie(text); }
};
using Message = std::variant<Text>;
using Pool = PayloadPool<Message>;

Message text(std::string words) { return Text{std::move(words)}; }
const std::string& words(const Message& message) { return std::get<Text>(message).text; }

TEST(Payloads, KeepAMessageUntilItsLastReferenceGoes) {
  Pool pool;
  const auto slot = pool.create(text("hello"), SimTime{5}, 77);
  pool.retain(slot);
  pool.retain(slot);
  EXPECT_EQ(words(pool[slot].message), "hello");
  EXPECT_EQ(pool[slot].bytes, 77u);
  EXPECT_EQ(pool[slot].sent, SimTime{5});
  pool.release(slot);
  EXPECT_EQ(pool.used(), 1u);
  EXPECT_EQ(words(pool[slot].message), "hello");
  pool.release(slot);
  EXPECT_EQ(pool.used(), 0u);
}

TEST(Payloads, FreeAMessageThatNobodyTook) {
  Pool pool;
  const auto slot = pool.create(text("nobody"), {}, 1);
  pool.release_if_unused(slot);
  EXPECT_EQ(pool.used(), 0u);
  const auto kept = pool.create(text("somebody"), {}, 1);
  pool.retain(kept);
  pool.release_if_unused(kept);
  EXPECT_EQ(pool.used(), 1u);
}

TEST(Payloads, AreNeverReleasedTwice) {
  Pool pool;
  const auto slot = pool.create(text("x"), {}, 1);
  EXPECT_DEATH(pool.release(slot), "once per reference");
}

TEST(Payloads, StayWhereTheyAreWhileThePoolGrows) {
  Pool pool;
  const auto first = pool.create(text("first"), {}, 1);
  pool.retain(first);
  const auto* address = &pool[first];
  std::vector<std::uint32_t> slots;
  for (int i = 0; i < 100'000; ++i) {
    slots.push_back(pool.create(text(std::to_string(i)), {}, 1));
    pool.retain(slots.back());
  }
  EXPECT_EQ(address, &pool[first]);
  for (int i = 0; i < 100'000; ++i)
    EXPECT_EQ(words(pool[slots[static_cast<std::size_t>(i)]].message), std::to_string(i));
  EXPECT_EQ(pool.used(), 100'001u);
}

TEST(Payloads, UseFreedSlotsAgain) {
  Pool pool;
  std::size_t early = 0;
  for (int i = 0; i < 500'000; ++i) {
    const auto slot = pool.create(text("x"), {}, 1);
    pool.retain(slot);
    pool.release(slot);
    if (i == 0) early = pool.memory_bytes();
  }
  EXPECT_EQ(pool.memory_bytes(), early);
}

TEST(Payloads, AFreshRecordKnowsNothingOfTheLast) {
  Pool pool;
  for (const bool membership : {false, true}) {
    const auto slot = pool.create(text("a"), SimTime{1}, 1);
    EXPECT_TRUE(pool[slot].plain());
    pool.retain(slot);
    membership ? pool[slot].set_membership(9) : pool[slot].set_transfer(9);
    EXPECT_FALSE(pool[slot].plain());
    EXPECT_EQ(pool[slot].is_membership(), membership);
    EXPECT_EQ(membership ? pool[slot].membership() : pool[slot].transfer(), 9u);
    pool.release(slot);
    const auto next = pool.create(text("b"), SimTime{2}, 2);
    EXPECT_EQ(next, slot);
    EXPECT_TRUE(pool[next].plain());
    EXPECT_EQ(pool[next].references, 0u);
    pool.release_if_unused(next);
  }
}

TEST(Payloads, HaveADigestOfWhatTheySay) {
  Pool pool;
  const auto a = pool.create(text("a"), {}, 1), same = pool.create(text("a"), SimTime{7}, 8),
             other = pool.create(text("b"), {}, 1);
  EXPECT_EQ(pool[a].content, pool[same].content);
  EXPECT_NE(pool[a].content, pool[other].content);
}

}  // namespace
}  // namespace hearsay::protocol
