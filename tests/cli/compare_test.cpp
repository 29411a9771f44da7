#include <cmath>

#include "analysis/compare.hpp"
#include "tests/cli/program.hpp"

namespace hearsay::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kBaseline = HEARSAY_SOURCE_DIR "/results/reference/regression";
const std::string kQuickstart = HEARSAY_SOURCE_DIR "/scenarios/quickstart.toml";

class Compare : public ProgramTest {
 protected:
  /// The small scenario of ProgramTest with some keys set, in results/NAME.
  void run(const std::string& name, std::vector<std::string> sets = {}) const {
    if (!std::filesystem::exists(scratch_ / "small.toml")) write_scenario("small");
    std::vector<std::string> arguments = {"run", "small.toml", "--quiet", "--out", name};
    for (const std::string& set : sets) arguments.insert(arguments.end(), {"--set", set});
    ASSERT_EQ(hearsay(arguments).code, 0);
  }
};

// What a project does in its own CI: today's program against the committed baseline.
TEST_F(Compare, FindsThatTheBaselineStillHolds) {
  ASSERT_EQ(hearsay({"run", kQuickstart, "--quiet", "--out", "now"}).code, 0);
  const Outcome outcome = hearsay({"compare", kBaseline, "now", "--fail-if", "t90_s worse by 5 %", "--fail-if",
                                   "coverage_mean worse", "--fail-if", "bytes_per_item worse by 1 kB"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("nothing differs"), HasSubstr("'t90_s worse by 5 %' does not hold")));
}

TEST_F(Compare, FindsThatLessBandwidthIsWorseThanTheBaseline) {
  ASSERT_EQ(hearsay({"run", kQuickstart, "--quiet", "--out", "slow", "--set", "network.uplink=8 Mbit/s"}).code, 0);
  const Outcome outcome = hearsay(
      {"compare", kBaseline, "slow", "--fail-if", "t90_s worse by 5 %", "--fail-if", "bytes_per_item worse by 5 %"});
  EXPECT_EQ(outcome.code, 3) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("--fail-if 't90_s worse by 5 %' holds:"), HasSubstr(" worse\n"),
                                 HasSubstr("'bytes_per_item worse by 5 %' does not hold")));
}

// A network that is 20 % slower is not worse by 50 %.
TEST_F(Compare, WeighsTheAmountOfACondition) {
  run("a");
  run("b", {"network.latency={ kind = \"uniform\", min = \"12 ms\", max = \"120 ms\" }"});
  const auto code = [&](const std::string& condition) {
    return hearsay({"compare", "a", "b", "--fail-if", condition}).code;
  };
  EXPECT_EQ(code("t90_s worse by 5 %"), 3);
  EXPECT_EQ(code("t90_s worse by 50 %"), 0);
  EXPECT_EQ(code("t90_s worse by 1 ms"), 3);
  EXPECT_EQ(code("t90_s worse by 1 s"), 0);
  EXPECT_EQ(code("t90_s higher"), 3);
  EXPECT_EQ(code("t90_s lower"), 0);
  EXPECT_EQ(code("t90_s better"), 0);
  EXPECT_EQ(code("t90_s differs by 5%"), 3);
  EXPECT_EQ(code("messages_sent differs"), 0);
}

TEST_F(Compare, LetsTheDifferenceDecideWithOneReplication) {
  run("a", {"run.replications=1"});
  run("b", {"run.replications=1", "network.uplink=10 Mbit/s"});
  const Outcome outcome = hearsay({"compare", "a", "b", "--fail-if", "t90_s worse"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("not judged"), HasSubstr("n = 1")));
}

TEST_F(Compare, SaysAllThatIsWrongWithItsConditions) {
  run("a");
  const Outcome outcome =
      hearsay({"compare", "a", "a", "--fail-if", "t90 worse", "--fail-if", "messages_received worse", "--fail-if",
               "t90_s worse by 5", "--fail-if", "t90_s worse by -5 %", "--fail-if", "t90_s grows", "--fail-if",
               "coverage_mean worse than 1", "--fail-if", "bytes_sent higher by many", "--fail-if", "rmr worse by x"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("no metric is called 't90', do you mean 't90_s'?"),
                    HasSubstr("neither direction of messages_received is better: write higher, lower or differs"),
                    HasSubstr("'5' after by: missing unit"), HasSubstr("'-5 %' after by is below 0"),
                    HasSubstr("'t90_s grows': says none of worse, better, higher, lower, differs"),
                    HasSubstr("'than 1' after worse"), HasSubstr("'many' after by"), HasSubstr("'x' after by is no")));
}

TEST_F(Compare, DoesNotPassWhatItCannotJudge) {
  run("a");
  run("lost", {"network.loss=0.9"});  // nobody else is reached, so t90_s has no value
  const Outcome outcome = hearsay({"compare", "a", "lost", "--fail-if", "t90_s worse by 5 %"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err,
              HasSubstr("cannot be judged: --fail-if 't90_s worse by 5 %': 3 values of A and 0 values of B"));
  const Outcome absent = hearsay({"compare", "a", "a", "--fail-if", "stretch_mean worse"});
  EXPECT_EQ(absent.code, 2);
  EXPECT_THAT(absent.err, HasSubstr("no run of A and B has a value of stretch_mean"));
}

TEST_F(Compare, RefusesWhatIsNoDirectoryOfResults) {
  run("a");
  EXPECT_THAT(hearsay({"compare", "a", "."}).err, HasSubstr("not a directory of results"));
  EXPECT_EQ(hearsay({"compare", "a", "."}).code, 2);
  EXPECT_EQ(hearsay({"compare", "missing", "a"}).code, 2);
  EXPECT_EQ(hearsay({"compare", "a"}).code, 2);
  std::filesystem::remove(scratch_ / "a/runs.csv");
  EXPECT_THAT(hearsay({"compare", "a", "a"}).err, HasSubstr("runs.csv: cannot be read"));
}

TEST_F(Compare, ListsPointsWithoutPartnerAndRefusesIfNoneIsLeft) {
  write_scenario("four", "[sweep]\n\"topology.degree\" = [4, 6]\n");
  write_scenario("six", "[sweep]\n\"topology.degree\" = [6, 8]\n");
  write_scenario("ten", "[sweep]\n\"topology.degree\" = [10, 12]\n");
  for (const char* name : {"four", "six", "ten"}) ASSERT_EQ(hearsay({"run", std::string(name) + ".toml"}).code, 0);
  const Outcome some = hearsay({"compare", "results/four", "results/six"});
  EXPECT_EQ(some.code, 0);
  EXPECT_THAT(some.err, AllOf(HasSubstr("differ in scenario (four and six)"),
                              HasSubstr("1 point of A without a partner: topology.degree = 4"),
                              HasSubstr("1 point of B without a partner: topology.degree = 8")));
  const Outcome none = hearsay({"compare", "results/four", "results/ten"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("no point of A has a partner in B"));
}

TEST_F(Compare, DoesNotPairDifferentSeeds) {
  run("a");
  ASSERT_EQ(hearsay({"run", "small.toml", "--seed", "7", "--quiet", "--out", "b"}).code, 0);
  EXPECT_THAT(hearsay({"compare", "a", "b"}).out, AllOf(HasSubstr("the seeds differ: no pairs"), HasSubstr("Welch")));
}

TEST_F(Compare, ShowsEverythingOnRequestAndAsJson) {
  run("a");
  EXPECT_THAT(hearsay({"compare", "a", "a"}).out, Not(HasSubstr("t90_s")));
  EXPECT_THAT(hearsay({"compare", "a", "a", "--all"}).out, HasSubstr("t90_s [s]"));
  const Outcome outcome = hearsay({"compare", "a", "a", "--json", "--fail-if", "t90_s differs"});
  EXPECT_EQ(outcome.code, 0);
  const auto document = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(document["correction"], "holm");
  const auto& metric = document["points"][0]["metrics"]["t90_s"];
  EXPECT_EQ(metric["difference"], 0.0);
  EXPECT_EQ(metric["verdict"], "no difference");
  EXPECT_EQ(metric["n"], nlohmann::json({3, 3}));
  EXPECT_EQ(document["fail_if"][0]["holds"], false);
}

// Common random numbers. Flooding with uplinks of 20 and of 10 Mbit/s over the same 40 networks: t50_s moves by the
// queueing alone, while most of its spread between replications is that of the drawn networks, which both share. The
// ratio var(b - a) / (var(a) + var(b)) is 1 - 2 cov / (var(a) + var(b)) >= 1 - |r|, r being the correlation. For
// independent runs Fisher's z puts |r| below tanh(3.89 / sqrt(40 - 3)) = 0.565 but once in 10^4, and the ratio above
// 0.435. A tenth means that at a given
// precision pairs need a tenth of the replications.
TEST_F(Compare, PairingTakesOutWhatBothRunsShare) {
  run("a", {"run.replications=40"});
  run("b", {"run.replications=40", "network.uplink=10 Mbit/s"});
  const auto values = [&](const char* directory) {
    const auto table = analysis::read_runs(scratch_ / directory);
    const auto metric = static_cast<std::size_t>(std::find(table.metrics.begin(), table.metrics.end(), "t50_s") -
                                                 table.metrics.begin());
    std::vector<double> out;
    for (const auto& run : table.points.at(0).runs) out.push_back(run.values[metric].value());
    return out;
  };
  const std::vector<double> a = values("a"), b = values("b");
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(b[i] - a[i]);
  const auto variance = [](const std::vector<double>& x) {
    double mean = 0, squares = 0;
    for (double value : x) mean += value / static_cast<double>(x.size());
    for (double value : x) squares += (value - mean) * (value - mean);
    return squares / static_cast<double>(x.size() - 1);
  };
  ASSERT_EQ(differences.size(), 40u);
  const double ratio = variance(differences) / (variance(a) + variance(b));
  RecordProperty("ratio", std::to_string(ratio));
  EXPECT_LT(ratio, 0.1);
}

}  // namespace
}  // namespace hearsay::test
