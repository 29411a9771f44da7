// What a campaign is estimated to take. That the figures are near the truth is a matter of the machine: the tests hold
// what follows from them.

#include <gtest/gtest.h>

#include "sim/campaign/cost.hpp"
#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::campaign::campaign_cost_test {
namespace {

using test::diagnostics_text;
using test::ScenarioText;

class Costs : public testing::Test {
 protected:
  scenario::Scenario load(const ScenarioText& text) {
    scenario::Loaded loaded = directory_.load(text);
    EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
    return std::move(*loaded.scenario);
  }
  test::ScenarioDirectory directory_;
};

TEST_F(Costs, AreTheSumOfAllRuns) {
  ScenarioText text;
  text.run += "replications = 3\n";
  text.rest = "[sweep]\n\"topology.degree\" = [4, 6]\n";
  const Cost cost = estimate_cost(load(text));
  ASSERT_EQ(cost.points.size(), 2u);
  EXPECT_EQ(cost.timed, 2u);
  EXPECT_EQ(cost.by_rate, 0u);
  EXPECT_GT(cost.points[0].run_s, 0);
  EXPECT_DOUBLE_EQ(cost.cpu_s, 3 * (cost.points[0].run_s + cost.points[1].run_s));
  EXPECT_DOUBLE_EQ(elapsed_s(cost, 2), cost.cpu_s / 2);
  EXPECT_DOUBLE_EQ(elapsed_s(cost, 1000), cost.longest_run_s) << "no run is shared out";
}

TEST_F(Costs, OfManyPointsAreInferredFromSome) {
  ScenarioText text;
  text.rest = "[sweep]\n\"network.overhead_bytes\" = { from = 1, to = 200, steps = 200 }\n";
  const Cost cost = estimate_cost(load(text));
  EXPECT_EQ(cost.timed, kMostPilots);
  for (const PointCost& point : cost.points) EXPECT_GT(point.run_s, 0);
}

TEST_F(Costs, OfANetworkThatIsLongInDrawingGoByItsMessages) {
  ScenarioText text;
  text.topology = "kind = \"complete\"\nnodes = 3000\n";  // 4.5 million edges
  text.workload = "kind = \"broadcast\"\ncount = 1\nsize = \"1 kB\"\n";
  const scenario::Scenario scenario = load(text);
  const Cost cost = estimate_cost(scenario);
  EXPECT_EQ(cost.timed, 0u);
  EXPECT_EQ(cost.by_rate, 1u);
  EXPECT_DOUBLE_EQ(cost.cpu_s, simulation::estimate_events(scenario.points[0].spec) / kEventsPerSecond);
}

TEST_F(Costs, OfALongRunAreKnownLongBeforeItEnds) {
  ScenarioText text;
  text.run = "seed = 1\nduration = \"100000 s\"\n";
  text.topology = "kind = \"random-regular\"\nnodes = 1000\ndegree = 8\n";
  text.workload = "kind = \"broadcast\"\nrate = \"10/s\"\nsize = \"1 kB\"\nstop = \"90000 s\"\n";
  const PilotTime time = time_by_pilot(load(text).points[0].spec, {20'000'000});
  EXPECT_FALSE(time.complete);
  // A million floods of 7,001 messages each, at 0.1 to 100 million messages a second.
  EXPECT_GT(time.run_s, 7e9 * 0.9 / 100e6);
  EXPECT_LT(time.run_s, 7e9 / 0.1e6);
}

TEST_F(Costs, LeaveNothingBehindThatChangesARun) {
  const scenario::Scenario scenario = load({});
  const std::uint64_t before = simulation::run(scenario.points[0].spec, {}).digest;
  (void)estimate_cost(scenario);
  EXPECT_EQ(simulation::run(scenario.points[0].spec, {}).digest, before);
}

}  // namespace
}  // namespace hearsay::campaign::campaign_cost_test
