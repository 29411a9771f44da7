#include "sim/network/loss.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hearsay::network::loss_test {
namespace {

constexpr NodeId kA{0}, kB{1};

/// A model with the chains of all its links.
class Loss {
 public:
  Loss(const LossSpec& spec, std::uint64_t seed) : model_(spec, seed) {}
  bool none() const { return model_.none(); }
  bool lost(NodeId from, NodeId to, std::uint32_t sequence, SimTime start) {
    return model_.lost(from, to, sequence, start, chains_);
  }

 private:
  LossModel model_;
  LossModel::Chains chains_;
};

LossSpec independent(double p) { return {LossSpec::Kind::kIndependent, p, {}, {}, 0, 1}; }
LossSpec chain(double loss_good = 0, double loss_bad = 1) {
  return {LossSpec::Kind::kGilbertElliott, 0, seconds(9), seconds(1), loss_good, loss_bad};
}

SimTime at_ms(std::int64_t ms) { return SimTime{} + milliseconds(ms); }

TEST(LossModel, LosesNothingOrEverythingAtTheEnds) {
  Loss none(independent(0), 1), all(independent(1), 1);
  for (std::uint32_t i = 0; i < 100; ++i) {
    EXPECT_FALSE(none.lost(kA, kB, i, {}));
    EXPECT_TRUE(all.lost(kA, kB, i, {}));
  }
  EXPECT_TRUE(Loss({}, 1).none());
  EXPECT_FALSE(none.none());
}

TEST(LossModel, IsAPureFunctionOfSenderReceiverAndSequence) {
  Loss a(independent(0.5), 1), b(independent(0.5), 1), other(independent(0.5), 2);
  int same_direction = 0, same_seed = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(a.lost(kA, kB, i, {}), b.lost(kA, kB, i, at_ms(i)));
  for (std::uint32_t i = 0; i < 1000; ++i) same_direction += a.lost(kA, kB, i, {}) == a.lost(kB, kA, i, {});
  for (std::uint32_t i = 0; i < 1000; ++i) same_seed += a.lost(kA, kB, i, {}) == other.lost(kA, kB, i, {});
  EXPECT_NEAR(same_direction, 500, 3.89 * 15.8);
  EXPECT_NEAR(same_seed, 500, 3.89 * 15.8);
}

// Stationary at every time, the start included: 10,000 links, 10 % bad, SD 30.
TEST(GilbertElliott, StartsInTheStationaryState) {
  for (const std::int64_t ms : {0, 700, 50'000}) {
    Loss model(chain(), 1);
    int bad = 0;
    for (std::uint32_t link = 0; link < 10'000; ++link) bad += model.lost(NodeId{link}, kB, 0, at_ms(ms));
    EXPECT_NEAR(bad, 1000, 3.89 * 30) << ms;
  }
}

// The sojourns of a chain sampled every 10 ms for 20,000 s: 2000 bad ones of 1 s, SD of a mean 1 / sqrt(2000).
TEST(GilbertElliott, StaysBadForItsMeanSojourn) {
  Loss model(chain(), 5);
  int bad = 0, sojourns = 0;
  bool last = false;
  for (std::int64_t i = 0; i < 2'000'000; ++i) {
    const bool now = model.lost(kA, kB, static_cast<std::uint32_t>(i), at_ms(10 * i));
    bad += now;
    sojourns += now && !last;
    last = now;
  }
  EXPECT_NEAR(sojourns, 2000, 3.89 * 45);
  EXPECT_NEAR(0.01 * bad / sojourns, 1, 3.89 / 44 + 0.01);  // and the grid of 10 ms
}

// Queries in any order see one and the same chain.
TEST(GilbertElliott, AnswersTheSameInAnyOrder) {
  Loss forwards(chain(), 3), backwards(chain(), 3);
  std::vector<bool> first;
  for (std::uint32_t i = 0; i < 5000; ++i) first.push_back(forwards.lost(kA, kB, i, at_ms(100 * i)));
  for (std::uint32_t i = 5000; i-- > 0;) {
    if (i % 7 != 0) continue;  // replaying from the start is slow; every seventh will do
    EXPECT_EQ(backwards.lost(kA, kB, i, at_ms(100 * i)), first[i]) << i;
  }
}

TEST(GilbertElliott, HasOneChainPerDirection) {
  Loss model(chain(), 1);
  int same = 0;
  for (std::uint32_t link = 1; link < 2000; ++link)
    same += model.lost(NodeId{link}, NodeId{0}, 0, {}) && model.lost(NodeId{0}, NodeId{link}, 0, {});
  EXPECT_NEAR(same, 20, 3.89 * 4.5);  // both bad with 0.1 x 0.1
}

TEST(GilbertElliott, LosesInEitherStateWithItsProbability) {
  Loss model(chain(0.2, 0.7), 1);
  int lost = 0;
  for (std::uint32_t link = 0; link < 20'000; ++link) lost += model.lost(NodeId{link}, kB, 0, {});
  EXPECT_NEAR(lost, 20'000 * (0.9 * 0.2 + 0.1 * 0.7), 3.89 * 61.3);  // p = 0.25: SD sqrt(20,000 x 0.1875)
}

}  // namespace
}  // namespace hearsay::network::loss_test
