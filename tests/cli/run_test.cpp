#include "tests/cli/program.hpp"

namespace hearsay::test::run_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kSweep = "[sweep]\n\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.0, 0.1]\n";
const std::string kOutput = "[output]\nseries = \"1 s\"\nledger = true\n";

class Run : public ProgramTest {
 protected:
  static std::vector<std::string> digests(const json& document) {
    std::vector<std::string> digests;
    for (const auto& point : document.at("points")) {
      for (const auto& run : point.at("runs")) digests.push_back(run.at("digest").get<std::string>());
    }
    return digests;
  }
};

TEST_F(Run, PrintsATableAndNamesItsDirectory) {
  write_scenario("small", kSweep);
  const Outcome outcome = hearsay({"run", "small.toml"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("4 points, 12 runs"), HasSubstr("coverage"), HasSubstr("t90"),
                                 HasSubstr("±"), HasSubstr("results in results/small")));
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    // A character beyond ASCII here is one of two bytes.
    EXPECT_LE(line.size() - std::count(line.begin(), line.end(), '\xc2'), 120u) << line;
  }
}

TEST_F(Run, PrintsOneDocumentOfTheDescribedShape) {
  write_scenario("small", kSweep);
  const Outcome outcome = hearsay({"run", "small.toml", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json document = json::parse(outcome.out);
  EXPECT_EQ(document.at("name"), "small");
  EXPECT_TRUE(document.at("hearsay").is_string());
  ASSERT_EQ(document.at("points").size(), 4u);
  const json& point = document["points"][3];
  EXPECT_EQ(point.at("axes"), (json{{"topology.degree", 6}, {"network.loss", 0.1}}));
  const json& coverage = point.at("metrics").at("coverage_mean");
  EXPECT_TRUE(coverage.at("mean").is_number());
  EXPECT_TRUE(coverage.at("sd").is_number());
  EXPECT_EQ(coverage.at("ci95").size(), 2u);
  EXPECT_EQ(coverage.at("n"), 3);
  ASSERT_EQ(point.at("runs").size(), 3u);
  const json& run = point["runs"][2];
  EXPECT_EQ(run.at("replication"), 2);
  EXPECT_EQ(run.at("seed"), 42);
  EXPECT_THAT(run.at("digest").get<std::string>(), testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_TRUE(run.at("metrics").contains("t90_s"));
  EXPECT_TRUE(run.at("messages_by_kind").at("item").contains("bytes"));
  EXPECT_TRUE(run.at("drops").at("loss").is_number());
  EXPECT_TRUE(run.at("faults").is_array());
  for (const char* key : {"events", "setup_s", "wall_s", "events_per_s", "peak_rss_bytes"}) {
    EXPECT_TRUE(run.at("performance").at(key).is_number()) << key;
  }
  EXPECT_FALSE(run.contains("series"));
}

TEST_F(Run, HasNoIntervalWithOneReplication) {
  write_scenario("small");
  const Outcome outcome = hearsay({"run", "small.toml", "--set", "run.replications=1", "--json"});
  const json metric = json::parse(outcome.out).at("points").at(0).at("metrics").at("t50_s");
  EXPECT_TRUE(metric.at("mean").is_number());
  EXPECT_TRUE(metric.at("sd").is_null());
  EXPECT_TRUE(metric.at("ci95").is_null());
  EXPECT_EQ(metric.at("n"), 1);
}

TEST_F(Run, GivesTheSameBytesForAnyNumberOfWorkersAndEveryTime) {
  write_scenario("small", kSweep + kOutput);
  const std::map<std::string, std::string> jobs_of = {{"a", "1"}, {"b", "2"}, {"c", "5"}, {"d", "2"}};
  for (const auto& [directory, jobs] : jobs_of) {
    ASSERT_EQ(hearsay({"run", "small.toml", "--out", directory, "--jobs", jobs}).code, 0);
  }
  const auto first = comparable_files("a");
  for (const char* name : {"manifest.json", "runs.csv", "points.csv", "series.csv", "ledger.csv", "reach.csv"}) {
    EXPECT_EQ(first.count(name), 1u) << name;
  }
  for (const char* directory : {"b", "c", "d"}) EXPECT_EQ(comparable_files(directory), first) << directory;
}

TEST_F(Run, GivesEachReplicationItsOwnDigestAndOneRunAloneTheSame) {
  write_scenario("small", kSweep);
  const auto all = digests(json::parse(hearsay({"run", "small.toml", "--json"}).out));
  ASSERT_EQ(all.size(), 12u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 12u);
  const Outcome one = hearsay({"run", "small.toml", "--json", "--point", "2", "--replication", "1"});
  EXPECT_THAT(digests(json::parse(one.out)), testing::ElementsAre(all[2 * 3 + 1]));
}

TEST_F(Run, OfPartOfTheScenarioWritesOnlyOnRequest) {
  write_scenario("small", kSweep);
  EXPECT_EQ(hearsay({"run", "small.toml", "--point", "1", "--replication", "0"}).code, 0);
  EXPECT_EQ(hearsay({"run", "small.toml", "--replication", "2"}).code, 0);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "results"));
  EXPECT_EQ(hearsay({"run", "small.toml", "--point", "1", "--replication", "0", "--out", "one"}).code, 0);
  const std::string runs = file_text(scratch_ / "one/runs.csv");
  EXPECT_EQ(std::count(runs.begin(), runs.end(), '\n'), 2);
}

TEST_F(Run, RefusesAPointThatIsNotThere) {
  write_scenario("small");
  const Outcome outcome = hearsay({"run", "small.toml", "--point", "1"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--point 1"));
}

TEST_F(Run, WritesNothingForABadScenario) {
  write_scenario("bad", "nodez = 3\n");
  const Outcome outcome = hearsay({"run", "bad.toml", "--out", "x", "--json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("bad.toml:"));
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "x"));
}

TEST_F(Run, SaysNothingOnStandardErrorWhenQuiet) {
  write_scenario("small");
  EXPECT_THAT(hearsay({"run", "small.toml", "--quiet"}).err, IsEmpty());
  EXPECT_THAT(hearsay({"run", "small.toml", "--quiet", "--json"}).err, IsEmpty());
}

TEST_F(Run, WarnsOfAFaultThatTouchedNothing) {
  write_scenario("idle", "[[fault]]\nkind = \"partition\"\nat = \"18 s\"\nuntil = \"19 s\"\nshare = 0.5\n");
  const Outcome outcome = hearsay({"run", "idle.toml"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("idle.toml"), HasSubstr("warning: fault.0: this partition touched nothing")));
  EXPECT_THAT(file_text(scratch_ / "results/idle/manifest.json"), HasSubstr("touched nothing"));
}

TEST_F(Run, TakesOneNodeAndTwoButNotNone) {
  for (const int nodes : {0, 1, 2}) {
    scratch_.write("few.toml",
                   "name = \"few\"\n[run]\nseed = 1\nduration = \"5 s\"\n"
                   "[topology]\nkind = \"complete\"\nnodes = " +
                       std::to_string(nodes) +
                       "\n"
                       "[network]\nlatency = { kind = \"constant\", value = \"10 ms\" }\n"
                       "[protocol]\nname = \"flood\"\n"
                       "[workload]\nkind = \"broadcast\"\ncount = 1\nat = \"0 s\"\nsize = \"1 kB\"\n");
    const Outcome outcome = hearsay({"run", "few.toml", "--json", "--fresh"});
    EXPECT_EQ(outcome.code, nodes == 0 ? 2 : 0) << nodes << outcome.err;
    if (nodes == 0) {
      EXPECT_THAT(outcome.err, HasSubstr("topology.nodes"));
      continue;
    }
    const json metrics = json::parse(outcome.out).at("points").at(0).at("runs").at(0).at("metrics");
    EXPECT_EQ(metrics.at("coverage_mean"), 1.0);
    EXPECT_EQ(metrics.at("messages_sent"), nodes - 1);
  }
}

TEST_F(Run, TakesOverridesAndASeed) {
  write_scenario("small");
  const auto base = digests(json::parse(hearsay({"run", "small.toml", "--json", "--out", "a"}).out));
  const auto seeded = digests(json::parse(hearsay({"run", "small.toml", "--json", "--seed", "43", "--out", "b"}).out));
  const auto same =
      digests(json::parse(hearsay({"run", "small.toml", "--json", "--set", "run.seed=43", "--out", "c"}).out));
  EXPECT_NE(base, seeded);
  EXPECT_EQ(same, seeded);
}

// Five blocks are found because the scenario says so, however often: that is no count with an interval.
TEST_F(Run, GivesAFixedNumberOfBlocksNoInterval) {
  const auto interval = [this](const std::string& until) {
    scratch_.write("mining.toml",
                   "name = \"mining\"\n[run]\nseed = 1\nduration = \"1 d\"\nreplications = 4\n"
                   "[topology]\nkind = \"complete\"\nnodes = 3\n"
                   "[network]\nlatency = { kind = \"constant\", value = \"10 ms\" }\n[protocol]\nname = \"flood\"\n"
                   "[workload]\nkind = \"mining\"\ninterval = \"10 min\"\nsize = \"1 MB\"\n" +
                       until);
    const Outcome outcome = hearsay({"run", "mining.toml", "--json", "--fresh"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(outcome.out).at("points").at(0).at("metrics").at("blocks_found").at("ci95");
  };
  EXPECT_TRUE(interval("blocks = 5\n").is_null());
  EXPECT_EQ(interval("stop = \"12 h\"\n").size(), 2u);
}

}  // namespace
}  // namespace hearsay::test::run_test
