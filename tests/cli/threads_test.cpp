// Several threads work on one run: the same bytes as by one, whatever else shares the processors.

#include <fmt/format.h>

#include "tests/cli/program.hpp"

namespace hearsay::test::threads_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Threads : public ProgramTest {
 protected:
  static std::size_t occurrences(const std::string& text, const std::string& word) {
    std::size_t count = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
  }
  json manifest(const std::string& directory) const {
    return json::parse(file_text(scratch_ / directory / "manifest.json"));
  }
  static json without_performance(const std::string& text) {
    json document = json::parse(text);
    for (auto& point : document.at("points"))
      for (auto& run : point.at("runs")) run.erase("performance");
    return document;
  }

  /// The most threads that are seen in the first worker of a long campaign with this option, up to `expected`.
  std::size_t threads_in_worker(const std::vector<std::string>& options, std::size_t expected) const {
    write_long_scenario("long", 1);
    // 200 items a second are some 20,000 events in a window of 8 ms: enough for two threads without being asked.
    std::vector<std::string> words = {"run", "long.toml", "--quiet", "--set", "workload.rate=\"200/s\""};
    words.insert(words.end(), options.begin(), options.end());
    const pid_t program = start(words);
    const std::vector<pid_t> workers = children_of(program);
    std::size_t most = 0;
    for (int tries = 0; tries < 200 && most < expected && !workers.empty(); ++tries) {
      std::error_code gone;
      const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(workers.front()) + "/task", gone);
      if (!gone) most = std::max(most, static_cast<std::size_t>(std::distance(begin(tasks), end(tasks))));
      ::usleep(10'000);
    }
    ::kill(program, SIGKILL);
    wait(program);
    return most;
  }
};

TEST_F(Threads, GiveTheSameBytesWhateverTheirNumber) {
  write_busy_scenario("busy");
  ASSERT_EQ(hearsay({"run", "busy.toml", "--out", "one", "--threads", "1", "--jobs", "1"}).code, 0);
  const auto one = comparable_files("one");
  for (const char* name : {"manifest.json", "runs.csv", "points.csv", "series.csv", "ledger.csv", "faults.csv"})
    EXPECT_EQ(one.count(name), 1u) << name;
  EXPECT_EQ(manifest("one").at("warnings"), json::array()) << "both faults hit something";
  for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
           {"--threads", "2"}, {"--threads", "3"}, {"--threads", "7"}, {"--jobs", "2", "--threads", "2"}, {}}) {
    const std::string directory = fmt::format("out{}", fmt::join(options, ""));
    std::vector<std::string> words = {"run", "busy.toml", "--out", directory};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = hearsay(words);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, Not(HasSubstr("warning")));
    EXPECT_EQ(comparable_files(directory), one) << directory;
  }
}

TEST_F(Threads, GiveTheSameDocument) {
  write_busy_scenario("busy");
  const auto document = [&](const char* threads) {
    const Outcome outcome = hearsay({"run", "busy.toml", "--json", "--out", threads, "--threads", threads});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return without_performance(outcome.out);
  };
  const json one = document("1");
  EXPECT_EQ(one.at("points").size(), 2u);
  EXPECT_EQ(document("2"), one);
  EXPECT_EQ(document("7"), one);
}

TEST_F(Threads, MayBeMoreOrFewerWhenACampaignGoesOn) {
  write_busy_scenario("busy");
  ASSERT_EQ(hearsay({"run", "busy.toml", "--out", "whole", "--threads", "1"}).code, 0);
  ASSERT_EQ(hearsay({"run", "busy.toml", "--out", "x", "--replication", "0", "--threads", "1"}).code, 0);
  const Outcome rest = hearsay({"run", "busy.toml", "--out", "x", "--threads", "2"});
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_THAT(rest.out, HasSubstr("2 of 4 runs were there already"));
  EXPECT_EQ(comparable_files("x"), comparable_files("whole"));
}

TEST_F(Threads, WorkInTheWorker) {
  EXPECT_EQ(threads_in_worker({"--threads", "3"}, 3), 3u);
  EXPECT_EQ(threads_in_worker({"--point", "0", "--replication", "0", "--threads", "2"}, 2), 2u);
}

TEST_F(Threads, HelpARunThatIsLeftAlone) {
  EXPECT_EQ(threads_in_worker({"--jobs", "2"}, 2), 2u) << "one run, two processors";
}

TEST_F(Threads, AreAWholeNumberWithinLimits) {
  write_busy_scenario("busy");
  for (const char* text : {"0", "-1", "x", "2.5", "2x", "1025", "99999999999999999999"}) {
    const Outcome outcome = hearsay({"run", "busy.toml", fmt::format("--threads={}", text)});
    EXPECT_EQ(outcome.code, 2) << text;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("--threads"), HasSubstr(fmt::format("'{}' is not", text)),
                                   HasSubstr("from 1 to 1024"), HasSubstr("as in --threads 2")));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  EXPECT_EQ(hearsay({"run", "busy.toml", "--threads"}).code, 2);
  const Outcome jobs = hearsay({"run", "busy.toml", "--jobs", "0"});
  EXPECT_EQ(jobs.code, 2);
  EXPECT_THAT(jobs.err, AllOf(HasSubstr("--jobs"), HasSubstr("from 1 to 4096"), HasSubstr("as in --jobs 2")));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "results"));
}

TEST_F(Threads, ThatARunCannotUseAreAWarningAndNoDifference) {
  write_busy_scenario("tied", "0 s");
  ASSERT_EQ(hearsay({"run", "tied.toml", "--out", "without"}).code, 0);
  const Outcome with = hearsay({"run", "tied.toml", "--out", "with", "--threads", "2"});
  EXPECT_EQ(with.code, 0);
  EXPECT_THAT(with.err, HasSubstr("tied.toml: warning: --threads 2: a run takes one thread, because the latency"));
  EXPECT_EQ(occurrences(with.err, "warning"), 1u) << with.err;
  EXPECT_EQ(comparable_files("with"), comparable_files("without"));
  EXPECT_THAT(hearsay({"run", "tied.toml", "--out", "quiet", "--threads", "2", "--quiet"}).err, IsEmpty());
  EXPECT_THAT(hearsay({"run", "tied.toml", "--out", "unasked"}).err, Not(HasSubstr("warning")));
}

TEST_F(Threads, ThatOnlySomePointsCannotUseAreAWarningThatNamesThem) {
  write_busy_scenario("some");
  std::string text = file_text(scratch_ / "some.toml");
  text.replace(text.find("\"topology.degree\""), 17, "\"network.latency.min\" = [\"10 ms\", \"0 s\"]\n#");
  scratch_.write("some.toml", text);
  const Outcome outcome = hearsay({"run", "some.toml", "--threads", "2", "--out", "x"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("warning: --threads 2: a run at 0 s takes one thread, because"));
  EXPECT_EQ(occurrences(outcome.err, "warning"), 1u) << outcome.err;

  const json points = manifest("x").at("points");
  EXPECT_EQ(points.at(0).at("lanes"), "several");
  EXPECT_TRUE(points.at(0).at("why_one_lane").is_null());
  EXPECT_EQ(points.at(1).at("lanes"), "one");
  EXPECT_THAT(points.at(1).at("why_one_lane").get<std::string>(), HasSubstr("latency"));

  const Outcome check = hearsay({"check", "some.toml"});
  EXPECT_THAT(check.out, ContainsRegex("\nlanes of point 0: [0-9]+ of [0-9]+ nodes, windows of 8.39 ms"));
  EXPECT_THAT(check.out, HasSubstr("\nlanes of point 1: one, because the latency"));
}

TEST_F(Threads, BeyondTheNodesAreAWarning) {
  write_scenario("few", {}, 5);
  const Outcome outcome = hearsay({"run", "few.toml", "--threads", "7"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("--threads 7: a run takes 5 threads, because it has no more lanes"));
}

TEST_F(Threads, CanBeCheckedBeforeARun) {
  write_scenario("small", {}, 200);
  EXPECT_THAT(hearsay({"check", "small.toml", "--threads", "3"}).out,
              HasSubstr("\nlanes: 25 of 8 nodes, windows of 8.39 ms, 3 threads\n"));
  EXPECT_THAT(hearsay({"check", "small.toml", "--threads", "1"}).out,
              HasSubstr("\nlanes: one, because the run is too"));
  const Outcome many = hearsay({"check", "small.toml", "--threads", "300"});
  EXPECT_THAT(many.out, HasSubstr("\nlanes: 200 of 1 node, windows of 8.39 ms, 200 threads\n"));
  EXPECT_THAT(many.err, HasSubstr("--threads 300: a run takes 200 threads, because it has no more lanes"));
  EXPECT_EQ(hearsay({"check", "small.toml", "--threads", "0"}).code, 2);
}

TEST_F(Threads, AndHowTheyDivideARunArePartOfThePlan) {
  write_scenario("small", "[sweep]\n\"topology.degree\" = [4, 6]\n", 200);
  const Outcome small = hearsay({"check", "small.toml"});
  // 2^23 ns is the greatest power of two below 10 ms; 200 nodes in at least 16 lanes of a power of two.
  EXPECT_THAT(small.out, HasSubstr("\nlanes: 25 of 8 nodes, windows of 8.39 ms; only with --threads"));
  const Outcome unbounded = hearsay({"check", "small.toml", "--set", "network.latency.min=\"1 us\""});
  EXPECT_THAT(unbounded.out, HasSubstr("\nlanes: one, because the latency has no lower bound of 16384 ns or more\n"));
  // 10,000 items of 600 messages or more within 5 s: 9,000 events in a window.
  const Outcome busy = hearsay({"check", "small.toml", "--set", "workload.interval=\"500 us\""});
  EXPECT_THAT(busy.out, HasSubstr("windows of 8.39 ms\n"));
}

}  // namespace
}  // namespace hearsay::test::threads_test
