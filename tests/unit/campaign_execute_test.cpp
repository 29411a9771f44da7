// A whole campaign of made-up runs, from the schedule to the store.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "sim/campaign/campaign.hpp"
#include "sim/campaign/progress.hpp"
#include "sim/execution/pool.hpp"

namespace hearsay::campaign::campaign_execute_test {
namespace {

scenario::Scenario scenario_of(std::uint32_t points, std::uint32_t replications) {
  scenario::Scenario scenario;
  scenario.replications = replications;
  scenario.points.resize(points);
  for (scenario::Point& point : scenario.points) point.resolved_json = "{}";
  return scenario;
}

/// Fails now and then, and its metric has a relative deviation that differs from point to point.
metrics::RunResult made_up_run(const results::RunKey& key) {
  std::mt19937 random(key.point * 1000 + key.replication);
  metrics::RunResult result;
  result.digest = random();
  if (key.replication == 4) {
    result.failed = true;
    result.failure = "made up";
    return result;
  }
  const double deviation = static_cast<double>(random() % 1000) / 500 - 1;
  result.metrics = {{"other", 1.0}, {"t", 10 + (1 + key.point) * deviation}};
  return result;
}

struct Outcome {
  results::CampaignResult result;
  std::vector<results::RunKey> finished;                           ///< as they came
  std::vector<std::pair<results::RunKey, std::uint64_t>> counted;  ///< with their digests, as the store gives them
};

/// With `jobs` workers; each replication takes its own time, so that they finish in another order than they start.
/// The store keeps what it has from call to call.
Outcome outcome_of(const scenario::Scenario& scenario, unsigned jobs, results::Store& store) {
  const Plan plan(scenario, {});
  const results::PointLabels labels(scenario);
  Schedule schedule = make_schedule(plan, stopping_rule(scenario, {}), jobs, store);
  Progress progress(Progress::Style::kNone, schedule.extent(), labels);
  const execution::InterruptGuard guard;
  const execution::RunFunction run = [&](std::uint64_t number) {
    const results::RunKey key = plan.at(number);
    ::usleep((key.replication * 7 + key.point) % 5 * 400);
    return made_up_run(key);
  };
  Outcome outcome;
  const RunSink sink = [&](const results::RunRecord& record) {
    outcome.finished.push_back(record.key);
    store.add(record);
  };
  outcome.result = execute(
      plan, schedule, [&](const execution::Work& work) { execution::run_in_pool({.jobs = jobs}, run, work, guard); },
      progress, sink, guard);
  const results::Counted counted = counted_runs(plan, schedule, scenario.points.size());
  store.read(counted, results::Store::Detail::kShort,
             [&](const results::RunRecord& record) { outcome.counted.emplace_back(record.key, record.result.digest); });
  return outcome;
}

Outcome outcome_of(const scenario::Scenario& scenario, unsigned jobs) {
  const results::PointLabels labels(scenario);
  results::Store store(scenario, labels);
  return outcome_of(scenario, jobs, store);
}

TEST(Execute, GivesTheSameRunsInTheSameOrderForAnyNumberOfWorkers) {
  scenario::Scenario scenario = scenario_of(4, 60);
  scenario.stop_when = {.metric = "t", .relative_half_width = 0.05, .at_least = 5, .at_most = 60};
  const Outcome one = outcome_of(scenario, 1);
  EXPECT_TRUE(one.result.complete());
  ASSERT_EQ(one.result.ended.size(), 4u);
  // The relative half width is about 2 sd / (10 sqrt n), with sd = (1 + point) / sqrt 3: 5 % at n of about 6 for point
  // 0, plus what the rule asks for beyond that, and 16 times as many for point 3.
  EXPECT_EQ(one.result.ended.at(0).reason, analysis::StopReason::kPrecision);
  EXPECT_LT(one.result.ended.at(0).replications, 60u);
  EXPECT_EQ(one.result.ended.at(3).reason, analysis::StopReason::kAtMost);
  EXPECT_EQ(one.result.ended.at(3).replications, 60u);
  EXPECT_EQ(one.finished.size(), one.counted.size()) << "one worker does nothing in vain";
  EXPECT_EQ(one.result.finished, one.counted.size());
  EXPECT_TRUE(std::is_sorted(one.finished.begin(), one.finished.end()));
  for (const unsigned jobs : {2u, 5u, 16u}) {
    const Outcome many = outcome_of(scenario, jobs);
    EXPECT_TRUE(many.result.complete());
    EXPECT_EQ(many.counted, one.counted) << jobs;
    EXPECT_GE(many.finished.size(), many.counted.size());
  }
}

TEST(Execute, WithoutARuleHasEveryRun) {
  const Outcome outcome = outcome_of(scenario_of(2, 7), 3);
  EXPECT_EQ(outcome.counted.size(), 14u);
  EXPECT_EQ(outcome.result.planned, 14u);
  EXPECT_TRUE(outcome.result.complete());
  EXPECT_FALSE(outcome.result.by_rule);
}

// A store of a narrower or a wider rule holds more or fewer runs than count now; what counts does not depend on it.
TEST(Execute, TakesFromAStoreWhatItsRuleAsksFor) {
  scenario::Scenario scenario = scenario_of(4, 60);
  scenario.stop_when = {.metric = "t", .relative_half_width = 0.05, .at_least = 5, .at_most = 60};
  const results::PointLabels labels(scenario);
  const Outcome fresh = outcome_of(scenario, 2);
  for (const double earlier : {0.02, 0.2}) {
    results::Store store(scenario, labels);
    scenario.stop_when->relative_half_width = earlier;
    outcome_of(scenario, 3, store);
    scenario.stop_when->relative_half_width = 0.05;
    const Outcome outcome = outcome_of(scenario, 2, store);
    EXPECT_EQ(outcome.counted, fresh.counted) << earlier;
    EXPECT_LT(outcome.finished.size(), fresh.finished.size());
  }
}

TEST(Execute, AppliesNoRuleToOneReplication) {
  scenario::Scenario scenario = scenario_of(2, 60);
  scenario.stop_when = {.metric = "t", .relative_half_width = 0.05, .at_least = 5, .at_most = 60};
  EXPECT_TRUE(stopping_rule(scenario, {.point = 1, .replication = {}}));
  EXPECT_FALSE(stopping_rule(scenario, {.point = {}, .replication = 3}));
}

}  // namespace
}  // namespace hearsay::campaign::campaign_execute_test
