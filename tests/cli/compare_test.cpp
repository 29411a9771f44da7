#include <algorithm>
#include <cmath>
#include <fstream>

#include "analysis/compare.hpp"
#include "tests/cli/program.hpp"

namespace hearsay::test::compare_test {
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
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("'t90_s worse by 5 %' cannot be judged"), Not(HasSubstr("does not hold"))));
  const Outcome absent = hearsay({"compare", "a", "a", "--fail-if", "stretch_mean worse"});
  EXPECT_EQ(absent.code, 2);
  EXPECT_THAT(absent.err, HasSubstr("no run of A and B has a value of stretch_mean"));
}

// A against A at other seeds, over ten points of networks of their own: a condition that holds is a false alarm. It is
// judged at 5 % for the ten together; each at 5 % would give 1 - 0.95^10 = 40 %. Of 30 comparisons more than 5 give one
// in 0.3 % of all cases (binomial, 5 %).
TEST_F(Compare, JudgesAConditionForAllItsPointsAtOnce) {
  write_scenario("ten", "[sweep]\n\"topology.nodes\" = [20, 21, 22, 23, 24, 25, 26, 27, 28, 29]\n");
  const auto campaign = [&](int seed) {
    const std::string name = "s" + std::to_string(seed);
    EXPECT_EQ(hearsay({"run", "ten.toml", "--quiet", "--seed", std::to_string(seed), "--out", name}).code, 0);
    return name;
  };
  int alarms = 0;
  for (int pair = 0; pair < 30; ++pair) {
    const std::string a = campaign(100 + 2 * pair), b = campaign(101 + 2 * pair);
    alarms += hearsay({"compare", a, b, "--fail-if", "latency_mean_s differs"}).code == 3;
  }
  EXPECT_LE(alarms, 5);
}

// One condition of ten points, of which one is 25 % slower: the family of ten does not hide that.
TEST_F(Compare, FindsTheOnePointOfManyThatIsWorse) {
  write_scenario("a", "[sweep]\n\"network.uplink\" = [\"10 Mbit/s\", \"20 Mbit/s\", \"40 Mbit/s\"]\n");
  ASSERT_EQ(hearsay({"run", "a.toml", "--quiet", "--out", "a"}).code, 0);
  ASSERT_EQ(hearsay({"run", "a.toml", "--quiet", "--out", "b", "--set",
                     "network.latency={ kind = \"uniform\", min = \"12 ms\", max = \"120 ms\" }"})
                .code,
            0);
  EXPECT_EQ(hearsay({"compare", "a", "b", "--fail-if", "t90_s worse by 5 %"}).code, 3);
}

// Two latencies that are both called "constant", and one size written in two ways.
TEST_F(Compare, MatchesPointsByWhatTheirAxesMean) {
  const auto latencies = [&](const std::string& name, const std::string& first, const std::string& second,
                             const std::string& size) {
    write_scenario(name, "[sweep]\n\"network.latency\" = [{ kind = \"constant\", value = \"" + first +
                             "\" }, { value = \"" + second + "\", kind = \"constant\" }]\n\"workload.size\" = [\"" +
                             size + "\"]\n");
    ASSERT_EQ(hearsay({"run", name + ".toml", "--quiet", "--out", name}).code, 0);
  };
  latencies("a", "20 ms", "500 ms", "1 kB");
  latencies("b", "500 ms", "20 ms", "1000 B");
  const Outcome same = hearsay({"compare", "a", "b", "--fail-if", "t90_s differs"});
  EXPECT_EQ(same.code, 0) << same.out << same.err;
  EXPECT_THAT(same.out, HasSubstr("nothing differs"));
  latencies("c", "20 ms", "400 ms", "1 kB");
  const Outcome other = hearsay({"compare", "a", "c"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("value=500 ms"));
}

TEST_F(Compare, IsNotGreenWhereBLacksRuns) {
  run("a");
  run("b", {"run.replications=2"});
  const Outcome missing = hearsay({"compare", "a", "b", "--fail-if", "t90_s worse by 5 %"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("missing (see --allow-missing): 1 run of A without a partner: at the only point"));
  EXPECT_EQ(hearsay({"compare", "a", "b", "--allow-missing", "--fail-if", "t90_s worse by 5 %"}).code, 0);
  EXPECT_EQ(hearsay({"compare", "b", "a", "--fail-if", "t90_s worse by 5 %"}).code, 0) << "A lacks them";
}

// Three replications in which every run gave one more: it may be chance, and it is said to be no more than that.
TEST_F(Compare, TakesEqualDifferencesForNoEvidence) {
  run("a");
  run("b");
  std::string text = file_text(scratch_ / "b/runs.csv"), changed;
  const std::size_t column = static_cast<std::size_t>(
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find(",edges")) + 1, ','));
  std::size_t commas = 0;
  bool header = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    changed += text[i];
    if (text[i] == '\n') {
      commas = 0;
      header = false;
    } else if (text[i] == ',' && ++commas == column && !header) {
      changed += '9';  // in front of the number of edges
    }
  }
  std::ofstream(scratch_ / "b/runs.csv") << changed;
  const Outcome outcome = hearsay({"compare", "a", "b", "--fail-if", "edges higher"});
  EXPECT_EQ(outcome.code, 0) << outcome.out;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("edges"), HasSubstr("not judged")));
}

// Under loss and a limit of hops some items get to 90 % of the nodes and some do not, and t90_s is of those that did.
// The slower network is slower among them, which is no verdict.
TEST_F(Compare, GivesNoVerdictOnSurvivors) {
  const std::vector<std::string> lossy = {"run.replications=10", "protocol.max_hops=4", "network.loss=0.15"};
  run("a", lossy);
  std::vector<std::string> slower = lossy;
  slower.push_back("network.latency={ kind = \"uniform\", min = \"20 ms\", max = \"200 ms\" }");
  run("b", slower);
  const Outcome table = hearsay({"compare", "a", "b", "--all"});
  const std::size_t row = table.out.find("t90_s [s] (of ");
  ASSERT_NE(row, std::string::npos) << table.out;
  EXPECT_THAT(table.out.substr(row, table.out.find('\n', row) - row),
              AllOf(HasSubstr("% of the items)"), HasSubstr("survivors")));
  const Outcome judged = hearsay({"compare", "a", "b", "--fail-if", "t90_s worse"});
  EXPECT_EQ(judged.code, 3);
  EXPECT_THAT(judged.err, HasSubstr("judge t90_share too"));
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
  EXPECT_EQ(some.code, 2) << "what A has and B lacks is not green";
  EXPECT_EQ(hearsay({"compare", "results/four", "results/six", "--allow-missing"}).code, 0);
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
}  // namespace hearsay::test::compare_test
