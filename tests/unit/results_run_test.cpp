// What runs and points are called, and what the runs of a campaign say together.

#include "sim/results/run.hpp"

#include <gmock/gmock.h>

#include "sim/results/overview.hpp"

namespace hearsay::results::results_run_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

scenario::Scenario scenario_of(std::size_t points, std::uint32_t replications) {
  scenario::Scenario scenario;
  scenario.points.resize(points);
  scenario.replications = replications;
  return scenario;
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

std::vector<document::Diagnostic> warnings_of(const scenario::Scenario& scenario, const std::vector<RunRecord>& runs) {
  Overview overview(scenario);
  for (const RunRecord& run : runs) overview.add(run);
  return overview.warnings();
}

TEST(IdleFaults, AreThoseThatTouchedNothingInAnyReplicationOfAPoint) {
  auto scenario = scenario_of(2, 2);
  for (std::size_t p = 0; p < 2; ++p) scenario.points[p] = point({{"network.loss", "0", std::to_string(p)}});
  const metrics::FaultReport idle{"partition", 0, 0, 50, 0}, busy{"partition", 3, 0, 50, 0};
  EXPECT_THAT(warnings_of(scenario, {record({0, 0}, {}, {idle}), record({0, 1}, {}, {busy})}), IsEmpty());

  const auto warnings = warnings_of(scenario, {record({0, 0}, {}, {busy, busy}), record({1, 0}, {}, {busy, idle})});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(warnings[0].warning);
  EXPECT_EQ(warnings[0].key, "fault.1");
  EXPECT_THAT(warnings[0].message, HasSubstr("at 1"));
}

TEST(IdleRuns, AreThoseThatPublishNothing) {
  auto scenario = scenario_of(2, 2);
  for (std::size_t p = 0; p < 2; ++p) scenario.points[p] = point({{"network.loss", "0", std::to_string(p)}});
  const auto run = [](std::uint32_t point, std::uint32_t replication, double published) {
    return record({point, replication}, {{"items_published", published}});
  };
  EXPECT_THAT(warnings_of(scenario, {run(0, 0, 0), run(0, 1, 5), run(1, 0, 5)}), IsEmpty());
  const auto warnings = warnings_of(scenario, {run(0, 0, 0), run(1, 0, 5)});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].key, "workload");
  EXPECT_THAT(warnings[0].message, HasSubstr("nothing was published in any replication at 0"));
}

TEST(NeverDelivered, IsWarnedOfWhereItemsCameToNodesInEveryRunOfAPointAndNoneDeliveredOne) {
  auto scenario = scenario_of(2, 2);
  for (std::size_t p = 0; p < 2; ++p) scenario.points[p] = point({{"network.loss", "0", std::to_string(p)}});
  const auto run = [](std::uint32_t point, double duplicates, std::optional<double> hops, double measured = 5) {
    return record({point, 0}, {{"items_published", 5},
                               {"items_measured", measured},
                               {"hops_mean", hops},
                               {"payload_receipts", 10},
                               {"duplicates", duplicates}});
  };
  const auto warnings = warnings_of(scenario, {run(0, 3, 1.5), run(1, 3, std::nullopt), run(1, 3, std::nullopt)});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].key, "protocol");
  EXPECT_THAT(warnings[0].message, HasSubstr("in any replication at 1; a protocol calls deliver(item)"));
  EXPECT_THAT(warnings_of(scenario, {run(1, 3, std::nullopt), run(1, 3, 1.5)}), IsEmpty());
  EXPECT_THAT(warnings_of(scenario, {run(1, 10, std::nullopt)}), IsEmpty());    // nothing but what publishers got back
  EXPECT_THAT(warnings_of(scenario, {run(1, 3, std::nullopt, 0)}), IsEmpty());  // no item was looked at
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

}  // namespace
}  // namespace hearsay::results::results_run_test
