#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::scenario_sweep_test {
namespace {

using test::diagnostics_text;
using test::ScenarioText;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ScenarioSweeps : public testing::Test {
 protected:
  Loaded load(const std::string& sweep, ScenarioText text = {}) {
    text.rest = "[sweep]\n" + sweep;
    return directory_.load(text);
  }
  static std::vector<std::string> labels(const Loaded& loaded) {
    std::vector<std::string> out;
    if (!loaded.scenario) return {diagnostics_text(loaded)};
    for (const Point& point : loaded.scenario->points) {
      std::string line;
      for (const sweep::AxisValue& value : point.axes) line += (line.empty() ? "" : " ") + value.label;
      out.push_back(line);
    }
    return out;
  }
  test::ScenarioDirectory directory_;
};

TEST_F(ScenarioSweeps, AbsentIsOnePointWithoutAxes) {
  const Loaded loaded = directory_.load(ScenarioText{});
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  ASSERT_EQ(loaded.scenario->points.size(), 1u);
  EXPECT_THAT(loaded.scenario->points[0].axes, IsEmpty());
}

TEST_F(ScenarioSweeps, AreTheProductWithTheFirstAxisSlowest) {
  const Loaded loaded = load("\"topology.degree\" = [4, 6]\n\"network.loss\" = [0, 0.1, 0.2]\n");
  EXPECT_EQ(labels(loaded), (std::vector<std::string>{"4 0", "4 0.1", "4 0.2", "6 0", "6 0.1", "6 0.2"}));
  ASSERT_TRUE(loaded.scenario);
  EXPECT_EQ(loaded.scenario->points[4].spec.topology.degree, 6u);
  EXPECT_EQ(loaded.scenario->points[4].spec.network.loss.probability, 0.1);
  EXPECT_EQ(loaded.scenario->points[4].axes[1].key, "network.loss");
}

TEST_F(ScenarioSweeps, KeepTheOrderOfTheFileNotOfTheAlphabet) {
  const Loaded loaded = load("\"topology.nodes\" = [50, 60]\n\"network.loss\" = [0.1]\n\"topology.degree\" = [4]\n");
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  std::vector<std::string> keys;
  for (const sweep::AxisValue& value : loaded.scenario->points[0].axes) keys.push_back(value.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"topology.nodes", "network.loss", "topology.degree"}));
}

TEST_F(ScenarioSweeps, AddKeysThatTheBaseDoesNotHave) {
  const Loaded loaded = load("\"network.loss\" = [0.1]\n\"output.series\" = [\"1 s\"]\n");
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  EXPECT_EQ(loaded.scenario->points[0].spec.output.series.ns, kNsPerSecond);
  EXPECT_EQ(loaded.scenario->points[0].axes[1].json, "\"1 s\"");
  EXPECT_EQ(loaded.scenario->points[0].axes[1].label, "1 s");
}

TEST_F(ScenarioSweeps, OfAWholeTableReplaceIt) {
  const Loaded loaded = load("\"topology\" = [{ kind = \"complete\", nodes = 10 }, { kind = \"ring\", nodes = 20 }]\n");
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  EXPECT_EQ(loaded.scenario->points[0].spec.topology.kind, network::TopologyKind::kComplete);
  EXPECT_EQ(loaded.scenario->points[1].spec.topology.nodes, 20u);
  EXPECT_EQ(loaded.scenario->points[0].axes[0].json, R"({"kind":"complete","nodes":10})");
  EXPECT_EQ(labels(loaded), (std::vector<std::string>{"complete", "ring"}));
}

TEST_F(ScenarioSweeps, OfAWholeTableMayStandForAnAbsentOne) {
  const std::string text =
      "[run]\nseed = 1\nduration = \"60 s\"\n[topology]\nkind = \"ring\"\nnodes = 9\n"
      "[workload]\nkind = \"broadcast\"\ncount = 1\nsize = \"1 kB\"\n"
      "[network]\n[sweep]\n\"protocol\" = [\"flood\", { name = \"flood\", exclude = \"none\" }]\n"
      "\"network.latency\" = [{ kind = \"constant\", value = \"5 ms\" }]\n";
  const Loaded loaded = directory_.load(text);
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  EXPECT_EQ(loaded.scenario->points[0].axes[0].json, R"({"name":"flood"})");
  EXPECT_EQ(labels(loaded), (std::vector<std::string>{"flood constant", "flood exclude=none constant"}));
}

TEST_F(ScenarioSweeps, ReachIntoAWholeTableOfAnotherAxis) {
  const Loaded loaded = load("\"topology.nodes\" = [10, 20]\n\"topology\" = [\"ring\", \"complete\"]\n");
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  EXPECT_EQ(labels(loaded), (std::vector<std::string>{"10 ring", "10 complete", "20 ring", "20 complete"}));
  EXPECT_EQ(loaded.scenario->points[3].spec.topology.nodes, 20u);
}

TEST_F(ScenarioSweeps, ChangeElementsOfArraysByIndex) {
  ScenarioText text;
  const Loaded loaded = load(
      "\"fault.0.share\" = [0.1, 0.2]\n\"workload.rate\" = [\"2/s\"]\n[[fault]]\nkind = \"silent\"\nat = \"1 s\"\n",
      text);
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  EXPECT_EQ(loaded.scenario->points[1].spec.faults[0].nodes.share, 0.2);
  EXPECT_EQ(loaded.scenario->points[1].spec.workloads[0].rate_per_s, 2);
}

TEST_F(ScenarioSweeps, ABaseValueThatAnAxisReplacesIsNotUnread) {
  ScenarioText text;
  text.topology = "kind = \"random-regular\"\nnodes = 100\ndegree = 8\nmistake = 3\n";
  const Loaded loaded = load("\"topology\" = [{ kind = \"ring\", nodes = 20 }]\n", text);
  EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
}

TEST_F(ScenarioSweeps, AKeyThatOnePointReadsIsRead) {
  ScenarioText text;
  text.topology = "kind = \"ring\"\nnodes = 100\ndegree = 8\n";
  const Loaded loaded = load("\"topology.kind\" = [\"ring\", \"random-regular\"]\n", text);
  EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
}

TEST_F(ScenarioSweeps, AKeyOfAWholeTableThatNobodyReadsIsAnErrorAtItsPlace) {
  const Loaded loaded = load(
      "\"topology\" = [\n  { kind = \"ring\", nodes = 20 },\n  { kind = \"complete\", nodes = 20, degre = 2 },\n]\n");
  EXPECT_EQ(diagnostics_text(loaded),
            "test.toml:20:36: error: topology.degre: unknown key; did you mean \"degree\"?\n");
}

TEST_F(ScenarioSweeps, ABadValueIsNamedWithItsAxisAndPlace) {
  const Loaded loaded = load("\"network.loss\" = [0.1, 1.5]\n\"topology.degree\" = [4, 6]\n");
  EXPECT_EQ(diagnostics_text(loaded),
            "test.toml:18:24: error: network.loss: 1.5 is outside [0, 1]; write a probability such as 0.01 (value 1.5 "
            "of the axis \"network.loss\")\n");
}

TEST_F(ScenarioSweeps, AValueThatIsBadAtOnePointNamesThePoint) {
  const Loaded loaded = load("\"topology.nodes\" = [100, 8]\n\"topology.degree\" = [4, 8]\n");
  EXPECT_EQ(diagnostics_text(loaded),
            "test.toml:19:25: error: topology.degree: 8 is not below topology.nodes = 8; a node has at most 7 peers "
            "(value 8 of the axis \"topology.degree\") (at point 3: topology.nodes = 8, topology.degree = 8)\n");
}

TEST_F(ScenarioSweeps, ABaseValueThatIsBadAtOnePointNamesThePoint) {
  const Loaded loaded = load("\"topology.nodes\" = [100, 8]\n");
  EXPECT_THAT(diagnostics_text(loaded),
              HasSubstr("test.toml:7:10: error: topology.degree: 8 is not below topology.nodes = 8"));
  EXPECT_THAT(diagnostics_text(loaded), HasSubstr("(at point 1: topology.nodes = 8)"));
}

TEST_F(ScenarioSweeps, ADisconnectedPointIsNamed) {
  const Loaded loaded = load(
      "\"topology\" = [{ kind = \"complete\", nodes = 40 }, { kind = \"erdos-renyi\", nodes = 40, mean_degree = 0.5 "
      "}]\n");
  EXPECT_THAT(diagnostics_text(loaded), HasSubstr("the network of replication 0 is disconnected"));
  EXPECT_THAT(diagnostics_text(loaded), HasSubstr("(at point 1: topology = erdos-renyi)"));
}

TEST_F(ScenarioSweeps, DoNotVaryWhatBelongsToTheWholeScenario) {
  EXPECT_THAT(diagnostics_text(load("\"run.replications\" = [1, 2]\n")),
              HasSubstr("sweep.run.replications: not an axis"));
  EXPECT_THAT(diagnostics_text(load("\"run.seed\" = [1, 2]\n")), HasSubstr("run.replications vary the seed"));
}

TEST_F(ScenarioSweeps, ComplainOfEveryBadAxisAtOnceAndOfTheRest) {
  ScenarioText text;
  text.network += "loss = 2\n";
  const std::string all = diagnostics_text(load("\"topology.degree\" = []\n\"network.los\" = 3\n", text));
  EXPECT_THAT(all, HasSubstr("the axis is empty"));
  EXPECT_THAT(all, HasSubstr("an axis is an array of values"));
  EXPECT_THAT(all, HasSubstr("network.loss: 2 is outside [0, 1]"));
}

TEST_F(ScenarioSweeps, AnAxisThatNobodyReadsSaysWhy) {
  EXPECT_THAT(diagnostics_text(load("\"network.rto\" = [\"1 s\"]\n")),
              HasSubstr("sweep.network.rto: not read with transport = \"datagram\""));
  EXPECT_THAT(diagnostics_text(load("\"protocl.exclude\" = [\"none\"]\n")),
              HasSubstr("did you mean \"protocol.exclude\"?"));
  EXPECT_THAT(
      diagnostics_text(load("\"network.rto\" = [\"1 s\"]\n\"network.transport\" = [\"datagram\", \"reliable\"]\n")),
      IsEmpty());
}

}  // namespace
}  // namespace hearsay::scenario::scenario_sweep_test
