// What the environment does to a campaign: exit code 1, the run named, what is finished kept.

#include "analysis/csv.hpp"
#include "tests/cli/program.hpp"

namespace hearsay::test::failure_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Failure : public ProgramTest {
 protected:
  std::size_t rows(const std::string& file) const { return analysis::read_csv(scratch_ / file).rows.size(); }
};

TEST_F(Failure, OfOneWorkerCostsItsRunAlone) {
  write_long_scenario("long", 20);
  const pid_t program = start({"run", "long.toml", "--jobs", "2"});
  const auto workers = children_of(program);
  ASSERT_FALSE(workers.empty());
  ::usleep(200'000);
  ::kill(workers.front(), SIGKILL);
  const Outcome outcome = wait(program);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("1 of 20 runs failed"), HasSubstr("signal 9"),
                                 HasSubstr("hearsay run long.toml --point 0 --replication ")));
  const auto runs = analysis::read_csv(scratch_ / "results/long/runs.csv");
  ASSERT_EQ(runs.rows.size(), 20u);
  EXPECT_EQ(std::count_if(runs.rows.begin(), runs.rows.end(),
                          [&](const auto& row) { return row[runs.column("failed")] == "1"; }),
            1);
  const json manifest = json::parse(file_text(scratch_ / "results/long/manifest.json"));
  EXPECT_EQ(manifest.at("failed_runs").size(), 1u);
  const Outcome again = hearsay({"run", "long.toml", "--jobs", "2"});
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, AllOf(HasSubstr("19 of 20 runs were there already"), Not(HasSubstr("failed"))));
}

TEST_F(Failure, ByTimeLimitIsRecorded) {
  write_long_scenario("long", 2);
  const Outcome outcome = hearsay({"run", "long.toml", "--set", "run.timeout=\"20 ms\""});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("2 of 2 runs failed"), HasSubstr("run.timeout = 20 ms")));
}

// The limit changes no result, and so it does not make another scenario.
TEST_F(Failure, ByTimeLimitIsMendedByAHigherOne) {
  write_long_scenario("long", 1);
  ASSERT_EQ(hearsay({"run", "long.toml", "--set", "run.timeout=\"20 ms\"", "--quiet"}).code, 1);
  const Outcome again = hearsay({"run", "long.toml", "--set", "run.timeout=\"600 s\""});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(hearsay({"run", "long.toml"}).out, HasSubstr("all 1 runs were there already"));
}

TEST_F(Failure, ByCtrlCKeepsWhatIsFinished) {
  write_long_scenario("long", 600);
  const pid_t program = start({"run", "long.toml", "--jobs", "2"});
  ASSERT_FALSE(children_of(program).empty());
  // Its progress, a line every few seconds, tells the time left as soon as there is something to keep.
  const auto begun = [&] { return file_text(scratch_ / ".err").find(" left") != std::string::npos; };
  for (int tries = 0; tries < 1200 && !begun(); ++tries) ::usleep(50'000);
  ::kill(program, SIGINT);
  const Outcome outcome = wait(program);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(
      outcome.out,
      AllOf(HasSubstr("interrupted"), HasSubstr("of 600 runs are finished"),
            HasSubstr("they are kept in results/long: to resume, run the same command again, without --fresh")));
  const std::size_t finished = rows("results/long/runs.csv");
  EXPECT_GT(finished, 0u);
  EXPECT_LT(finished, 600u);
  EXPECT_THAT(outcome.out, HasSubstr(std::to_string(finished) + " of 600 runs"));
}

TEST_F(Failure, OfAllWorkersFollowsTheDeathOfTheProgram) {
  write_long_scenario("long", 60);
  const pid_t program = start({"run", "long.toml", "--jobs", "2"});
  const auto workers = children_of(program);
  ASSERT_FALSE(workers.empty());
  ::kill(program, SIGKILL);
  EXPECT_EQ(wait(program).code, 128 + SIGKILL);
  for (int tries = 0; tries < 200 && is_alive(workers.front()); ++tries) ::usleep(10'000);
  EXPECT_FALSE(is_alive(workers.front())) << "a worker lives on";
}

// A limit on every file stands for a full disk: small tables fit, large ones do not. The runs are there already, so
// the store is only read.
TEST_F(Failure, ToWriteOneFileKeepsTheOthersAndNamesIt) {
  write_scenario("large", "[output]\nledger = true\n", 500);
  ASSERT_EQ(hearsay({"run", "large.toml"}).code, 0);
  const std::string ledger = file_text(scratch_ / "results/large/ledger.csv");
  const Outcome outcome = shell("ulimit -f 64; \"$H\" run large.toml");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("ledger.csv cannot be written: File too large"), HasSubstr("complete are "),
                                 HasSubstr("runs.csv"), HasSubstr("run the same command again")));
  EXPECT_TRUE(std::filesystem::exists(scratch_ / "results/large/runs.csv"));
  for (const auto& [name, content] : comparable_files("results/large")) {
    EXPECT_THAT(name, AllOf(Not(testing::StartsWith(".")), Not("ledger.csv")));
  }
  EXPECT_EQ(hearsay({"run", "large.toml"}).code, 0);
  EXPECT_EQ(file_text(scratch_ / "results/large/ledger.csv"), ledger);
}

// The same limit while runs are stored: what is committed by then is there when the limit is gone.
TEST_F(Failure, ToStoreARunKeepsTheEarlierOnesAndSaysHowToGoOn) {
  write_scenario("many", "[sweep]\n\"topology.degree\" = [4, 6, 8, 10]\n");
  const std::vector<std::string> words = {"run", "many.toml", "--set", "run.replications=50", "--out"};
  auto whole = words, limited = words;
  whole.push_back("whole");
  limited.push_back("limited");
  ASSERT_EQ(hearsay(whole).code, 0);
  const Outcome outcome = shell("ulimit -f 1000; \"$H\" run many.toml --set run.replications=50 --out limited");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("limited/runs.sqlite cannot be written: disk I/O error"), HasSubstr("runs are finished"),
                    HasSubstr("kept in limited: to resume, run the same command again, without --fresh")));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "limited/runs.csv"));
  const Outcome resumed = hearsay(limited);
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.out, HasSubstr(" of 200 runs were there already"));
  EXPECT_EQ(comparable_files("limited"), comparable_files("whole"));
}

TEST_F(Failure, OfAFullDiskIsAnErrorAndKeepsTheStore) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs to mount a small file system";
  std::filesystem::create_directory(scratch_ / "disk");
  const Outcome mounted = shell("mount -t tmpfs -o size=1m none disk");
  if (mounted.code != 0) GTEST_SKIP() << mounted.err;
  write_scenario("many", "[sweep]\n\"topology.degree\" = [4, 6, 8, 10]\n");
  const Outcome outcome = hearsay({"run", "many.toml", "--set", "run.replications=50", "--out", "disk/results"});
  shell("cp -r disk/results kept; umount disk");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("runs.sqlite cannot be written: "), HasSubstr("database or disk is full"),
                                 HasSubstr("to resume, run the same command again")));
  const Outcome resumed = hearsay({"run", "many.toml", "--set", "run.replications=50", "--out", "kept"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.out, HasSubstr(" of 200 runs were there already"));
}

TEST_F(Failure, ToPrintIsAnError) {
  write_scenario("small");
  for (const std::string command : {"run small.toml --json", "trace small.toml", "list metrics"}) {
    const Outcome outcome = shell("\"$H\" " + command + " > /dev/full");
    EXPECT_EQ(outcome.code, 1) << command;
    EXPECT_THAT(outcome.err, HasSubstr("standard output cannot be written")) << command;
  }
}

TEST_F(Failure, ToCreateTheDirectoryComesBeforeTheRuns) {
  write_scenario("small");
  scratch_.write("file", "x");
  const Outcome outcome = hearsay({"run", "small.toml", "--out", "file/results"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("file/results"));
}

TEST_F(Failure, OfAnotherScenariosResultsIsTheUsersMistake) {
  write_scenario("one");
  write_scenario("two", "[output]\nseries = \"1 s\"\n");
  ASSERT_EQ(hearsay({"run", "one.toml", "--out", "x"}).code, 0);
  const auto before = comparable_files("x");
  const Outcome refused = hearsay({"run", "two.toml", "--out", "x"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("another scenario ('one')"), HasSubstr("--out"), HasSubstr("--fresh")));
  EXPECT_EQ(comparable_files("x"), before);
  EXPECT_EQ(hearsay({"run", "one.toml", "--out", "x"}).code, 0) << "the same scenario goes on with its results";
  EXPECT_EQ(hearsay({"run", "one.toml", "--out", "x", "--set", "run.replications=4"}).code, 0);
  EXPECT_EQ(hearsay({"run", "two.toml", "--out", "x", "--fresh"}).code, 0);
}

TEST_F(Failure, OfAForeignDirectoryIsTheUsersMistake) {
  write_scenario("small");
  const Outcome outcome = hearsay({"run", "small.toml", "--out", ".", "--fresh"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("neither empty nor a directory of results"));
}

// Some seed has a connected draw first and a disconnected one later: n ln n / 2 edges are about the threshold.
TEST_F(Failure, OfALaterTopologyIsRecordedAndExitsWithTwo) {
  write_scenario("thin");
  const std::vector<std::string> words = {
      "run",    "thin.toml",
      "--json", "--out",
      "x",      "--fresh",
      "--set",  "run.replications=6",
      "--set",  "topology={ kind = \"erdos-renyi\", nodes = 40, mean_degree = 4.5 }"};
  for (int seed = 1; seed < 100; ++seed) {
    auto seeded = words;
    seeded.insert(seeded.end(), {"--seed", std::to_string(seed)});
    const Outcome outcome = hearsay(seeded);
    if (outcome.code == 0 || outcome.out.empty()) continue;
    ASSERT_EQ(outcome.code, 2) << outcome.err;
    const json runs = json::parse(outcome.out).at("points").at(0).at("runs");
    ASSERT_EQ(runs.size(), 6u);
    const auto failed = std::find_if(runs.begin(), runs.end(), [](const json& run) { return run.contains("failed"); });
    ASSERT_NE(failed, runs.end());
    EXPECT_THAT(failed->at("failure").get<std::string>(), HasSubstr("component"));
    EXPECT_THAT(failed->at("replay").get<std::string>(), HasSubstr("--replication"));
    EXPECT_EQ(rows("x/runs.csv"), 6u);
    // Another attempt would meet the same network.
    std::erase(seeded, "--fresh");
    const Outcome again = hearsay(seeded);
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, HasSubstr("all 6 runs were there already"));
    return;
  }
  FAIL() << "no seed gave what the test needs";
}

}  // namespace
}  // namespace hearsay::test::failure_test
