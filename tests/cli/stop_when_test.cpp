// run.stop_when from the scenario to the tables: as many replications as the rule asks for, the same whoever did them.

#include "analysis/csv.hpp"
#include "sim/execution/ranks.hpp"
#include "tests/cli/program.hpp"

namespace hearsay::test::stop_when_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class StopWhen : public ProgramTest {
 protected:
  /// Three points. The mean latency has a relative standard deviation, from one graph to the next, of some 1 % where
  /// all links are alike and of 7 and 14 % where they are not: an interval of 2 % takes about 10 replications, and more
  /// than the 30 that are allowed.
  void write() const {
    scratch_.write("stop.toml", R"(name = "stop"
[run]
seed = 42
duration = "20 s"
stop_when = { metric = "latency_mean_s", relative_half_width = 0.02, at_least = 6, at_most = 30 }
[topology]
kind = "random-regular"
nodes = 60
degree = 4
[protocol]
name = "flood"
[workload]
kind = "broadcast"
interval = "1 s"
size = "1 kB"
stop = "5 s"
[sweep]
"network.latency" = [
  { kind = "constant", value = "50 ms" },
  { kind = "uniform", min = "10 ms", max = "100 ms" },
  { kind = "exponential", mean = "50 ms" },
]
)");
  }
};

TEST_F(StopWhen, GivesTheSameBytesForAnyNumberOfWorkersAndRanks) {
  write();
  ASSERT_EQ(hearsay({"run", "stop.toml", "--out", "one", "--jobs", "1"}).code, 0);
  const auto one = comparable_files("one");
  for (const char* jobs : {"2", "5"}) {
    ASSERT_EQ(hearsay({"run", "stop.toml", "--out", jobs, "--jobs", jobs}).code, 0);
    EXPECT_EQ(comparable_files(jobs), one) << jobs;
  }
  const auto runs = analysis::read_csv(scratch_ / "one/runs.csv");
  EXPECT_LT(runs.rows.size(), 3u * 30u);
  if (!execution::why_no_mpi().empty() || shell("command -v mpirun").code != 0) return;
  const std::string root = ::geteuid() == 0 ? " --allow-run-as-root" : "";
  const Outcome ranks =
      shell("exec mpirun --oversubscribe --bind-to none" + root + " -n 3 \"$H\" run stop.toml --out ranks");
  ASSERT_EQ(ranks.code, 0) << ranks.err;
  EXPECT_EQ(comparable_files("ranks"), one);
}

TEST_F(StopWhen, SaysOfEachPointWhyItEnded) {
  write();
  const Outcome outcome = hearsay({"run", "stop.toml", "--json", "--out", "x"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json points = json::parse(outcome.out).at("points");
  ASSERT_EQ(points.size(), 3u);
  std::set<std::string> reasons;
  for (const json& point : points) {
    const json& stopped = point.at("stopped");
    EXPECT_EQ(stopped.at("replications"), point.at("runs").size());
    const std::string reason = stopped.at("reason");
    reasons.insert(reason);
    const json& metric = point.at("metrics").at("latency_mean_s");
    const double half = (metric.at("ci95")[1].get<double>() - metric.at("ci95")[0].get<double>()) / 2;
    if (reason == "precision") {
      EXPECT_LE(half, 0.02 * metric.at("mean").get<double>());
    } else {
      EXPECT_EQ(stopped.at("replications"), 30);
    }
  }
  EXPECT_EQ(reasons, (std::set<std::string>{"at_most", "precision"}));
  const json manifest = json::parse(file_text(scratch_ / "x/manifest.json"));
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(manifest.at("points")[i].at("stopped"), points[i].at("stopped"));
  }
  EXPECT_EQ(manifest.at("runs").at("planned"), manifest.at("runs").at("finished"));
}

TEST_F(StopWhen, ShowsTheNumberOfRunsInTheTable) {
  write();
  const Outcome outcome = hearsay({"run", "stop.toml"});
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("runs  "), HasSubstr("30, at most")));
}

TEST_F(StopWhen, IsNotAskedForOneReplication) {
  write();
  const Outcome outcome = hearsay({"run", "stop.toml", "--point", "2", "--replication", "25", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json point = json::parse(outcome.out).at("points").at(0);
  EXPECT_EQ(point.at("runs").at(0).at("replication"), 25);
  EXPECT_FALSE(point.contains("stopped"));
}

}  // namespace
}  // namespace hearsay::test::stop_when_test
