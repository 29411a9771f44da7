#include "sim/simulation/payloads.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace hearsay::simulation::payloads_test {
namespace {

struct Text {
  std::string text;
  auto content() const { return std::tie(text); }
};
using Message = std::variant<Text>;

/// A pool with a space of its own.
struct Pool : private PayloadSpace, public PayloadPool<Message> {
  explicit Pool(Release mode = Release::kCounted)
      : PayloadSpace(PayloadPool<Message>::kRecordBytes), PayloadPool<Message>(*this, mode) {}
  using PayloadPool<Message>::operator[];
  using PayloadSpace::memory_bytes;
};

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
  EXPECT_EQ(pool.used(), 1);
  EXPECT_EQ(words(pool[slot].message), "hello");
  pool.release(slot);
  EXPECT_EQ(pool.used(), 0);
}

TEST(Payloads, FreeAMessageThatNobodyTook) {
  Pool pool;
  const auto slot = pool.create(text("nobody"), {}, 1);
  pool.refer(slot, 0, {});
  EXPECT_EQ(pool.used(), 0);
  const auto kept = pool.create(text("somebody"), {}, 1);
  pool.retain(kept);
  pool.refer(kept, 0, {});
  EXPECT_EQ(pool.used(), 1);
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
  EXPECT_EQ(pool.used(), 100'001);
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
  const auto slot = pool.create(text("a"), SimTime{1}, 1);
  EXPECT_TRUE(pool[slot].plain());
  pool.retain(slot);
  pool[slot].set_transfer(9);
  EXPECT_FALSE(pool[slot].plain());
  EXPECT_EQ(pool[slot].transfer(), 9u);
  pool.release(slot);
  const auto next = pool.create(text("b"), SimTime{2}, 2);
  EXPECT_EQ(next, slot);
  EXPECT_TRUE(pool[next].plain());
  EXPECT_EQ(pool[next].references, 0u);
  pool.refer(next, 0, {});
}

// The membership's messages have a space of their own: the slot says so, and the store finds the record by either.
TEST(Payloads, OfAPartAreToldByTheirSlot) {
  Pool protocol;
  PayloadSpace space(PayloadPool<Message, kPartSlot>::kRecordBytes);
  PayloadPool<Message, kPartSlot> part(space, Release::kCounted);
  Payloads both(static_cast<PayloadStore&>(protocol));
  both.add_part(part);
  const auto own = protocol.create(text("protocol"), {}, 1), parts = part.create(text("part"), {}, 2);
  EXPECT_FALSE(is_of_part(own));
  EXPECT_TRUE(is_of_part(parts));
  both.retain(own);
  both.refer(parts, 2, {});
  EXPECT_EQ(both[own].bytes, 1u);
  EXPECT_EQ(both[parts].bytes, 2u);
  EXPECT_EQ(words(part[parts].message), "part");
  const auto copy = both.create_copy(parts, SimTime{3});
  EXPECT_TRUE(is_of_part(copy));
  EXPECT_EQ(words(part[copy].message), "part");
  both.refer(copy, 0, {});
  both.release(parts);
  EXPECT_EQ(part.used(), 1);
  both.release(parts);
  both.release(own);
  EXPECT_EQ(part.used(), 0);
  EXPECT_EQ(protocol.used(), 0);
}

// What the reliable transport keeps for the next attempt is there after the window of this one.
TEST(Payloads, AreKeptUntilLetGo) {
  const auto ms = [](std::int64_t n) { return SimTime{} + milliseconds(n); };
  for (const Release mode : {Release::kCounted, Release::kByWindow}) {
    Pool pool(mode);
    const auto slot = pool.create(text("attempt"), {}, 1);
    pool.retain(slot);
    pool.refer(slot, 1, ms(20));
    pool.release(slot);  // the event; means nothing by window
    pool.free_before(ms(1'000));
    EXPECT_EQ(pool.used(), 1);
    EXPECT_EQ(words(pool[slot].message), "attempt");
    pool.let_go(slot, ms(1'000));
    pool.free_before(ms(1'000));
    EXPECT_EQ(pool.used(), mode == Release::kByWindow ? 1 : 0);  // it is read at 1 s
    pool.free_before(ms(1'002));
    EXPECT_EQ(pool.used(), 0);
  }
}

// Let go while an event is still to come: it is the event that frees it, or the end of its window.
TEST(Payloads, LetGoEarlyStillServeTheirEvent) {
  const auto ms = [](std::int64_t n) { return SimTime{} + milliseconds(n); };
  for (const Release mode : {Release::kCounted, Release::kByWindow}) {
    Pool pool(mode);
    const auto slot = pool.create(text("attempt"), {}, 1);
    pool.retain(slot);
    pool.refer(slot, 1, ms(20));
    pool.let_go(slot, ms(20));
    pool.free_before(ms(10));
    EXPECT_EQ(pool.used(), 1);
    EXPECT_EQ(words(pool[slot].message), "attempt");
    pool.release(slot);
    pool.free_before(ms(30));
    EXPECT_EQ(pool.used(), 0);
  }
}

// Lanes: nobody counts; who sends says until when.
TEST(Payloads, LiveUntilTheirWindowIsOverWhereNobodyCounts) {
  Pool pool(Release::kByWindow);
  const auto ms = [](std::int64_t n) { return SimTime{} + milliseconds(n); };
  const auto soon = pool.create(text("soon"), {}, 1), later = pool.create(text("later"), {}, 1),
             late = pool.create(text("in hours"), {}, 1);
  pool.refer(soon, 3, ms(20));
  pool.refer(later, 3, ms(40));
  pool.refer(late, 1, SimTime{} + seconds(10'000));
  pool.release(soon);  // means nothing
  EXPECT_EQ(pool.used(), 3);
  pool.free_before(ms(20));  // it is read at 20 ms
  EXPECT_EQ(pool.used(), 3);
  pool.free_before(ms(30));
  EXPECT_EQ(pool.used(), 2);
  EXPECT_EQ(words(pool[later].message), "later");
  pool.free_before(SimTime{} + seconds(9'999));
  EXPECT_EQ(pool.used(), 1);
  EXPECT_EQ(words(pool[late].message), "in hours");
  pool.free_before(SimTime{} + seconds(10'001));
  EXPECT_EQ(pool.used(), 0);
}

// Several threads that do not know who reads last: whoever it is takes the record over.
TEST(Payloads, GoToWhoReadsThemLastWhereTheyAreShared) {
  PayloadSpace space(PayloadPool<Message>::kRecordBytes);
  PayloadPool<Message> sender(space, Release::kShared), receiver(space, Release::kShared);
  const auto slot = sender.create(text("x"), {}, 1);
  sender.refer(slot, 2, {});
  receiver.release(slot);
  EXPECT_EQ(sender.used() + receiver.used(), 1);
  receiver.release(slot);
  EXPECT_EQ(sender.used() + receiver.used(), 0);
  EXPECT_EQ(receiver.create(text("y"), {}, 1), slot);
}

TEST(Payloads, CopiesAreOfTheSameContentAndOfTheirOwnTime) {
  Pool pool;
  const auto slot = pool.create(text("again"), SimTime{1}, 5);
  const auto copy = pool.create_copy(slot, SimTime{9});
  EXPECT_EQ(words(pool[copy].message), "again");
  EXPECT_EQ(pool[copy].content, pool[slot].content);
  EXPECT_EQ(pool[copy].bytes, 5u);
  EXPECT_EQ(pool[copy].sent, SimTime{9});
}

TEST(Payloads, OfOnePoolCanBeReadThroughAnother) {
  PayloadSpace space(PayloadPool<Message>::kRecordBytes);
  PayloadPool<Message> a(space, Release::kByWindow), b(space, Release::kByWindow);
  const auto in_a = a.create(text("a"), {}, 1), in_b = b.create(text("b"), {}, 1);
  EXPECT_NE(in_a, in_b);
  EXPECT_EQ(words(b[in_a].message), "a");
  EXPECT_EQ(words(a[in_b].message), "b");
}

TEST(Payloads, HaveADigestOfWhatTheySay) {
  Pool pool;
  const auto a = pool.create(text("a"), {}, 1), same = pool.create(text("a"), SimTime{7}, 8),
             other = pool.create(text("b"), {}, 1);
  EXPECT_EQ(pool[a].content, pool[same].content);
  EXPECT_NE(pool[a].content, pool[other].content);
}

}  // namespace
}  // namespace hearsay::simulation::payloads_test
