// The laws of mining: discoveries, and the stale blocks that the delays between miners make.

#include "tests/laws/mining.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "tests/laws/statistics.hpp"

namespace hearsay::laws::mining_laws_test {
namespace {

using test::metric;

double number(const std::string& text) { return std::stod(text); }

// ------------------------------------------------------------------------------------- discoveries

// ST-21. Limits at 1e-4: Kolmogorov 2.225, chi-square with 4 degrees of freedom 23.51, with 16 degrees 45.92.
TEST(Discoveries, ArePoissonAndGoByHashPower) {
  const std::vector<std::string> shares = {"0.4", "0.3", "0.15", "0.1", "0.05"};
  constexpr std::size_t kMiners = 5;
  const auto spec = mining_spec({.topology = "kind = \"complete\"\nnodes = 5\n",
                                 .latency = "1 ms",
                                 .workload = "interval = \"600 s\"\nsize = \"1 MB\"\nblocks = 40000\n",
                                 .shares = shares,
                                 .rest = "[output]\nledger = true\n"});
  const auto blocks = replay(test::run(spec)).blocks;
  ASSERT_EQ(blocks.size(), 40000u);
  const auto n = static_cast<double>(blocks.size());
  std::vector<double> gaps;
  std::array<double, kMiners> found{}, long_gaps{};
  std::array<std::array<double, kMiners>, kMiners> after{};
  double before = 0, product = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const double time = static_cast<double>(blocks[i].time_ns) / 1e9;
    gaps.push_back((time - before) / 600);
    before = time;
    ++found[blocks[i].finder];
    if (gaps[i] > std::log(2.0)) ++long_gaps[blocks[i].finder];
    if (i > 0) ++after[blocks[i - 1].finder][blocks[i].finder];
    if (i > 0) product += (gaps[i] - 1) * (gaps[i - 1] - 1);
  }
  EXPECT_LT(std::abs(product / std::sqrt(n)), kZ) << "gaps that follow each other";
  double finders = 0, lengths = 0, pairs = 0;
  for (std::size_t m = 0; m < kMiners; ++m) {
    const double p = number(shares[m]), expected = n * p;
    finders += std::pow(found[m] - expected, 2) / expected;
    lengths += std::pow(long_gaps[m] - found[m] / 2, 2) / (found[m] / 4);
    for (std::size_t next = 0; next < kMiners; ++next) {
      const double both = (n - 1) * p * number(shares[next]);
      pairs += std::pow(after[m][next] - both, 2) / both;
    }
  }
  EXPECT_LT(finders, 23.51);
  EXPECT_LT(lengths, 25.74) << "finder and gap, 5 degrees of freedom";
  EXPECT_LT(pairs, 56.8) << "finders that follow each other, 24 degrees of freedom";
  std::sort(gaps.begin(), gaps.end());
  double furthest = 0;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const double below = 1 - std::exp(-gaps[i]);
    furthest = std::max(
        {furthest, std::abs(below - static_cast<double>(i) / n), std::abs(below - static_cast<double>(i + 1) / n)});
  }
  EXPECT_LT(furthest * std::sqrt(n), 2.225);
}

TEST(Discoveries, AreTheSameWhateverTheProtocol) {
  const auto times = [](const std::string& protocol) {
    const auto spec = mining_spec({.run = "duration = \"1 d\"\n",
                                   .topology = "kind = \"complete\"\nnodes = 5\n",
                                   .latency = "10 s",
                                   .protocol = protocol,
                                   .rest = "[output]\nledger = true\n"});
    std::vector<std::pair<std::int64_t, std::uint32_t>> all;
    for (const metrics::LedgerRow& row : test::run(spec).ledger)
      if (row.from == -1) all.emplace_back(row.time_ns, row.node);
    return all;
  };
  const auto flooded = times("name = \"flood\"\n");
  EXPECT_GT(flooded.size(), 100u);
  EXPECT_EQ(flooded, times("name = \"push-pull\"\ninterval = \"30 s\"\n"));
}

// --------------------------------------------------------------------------------------- stale rate

/// N miners of equal power, each block at all others after the same delay.
void expect_stale_rate(const std::string& delay, double rate, std::uint32_t blocks) {
  const auto spec = mining_spec(
      {.run = "duration = \"5 y\"\nuntil = \"quiet\"\n",
       .topology = "kind = \"complete\"\nnodes = 1000\n",
       .latency = delay,
       .protocol = "name = \"flood\"\nmax_hops = 1\n",
       .workload = "interval = \"600 s\"\nsize = \"1 MB\"\nsettle = 6\nblocks = " + std::to_string(blocks) + "\n"});
  const auto result = test::run(spec);
  EXPECT_EQ(metric(result, "blocks_found"), blocks - 6);
  EXPECT_EQ(metric(result, "blocks_found"), metric(result, "blocks_main") + metric(result, "blocks_stale"));
  // The conflicts of successive blocks are nearly independent.
  const double error = kZ * std::sqrt(rate * (1 - rate) / blocks) + rate / 1000;
  EXPECT_NEAR(metric(result, "stale_rate"), rate, error) << delay;
  EXPECT_NEAR(metric(result, "stale_per_main"), rate / (1 - rate), error / std::pow(1 - rate, 2)) << delay;
  EXPECT_EQ(metric(result, "head_agreement"), 1);
}

// ST-22.
TEST(StaleRate, OfManyMinersIsDelayOverDelayPlusInterval) {
  expect_stale_rate("10 s", 0.0163934, 6000);
  expect_stale_rate("60 s", 0.0909091, 4000);
}
TEST(NightlyStaleRate, OfManyMinersIsDelayOverDelayPlusInterval) {
  expect_stale_rate("10 s", 0.0163934, 130000);
  expect_stale_rate("60 s", 0.0909091, 100000);
}

/// Stale over main of each miner against the law, over several runs.
void expect_per_miner(const std::vector<std::string>& shares, const std::string& delay, const std::vector<double>& law,
                      double relative, const std::string& duration, std::uint64_t runs) {
  const auto spec = mining_spec({.run = "duration = \"" + duration + "\"\n",
                                 .topology = "kind = \"complete\"\nnodes = " + std::to_string(shares.size()) + "\n",
                                 .latency = delay,
                                 .protocol = "name = \"flood\"\nmax_hops = 1\n",
                                 .workload = "interval = \"600 s\"\nsize = \"1 MB\"\nsettle = 6\n",
                                 .shares = shares});
  std::vector<double> found(shares.size()), stale(shares.size());
  for (std::uint64_t r = 0; r < runs; ++r)
    for (const metrics::MinerReport& miner : test::run(spec, r).miners) {
      EXPECT_NEAR(miner.share, number(shares[miner.node]), 1e-9);
      found[miner.node] += static_cast<double>(miner.found);
      stale[miner.node] += static_cast<double>(miner.stale);
    }
  for (std::size_t m = 0; m < shares.size(); ++m) {
    const double main = found[m] - stale[m];
    EXPECT_NEAR(stale[m] / main, law[m], relative * law[m] + kZ * std::sqrt(law[m] * main) / main)
        << "miner " << m << ": " << stale[m] << " stale of " << found[m];
  }
}

/// ST-23: to first order in d/T.
std::vector<double> first_order(const std::vector<std::string>& shares, double ratio) {
  std::vector<double> law;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    double others = 0;
    for (std::size_t j = 0; j < shares.size(); ++j)
      if (j != i) others += std::pow(number(shares[j]), 2);
    law.push_back(ratio * (std::pow(1 - number(shares[i]), 2) + others));
  }
  return law;
}

TEST(StaleRate, OfEachOfAFewMinersGoesByItsShare) {
  const std::vector<std::string> shares = {"0.5", "0.3", "0.2"};
  expect_per_miner(shares, "6 s", first_order(shares, 0.01), 0.01, "10 y", 1);
}

// PM-09: darosior/miningsimulation.
const std::vector<std::string> kPools = {"0.30", "0.29", "0.12", "0.11", "0.08", "0.05", "0.03", "0.01", "0.01"};
const std::vector<double> kPublished = {0.010092,  0.0104315, 0.0162079, 0.0165404, 0.0175598,
                                        0.0185974, 0.0192927, 0.0199286, 0.0199886};

TEST(StaleRate, OfNinePoolsIsAsPublished) { expect_per_miner(kPools, "10 s", kPublished, 0.015, "10 y", 1); }
TEST(NightlyStaleRate, OfNinePoolsIsAsPublished) { expect_per_miner(kPools, "10 s", kPublished, 0.015, "100 y", 6); }

// ST-24: a block races against those whom it has not reached. Height 1, where everybody has the same chain before; what
// the ledger says is told without the tree.
TEST(StaleRate, AConflictGoesByTheHashPowerNotYetReached) {
  const std::vector<std::string> shares = {"0.4", "0.3", "0.2", "0.1"};
  const auto spec = mining_spec({.run = "duration = \"2 d\"\nuntil = \"quiet\"\n",
                                 .topology = "kind = \"line\"\nnodes = 4\n",
                                 .latency = "60 s",
                                 .workload = "interval = \"600 s\"\nsize = \"1 MB\"\nblocks = 8\n",
                                 .shares = shares,
                                 .rest = "[output]\nledger = true\n"});
  double law = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double unreached = 0;  // integral of 1 - F, in s
    for (std::size_t j = 0; j < 4; ++j) unreached += number(shares[j]) * 60 * std::abs(double(i) - double(j));
    law += number(shares[i]) * (1 - std::exp(-unreached / 600));
  }
  constexpr std::size_t kRuns = 20'000;
  std::size_t conflicts = 0;
  for (std::uint64_t r = 0; r < kRuns; ++r) {
    const auto result = test::run(spec, r);
    const auto blocks = replay(result).blocks;
    ASSERT_EQ(blocks.size(), 8u);
    const auto first = [](const Replayed::Block& block) { return block.height == 1; };
    if (std::count_if(blocks.begin(), blocks.end(), first) > 1) ++conflicts;
    // The main chain has one block of each height.
    std::uint32_t highest = 0;
    for (const auto& block : blocks) highest = std::max(highest, block.height);
    ASSERT_EQ(metric(result, "blocks_main"), highest);
  }
  expect_proportion(conflicts, kRuns, law, "conflicts at height 1");
}

// Two miners 60 s apart: with equal power, a fork ends at the next block's arrival, and heads differ by one block.
TEST(Forks, OfTwoMinersHaveTheirTimeAndDepth) {
  const auto spec = mining_spec({.run = "duration = \"10 y\"\n",
                                 .topology = "kind = \"line\"\nnodes = 2\n",
                                 .latency = "60 s",
                                 .workload = "interval = \"600 s\"\nsize = \"1 MB\"\nsettle = 6\n"});
  const auto result = test::run(spec);
  // Blocks alternate between "found" and "at the other": while one is on its way the other may find a rival, with rate
  // 1 / 1200 s; a fork lasts until the first block on top, of whomever, is at the other one unrivalled.
  const double stale = metric(result, "stale_per_main");
  EXPECT_NEAR(stale, 60.0 / 1200, 0.1 * stale);
  EXPECT_GT(metric(result, "reorgs"), 0);
  EXPECT_GE(metric(result, "reorg_depth_mean"), 1);
  EXPECT_LT(metric(result, "reorg_depth_mean"), 1.1);
  EXPECT_GE(metric(result, "reorg_depth_max"), 2);
  EXPECT_NEAR(metric(result, "reorg_deep_share"), 60.0 / 1200, 0.02);
  // Each fork begins at the second child and takes the next gap and the way of its block: 600 + 60 s, a stale block
  // each.
  const double forks = metric(result, "blocks_stale") * (1 - 60.0 / 1200);
  EXPECT_NEAR(metric(result, "fork_time_share"), forks * 660 / (10 * 365.25 * 86400), 0.005);
}

}  // namespace
}  // namespace hearsay::laws::mining_laws_test
