#include "sim/core/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

namespace hearsay::random_test {
namespace {

// The known answers of Random123's own test suite (kat_vectors) for philox4x64 with 10 rounds.
TEST(Random, PhiloxGivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, 0, 0),
            (PhiloxBlock{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}));
  constexpr std::uint64_t kOnes = ~std::uint64_t{0};
  EXPECT_EQ(philox({kOnes, kOnes, kOnes, kOnes}, kOnes, kOnes),
            (PhiloxBlock{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}));
  EXPECT_EQ(philox({0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}, 0x452821e638d01377,
                   0xbe5466cf34e90c6c),
            (PhiloxBlock{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}));
}

// Every stored digest depends on these numbers: they may be added to, never changed.
TEST(Random, StreamNumbersAreFixed) {
  const std::array order{Stream::kReplication,    Stream::kTopology,     Stream::kPeerOrder,    Stream::kLinkLatency,
                         Stream::kMessageLatency, Stream::kLoss,         Stream::kBurstLoss,    Stream::kLossChain,
                         Stream::kNodeProtocol,   Stream::kRegionOfNode, Stream::kGroupMembers, Stream::kPosition,
                         Stream::kFaultMembers,   Stream::kChurn,        Stream::kPublication,  Stream::kOrigin,
                         Stream::kItemSize,       Stream::kProperty,     Stream::kReads,        Stream::kMembership,
                         Stream::kItemShare,      Stream::kNodeShare};
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(static_cast<std::uint64_t>(order[i]), i + 1);
}

TEST(Random, ASequenceIsPhiloxOfItsKeyBlockByBlock) {
  KeyedDraws draws(42, Stream::kLinkLatency, 7, 8, 9);
  const auto stream = static_cast<std::uint64_t>(Stream::kLinkLatency);
  for (std::uint64_t block = 0; block < 3; ++block) {
    const PhiloxBlock words = philox({7, 8, 9, block}, 42, stream);
    for (const std::uint64_t word : words) EXPECT_EQ(draws.bits(), word);
  }
}

TEST(Random, SeekingContinuesASequenceWhereItWasLeft) {
  KeyedDraws whole(1, Stream::kNodeProtocol, 5);
  std::vector<std::uint64_t> words;
  for (int i = 0; i < 20; ++i) words.push_back(whole.bits());
  for (std::uint64_t position : {0, 1, 3, 4, 11, 19}) {
    KeyedDraws resumed(1, Stream::kNodeProtocol, 5);
    resumed.seek(position);
    EXPECT_EQ(resumed.bits(), words[position]);
    EXPECT_EQ(resumed.position(), position + 1);
  }
}

TEST(Random, EveryPartOfTheKeyChangesTheSequence) {
  const std::set<std::uint64_t> firsts{
      KeyedDraws(1, Stream::kLoss, 2, 3, 4).bits(),  KeyedDraws(2, Stream::kLoss, 2, 3, 4).bits(),
      KeyedDraws(1, Stream::kChurn, 2, 3, 4).bits(), KeyedDraws(1, Stream::kLoss, 1, 3, 4).bits(),
      KeyedDraws(1, Stream::kLoss, 3, 2, 4).bits(),  KeyedDraws(1, Stream::kLoss, 2, 3, 5).bits()};
  EXPECT_EQ(firsts.size(), 6u);
}

TEST(Random, ReplicationsHaveDifferentSeeds) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t replication = 0; replication < 100; ++replication) seeds.insert(derive_seed(seed, replication));
  }
  EXPECT_EQ(seeds.size(), 1000u);
}

TEST(Random, UniformsStayInTheirIntervals) {
  KeyedDraws draws(3, Stream::kProperty);
  for (int i = 0; i < 100'000; ++i) {
    const double u = draws.uniform();
    EXPECT_GE(u, 0);
    EXPECT_LT(u, 1);
    const double v = draws.open_uniform();
    EXPECT_GT(v, 0);
    EXPECT_LT(v, 1);
  }
}

// Mean 1/2 with standard deviation 1/sqrt(12 n) = 0.000913 at n = 100,000: 3.89 of these are 0.00355.
TEST(Random, UniformsHaveTheMeanOfTheUniformDistribution) {
  KeyedDraws draws(4, Stream::kProperty);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) sum += draws.uniform();
  EXPECT_NEAR(sum / 100'000, 0.5, 0.00355);
}

// Each of 7 values 10,000 times in 70,000; chi-square with 6 degrees of freedom exceeds 27.86 with probability 1e-4.
TEST(Random, BelowIsUniformAndBelowItsBound) {
  KeyedDraws draws(5, Stream::kProperty);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(draws.below(7));
  double chi2 = 0;
  for (const int count : counts) chi2 += (count - 1e4) * (count - 1e4) / 1e4;
  EXPECT_LT(chi2, 27.86);
}

TEST(Random, BelowOneIsZeroAndBelowTheLargestBoundWorks) {
  KeyedDraws draws(6, Stream::kProperty);
  EXPECT_EQ(draws.below(1), 0u);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(draws.below(~std::uint64_t{0}), ~std::uint64_t{0});
}

TEST(Random, AChanceOfZeroNeverHappensAndOfOneAlways) {
  KeyedDraws draws(7, Stream::kProperty);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(draws.chance(0));
    EXPECT_TRUE(draws.chance(1));
  }
}

// All 24 orders of 4 things, 1000 times each in 24,000; chi-square with 23 degrees of freedom exceeds 58.6 with
// probability below 1e-4.
TEST(Random, ShuffleIsUniformOverPermutations) {
  KeyedDraws draws(8, Stream::kProperty);
  std::array<int, 256> counts{};
  for (int i = 0; i < 24'000; ++i) {
    std::array<unsigned, 4> order{0, 1, 2, 3};
    draws.shuffle(order);
    ++counts.at(order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]);
  }
  double chi2 = 0;
  int seen = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    ++seen;
    chi2 += (count - 1e3) * (count - 1e3) / 1e3;
  }
  EXPECT_EQ(seen, 24);
  EXPECT_LT(chi2, 58.6);
}

}  // namespace
}  // namespace hearsay::random_test
