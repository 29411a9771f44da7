// A campaign that ended early, however it ended, can be resumed, and nothing of what it leaves shows that it was.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>

#include "sim/core/random.hpp"
#include "sim/results/store.hpp"
#include "sim/scenario/load.hpp"
#include "tests/cli/program.hpp"

namespace hearsay::test::resume_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Resume : public ProgramTest {
 protected:
  /// 4 points, runs of a millisecond or two.
  void write_sweep(const std::string& name, int replications) const {
    write_scenario(name, "[sweep]\n\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.0, 0.1]\n", 200);
    std::string text = file_text(scratch_ / (name + ".toml"));
    text.replace(text.find("replications = 3"), 16, "replications = " + std::to_string(replications));
    scratch_.write(name + ".toml", text);
  }
  SQLite::Database store(const std::string& directory) const {
    return {(scratch_ / directory / "runs.sqlite").string(), SQLite::OPEN_READWRITE};
  }
  /// Runs that the store of a killed campaign holds; 0 if it has not come to have one.
  int stored_runs(const std::string& directory) const {
    if (!std::filesystem::exists(scratch_ / directory / "runs.sqlite")) return 0;
    SQLite::Database db = store(directory);
    return db.tableExists("runs") ? db.execAndGet("SELECT count(*) FROM runs").getInt() : 0;
  }
};

// Delays are keyed parts of the time that the whole takes, at most a twentieth: fifty of them would do for all runs and
// more, were it not for fifty starts. So kills hit the start, the runs and, if all of them are there, the tables.
TEST_F(Resume, AfterFiftyKillsGivesTheSameBytes) {
  write_sweep("kill", 600);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(hearsay({"run", "kill.toml", "--jobs", "2", "--out", "whole"}).code, 0);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  KeyedDraws draws(1, Stream::kProperty);
  int before = 0, in_the_middle = 0;
  for (int kill = 0; kill < 50; ++kill) {
    const pid_t program = start({"run", "kill.toml", "--jobs", "2", "--out", "killed"});
    ::usleep(static_cast<useconds_t>(draws.bits() % static_cast<std::uint64_t>(whole.count() / 20)));
    ::kill(program, SIGKILL);
    const Outcome outcome = wait(program);
    ASSERT_TRUE(outcome.code == 128 + SIGKILL || outcome.code == 0) << outcome.err;
    const int stored = stored_runs("killed");
    ASSERT_GE(stored, before) << "a finished run is lost at kill " << kill;
    in_the_middle += stored > before && stored < 2'400 ? 1 : 0;
    before = stored;
  }
  // A kill in ten at the very least; that it is so few takes a machine that is ten times slower now than at first.
  EXPECT_GE(in_the_middle, 5) << before << " runs of " << whole.count() << " us";
  RecordProperty("in_the_middle", in_the_middle);
  const Outcome outcome = hearsay({"run", "kill.toml", "--jobs", "2", "--out", "killed"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("runs were there already"));
  EXPECT_EQ(comparable_files("killed"), comparable_files("whole"));
}

TEST_F(Resume, OfAFinishedCampaignRunsNothingAndWritesTheTablesAgain) {
  write_sweep("small", 3);
  ASSERT_EQ(hearsay({"run", "small.toml"}).code, 0);
  const auto before = comparable_files("results/small");
  const std::string performance = file_text(scratch_ / "results/small/performance.csv");
  for (const char* name : {"runs.csv", "points.csv", "manifest.json", "performance.csv"}) {
    std::filesystem::remove(scratch_ / "results/small" / name);
  }
  const Outcome outcome = hearsay({"run", "small.toml", "--resume"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("4 points, 12 runs"), HasSubstr("all 12 runs were there already")));
  EXPECT_EQ(comparable_files("results/small"), before);
  EXPECT_EQ(file_text(scratch_ / "results/small/performance.csv"), performance) << "not measured again";
}

TEST_F(Resume, ExtendsACampaignByReplicationsAndShortensItsTables) {
  write_sweep("two", 2);
  write_sweep("five", 5);
  for (const char* name : {"two", "five"}) {
    scratch_.write(std::string(name) + ".toml",
                   "description = \"of its own\"\n" + file_text(scratch_ / (std::string(name) + ".toml")));
  }
  ASSERT_EQ(hearsay({"run", "two.toml"}).code, 0);
  ASSERT_EQ(hearsay({"run", "five.toml"}).code, 0);
  ASSERT_EQ(hearsay({"run", "two.toml", "--out", "x"}).code, 0);
  const Outcome longer = hearsay({"run", "five.toml", "--out", "x"});
  EXPECT_EQ(longer.code, 0) << longer.err;
  EXPECT_THAT(longer.out, HasSubstr("8 of 20 runs were there already"));
  EXPECT_EQ(comparable_files("x"), comparable_files("results/five"));
  const Outcome shorter = hearsay({"run", "two.toml", "--out", "x"});
  EXPECT_THAT(shorter.out, HasSubstr("all 8 runs were there already"));
  EXPECT_EQ(comparable_files("x"), comparable_files("results/two"));
  EXPECT_EQ(stored_runs("x"), 20) << "what is not asked for is kept";
}

TEST_F(Resume, OfPartOfACampaignCountsTowardsTheWhole) {
  write_sweep("small", 3);
  ASSERT_EQ(hearsay({"run", "small.toml", "--out", "whole"}).code, 0);
  EXPECT_EQ(hearsay({"run", "small.toml", "--out", "x", "--point", "2"}).code, 0);
  EXPECT_EQ(hearsay({"run", "small.toml", "--out", "x", "--replication", "1"}).code, 0);
  const Outcome rest = hearsay({"run", "small.toml", "--out", "x"});
  EXPECT_THAT(rest.out, HasSubstr("6 of 12 runs were there already"));
  EXPECT_EQ(comparable_files("x"), comparable_files("whole"));
}

TEST_F(Resume, LeavesAStoreThatAnswersTheQueriesOfTheReadme) {
  write_sweep("small", 2);
  ASSERT_EQ(hearsay({"run", "small.toml", "--out", "x"}).code, 0);
  const std::string readme = file_text(std::filesystem::path(HEARSAY_SOURCE_DIR) / "README.md");
  const std::size_t begin = readme.find("```sql\n") + 7, end = readme.find("```", begin);
  ASSERT_LT(begin, end);
  SQLite::Database db = store("x");
  std::istringstream statements(readme.substr(begin, end - begin));
  int queries = 0;
  for (std::string sql; std::getline(statements, sql, ';');) {
    if (sql.find("SELECT") == std::string::npos) continue;
    SQLite::Statement query(db, sql);
    const bool of_failures = sql.find("failure") != std::string::npos;
    EXPECT_EQ(query.executeStep(), !of_failures) << sql;
    ++queries;
  }
  EXPECT_EQ(queries, 5);
}

TEST_F(Resume, TriesCrashedRunsAgain) {
  write_sweep("small", 3);
  ASSERT_EQ(hearsay({"run", "small.toml", "--out", "whole"}).code, 0);
  ASSERT_EQ(hearsay({"run", "small.toml", "--out", "x"}).code, 0);
  {
    const scenario::Loaded loaded = scenario::load(scratch_ / "small.toml", {});
    results::Store store(scratch_ / "x/runs.sqlite", *loaded.scenario, results::PointLabels(*loaded.scenario));
    for (std::uint32_t r = 0; r < 3; ++r) {
      store.add({{1, r}, results::RunStatus::kCrashed, {}});
      store.add({{2, r}, results::RunStatus::kTimedOut, {}});
    }
  }
  const Outcome outcome = hearsay({"run", "small.toml", "--out", "x"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("6 of 12 runs were there already"));
  EXPECT_EQ(comparable_files("x"), comparable_files("whole"));
}

TEST_F(Resume, IsRefusedToAnotherBuild) {
  write_sweep("small", 1);
  ASSERT_EQ(hearsay({"run", "small.toml"}).code, 0);
  const Outcome refused = shell("cp \"$H\" other && echo >> other && ./other run small.toml");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("another build of hearsay"), HasSubstr("--out"), HasSubstr("--fresh")));
  EXPECT_EQ(shell("./other run small.toml --fresh").code, 0);
  EXPECT_EQ(hearsay({"run", "small.toml"}).code, 2) << "now the store is the other build's";
}

TEST_F(Resume, IsNotOfferedTogetherWithFresh) {
  write_sweep("small", 1);
  EXPECT_EQ(hearsay({"run", "small.toml", "--fresh", "--resume"}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "results"));
}

TEST_F(Resume, OfADamagedStoreKeepsItAside) {
  write_sweep("small", 1);
  ASSERT_EQ(hearsay({"run", "small.toml", "--out", "x"}).code, 0);
  scratch_.write("x/runs.sqlite", "no database");
  const Outcome refused = hearsay({"run", "small.toml", "--out", "x"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("x/runs.sqlite is damaged"), HasSubstr("--out"), HasSubstr("--fresh")));
  EXPECT_EQ(file_text(scratch_ / "x/runs.sqlite"), "no database");
  EXPECT_EQ(hearsay({"run", "small.toml", "--out", "x", "--fresh"}).code, 0);
  EXPECT_EQ(file_text(scratch_ / "x/runs.sqlite.damaged-1"), "no database");
}

TEST_F(Resume, IsRefusedWhileTheCampaignIsRunning) {
  write_long_scenario("long", 60);
  const pid_t program = start({"run", "long.toml", "--jobs", "1"});
  ASSERT_FALSE(children_of(program).empty());  // the directory is opened before
  for (const char* option : {"--resume", "--fresh"}) {
    const Outcome second =
        shell("\"$H\" run long.toml " + std::string(option) + " 2> second; code=$?; cat second; exit $code");
    EXPECT_EQ(second.code, 2);
    EXPECT_THAT(second.out,
                AllOf(HasSubstr("results/long is in use by another campaign (process " + std::to_string(program)),
                      HasSubstr("--out")));
  }
  ::kill(program, SIGKILL);
  EXPECT_EQ(wait(program).code, 128 + SIGKILL);
  EXPECT_EQ(hearsay({"run", "long.toml", "--set", "run.replications=1"}).code, 0) << "the lock ends with its process";
}

}  // namespace
}  // namespace hearsay::test::resume_test
