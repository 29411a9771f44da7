// The mempool against a naive twin, and its memory.

#include "protocols/announce_mempool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/core/random.hpp"

namespace hearsay::protocols::announce::announce_mempool_test {
namespace {

struct Twin {
  struct Held {
    ItemId id{};
    double fee = 0;
    SimTime since;
    std::uint64_t bytes = 0;
    std::size_t number = 0;  ///< of its coming
  };
  std::vector<Held> held;

  auto find(ItemId id) {
    return std::find_if(held.begin(), held.end(), [&](const Held& h) { return h.id == id; });
  }
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const Held& h : held) sum += h.bytes;
    return sum;
  }
  ItemId lowest() const {
    return std::min_element(held.begin(), held.end(), [](const Held& a, const Held& b) { return a.fee < b.fee; })->id;
  }
  const Held& oldest() const {
    return *std::min_element(held.begin(), held.end(),
                             [](const Held& a, const Held& b) { return a.number < b.number; });
  }
};

class MempoolTwin : public ::testing::TestWithParam<MempoolLimits> {};

TEST_P(MempoolTwin, AgreesWithOneThatSearchesEverything) {
  const MempoolLimits limits = GetParam();
  Mempool pool;
  Twin twin;
  KeyedDraws draws(5, Stream::kProperty);
  const auto fee_of = [](ItemId id) { return KeyedDraws(1, Stream::kFeeRate, index(id)).uniform(); };
  const auto bytes_of = [](ItemId id) { return 100 + index(id) % 7; };
  for (std::size_t step = 0; step < 20'000; ++step) {
    const SimTime now{static_cast<std::int64_t>(step / 3)};                      // several within one instant
    const ItemId id{static_cast<std::uint32_t>(step / 100 + draws.below(300))};  // comes, goes, and comes again
    const auto found = twin.find(id);
    ASSERT_EQ(pool.holds(id), found != twin.held.end());
    if (found == twin.held.end()) {
      pool.insert(id, bytes_of(id), limits, fee_of(id), now);
      twin.held.push_back({id, fee_of(id), now, bytes_of(id), step});
    } else {
      EXPECT_TRUE(pool.erase(id, bytes_of(id)));
      EXPECT_FALSE(pool.erase(id, bytes_of(id)));
      twin.held.erase(found);
    }
    ASSERT_EQ(pool.size(), twin.held.size());
    ASSERT_EQ(pool.bytes(), twin.bytes());
    if (twin.held.empty()) continue;
    if (limits.by_fee()) {
      ASSERT_EQ(pool.first_to_go(limits), twin.lowest());
    }
    if (limits.by_age()) {
      const auto oldest = *pool.oldest();  // of several that came at one time, any
      ASSERT_EQ(oldest.since, twin.oldest().since);
      ASSERT_EQ(twin.find(oldest.id)->since, oldest.since);
    }
  }
  // What has gone leaves no trace in the long run: at most twice the held, of at most 60 bytes.
  EXPECT_LT(pool.memory_bytes(), (2 * pool.size() + 64) * 100 + 2000);
}

INSTANTIATE_TEST_SUITE_P(Limits, MempoolTwin,
                         ::testing::Values(MempoolLimits{}, MempoolLimits{.mempool_bytes = 1},
                                           MempoolLimits{.mempool_bytes = 1, .eviction = Eviction::kOldest},
                                           MempoolLimits{.tx_expiry = seconds(1)},
                                           MempoolLimits{.mempool_bytes = 1, .tx_expiry = seconds(1)}));

TEST(Mempool, WithoutLimitsIsABitAnItem) {
  Mempool pool;
  for (std::uint32_t i = 0; i < 64'000; ++i) pool.insert(ItemId{i}, 250, {}, 0, SimTime{});
  EXPECT_LE(pool.memory_bytes(), 16'000u);
}

}  // namespace
}  // namespace hearsay::protocols::announce::announce_mempool_test
