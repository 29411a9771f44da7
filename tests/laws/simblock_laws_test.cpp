// The shipped scenario of Bitcoin's network of 2019 against SimBlock (github.com/dsg-titech/simblock, commit 5fc7f9f)
// with the same parameters: 600 nodes, 3 seeds of 1000 blocks, means over blocks.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/scenario/load.hpp"
#include "tests/laws/statistics.hpp"
#include "tests/support/scenario_file.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::laws::simblock_laws_test {
namespace {

using test::metric;

struct Published {
  std::vector<std::string> sets;
  double t50_s, t90_s, t99_s, orphans, orphans_error;
};
const Published kCompact = {{}, 0.974, 2.196, 3.679, 0.0030, 0.0010};
const Published kWhole = {
    {"protocol.peer_groups.compact=0", "protocol.peer_groups.headers=1"}, 2.762, 4.839, 7.268, 0.0050, 0.0013};

void expect_as_simblock(const Published& simblock, std::uint32_t blocks, std::uint64_t runs, double tolerance) {
  scenario::LoadOptions options;
  options.sets = {"topology.nodes=600", "workload.blocks=" + std::to_string(blocks), "run.duration=60 d"};
  options.sets.insert(options.sets.end(), simblock.sets.begin(), simblock.sets.end());
  const auto file = std::filesystem::path(HEARSAY_SOURCE_DIR) / "scenarios" / "block-bitcoin-2019.toml";
  const scenario::Loaded loaded = scenario::load(file, options);
  ASSERT_TRUE(loaded.scenario.has_value()) << test::diagnostics_text(loaded);
  Mean t50, t90, t99;
  double found = 0, stale = 0;
  for (std::uint64_t r = 0; r < runs; ++r) {
    const auto result = test::run(loaded.scenario->points[0].spec, r);
    t50.add(metric(result, "t50_s"));
    t90.add(metric(result, "t90_s"));
    t99.add(metric(result, "t99_s"));
    found += metric(result, "blocks_found");
    stale += metric(result, "blocks_stale");
  }
  EXPECT_NEAR(t50.mean(), simblock.t50_s, tolerance * simblock.t50_s);
  EXPECT_NEAR(t90.mean(), simblock.t90_s, tolerance * simblock.t90_s);
  EXPECT_NEAR(t99.mean(), simblock.t99_s, tolerance * simblock.t99_s);
  // Theirs is known with the error that they give, 95 %; ours is a Poisson number.
  const double error = std::hypot(2 * simblock.orphans_error, kZ * std::sqrt(simblock.orphans / found));
  EXPECT_NEAR(stale / found, simblock.orphans, error);
}

TEST(SimBlock, CompactBlocksArriveWhenTheyDoThere) { expect_as_simblock(kCompact, 150, 3, 0.1); }
TEST(SimBlock, WholeBlocksArriveWhenTheyDoThere) { expect_as_simblock(kWhole, 150, 3, 0.1); }
TEST(NightlySimBlock, CompactBlocksArriveWhenTheyDoThere) { expect_as_simblock(kCompact, 1000, 4, 0.05); }
TEST(NightlySimBlock, WholeBlocksArriveWhenTheyDoThere) { expect_as_simblock(kWhole, 1000, 4, 0.05); }

}  // namespace
}  // namespace hearsay::laws::simblock_laws_test
