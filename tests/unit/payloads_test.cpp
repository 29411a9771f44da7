#include "sim/protocol/payloads.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hearsay::protocol {
namespace {

using Pool = PayloadPool<std::string>;

TEST(Payloads, KeepAMessageUntilItsLastReferenceGoes) {
  Pool pool;
  const auto slot = pool.create("hello", SimTime{5}, 77);
  pool.retain(slot);
  pool.retain(slot);
  EXPECT_EQ(pool[slot].message, "hello");
  EXPECT_EQ(pool[slot].bytes, 77u);
  EXPECT_EQ(pool[slot].sent, SimTime{5});
  pool.release(slot);
  EXPECT_EQ(pool.used(), 1u);
  EXPECT_EQ(pool[slot].message, "hello");
  pool.release(slot);
  EXPECT_EQ(pool.used(), 0u);
}

TEST(Payloads, FreeAMessageThatNobodyTook) {
  Pool pool;
  const auto slot = pool.create("nobody", {}, 1);
  pool.release_if_unused(slot);
  EXPECT_EQ(pool.used(), 0u);
  const auto kept = pool.create("somebody", {}, 1);
  pool.retain(kept);
  pool.release_if_unused(kept);
  EXPECT_EQ(pool.used(), 1u);
}

TEST(Payloads, AreNeverReleasedTwice) {
  Pool pool;
  const auto slot = pool.create("x", {}, 1);
  EXPECT_DEATH(pool.release(slot), "once per reference");
}

TEST(Payloads, StayWhereTheyAreWhileThePoolGrows) {
  Pool pool;
  const auto first = pool.create("first", {}, 1);
  pool.retain(first);
  const auto* address = &pool[first];
  std::vector<std::uint32_t> slots;
  for (int i = 0; i < 100'000; ++i) {
    slots.push_back(pool.create(std::to_string(i), {}, 1));
    pool.retain(slots.back());
  }
  EXPECT_EQ(address, &pool[first]);
  for (int i = 0; i < 100'000; ++i) EXPECT_EQ(pool[slots[static_cast<std::size_t>(i)]].message, std::to_string(i));
  EXPECT_EQ(pool.used(), 100'001u);
}

TEST(Payloads, UseFreedSlotsAgain) {
  Pool pool;
  std::size_t early = 0;
  for (int i = 0; i < 500'000; ++i) {
    const auto slot = pool.create("x", {}, 1);
    pool.retain(slot);
    pool.release(slot);
    if (i == 0) early = pool.memory_bytes();
  }
  EXPECT_EQ(pool.memory_bytes(), early);
}

TEST(Payloads, AFreshRecordKnowsNothingOfTheLast) {
  Pool pool;
  const auto slot = pool.create("a", SimTime{1}, 1);
  pool.retain(slot);
  pool[slot].transfer = 9;
  pool.release(slot);
  const auto next = pool.create("b", SimTime{2}, 2);
  EXPECT_EQ(next, slot);
  EXPECT_EQ(pool[next].transfer, kNoTransfer);
  EXPECT_EQ(pool[next].references, 0u);
}

}  // namespace
}  // namespace hearsay::protocol
