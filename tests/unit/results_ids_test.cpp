// Ids of points and runs: what they depend on, and what they must not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sim/campaign/schedule.hpp"
#include "sim/core/digest.hpp"
#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::results::results_ids_test {
namespace {

using test::diagnostics_text;
using test::ScenarioText;

scenario::Point resolved(std::string json) {
  scenario::Point point;
  point.resolved_json = std::move(json);
  return point;
}

// Golden values: stores hold these ids, so they never change.
TEST(PointId, IsTheSameOnEveryMachine) {
  EXPECT_EQ(to_hex(point_id(resolved("{}"))), "b446ff9ec1632886");
  EXPECT_EQ(to_hex(point_id(resolved(R"({"run":{"seed":42},"network":{"loss":0.1}})"))), "3b7ac874452bb063");
  EXPECT_EQ(to_hex(run_id(0x0123456789abcdef, 0)), "3fc71a180e047ea3");
  EXPECT_EQ(to_hex(run_id(0x0123456789abcdef, 7)), "defb5eff1926c0a6");
}

TEST(PointId, IsThatOfTheContentNotOfItsOrder) {
  EXPECT_EQ(point_id(resolved(R"({"a":{"b":1,"c":2},"d":3})")), point_id(resolved(R"({"d":3,"a":{"c":2,"b":1}})")));
  EXPECT_NE(point_id(resolved(R"({"a":1})")), point_id(resolved(R"({"a":2})")));
  EXPECT_NE(point_id(resolved(R"({"a":[1,2]})")), point_id(resolved(R"({"a":[2,1]})")));
}

TEST(PointId, LeavesOutWhatDoesNotChangeARun) {
  EXPECT_EQ(point_id(resolved(R"({"name":"x","description":"y","run":{"seed":1,"replications":3,"timeout":"1 s"}})")),
            point_id(resolved(R"({"run":{"seed":1,"stop_when":{"metric":"rmr"}}})")));
}

TEST(RunId, TellsReplicationsAndPointsApart) {
  std::set<std::uint64_t> ids;
  for (std::uint64_t point = 0; point < 200; ++point) {
    for (std::uint32_t replication = 0; replication < 200; ++replication) ids.insert(run_id(point, replication));
  }
  EXPECT_EQ(ids.size(), 40'000u);
}

class ScenarioIds : public testing::Test {
 protected:
  std::vector<std::uint64_t> ids(const ScenarioText& text, const std::vector<std::string>& sets = {}) {
    const scenario::Loaded loaded = directory_.load(text, sets);
    EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
    std::vector<std::uint64_t> out;
    if (!loaded.scenario) return out;
    for (const auto& point : loaded.scenario->points) out.push_back(point_id(point));
    return out;
  }
  std::uint64_t id(const ScenarioText& text, const std::vector<std::string>& sets = {}) {
    return ids(text, sets).at(0);
  }
  test::ScenarioDirectory directory_;
};

TEST_F(ScenarioIds, DoNotDependOnHowTheScenarioIsWritten) {
  ScenarioText text;
  const std::uint64_t expected = id(text);
  EXPECT_EQ(id(text, {"name=other", "description=else", "run.replications=9"}), expected);
  EXPECT_EQ(id(text, {"run.duration=1 min", "network.loss=0", "topology.resample=true"}), expected)
      << "the same values, written otherwise or left to their defaults";
  text.rest = "[sweep]\n\"network.loss\" = [0.0, 0.1]\n";
  EXPECT_EQ(ids(text).at(0), expected) << "a point of a sweep is what it would be alone";
}

// Each of these changes what a run does; none may share an id with another. A new key belongs here.
TEST_F(ScenarioIds, DependOnEverythingThatChangesARun) {
  ScenarioText text;
  text.protocol = "name = \"push-pull\"\n";
  text.workload += "[[group]]\nname = \"edge\"\nshare = 0.5\n[[fault]]\nkind = \"silent\"\nat = \"1 s\"\nshare = 0.1\n";
  const std::vector<std::vector<std::string>> variants = {
      {},
      {"run.seed=2"},
      {"run.duration=61 s"},
      {"run.until=covered"},
      {"run.until=quiet"},
      {"run.measure=[\"0 s\", \"10 s\"]"},
      {"topology.nodes=102"},
      {"topology.degree=10"},
      {"topology.resample=false"},
      {"topology.connected=false"},
      {"topology={ kind = \"complete\", nodes = 100 }"},
      {"topology={ kind = \"erdos-renyi\", nodes = 100, mean_degree = 12 }"},
      {"topology={ kind = \"erdos-renyi\", nodes = 100, probability = 0.2 }"},
      {"topology={ kind = \"watts-strogatz\", nodes = 100, degree = 8, rewire = 0.1 }"},
      {"topology={ kind = \"watts-strogatz\", nodes = 100, degree = 8, rewire = 0.2 }"},
      {"topology={ kind = \"bitcoin\", nodes = 100 }"},
      {"topology={ kind = \"bitcoin\", nodes = 100, inbound_cap = 20 }"},
      {"topology={ kind = \"bitcoin\", nodes = 100, outbound_distribution = [0.5, 1.0] }"},
      {"network.latency={ kind = \"constant\", value = \"51 ms\" }"},
      {"network.latency={ kind = \"uniform\", min = \"10 ms\", max = \"51 ms\" }"},
      {"network.latency={ kind = \"uniform\", min = \"10 ms\", max = \"51 ms\", per = \"message\" }"},
      {"network.latency={ kind = \"lognormal\", mean = \"10 ms\", sd = \"5 ms\" }"},
      {"network.latency={ kind = \"lognormal\", mean = \"10 ms\", sd = \"6 ms\" }"},
      {"network.latency={ kind = \"pareto\", mean = \"10 ms\", shape = 3 }"},
      {"network.latency={ kind = \"pareto\", mean = \"10 ms\", scale = \"5 ms\" }"},
      {"network.latency={ kind = \"euclidean\", scale = \"100 ms\" }"},
      {"network.latency_by_kind={ push = \"10 ms\" }"},
      {"network.latency_by_kind={ pull = \"10 ms\" }"},
      {"network.model=delay"},
      {"network.contention=uplink"},
      {"network.contention=uplink", "network.uplink_release=delivered"},
      {"network.control_bytes=100"},
      {"network.uplink=10 Mbit/s"},
      {"network.downlink=10 Mbit/s"},
      {"network.overhead_bytes=40"},
      {"network.connection=per-message"},
      {"network.loss=0.1"},
      {"network.loss={ kind = \"gilbert-elliott\", good = \"10 s\", bad = \"1 s\" }"},
      {"network.loss={ kind = \"gilbert-elliott\", good = \"10 s\", bad = \"1 s\", loss_good = 0.1 }"},
      {"network.loss={ kind = \"gilbert-elliott\", good = \"10 s\", bad = \"1 s\", loss_bad = 0.9 }"},
      {"network.transport=reliable"},
      {"network.transport=reliable", "network.rto=2 s"},
      {"network.transport=reliable", "network.max_retries=3"},
      {"network.transport=reliable", "network.reconnect_delay=10 s"},
      {"network.transport=reliable", "network.connect_timeout=10 s"},
      {"network.transport=reliable", "network.inbound_cap=20"},
      {"network.keep_alive=1 s"},
      {"network.keep_alive=2 s"},
      {"network.keep_alive=1 s", "group.0.inbound_cap=20"},
      {"group.0.share=0.4"},
      {"group.0.uplink=10 Mbit/s"},
      {"group.0.downlink=10 Mbit/s"},
      {"group.0.role=miner"},
      {"group.0.validator=true"},
      {"group.0.hash_power=0.5"},
      {"group.0.cores=2"},
      {"group.0.joins=5 s"},
      {"group.0.extra_latency=5 ms"},
      {"fault.0.at=2 s"},
      {"fault.0.until=20 s"},
      {"fault.0.share=0.2"},
      {"fault.0={ kind = \"crash\", at = \"1 s\", share = 0.1 }"},
      {"fault.0={ kind = \"crash\", at = \"1 s\", share = 0.1, lose_state = false }"},
      {"fault.0={ kind = \"partition\", at = \"1 s\", share = 0.1 }"},
      {"fault.0={ kind = \"partition\", at = \"1 s\", share = 0.1, one_way = true }"},
      {"fault.0={ kind = \"partition\", at = \"1 s\", ids = [1, 2] }"},
      {"fault.0={ kind = \"partition\", at = \"1 s\", ids = [1, 3] }"},
      {"fault.0={ kind = \"partition\", at = \"1 s\", count = 2 }"},
      {"fault.0={ kind = \"partition\", at = \"1 s\", group = \"edge\" }"},
      {"fault.0={ kind = \"loss-burst\", at = \"1 s\", share = 0.1, loss = 0.5 }"},
      {"fault.0={ kind = \"latency-spike\", at = \"1 s\", share = 0.1, factor = 2 }"},
      {"fault.0={ kind = \"latency-spike\", at = \"1 s\", share = 0.1, add = \"20 ms\" }"},
      {"fault.0={ kind = \"slow\", at = \"1 s\", share = 0.1, delay = \"20 ms\" }"},
      {"workload.rate=2/s"},
      {"workload={ kind = \"broadcast\", interval = \"1 s\", size = \"1 kB\", stop = \"30 s\" }"},
      {"workload={ kind = \"broadcast\", interval = { kind = \"uniform\", min = \"1 s\", max = \"2 s\" }, size = \"1 "
       "kB\", "
       "stop = \"30 s\" }"},
      {"workload={ kind = \"broadcast\", count = 10, size = \"1 kB\" }"},
      {"workload={ kind = \"broadcast\", count = 10, at = \"1 s\", size = \"1 kB\" }"},
      {"workload.size=2 kB"},
      {"workload.size={ kind = \"uniform\", min = \"1 kB\", max = \"2 kB\" }"},
      {"workload.origin=3"},
      {"workload.start=1 s"},
      {"workload.stop=29 s"},
      {"workload.class=block"},
      {"workload.reads_per_publish=2"},
      {"protocol.fanout=3"},
      {"protocol.interval=2 s"},
      {"protocol.mode=push"},
      {"protocol.mode=pull"},
      {"protocol.phase=poisson"},
      {"protocol.push_ratio=0.5"},
      {"protocol.seen_capacity=1000"},
      {"protocol={ name = \"flood\" }"},
      {"protocol={ name = \"flood\", exclude = \"none\" }"},
      {"protocol={ name = \"flood\", max_hops = 3 }"},
      {"membership={ kind = \"exchange\", active = 6, ping_interval = \"2 s\", ping_timeout = \"1 s\", suspect_after = "
       "3, "
       "list_size = 8 }"},
      {"membership={ kind = \"exchange\", active = 5, ping_interval = \"2 s\", ping_timeout = \"1 s\", suspect_after = "
       "3, "
       "list_size = 8 }"},
      {"membership={ kind = \"hyparview\" }"},
      {"membership={ kind = \"hyparview\", active = 4 }"},
      {"membership={ kind = \"hyparview\", passive = 40 }"},
      {"membership={ kind = \"hyparview\", active_walk = 5 }"},
      {"membership={ kind = \"hyparview\", passive_walk = 2 }"},
      {"membership={ kind = \"hyparview\", shuffle_interval = \"5 s\" }"},
      {"membership={ kind = \"hyparview\", shuffle_active = 2 }"},
      {"membership={ kind = \"hyparview\", shuffle_passive = 3 }"},
      {"topology={ kind = \"none\", nodes = 100 }", "membership={ kind = \"registry\", registry_delay = \"1 s\" }"},
      {"topology={ kind = \"none\", nodes = 100 }", "membership={ kind = \"registry\", registry_delay = \"2 s\" }"},
      {"output.series=1 s"},
      {"output.by=[\"group\"]"},
      {"output.ledger=true"},
      {"output.stretch=true"},
  };
  std::map<std::uint64_t, std::string> seen;
  for (const auto& sets : variants) {
    std::string name;
    for (const std::string& set : sets) name += set + " ";
    const auto [place, fresh] = seen.emplace(id(text, sets), name);
    EXPECT_TRUE(fresh) << name << "and " << place->second << "have one id";
  }
}

TEST_F(ScenarioIds, DependOnTheContentOfTheFilesThatAreNamed) {
  ScenarioText text;
  const auto differ = [&](const char* file, const std::string& one, const std::string& other) {
    directory_.write(file, one);
    const std::uint64_t before = id(text);
    directory_.write(file, other);
    EXPECT_NE(id(text), before) << file;
    directory_.write(file, one);
    EXPECT_EQ(id(text), before) << file;
  };
  text.topology = "kind = \"file\"\nfile = \"edges.csv\"\n";
  differ("edges.csv", "source,target\n0,1\n1,2\n", "source,target\n0,1\n0,2\n");
  text = {};
  text.workload = "kind = \"trace\"\nfile = \"trace.csv\"\n";
  differ("trace.csv", "time,node,size\n1 s,0,1 kB\n", "time,node,size\n1 s,0,2 kB\n");
  text = {};
  text.network = "table = \"table.toml\"\n";
  const std::string table =
      "name = \"t\"\nlatency = { unit = \"ms\", matrix = [[10]] }\n"
      "[[region]]\nname = \"a\"\nshare = 1.0\nuplink = \"10 Mbit/s\"\ndownlink = \"10 Mbit/s\"\n";
  std::string slower = table;
  slower.replace(slower.find("[[10]]"), 6, "[[20]]");
  differ("table.toml", table, slower);
}

TEST_F(ScenarioIds, OfAPointStayWhenTheSweepGrowsOrItsAxesAreReordered) {
  ScenarioText text;
  text.rest = "[sweep]\n\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.1, 0.2]\n";
  const auto before = ids(text);
  text.rest = "[sweep]\n\"network.loss\" = [0.1, 0.2]\n\"topology.degree\" = [4, 6]\n";
  EXPECT_THAT(ids(text), testing::UnorderedElementsAreArray(before));
  text.rest =
      "[sweep]\n\"topology.degree\" = [10, 4, 6]\n\"network.loss\" = [0.1, 0.2]\n"
      "include = [{ \"topology.nodes\" = 60 }]\n";
  EXPECT_THAT(ids(text), testing::IsSupersetOf(before));
}

}  // namespace
}  // namespace hearsay::results::results_ids_test
