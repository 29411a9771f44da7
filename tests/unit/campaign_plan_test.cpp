#include "sim/campaign/plan.hpp"

#include <gmock/gmock.h>

#include "sim/campaign/campaign.hpp"
#include "sim/campaign/input_error.hpp"
#include "sim/campaign/labels.hpp"
#include "tests/support/campaigns.hpp"

namespace hearsay::campaign {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
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
  std::vector<RunKey> keys;
  for (std::uint64_t i = 0; i < plan.size(); ++i) keys.push_back(plan.at(i));
  EXPECT_THAT(keys, ElementsAre(RunKey{0, 0}, RunKey{0, 1}, RunKey{0, 2}, RunKey{1, 0}, RunKey{1, 1}, RunKey{1, 2}));
}

TEST(Plan, CanBeOnePointOneReplicationOrOneRun) {
  const auto scenario = scenario_of(4, 3);
  EXPECT_EQ(Plan(scenario, {.point = 2, .replication = {}}).size(), 3u);
  EXPECT_EQ(Plan(scenario, {.point = 2, .replication = {}}).at(1), (RunKey{2, 1}));
  EXPECT_EQ(Plan(scenario, {.point = {}, .replication = 1}).size(), 4u);
  EXPECT_EQ(Plan(scenario, {.point = {}, .replication = 1}).at(3), (RunKey{3, 1}));
  EXPECT_EQ(Plan(scenario, {.point = 3, .replication = 2}).size(), 1u);
  EXPECT_EQ(Plan(scenario, {.point = 3, .replication = 2}).at(0), (RunKey{3, 2}));
}

TEST(Plan, RefusesAPointOrAReplicationThatIsNotThere) {
  const auto scenario = scenario_of(4, 3);
  EXPECT_THAT([&] { Plan(scenario, {.point = 4, .replication = {}}); },
              ThrowsMessage<InputError>(HasSubstr("--point 4")));
  EXPECT_THAT([&] { Plan(scenario, {.point = {}, .replication = 3}); },
              ThrowsMessage<InputError>(HasSubstr("numbered from 0 to 2")));
}

TEST(ReplayCommand, IsAShellCommand) {
  EXPECT_EQ(replay_command({"s.toml", {}, {}}, {1, 2}), "hearsay run s.toml --point 1 --replication 2");
  EXPECT_EQ(
      replay_command({"my file.toml", {"network.loss=0.1", "name=it's"}, 7}, {0, 0}),
      "hearsay run 'my file.toml' --set network.loss=0.1 --set 'name=it'\\''s' --seed 7 --point 0 --replication 0");
}

scenario::Point point(std::vector<sweep::AxisValue> axes) {
  scenario::Point point;
  point.axes = std::move(axes);
  return point;
}

TEST(PointLabels, AreShortButDistinct) {
  scenario::Scenario scenario;
  scenario.points.push_back(point({{"protocol.fanout", "4", "4"}, {"network.loss", "0.1", "0.1"}}));
  const PointLabels labels(scenario);
  EXPECT_THAT(labels.axes(), ElementsAre("protocol.fanout", "network.loss"));
  EXPECT_THAT(labels.short_axes(), ElementsAre("fanout", "loss"));
  EXPECT_EQ(labels.name(0), "fanout = 4, loss = 0.1");

  scenario::Scenario vague;
  vague.points.push_back(point({{"fault.0.downtime.mean", "\"5 s\"", "5 s"}, {"topology.kind", "\"ring\"", "ring"}}));
  EXPECT_THAT(PointLabels(vague).short_axes(), ElementsAre("downtime.mean", "topology.kind"));

  scenario::Scenario twice;
  twice.points.push_back(point({{"fault.0.share", "4", "4"}, {"fault.1.share", "5", "5"}}));
  EXPECT_THAT(PointLabels(twice).short_axes(), ElementsAre("fault.0.share", "fault.1.share"));
}

TEST(PointLabels, AreTheValueAloneForOneAxisAndNothingForNone) {
  scenario::Scenario scenario;
  scenario.points.push_back(point({{"protocol.interval", "\"1 s\"", "1 s"}}));
  EXPECT_EQ(PointLabels(scenario).name(0), "1 s");
  EXPECT_EQ(PointLabels(scenario_of(1, 1)).name(0), "");
}

TEST(PointLabels, TellTablesOfOneNameApartByWhatDiffers) {
  scenario::Scenario scenario;
  scenario.points.push_back(point({{"protocol", R"("flood")", "flood"}}));
  scenario.points.push_back(point({{"protocol", R"({"name":"push-pull","fanout":4,"mode":"push"})", "push-pull"}}));
  scenario.points.push_back(point({{"protocol", R"({"name":"push-pull","fanout":6,"mode":"push"})", "push-pull"}}));
  const PointLabels labels(scenario);
  EXPECT_EQ(labels.name(0), "flood");
  EXPECT_EQ(labels.name(1), "push-pull, fanout = 4");
  EXPECT_EQ(labels.name(2), "push-pull, fanout = 6");
}

RunRecord record(RunKey key, std::vector<std::pair<std::string, std::optional<double>>> metrics,
                 std::vector<metrics::FaultReport> faults = {}) {
  RunRecord record{key, RunStatus::kDone, {}};
  record.result.metrics = std::move(metrics);
  record.result.faults = std::move(faults);
  return record;
}

TEST(PointSummaries, LeaveOutFailedRunsAndMissingValues) {
  std::vector<RunRecord> runs = {record({0, 0}, {{"a", 1}, {"b", std::nullopt}}), record({0, 1}, {{"a", 3}, {"b", 5}}),
                                 record({0, 2}, {}), record({2, 0}, {{"a", 7}, {"c", 1}})};
  runs[2].status = RunStatus::kCrashed;
  runs[2].result.failed = true;
  std::vector<PointSummary> points;
  PointSummaries summaries([&](const PointSummary& point) { points.push_back(point); });
  for (const RunRecord& run : runs) summaries.add(run);
  summaries.finish();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].runs, 3u);
  EXPECT_EQ(points[0].failed, 1u);
  EXPECT_EQ(points[0].find("a")->mean, 2);
  EXPECT_EQ(points[0].find("a")->n, 2u);
  EXPECT_EQ(points[0].find("b")->n, 1u);
  EXPECT_EQ(points[0].find("c"), nullptr);
  EXPECT_EQ(points[1].point, 2u);
  EXPECT_EQ(points[1].metrics.size(), 2u);
}

std::vector<document::Diagnostic> idle_faults(const scenario::Scenario& scenario, const std::vector<RunRecord>& runs) {
  Overview overview(scenario);
  for (const RunRecord& run : runs) overview.add(run);
  return overview.idle_faults();
}

TEST(IdleFaults, AreThoseThatTouchedNothingInAnyReplicationOfAPoint) {
  auto scenario = scenario_of(2, 2);
  for (std::size_t p = 0; p < 2; ++p) scenario.points[p] = point({{"network.loss", "0", std::to_string(p)}});
  const metrics::FaultReport idle{"partition", 0, 0, 0}, busy{"partition", 3, 0, 0};
  EXPECT_THAT(idle_faults(scenario, {record({0, 0}, {}, {idle}), record({0, 1}, {}, {busy})}), IsEmpty());

  const auto warnings = idle_faults(scenario, {record({0, 0}, {}, {busy, busy}), record({1, 0}, {}, {busy, idle})});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(warnings[0].warning);
  EXPECT_EQ(warnings[0].key, "fault.1");
  EXPECT_THAT(warnings[0].message, HasSubstr("at 1"));
}

TEST(ExitCode, TellsBadInputFromAFailedMachine) {
  CampaignResult result;
  result.planned = result.finished = 1;
  EXPECT_EQ(result.exit_code({}), 0);
  EXPECT_EQ(result.exit_code({{{0, 0}, RunStatus::kRefused, "disconnected"}}), 2);
  EXPECT_EQ(result.exit_code({{{0, 0}, RunStatus::kTimedOut, "too long"}}), 1);
  result.finished = 0;
  EXPECT_EQ(result.exit_code({}), 1);
}

TEST(MakeSchedule, StartsWhatTheStoreLacksOrAnotherAttemptMaySave) {
  const auto scenario = test::bare_scenario(3, 4);
  const PointLabels labels(scenario);
  Store store(scenario, labels);
  const Plan all(scenario, {});
  const auto missing_runs = [&](const Plan& plan) {
    Schedule schedule = make_schedule(plan, {}, 1, store);
    std::vector<std::uint64_t> runs;
    while (const auto run = schedule.next()) runs.push_back(*run);
    return runs;
  };
  EXPECT_EQ(missing_runs(all).size(), 12u);
  const auto add = [&](RunKey key, RunStatus status) {
    RunRecord run{key, status, {}};
    run.result.failed = status != RunStatus::kDone;
    store.add(run);
  };
  add({2, 3}, RunStatus::kDone);
  add({0, 1}, RunStatus::kRefused);
  add({1, 0}, RunStatus::kCrashed);
  add({1, 1}, RunStatus::kTimedOut);
  add({1, 9}, RunStatus::kDone);  // of an earlier call with more replications
  EXPECT_THAT(missing_runs(all), ElementsAre(0, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(missing_runs(Plan(scenario, {.point = 2, .replication = {}})), ElementsAre(0, 1, 2));
  EXPECT_THAT(missing_runs(Plan(scenario, {.point = {}, .replication = 1})), ElementsAre(1, 2));
}

}  // namespace
}  // namespace hearsay::campaign
