// A campaign spread over the ranks of an MPI job: the same bytes as without, whatever the number of ranks, and a run
// that dies costs itself alone. Skipped where the program is built without MPI or there is no Open MPI to start it.

#include <functional>

#include "analysis/csv.hpp"
#include "sim/execution/ranks.hpp"
#include "tests/cli/program.hpp"

namespace hearsay::test::mpi_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Mpi : public ProgramTest {
 protected:
  void SetUp() override {
    if (!execution::why_no_mpi().empty()) GTEST_SKIP() << "built without MPI";
    if (!testing::Matches(HasSubstr("Open MPI"))(shell("mpirun --version").out)) {
      GTEST_SKIP() << "mpirun of Open MPI is not installed";
    }
  }

  /// Words to start `ranks` of, more than there are processors if need be.
  static std::string mpirun(int ranks) {
    // The batch system's variables would make mpirun ask it for room.
    return std::string("exec mpirun --oversubscribe --bind-to none ") +
           (::geteuid() == 0 ? "--allow-run-as-root " : "") + "-n " + std::to_string(ranks) + " ";
  }
  pid_t start_ranks(int ranks, const std::string& arguments) const {
    return start_shell(mpirun(ranks) + "\"$H\" " + arguments);
  }
  Outcome run_ranks(int ranks, const std::string& arguments) const { return wait(start_ranks(ranks, arguments)); }

  std::size_t failed_runs(const std::string& directory) const {
    return json::parse(file_text(scratch_ / directory / "manifest.json")).at("failed_runs").size();
  }

  /// Starts a long campaign, lets `stop` end it, and looks at what is left, on the disk and of processes.
  void expect_kept_after(const std::function<void(pid_t program, const std::vector<pid_t>& ranks)>& stop) const {
    write_long_scenario("long", 600);
    const pid_t program = start_ranks(3, "run long.toml --out x");
    // Rank 0 says how much time is left, every few seconds, as soon as it has something to keep.
    const auto begun = [&] { return file_text(scratch_ / ".err").find(" left") != std::string::npos; };
    for (int tries = 0; tries < 1200 && !begun(); ++tries) ::usleep(50'000);
    const std::vector<pid_t> ranks = children_now(program);
    std::vector<pid_t> everyone = ranks;
    for (const pid_t rank : ranks) {
      for (const pid_t pool : children_now(rank)) {
        everyone.push_back(pool);
        for (const pid_t worker : children_now(pool)) everyone.push_back(worker);
      }
    }
    EXPECT_EQ(everyone.size(), 3u + 2u + 2u);
    stop(program, ranks);
    const Outcome outcome = wait(program);
    EXPECT_NE(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("of 600 runs are finished"));
    EXPECT_GT(analysis::read_csv(scratch_ / "x/runs.csv").rows.size(), 0u);
    EXPECT_EQ(failed_runs("x"), 0u) << "what was under way has not failed";
    const auto any_alive = [&] { return std::any_of(everyone.begin(), everyone.end(), is_alive); };
    for (int tries = 0; tries < 200 && any_alive(); ++tries) ::usleep(10'000);
    EXPECT_FALSE(any_alive()) << "a process lives on";
  }
};

TEST_F(Mpi, GivesTheSameBytesForAnyNumberOfRanksAndWorkers) {
  write_scenario("small",
                 "[sweep]\n\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.0, 0.1]\n"
                 "[output]\nseries = \"1 s\"\nledger = true\n");
  ASSERT_EQ(hearsay({"run", "small.toml", "--out", "local", "--jobs", "2"}).code, 0);
  const auto local = comparable_files("local");
  ASSERT_EQ(local.count("ledger.csv"), 1u);
  for (const int ranks : {1, 2, 3}) {
    const std::string directory = "ranks" + std::to_string(ranks);
    const Outcome outcome = run_ranks(ranks, "run small.toml --out " + directory);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(comparable_files(directory), local) << ranks;
    EXPECT_THAT(outcome.out, HasSubstr("4 points, 12 runs"));
    EXPECT_EQ(outcome.out.find("4 points"), outcome.out.rfind("4 points")) << "only one rank prints";
  }
  ASSERT_EQ(run_ranks(2, "run small.toml --out two-each --jobs 2").code, 0);
  EXPECT_EQ(comparable_files("two-each"), local);
}

TEST_F(Mpi, GivesTheSameBytesForAnyNumberOfThreads) {
  write_busy_scenario("busy");
  ASSERT_EQ(hearsay({"run", "busy.toml", "--out", "local", "--threads", "1"}).code, 0);
  const auto local = comparable_files("local");
  for (const char* words : {"--threads 2", "--jobs 2 --threads 3"}) {
    const std::string directory = "ranks" + std::to_string(std::string(words).size());
    const Outcome outcome = run_ranks(3, "run busy.toml " + std::string(words) + " --out " + directory);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(comparable_files(directory), local) << words;
  }
}

TEST_F(Mpi, WarnsOnceOfThreadsThatARunCannotUse) {
  write_busy_scenario("tied", "0 s");
  const Outcome outcome = run_ranks(3, "run tied.toml --threads 2 --out x");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::size_t first = outcome.err.find("warning: --threads 2");
  ASSERT_NE(first, std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("warning: --threads", first + 1), std::string::npos) << outcome.err;
}

TEST_F(Mpi, PrintsOneDocument) {
  write_scenario("small");
  const Outcome outcome = run_ranks(3, "run small.toml --json --quiet");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(json::parse(outcome.out).at("points").at(0).at("runs").size(), 3u);
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(Mpi, CarriesResultsOfManyMegabytes) {
  // 10,000 nodes x 63 items = 630,000 deliveries of 28 bytes, 17.6 MB: two pieces of 16 MiB.
  write_scenario("large", "[output]\nledger = true\n", 10'000);
  const std::string sets = " --set run.replications=1 --set workload.interval='\"80 ms\"'";
  ASSERT_EQ(shell("\"$H\" run large.toml --out local" + sets).code, 0);
  ASSERT_EQ(run_ranks(3, "run large.toml --out ranks" + sets).code, 0);
  EXPECT_GT(std::filesystem::file_size(scratch_ / "ranks/ledger.csv"), 16u << 20);
  EXPECT_EQ(comparable_files("ranks"), comparable_files("local"));
}

TEST_F(Mpi, RefusesBadInputOnce) {
  write_scenario("bad", "nodez = 3\n");
  const Outcome outcome = run_ranks(3, "run bad.toml --out x");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  const std::size_t first = outcome.err.find("bad.toml:");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(outcome.err.find("bad.toml:", first + 1), std::string::npos) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "x"));
}

TEST_F(Mpi, RefusesRanksThatReadAnotherScenario) {
  write_scenario("one");
  write_scenario("two", "[output]\nseries = \"1 s\"\n");
  write_scenario("bad", "nodez = 3\n");
  const Outcome outcome =
      wait(start_shell(mpirun(1) + "\"$H\" run one.toml --out x : -n 1 \"$H\" run two.toml --out x" +
                       " : -n 1 \"$H\" run bad.toml --out x"));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("rank 1 on "), HasSubstr("has read another scenario than rank 0"),
                                 HasSubstr("rank 2 on "), HasSubstr("bad.toml:"), HasSubstr("nodez")));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "x"));
}

TEST_F(Mpi, LosesOnlyTheRunWhoseWorkerDies) {
  write_long_scenario("long", 4);
  const pid_t program = start_ranks(3, "run long.toml --out x");
  // mpirun has the ranks as children; ranks 1 and 2 a pool each, with its worker.
  pid_t worker = 0;
  for (int tries = 0; tries < 500 && worker == 0; ++tries) {
    for (const pid_t rank : children_now(program)) {
      for (const pid_t pool : children_now(rank)) {
        for (const pid_t child : children_now(pool)) worker = child;
      }
    }
    ::usleep(10'000);
  }
  ASSERT_NE(worker, 0);
  ::usleep(200'000);
  ::kill(worker, SIGKILL);
  const Outcome outcome = wait(program);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("1 of 4 runs failed"), HasSubstr("signal 9"),
                                 HasSubstr("hearsay run long.toml --point 0 --replication ")));
  EXPECT_EQ(failed_runs("x"), 1u);
}

TEST_F(Mpi, EndsARunOverItsTimeLimit) {
  write_long_scenario("long", 2);
  const Outcome outcome = run_ranks(2, "run long.toml --out x --set run.timeout='\"20 ms\"'");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("2 of 2 runs failed"), HasSubstr("run.timeout = 20 ms")));
}

// SIGINT to mpirun is Ctrl-C; a rank that dies makes mpirun end the others.
TEST_F(Mpi, KeepsWhatIsFinishedAtCtrlC) {
  expect_kept_after([](pid_t program, const std::vector<pid_t>&) { ::kill(program, SIGINT); });
}

TEST_F(Mpi, KeepsWhatIsFinishedWhenItLosesARank) {
  expect_kept_after([](pid_t, const std::vector<pid_t>& ranks) { ::kill(ranks[2], SIGKILL); });
}

TEST_F(ProgramTest, RefusesToBeOneOfSeveralRanksWithoutMpi) {
  if (execution::why_no_mpi().empty()) GTEST_SKIP() << "built with MPI";
  write_scenario("small");
  const Outcome first = shell("OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 \"$H\" run small.toml --out x");
  EXPECT_EQ(first.code, 2);
  EXPECT_THAT(first.err, HasSubstr("built without MPI"));
  const Outcome second = shell("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 \"$H\" run small.toml --out x");
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "x"));
}

}  // namespace
}  // namespace hearsay::test::mpi_test
