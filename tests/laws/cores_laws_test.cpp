// Work that waits for a core: the laws of queues with one server, through scenario files.

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "sim/simulation/run_spec.hpp"
#include "tests/support/scenario_file.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::laws::cores_laws_test {
namespace {

/// Node 0 publishes as a Poisson process; node 1, one link of 10 ms away, validates each item for 10 ms on one core.
metrics::RunResult run_queue(const std::string& rate, const std::string& cores) {
  const test::ScenarioDirectory directory;
  const auto loaded = directory.load(test::ScenarioText{
      .run = "seed = 7\nduration = \"4010 s\"\n",
      .topology = "kind = \"line\"\nnodes = 2\n",
      .network = "latency = { kind = \"constant\", value = \"10 ms\" }\n",
      .protocol = "name = \"flood\"\nvalidation_delay = \"9 ms\"\nvalidation_per_byte = \"1 us\"\n",
      .workload = "kind = \"broadcast\"\nrate = \"" + rate + "\"\nsize = \"1 kB\"\norigin = 0\nstop = \"4000 s\"\n",
      .rest = "[[group]]\nids = [1]\n" + cores});
  EXPECT_TRUE(loaded.scenario.has_value()) << test::diagnostics_text(loaded);
  return simulation::run(loaded.scenario->points[0].spec, {});
}

// Pollaczek-Khinchine for M/D/1: mean wait = rho s / (2 (1 - rho)). With rho = 0.5 the wait has a standard deviation of
// 7.6 ms and is correlated over some ten items: the mean of 200,000 is within 0.05 ms, with rho = 0.8 (23 ms,
// correlated over some 40 items of 320,000) within 0.26 ms. Five times that is allowed.
TEST(OneCore, ServesAsAnMD1Queue) {
  const auto half = run_queue("50/s", "cores = 1\n");
  EXPECT_NEAR(test::metric(half, "latency_mean_s"), 0.010 + 0.010 + 0.005, 0.00025);
  EXPECT_NEAR(test::metric(half, "core_utilisation_mean"), 0.5, 0.01);
  EXPECT_EQ(test::metric(half, "core_utilisation_max"), test::metric(half, "core_utilisation_mean"));
  const auto busy = run_queue("80/s", "cores = 1\n");
  EXPECT_NEAR(test::metric(busy, "latency_mean_s"), 0.010 + 0.010 + 0.020, 0.0013);
  EXPECT_NEAR(test::metric(busy, "core_utilisation_mean"), 0.8, 0.01);
}

TEST(UnlimitedCores, MakeNothingWait) {
  const auto result = run_queue("80/s", "");
  EXPECT_DOUBLE_EQ(test::metric(result, "latency_max_s"), 0.020);
  EXPECT_DOUBLE_EQ(test::metric(result, "latency_mean_s"), 0.020);
  EXPECT_TRUE(std::isnan(test::metric(result, "core_utilisation_mean")));
}

// Two cores at 0.8 load of one: M/D/2 waits less than M/D/1 with as much work a core, and not at all is too little.
TEST(TwoCores, ShareTheWork) {
  const auto result = run_queue("80/s", "cores = 2\n");
  EXPECT_NEAR(test::metric(result, "core_utilisation_mean"), 0.4, 0.01);
  EXPECT_GT(test::metric(result, "latency_mean_s"), 0.0205);
  EXPECT_LT(test::metric(result, "latency_mean_s"), 0.020 + 0.4 * 0.010 / (2 * 0.6));
}

}  // namespace
}  // namespace hearsay::laws::cores_laws_test
