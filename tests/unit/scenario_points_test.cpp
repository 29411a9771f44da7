// The points of [sweep] beyond the product of lists: ranges, zip, include, exclude. What is refused is in
// scenarios/bad.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::scenario_points_test {
namespace {

using test::diagnostics_text;
using test::ScenarioText;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SweepPoints : public testing::Test {
 protected:
  Loaded load(const std::string& sweep, std::vector<std::string> sets = {}, ScenarioText text = {}) {
    text.rest = "[sweep]\n" + sweep;
    return directory_.load(text, std::move(sets));
  }
  /// "4 0.1" of each point; an axis that a point lacks is "-".
  std::vector<std::string> points(const std::string& sweep, std::vector<std::string> sets = {},
                                  ScenarioText text = {}) {
    const Loaded loaded = load(sweep, std::move(sets), std::move(text));
    if (!loaded.scenario) return {diagnostics_text(loaded)};
    std::vector<std::string> keys, out;
    for (const Point& point : loaded.scenario->points) {
      for (const sweep::AxisValue& value : point.axes) {
        if (std::find(keys.begin(), keys.end(), value.key) == keys.end()) keys.push_back(value.key);
      }
    }
    for (const Point& point : loaded.scenario->points) {
      std::string line;
      for (const std::string& key : keys) {
        const auto value =
            std::find_if(point.axes.begin(), point.axes.end(), [&](const auto& v) { return v.key == key; });
        line += (line.empty() ? "" : " ") + (value == point.axes.end() ? "-" : value->label);
      }
      out.push_back(line);
    }
    return out;
  }
  static ScenarioText push_pull() {
    ScenarioText text;
    text.protocol = "name = \"push-pull\"\n";
    return text;
  }
  test::ScenarioDirectory directory_;
};

// ----------------------------------------------------------------------------------------------- ranges

TEST_F(SweepPoints, OfALinearRangeAreEquallyFarApartWithBothEnds) {
  EXPECT_THAT(points("\"network.loss\" = { from = 0, to = 1, steps = 5 }\n"),
              ElementsAre("0", "0.25", "0.5", "0.75", "1"));
  EXPECT_THAT(points("\"network.loss\" = { from = 0.1, to = 0.4, steps = 4 }\n"),
              ElementsAre("0.1", "0.2", "0.3", "0.4"))
      << "0.1 + 2 x 0.1 is 0.3, not 0.30000000000000004";
}

TEST_F(SweepPoints, OfALogarithmicRangeHaveEqualRatios) {
  EXPECT_THAT(points("\"network.loss\" = { from = 0.001, to = 1, steps = 4, scale = \"log\" }\n"),
              ElementsAre("0.001", "0.01", "0.1", "1"));
  EXPECT_THAT(
      points("\"topology.degree\" = { from = 1, to = 16, steps = 5, scale = \"log\" }\n", {"topology.connected=false"}),
      ElementsAre("1", "2", "4", "8", "16"));
}

TEST_F(SweepPoints, OfARangeMayGoDown) {
  EXPECT_THAT(points("\"topology.degree\" = { from = 8, to = 4, steps = 3 }\n"), ElementsAre("8", "6", "4"));
}

TEST_F(SweepPoints, OfARangeOfOneStepAreItsBeginning) {
  EXPECT_THAT(points("\"topology.degree\" = { from = 8, to = 4, steps = 1 }\n"), ElementsAre("8"));
}

TEST_F(SweepPoints, OfARangeMayHaveUnits) {
  EXPECT_THAT(points("\"protocol.interval\" = { from = \"10 ms\", to = \"1 s\", steps = 3, scale = \"log\" }\n", {},
                     push_pull()),
              ElementsAre("10 ms", "100 ms", "1 s"));
  EXPECT_THAT(points("\"workload.size\" = { from = \"1 kB\", to = \"2 kB\", steps = 3 }\n"),
              ElementsAre("1 kB", "1.5 kB", "2 kB"));
  EXPECT_THAT(points("\"network.uplink\" = { from = \"10 Mbit/s\", to = \"30 Mbit/s\", steps = 3 }\n"),
              ElementsAre("10 Mbit/s", "20 Mbit/s", "30 Mbit/s"));
  EXPECT_THAT(points("\"workload.rate\" = { from = \"1/s\", to = \"4/s\", steps = 3, scale = \"log\" }\n"),
              ElementsAre("1/s", "2/s", "4/s"));
}

TEST_F(SweepPoints, OfARangeOverAnIntegerAreRoundedAndRepeatsDropped) {
  // 16^(i/8): 1, 1.41, 2, 2.83, 4, 5.66, 8, 11.3, 16
  EXPECT_THAT(points("\"protocol.fanout\" = { from = 1, to = 16, steps = 9, scale = \"log\" }\n", {}, push_pull()),
              ElementsAre("1", "2", "3", "4", "6", "8", "11", "16"));
  EXPECT_THAT(points("\"topology.nodes\" = { from = 10, to = 11, steps = 5 }\n"), ElementsAre("10", "11"))
      << "10.25 is 10, 10.5 and 10.75 are 11";
}

TEST_F(SweepPoints, OfARangeAreRoundedWhereOnlyAnotherAxisMakesTheKeyRead) {
  EXPECT_THAT(points("\"protocol\" = [\"flood\", \"push-pull\"]\n"
                     "\"protocol.fanout\" = { from = 1, to = 2, steps = 4 }\n"
                     "exclude = [{ \"protocol\" = \"flood\", \"protocol.fanout\" = 2 }]\n"),
              ElementsAre("flood 1", "push-pull 1", "push-pull 2"));
}

TEST_F(SweepPoints, OfARangeOverANumberAreNotRounded) {
  EXPECT_THAT(points("\"network.loss\" = { from = 0, to = 1, steps = 3 }\n"), ElementsAre("0", "0.5", "1"));
}

TEST_F(SweepPoints, OfARangeCanBeChangedOnTheCommandLine) {
  EXPECT_THAT(points("\"network.loss\" = { from = 0, to = 1, steps = 3 }\n", {"sweep.\"network.loss\".steps=2"}),
              ElementsAre("0", "1"));
  EXPECT_THAT(points("\"network.loss\" = [0.1]\n", {"sweep.network.loss={ from = 0, to = 1, steps = 2 }"}),
              ElementsAre("0", "1"));
}

// -------------------------------------------------------------------------------------------------- zip

TEST_F(SweepPoints, OfAZipVaryTogether) {
  EXPECT_THAT(points("\"network.loss\" = [0.1, 0.2]\n"
                     "[[sweep.zip]]\n\"topology.nodes\" = [100, 200]\n\"workload.rate\" = [\"2/s\", \"1/s\"]\n"),
              ElementsAre("0.1 100 2/s", "0.1 200 1/s", "0.2 100 2/s", "0.2 200 1/s"));
}

TEST_F(SweepPoints, OfTwoZipsAreTheProductOfTheirRows) {
  EXPECT_THAT(points("[[sweep.zip]]\n\"topology.nodes\" = [100, 200]\n\"workload.rate\" = [\"2/s\", \"1/s\"]\n"
                     "[[sweep.zip]]\n\"network.loss\" = [0.1, 0.2]\n\"topology.degree\" = [4, 6]\n"),
              ElementsAre("100 2/s 0.1 4", "100 2/s 0.2 6", "200 1/s 0.1 4", "200 1/s 0.2 6"));
}

TEST_F(SweepPoints, OfAZipStandWhereItIsWritten) {
  EXPECT_THAT(points("zip = [{ \"topology.nodes\" = [100, 200], \"topology.degree\" = [4, 6] }]\n"
                     "\"network.loss\" = [0.1, 0.2]\n"),
              ElementsAre("100 4 0.1", "100 4 0.2", "200 6 0.1", "200 6 0.2"));
}

TEST_F(SweepPoints, OfAZipMayRepeatAValueAsLongAsRowsDiffer) {
  EXPECT_THAT(points("[[sweep.zip]]\n\"topology.nodes\" = [100, 100, 200]\n\"topology.degree\" = [4, 6, 6]\n"),
              ElementsAre("100 4", "100 6", "200 6"));
}

TEST_F(SweepPoints, OfARangeInAZipAreRoundedAndKeepTheirLength) {
  EXPECT_THAT(points("[[sweep.zip]]\n\"topology.degree\" = { from = 4, to = 5, steps = 3 }\n"
                     "\"network.loss\" = [0.1, 0.2, 0.3]\n"),
              ElementsAre("4 0.1", "5 0.2", "5 0.3"));
}

// ---------------------------------------------------------------------------------------------- include

TEST_F(SweepPoints, OfIncludeComeLastWithOtherAxesAtTheirBase) {
  EXPECT_THAT(points("\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.1]\n"
                     "include = [{ \"network.loss\" = 0.5 }, { \"topology.degree\" = 16 }]\n"),
              ElementsAre("4 0.1", "6 0.1", "8 0.5", "16 -"))
      << "the base has degree 8 and names no loss";
}

TEST_F(SweepPoints, OfIncludeMayVaryAKeyThatIsNoAxis) {
  const Loaded loaded = load("\"topology.degree\" = [4]\ninclude = [{ \"topology.nodes\" = 60 }]\n");
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  ASSERT_EQ(loaded.scenario->points.size(), 2u);
  EXPECT_EQ(loaded.scenario->points[0].axes[1].json, "100") << "the product has its base value";
  EXPECT_EQ(loaded.scenario->points[1].axes[1].json, "60");
  EXPECT_EQ(loaded.scenario->points[1].spec.topology.nodes, 60u);
  EXPECT_EQ(loaded.scenario->points[1].spec.topology.degree, 8u);
}

TEST_F(SweepPoints, OfIncludeAloneFollowTheBase) {
  EXPECT_THAT(points("include = [{ \"topology.degree\" = 4 }, { \"topology.degree\" = 6 }]\n"),
              ElementsAre("8", "4", "6"));
}

TEST_F(SweepPoints, OfIncludeMayBeWholeTables) {
  EXPECT_THAT(
      points("\"protocol\" = [\"flood\"]\ninclude = [{ \"protocol\" = \"push-pull\" }, { \"protocol\" = { name = "
             "\"push-pull\", fanout = 2 } }]\n"),
      ElementsAre("flood", "push-pull", "push-pull fanout=2"));
}

TEST_F(SweepPoints, OfIncludeKeepTheirValueBesideARoundedRange) {
  const Loaded loaded = load(
      "\"topology.degree\" = { from = 4, to = 5, steps = 5 }\n"
      "include = [{ \"topology.degree\" = 12 }]\n");
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  ASSERT_EQ(loaded.scenario->points.size(), 3u);
  EXPECT_EQ(loaded.scenario->points[2].spec.topology.degree, 12u);
}

TEST_F(SweepPoints, OfIncludeThatAreTheBaseValueOfTheProductAreRefused) {
  EXPECT_THAT(diagnostics_text(load("\"topology.degree\" = [4]\ninclude = [{ \"topology.degree\" = 4, "
                                    "\"topology.nodes\" = 100 }]\n")),
              HasSubstr("sweep.include.0: the product of the axes has this point already"));
}

// ---------------------------------------------------------------------------------------------- exclude

TEST_F(SweepPoints, ThatMatchAllKeysOfAnExcludeAreLeftOut) {
  EXPECT_THAT(points("\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.1, 0.2]\n"
                     "exclude = [{ \"topology.degree\" = 4, \"network.loss\" = 0.2 }]\n"),
              ElementsAre("4 0.1", "6 0.1", "6 0.2"));
  EXPECT_THAT(points("\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.1, 0.2]\n"
                     "exclude = [{ \"topology.degree\" = 4 }, { \"network.loss\" = 0.2 }]\n"),
              ElementsAre("6 0.1"));
}

TEST_F(SweepPoints, OfIncludeCanBeExcludedToo) {
  EXPECT_THAT(points("\"topology.degree\" = [4, 6]\ninclude = [{ \"topology.degree\" = 8 }]\n"
                     "exclude = [{ \"topology.degree\" = 8 }]\n"),
              ElementsAre("4", "6"));
  EXPECT_THAT(points("\"topology.degree\" = [4, 6]\ninclude = [{ \"topology.nodes\" = 60 }]\n"
                     "exclude = [{ \"topology.nodes\" = 100, \"topology.degree\" = 4 }]\n"),
              ElementsAre("6 100", "8 60"))
      << "a base value can be excluded like any other";
}

TEST_F(SweepPoints, AreExcludedByMeaningNotBySpelling) {
  EXPECT_THAT(
      points("\"protocol.interval\" = [\"500 ms\", \"1 s\"]\nexclude = [{ \"protocol.interval\" = \"0.5 s\" }]\n", {},
             push_pull()),
      ElementsAre("1 s"));
  EXPECT_THAT(points("\"network.loss\" = [0, 0.5]\nexclude = [{ \"network.loss\" = 0.0 }]\n"), ElementsAre("0.5"));
}

TEST_F(SweepPoints, OfAWholeTableAreExcludedByNameOrByAnyOfItsKeys) {
  const std::string axes =
      "\"protocol\" = [\"flood\", { name = \"push-pull\", fanout = 2 }, { name = \"push-pull\", fanout = 4 }]\n";
  EXPECT_THAT(points(axes + "exclude = [{ \"protocol\" = \"push-pull\" }]\n"), ElementsAre("flood"));
  EXPECT_THAT(points(axes + "exclude = [{ \"protocol.fanout\" = 2 }]\n"), ElementsAre("flood", "push-pull fanout=4"));
}

TEST_F(SweepPoints, ThatAreAllExcludedLeaveNoUseForAnAxis) {
  EXPECT_EQ(
      diagnostics_text(load("\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.1]\n"
                            "include = [{ \"topology.degree\" = 10 }]\nexclude = [{ \"network.loss\" = 0.1 }]\n")),
      "test.toml:19:1: error: sweep.network.loss: exclude leaves out every point that has it; remove the axis or "
      "exclude less\n");
}

TEST_F(SweepPoints, AreAllThereIfTheExcludeIsEmpty) {
  EXPECT_THAT(points("\"topology.degree\" = [4, 6]\nexclude = [{ \"topology.degree\" = 4 }]\n", {"sweep.exclude=[]"}),
              ElementsAre("4", "6"));
}

// -------------------------------------------------------------------------------------------- messages

TEST_F(SweepPoints, ThatAreTheSameInEffectAreWarnedOf) {
  const Loaded loaded = load("\"protocol\" = [\"flood\", \"push-pull\"]\n\"protocol.fanout\" = [2, 4]\n");
  ASSERT_TRUE(loaded.scenario);
  EXPECT_EQ(diagnostics_text(loaded),
            "test.toml:17:2: warning: sweep: point 1 (protocol = flood, protocol.fanout = 4) is the same in effect as "
            "point 0 (protocol = flood, protocol.fanout = 2); nothing that differs is read there, drop repeats with "
            "sweep.exclude\n");
}

TEST_F(SweepPoints, AreNamedByTheirCoordinatesWhereverTheyComeFrom) {
  EXPECT_THAT(diagnostics_text(load("\"network.loss\" = [0.1]\ninclude = [{ \"topology.nodes\" = 8 }]\n")),
              HasSubstr("topology.degree: 8 is not below topology.nodes = 8; a node has at most 7 peers (at point 1: "
                        "topology.nodes = 8)"));
  EXPECT_THAT(diagnostics_text(load("[[sweep.zip]]\n\"topology.nodes\" = [100, 6]\n\"network.loss\" = [0.1, 0.2]\n")),
              HasSubstr("(at point 1: topology.nodes = 6, network.loss = 0.2)"));
}

TEST_F(SweepPoints, OfAnAxisThatIsReplacedInEachCannotBeSetBeside) {
  EXPECT_THAT(diagnostics_text(load("[[sweep.zip]]\n\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.1, 0.2]\n",
                                    {"topology.degree=10"})),
              HasSubstr("replaces it in every point"));
  EXPECT_THAT(points("\"topology.degree\" = [4]\ninclude = [{ \"network.loss\" = 0.5 }]\n", {"topology.degree=10"}),
              ElementsAre("4 -", "10 0.5"))
      << "an included point has the base value";
}

TEST_F(SweepPoints, AreRefusedBeforeTheyAreResolvedIfTheirRunsAreTooMany) {
  ScenarioText text;
  text.run += "replications = 2\n";
  text.rest = "[sweep]\n\"network.overhead_bytes\" = { from = 1, to = 1000000, steps = 1000000 }\n";
  const auto file = directory_.write("many.toml", text.text());
  const Loaded loaded = scenario::load(file, {.sets = {}, .seed = {}, .most_runs = 1'000'000});
  EXPECT_FALSE(loaded.scenario);
  EXPECT_THAT(
      diagnostics_text(loaded),
      HasSubstr("1000000 points x 2 replications are 2000000 runs, more than 1000000; if you mean it, add --yes"));
}

// ------------------------------------------------------------------------------------------- stop_when

class StoppingRule : public SweepPoints {
 protected:
  Loaded with(const std::string& rule, const std::string& rest = {}, std::vector<std::string> sets = {}) {
    ScenarioText text;
    text.run += "stop_when = { " + rule + " }\n";
    text.rest = rest;
    return directory_.load(text, std::move(sets));
  }
};

TEST_F(StoppingRule, GivesTheMostReplications) {
  const Loaded loaded = with("metric = \"t100_s\", relative_half_width = 0.02, at_least = 5, at_most = 40");
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  const auto& rule = loaded.scenario->stop_when;
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->metric, "t100_s");
  EXPECT_EQ(rule->relative_half_width, 0.02);
  EXPECT_EQ(rule->at_least, 5u);
  EXPECT_EQ(rule->at_most, 40u);
  EXPECT_EQ(loaded.scenario->replications, 40u);
}

TEST_F(StoppingRule, AsksForTenReplicationsUnlessTold) {
  const Loaded loaded = with("metric = \"rmr\", relative_half_width = 0.5, at_most = 10");
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  EXPECT_EQ(loaded.scenario->stop_when->at_least, 10u);
}

TEST_F(StoppingRule, MayGoByAMetricOfALabel) {
  const Loaded loaded = with("metric = \"t90_s[group=edge]\", relative_half_width = 0.1, at_most = 20",
                             "[[group]]\nname = \"edge\"\nshare = 0.5\n[output]\nby = [\"group\"]\n");
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  EXPECT_EQ(loaded.scenario->stop_when->metric, "t90_s[group=edge]");
}

TEST_F(StoppingRule, IsAbsentUnlessGiven) { EXPECT_FALSE(directory_.load(ScenarioText{}).scenario->stop_when); }

TEST_F(StoppingRule, DoesNotMakeAnotherScenario) {
  const Loaded loaded = with("metric = \"t100_s\", relative_half_width = 0.02, at_most = 40");
  ASSERT_TRUE(loaded.scenario);
  EXPECT_EQ(loaded.scenario->identity, directory_.load(ScenarioText{}).scenario->identity);
  EXPECT_EQ(loaded.scenario->identity,
            with("metric = \"rmr\", relative_half_width = 0.2, at_most = 30").scenario->identity);
}

TEST_F(StoppingRule, ComplainsOfEverythingAtOnce) {
  const std::string all = diagnostics_text(with("metric = \"t10_s\", relative_half_width = 0, at_least = 1"));
  EXPECT_THAT(all, HasSubstr("run.stop_when.metric: there is no metric \"t10_s\"; did you mean"));
  EXPECT_THAT(all, HasSubstr("run.stop_when.relative_half_width: 0 is outside (0, 1)"));
  EXPECT_THAT(all, HasSubstr("run.stop_when.at_least: 1 is not at least 2"));
  EXPECT_THAT(all, HasSubstr("run.stop_when.at_most: required key is missing"));
}

}  // namespace
}  // namespace hearsay::scenario::scenario_points_test
