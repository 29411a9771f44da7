#include "sim/campaign/schedule.hpp"

#include <gmock/gmock.h>

#include "sim/campaign/campaign.hpp"
#include "sim/document/diagnostics.hpp"
#include "sim/results/run.hpp"
#include "tests/support/campaigns/campaigns.hpp"

namespace hearsay::campaign::campaign_plan_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

scenario::Scenario scenario_of(std::size_t points, std::uint32_t replications) {
  scenario::Scenario scenario;
  scenario.points.resize(points);
  scenario.replications = replications;
  return scenario;
}

TEST(Plan, GoesPointByPointAndReplicationByReplication) {
  const Plan plan(scenario_of(2, 3), {});
  ASSERT_EQ(plan.size(), 6u);
  std::vector<results::RunKey> keys;
  for (std::uint64_t i = 0; i < plan.size(); ++i) keys.push_back(plan.at(i));
  EXPECT_THAT(keys, ElementsAre(results::RunKey{0, 0}, results::RunKey{0, 1}, results::RunKey{0, 2},
                                results::RunKey{1, 0}, results::RunKey{1, 1}, results::RunKey{1, 2}));
}

TEST(Plan, CanBeOnePointOneReplicationOrOneRun) {
  const auto scenario = scenario_of(4, 3);
  EXPECT_EQ(Plan(scenario, {.point = 2, .replication = {}}).size(), 3u);
  EXPECT_EQ(Plan(scenario, {.point = 2, .replication = {}}).at(1), (results::RunKey{2, 1}));
  EXPECT_EQ(Plan(scenario, {.point = {}, .replication = 1}).size(), 4u);
  EXPECT_EQ(Plan(scenario, {.point = {}, .replication = 1}).at(3), (results::RunKey{3, 1}));
  EXPECT_EQ(Plan(scenario, {.point = 3, .replication = 2}).size(), 1u);
  EXPECT_EQ(Plan(scenario, {.point = 3, .replication = 2}).at(0), (results::RunKey{3, 2}));
}

TEST(Plan, RefusesAPointOrAReplicationThatIsNotThere) {
  const auto scenario = scenario_of(4, 3);
  EXPECT_THAT([&] { Plan(scenario, {.point = 4, .replication = {}}); },
              ThrowsMessage<document::InputError>(HasSubstr("--point 4")));
  EXPECT_THAT([&] { Plan(scenario, {.point = {}, .replication = 3}); },
              ThrowsMessage<document::InputError>(HasSubstr("numbered from 0 to 2")));
}

TEST(MakeSchedule, StartsWhatTheStoreLacksOrAnotherAttemptMaySave) {
  const auto scenario = test::bare_scenario(3, 4);
  const results::PointLabels labels(scenario);
  results::Store store(scenario, labels);
  const Plan all(scenario, {});
  const auto missing_runs = [&](const Plan& plan) {
    Schedule schedule = make_schedule(plan, {}, 1, store);
    std::vector<std::uint64_t> runs;
    while (const auto run = schedule.next()) runs.push_back(*run);
    return runs;
  };
  EXPECT_EQ(missing_runs(all).size(), 12u);
  const auto add = [&](results::RunKey key, results::RunStatus status) {
    results::RunRecord run{key, status, {}};
    run.result.failed = status != results::RunStatus::kDone;
    store.add(run);
  };
  add({2, 3}, results::RunStatus::kDone);
  add({0, 1}, results::RunStatus::kRefused);
  add({1, 0}, results::RunStatus::kCrashed);
  add({1, 1}, results::RunStatus::kTimedOut);
  add({1, 9}, results::RunStatus::kDone);  // of an earlier call with more replications
  EXPECT_THAT(missing_runs(all), ElementsAre(0, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(missing_runs(Plan(scenario, {.point = 2, .replication = {}})), ElementsAre(0, 1, 2));
  EXPECT_THAT(missing_runs(Plan(scenario, {.point = {}, .replication = 1})), ElementsAre(1, 2));
}

}  // namespace
}  // namespace hearsay::campaign::campaign_plan_test
