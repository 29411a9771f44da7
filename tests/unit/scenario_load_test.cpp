#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::scenario_load_test {
namespace {

using test::diagnostics_text;
using test::ScenarioText;
using testing::HasSubstr;

class ScenarioLoading : public testing::Test {
 protected:
  Scenario load(const ScenarioText& text, std::vector<std::string> sets = {}) {
    Loaded loaded = directory_.load(text, std::move(sets));
    EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
    return loaded.scenario ? std::move(*loaded.scenario) : Scenario{};
  }
  std::string diagnostics_of(const ScenarioText& text, std::vector<std::string> sets = {}) {
    return diagnostics_text(directory_.load(text, std::move(sets)));
  }
  test::ScenarioDirectory directory_;
};

TEST_F(ScenarioLoading, ReportsAllErrorsAtOnce) {
  ScenarioText text;
  text.run = "seed = -1\nduration = 60\n";
  text.topology = "kind = \"random-regular\"\nnodes = 101\ndegree = 7\n";
  text.network += "loss = 1.2\nuplnik = \"1 Mbit/s\"\n";
  text.protocol = "exclude = \"nobody\"\nname = \"flood\"\n";
  text.workload = "kind = \"broadcast\"\nrate = \"1/s\"\norigin = 500\n";
  EXPECT_EQ(
      diagnostics_of(text),
      "test.toml:2:8: error: run.seed: -1 is not at least 0\n"
      "test.toml:3:12: error: run.duration: 60 has no unit; write a duration with its unit, such as \"10 ms\"\n"
      "test.toml:7:10: error: topology.degree: 101 nodes of degree 7: nodes x degree is odd, but each edge has "
      "two ends; make one of them even\n"
      "test.toml:10:8: error: network.loss: 1.2 is outside [0, 1]; write a probability such as 0.01\n"
      "test.toml:11:1: error: network.uplnik: unknown key; did you mean \"uplink\"?\n"
      "test.toml:13:11: error: protocol.exclude: \"nobody\" is not one of the choices; write \"none\", \"sender\" or "
      "\"known\"\n"
      "test.toml:15:1: error: workload.size: required key is missing; write for example size = \"1 kB\"\n"
      "test.toml:18:10: error: workload.origin: there is no node 500; with 101 nodes ids run from 0 to 100\n");
}

TEST_F(ScenarioLoading, NamesTheScenarioAfterItsFile) {
  EXPECT_EQ(load({}).name, "test");
  EXPECT_EQ(load({}, {"name=other"}).name, "other");
}

TEST_F(ScenarioLoading, OverridesBeatTheFileAndTheLastOneWins) {
  const Scenario s = load({}, {"topology.nodes=50", "topology.nodes=60", "run.duration=90 s", "network.loss=0.5"});
  EXPECT_EQ(s.points[0].spec.topology.nodes, 60u);
  EXPECT_EQ(s.points[0].spec.duration.ns, 90 * kNsPerSecond);
  EXPECT_EQ(s.points[0].spec.network.loss.probability, 0.5);
}

TEST_F(ScenarioLoading, OverridesMayStandForMissingKeys) {
  ScenarioText text;
  text.run = "duration = \"60 s\"\n";
  EXPECT_EQ(load(text, {"run.seed=9"}).seed, 9u);
}

TEST_F(ScenarioLoading, OverridesAreChecked) {
  EXPECT_EQ(diagnostics_of({}, {"network.loss=2"}),
            "--set: error: network.loss: 2 is outside [0, 1]; write a probability such as 0.01\n");
  EXPECT_EQ(diagnostics_of({}, {"topology.noods=2"}),
            "--set: error: topology.noods: unknown key; did you mean \"nodes\"?\n");
  EXPECT_EQ(diagnostics_of({}, {"topolgy.nodes=2"}),
            "--set: error: topolgy: unknown key; did you mean \"topology\"?\n");
  EXPECT_EQ(diagnostics_of({}, {"run.seed"}),
            "--set: error: \"run.seed\" is not key=value; write for example --set topology.nodes=500\n");
  EXPECT_EQ(diagnostics_of({}, {"run.seed.x=1"}),
            "--set: error: run.seed.x: no such key: run.seed is the integer 1, it holds no key x\n");
}

TEST_F(ScenarioLoading, OverridesChangeAxes) {
  ScenarioText text;
  text.rest = "[sweep]\n\"topology.degree\" = [4, 6]\n";
  EXPECT_EQ(load(text, {"sweep.\"topology.degree\"=[4, 6, 10]"}).points.size(), 3u);
  EXPECT_EQ(load(text, {"sweep.topology.degree=[4]"}).points.size(), 1u);
  EXPECT_THAT(diagnostics_of(text, {"topology.degree=10"}),
              HasSubstr("the axis \"topology.degree\" of [sweep] replaces it in every point"));
}

TEST_F(ScenarioLoading, TheSeedOptionBeatsTheFile) {
  const auto file = directory_.write("seeded.toml", ScenarioText{}.text());
  const Loaded loaded = scenario::load(file, {.sets = {}, .seed = 77});
  ASSERT_TRUE(loaded.scenario);
  EXPECT_EQ(loaded.scenario->seed, 77u);
  EXPECT_EQ(loaded.scenario->points[0].spec.seed, 77u);
}

TEST_F(ScenarioLoading, WritesEveryDefaultIntoTheResolvedPoint) {
  const auto resolved = nlohmann::json::parse(load({}).points[0].resolved_json);
  EXPECT_EQ(resolved["name"], "test");
  EXPECT_EQ(resolved["run"]["until"], "duration");
  EXPECT_EQ(resolved["run"]["replications"], 1);
  EXPECT_EQ(resolved["topology"]["resample"], true);
  EXPECT_EQ(resolved["network"]["model"], "queue");
  EXPECT_EQ(resolved["network"]["contention"], "both");
  EXPECT_EQ(resolved["network"]["latency"]["value"], "50 ms");
  EXPECT_EQ(resolved["network"]["latency"]["per"], "link");
  EXPECT_EQ(resolved["protocol"]["policy"], "all");
  EXPECT_EQ(resolved["protocol"]["exclude"], "sender");
  EXPECT_EQ(resolved["protocol"]["max_hops"], nullptr);
  EXPECT_EQ(resolved["workload"]["origin"], "random");
  EXPECT_EQ(resolved["workload"]["start"], "0 s");
  EXPECT_FALSE(resolved["network"].contains("rto")) << "nothing is repeated on datagrams";
}

TEST_F(ScenarioLoading, IdentityLeavesOutWhatDoesNotMakeAnotherScenario) {
  ScenarioText text;
  const std::string identity = load(text).identity;
  EXPECT_EQ(load(text, {"name=x", "description=y", "run.replications=9", "run.timeout=9 s"}).identity, identity);
  EXPECT_NE(load(text, {"topology.nodes=102"}).identity, identity);
  EXPECT_NE(load(text, {"run.seed=2"}).identity, identity);
  EXPECT_NE(load(text, {"sweep.topology.degree=[8]"}).identity, identity);
  text.network = "# a comment\n" + text.network;
  EXPECT_EQ(load(text).identity, identity);
}

TEST_F(ScenarioLoading, IdentityCoversTheFilesThatAScenarioNames) {
  ScenarioText text;
  text.topology = "kind = \"file\"\nfile = \"edges.csv\"\n";
  directory_.write("edges.csv", "source,target\n0,1\n1,2\n");
  const std::string identity = load(text).identity;
  directory_.write("edges.csv", "source,target\n0,1\n0,2\n");
  EXPECT_NE(load(text).identity, identity);
}

TEST_F(ScenarioLoading, FindsShippedFilesFromAnywhere) {
  ScenarioText text;
  text.network = "table = \"networks/bitcoin-2019.toml\"\n";
  EXPECT_EQ(load(text).points[0].spec.network.regions.size(), 6u);
  EXPECT_TRUE(scenario::load("quickstart", {}).scenario);
  EXPECT_TRUE(scenario::load("quickstart.toml", {}).scenario);
}

TEST_F(ScenarioLoading, AMistakeHidesNotWhatDependsOnIt) {
  ScenarioText text;
  text.network += "transport = \"relaible\"\nrto = \"1 s\"\n";
  text.protocol += "policy = \"cuont\"\ncount = 3\n";
  text.topology = "kind = \"rign\"\nnodes = 10\ndegree = 4\n";
  const std::string all = diagnostics_of(text);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3) << all;
}

TEST_F(ScenarioLoading, WarnsOfItemsUntilTheVeryEnd) {
  ScenarioText text;
  text.workload = "kind = \"broadcast\"\nrate = \"1/s\"\nsize = \"1 kB\"\n";
  EXPECT_THAT(diagnostics_of(text),
              HasSubstr("warning: workload.stop: items are published until the very end of the run"));
  text.run += "measure = [\"0 s\", \"50 s\"]\n";
  EXPECT_EQ(diagnostics_of(text), "");
}

TEST_F(ScenarioLoading, EveryPointThatSharesAMistakeReportsItOnce) {
  ScenarioText text;
  text.network += "loss = 2\n";
  text.rest = "[sweep]\n\"topology.degree\" = [4, 6, 8]\n";
  EXPECT_EQ(diagnostics_of(text),
            "test.toml:10:8: error: network.loss: 2 is outside [0, 1]; write a probability such as 0.01\n");
}

}  // namespace
}  // namespace hearsay::scenario::scenario_load_test
