#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::scenario_resolve_test {
namespace {

using test::diagnostics_text;
using test::ScenarioText;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kMs = 1e6;

class ScenarioResolving : public testing::Test {
 protected:
  simulation::RunSpec spec(const ScenarioText& text) {
    Loaded loaded = directory_.load(text);
    EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
    return loaded.scenario ? std::move(loaded.scenario->points[0].spec) : simulation::RunSpec{};
  }
  simulation::RunSpec with_network(const std::string& network) { return spec({.network = network}); }
  simulation::RunSpec with_rest(const std::string& rest) { return spec({.rest = rest}); }
  std::string diagnostics_of(const ScenarioText& text) { return diagnostics_text(directory_.load(text)); }
  test::ScenarioDirectory directory_;
};

TEST_F(ScenarioResolving, LatencyKindsAreInNanoseconds) {
  const auto latency = [&](const std::string& table) {
    return with_network("latency = " + table + "\n").network.latency.distribution;
  };
  EXPECT_EQ(latency("{ kind = \"constant\", value = \"5 ms\" }"), Distribution::constant(5 * kMs));
  EXPECT_EQ(latency("{ kind = \"uniform\", min = \"1 ms\", max = \"2 ms\" }"), Distribution::uniform(kMs, 2 * kMs));
  EXPECT_EQ(latency("{ kind = \"normal\", mean = \"5 ms\", sd = \"1 ms\" }"), Distribution::normal(5 * kMs, kMs));
  EXPECT_EQ(latency("{ kind = \"lognormal\", mean = \"5 ms\", sd = \"1 ms\" }"), Distribution::lognormal(5 * kMs, kMs));
  EXPECT_EQ(latency("{ kind = \"exponential\", mean = \"5 ms\" }"), Distribution::exponential(5 * kMs));
  EXPECT_EQ(latency("{ kind = \"pareto\", mean = \"5 ms\", shape = 3 }"), Distribution::pareto_shape(5 * kMs, 3));
  EXPECT_EQ(latency("{ kind = \"pareto\", mean = \"5 ms\", scale = \"1 ms\" }"),
            Distribution::pareto_scale(5 * kMs, kMs));
  EXPECT_TRUE(with_network("latency = { kind = \"exponential\", mean = \"5 ms\", per = \"message\" }\n")
                  .network.latency.per_message);
  EXPECT_EQ(with_network("latency = { kind = \"euclidean\", scale = \"100 ms\" }\n").network.latency.scale_ns,
            100 * kMs);
}

TEST_F(ScenarioResolving, AMatrixGoesByTheRegionsOfTheScenario) {
  const auto net =
      with_network(
          "regions = [{ name = \"eu\", share = 0.75, uplink = \"10 Mbit/s\" }, { name = \"us\", share = 0.25 }]\n"
          "latency = { kind = \"matrix\", values = [[\"10 ms\", \"80 ms\"], [\"90 ms\", \"20 ms\"]], jitter = { kind = "
          "\"uniform\", min = 0.5, max = 1.5 } }\n")
          .network;
  EXPECT_THAT(net.latency.matrix_ns, ElementsAre(10 * kMs, 80 * kMs, 90 * kMs, 20 * kMs));
  EXPECT_EQ(net.latency.regions, 2u);
  EXPECT_EQ(net.latency.jitter.kind, network::Jitter::Kind::kFactor);
  EXPECT_EQ(net.regions[0].uplink_bit_per_s, 10'000'000u);
  EXPECT_EQ(net.regions[1].share, 0.25);
}

TEST_F(ScenarioResolving, ANetworkTableGivesRegionsLatenciesAndOutboundLinks) {
  const auto s = spec({.topology = "kind = \"bitcoin\"\nnodes = 200\noutbound_distribution = \"table\"\n",
                       .network = "table = \"networks/bitcoin-2019.toml\"\n"});
  ASSERT_EQ(s.network.regions.size(), 6u);
  EXPECT_NEAR(s.network.regions[1].share, 0.4998, 1e-6);
  EXPECT_EQ(s.network.regions[0].uplink_bit_per_s, 19'200'000u);
  EXPECT_EQ(s.network.latency.kind, network::LatencyKind::kMatrix);
  EXPECT_EQ(s.network.latency.matrix_ns[1], 124 * kMs);
  EXPECT_EQ(s.network.latency.jitter.kind, network::Jitter::Kind::kParetoOffset);
  EXPECT_EQ(s.network.latency.jitter.offset_ns, 5 * kMs);
  EXPECT_EQ(s.topology.outbound, 0u);
  EXPECT_EQ(s.topology.outbound_cdf.back(), 1);
}

TEST_F(ScenarioResolving, SharesOfATableWithoutSharesAreTheUsers) {
  const auto net =
      with_network("table = \"networks/ripe-atlas-countries.toml\"\nregion_share = { US = 0.25, DE = 0.75 }\n").network;
  double sum = 0;
  for (const auto& region : net.regions) sum += region.share;
  EXPECT_EQ(net.regions.size(), 24u);
  EXPECT_DOUBLE_EQ(sum, 1);
}

TEST_F(ScenarioResolving, GroupsThatCoverAllNodesMayGiveTheRegions) {
  const std::string network = "table = \"networks/ripe-atlas-countries.toml\"\n";
  EXPECT_THAT(diagnostics_of({.network = network, .rest = "[[group]]\nregion = \"US\"\nshare = 0.5\n"}),
              HasSubstr("neither shares nor groups give it"));
  const auto s = spec({.network = network,
                       .rest = "[[group]]\nregion = \"US\"\nshare = 0.5\n[[group]]\nregion = \"DE\"\nrest = true\n"});
  EXPECT_EQ(s.network.groups.size(), 2u);
}

TEST_F(ScenarioResolving, GroupsSetWhatTheySay) {
  const auto net =
      with_rest(
          "[[group]]\nname = \"hubs\"\nids = [3, 1]\nuplink = \"1 Gbit/s\"\nrole = \"hub\"\nvalidator = "
          "true\nhash_power = 0.5\ncores = 2\nextra_latency = \"5 ms\"\n"
          "[[group]]\nshare = 0.1\nrole = \"leaf\"\nregion = \"eu\"\njoins = { from = \"5 s\", to = \"10 s\" }\n"
          "[[group]]\nrest = true\nrole = \"hub\"\n")
          .network;
  ASSERT_EQ(net.groups.size(), 3u);
  EXPECT_THAT(net.groups[0].ids, ElementsAre(3, 1));
  EXPECT_EQ(net.groups[0].uplink_bit_per_s, 1'000'000'000u);
  EXPECT_EQ(net.groups[0].extra_latency, milliseconds(5));
  EXPECT_EQ(net.groups[0].cores, 2u);
  EXPECT_EQ(net.groups[1].cores, std::nullopt);
  EXPECT_THAT(net.roles, ElementsAre("hub", "leaf"));
  EXPECT_EQ(net.groups[2].role, net.groups[0].role);
  EXPECT_EQ(net.groups[1].name, "group.1");
  EXPECT_EQ(net.groups[1].joins_to.ns, 10 * kNsPerSecond);
  ASSERT_EQ(net.regions.size(), 1u);
  EXPECT_EQ(net.regions[0].name, "eu");
}

TEST_F(ScenarioResolving, FaultsOfEveryKind) {
  const auto s = with_rest(
      "[[group]]\nname = \"a\"\ncount = 10\n[[group]]\nname = \"b\"\ncount = 10\n"
      "[[fault]]\nkind = \"partition\"\nat = \"1 s\"\nuntil = \"2 s\"\nsides = [[\"a\"], [\"b\"]]\none_way = true\n"
      "[[fault]]\nkind = \"crash\"\nat = \"1 s\"\ngroup = \"a\"\nlose_state = false\n"
      "[[fault]]\nkind = \"churn\"\nat = \"0 s\"\nsession = \"10 s\"\ndowntime = { kind = \"exponential\", mean = \"1 "
      "s\" }\n"
      "[[fault]]\nkind = \"loss-burst\"\nat = \"1 s\"\nloss = 0.5\n"
      "[[fault]]\nkind = \"latency-spike\"\nat = \"1 s\"\nadd = \"100 ms\"\n"
      "[[fault]]\nkind = \"bandwidth-drop\"\nat = \"1 s\"\nfactor = 0.1\nshare = 0.5\n"
      "[[fault]]\nkind = \"silent\"\nat = \"1 s\"\ncount = 5\n"
      "[[fault]]\nkind = \"slow\"\nat = \"1 s\"\nids = [7]\ndelay = \"1 s\"\n");
  ASSERT_EQ(s.faults.size(), 8u);
  EXPECT_EQ(std::get<network::Partition>(s.faults[0].kind).sides.size(), 2u);
  EXPECT_TRUE(std::get<network::Partition>(s.faults[0].kind).one_way);
  EXPECT_EQ(s.faults[1].nodes.group, GroupId{0});
  EXPECT_EQ(s.faults[1].until, kNever);
  EXPECT_FALSE(network::loses_state(s.faults[1].kind));
  EXPECT_EQ(s.faults[2].nodes.by, network::SelectBy::kAll);
  EXPECT_EQ(std::get<network::Churn>(s.faults[2].kind).session, Distribution::constant(1e10));
  EXPECT_EQ(std::get<network::LossBurst>(s.faults[3].kind).loss, 0.5);
  EXPECT_EQ(std::get<network::LatencySpike>(s.faults[4].kind).add, milliseconds(100));
  EXPECT_EQ(std::get<network::BandwidthDrop>(s.faults[5].kind).factor, 0.1);
  EXPECT_EQ(s.faults[6].nodes.count, 5u);
  EXPECT_EQ(std::get<network::Slow>(s.faults[7].kind).delay, seconds(1));
}

TEST_F(ScenarioResolving, SeveralWorkloadsDifferInClass) {
  const std::string text =
      "[run]\nseed = 1\nduration = \"60 s\"\n[topology]\nkind = \"ring\"\nnodes = 9\n[protocol]\nname = \"flood\"\n"
      "[network]\nlatency = { kind = \"constant\", value = \"5 ms\" }\n"
      "[[workload]]\nkind = \"broadcast\"\nclass = \"block\"\ncount = 3\nat = \"2 s\"\nsize = \"1 MB\"\norigin = 4\n"
      "[[workload]]\nkind = \"broadcast\"\nclass = \"tx\"\ninterval = { kind = \"uniform\", min = \"10 ms\", max = "
      "\"20 ms\" }\nsize = { kind = \"lognormal\", mean = \"500 B\", sd = \"100 B\" }\nstop = \"30 "
      "s\"\nreads_per_publish = 2\n"
      "[[workload]]\nkind = \"broadcast\"\ninterval = \"1 s\"\nstart = \"5 s\"\nsize = \"1 kB\"\nstop = \"30 s\"\n";
  const Loaded loaded = directory_.load(text);
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  const auto& s = loaded.scenario->points[0].spec;
  EXPECT_THAT(s.classes, ElementsAre("block", "tx", ""));
  EXPECT_EQ(s.workloads[0].at.ns, 2 * kNsPerSecond);
  EXPECT_EQ(s.workloads[0].origin_node, 4u);
  EXPECT_EQ(s.workloads[1].arrivals, workload::Arrivals::kDistribution);
  EXPECT_EQ(s.workloads[1].size_bytes, Distribution::lognormal(500, 100));
  EXPECT_EQ(s.workloads[1].reads_per_publish, 2);
  EXPECT_EQ(s.workloads[2].arrivals, workload::Arrivals::kInterval);
  EXPECT_EQ(s.workloads[2].start.ns, 5 * kNsPerSecond);
  EXPECT_EQ(s.workloads[2].item_class, ClassId{2});
}

TEST_F(ScenarioResolving, TracesComeFromCsv) {
  directory_.write("trace.csv", "time,node,size,class\r\n1 s,0,1 kB,block\r\n\r\n500 ms,3,10 B,\r\n90 s,1,1 kB,tx\r\n");
  Loaded loaded = directory_.load(ScenarioText{.workload = "kind = \"trace\"\nfile = \"trace.csv\"\n"});
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  const auto& s = loaded.scenario->points[0].spec;
  ASSERT_EQ(s.workloads[0].trace.size(), 2u);
  EXPECT_EQ(s.workloads[0].trace[0].size_bytes, 1000u);
  EXPECT_EQ(s.workloads[0].trace[1].time.ns, kNsPerSecond / 2);
  EXPECT_THAT(s.classes, ElementsAre("block", ""));
  EXPECT_THAT(diagnostics_text(loaded),
              HasSubstr("warning: workload.file: 1 of 3 publications lie at or after the end of the run"));
}

TEST_F(ScenarioResolving, OriginsMayBeARole) {
  ScenarioText text;
  text.workload += "origin = \"hub\"\n";
  text.rest = "[[group]]\ncount = 3\nrole = \"hub\"\n";
  const auto s = spec(text);
  EXPECT_EQ(s.workloads[0].origin, workload::OriginKind::kRole);
  EXPECT_EQ(s.workloads[0].origin_role, RoleId{0});
}

TEST_F(ScenarioResolving, TopologyFilesMayGiveLatencyAndBandwidth) {
  directory_.write("edges.csv", "source,target,latency,bandwidth\n0,1,5 ms,1 Mbit/s\n1,2,7 ms,2 Mbit/s\n");
  const auto s =
      spec({.topology = "kind = \"file\"\nfile = \"edges.csv\"\n", .network = "latency = { kind = \"file\" }\n"});
  EXPECT_EQ(s.topology.nodes, 3u);
  EXPECT_EQ(s.topology.file_edges[1].latency_ns, 7'000'000);
  EXPECT_EQ(s.network.latency.kind, network::LatencyKind::kFile);
}

TEST_F(ScenarioResolving, ReliableTransportAndBurstyLoss) {
  const auto net = with_network(
                       "latency = { kind = \"constant\", value = \"5 ms\" }\ntransport = \"reliable\"\nrto = \"2 "
                       "s\"\nmax_retries = 3\n"
                       "loss = { kind = \"gilbert-elliott\", good = \"10 s\", bad = \"200 ms\" }\nlatency_by_kind = { "
                       "item = \"10 ms\" }\n"
                       "model = \"queue\"\ncontention = \"uplink\"\nuplink_release = \"delivered\"\ncontrol_bytes = "
                       "100\nconnection = \"per-message\"\n")
                       .network;
  EXPECT_EQ(net.transport, network::Transport::kReliable);
  EXPECT_EQ(net.rto, seconds(2));
  EXPECT_EQ(net.max_retries, 3u);
  EXPECT_EQ(net.loss.kind, network::LossSpec::Kind::kGilbertElliott);
  EXPECT_EQ(net.loss.bad, milliseconds(200));
  EXPECT_EQ(net.loss.loss_bad, 1);
  EXPECT_EQ(net.uplink_release, network::UplinkRelease::kDelivered);
  EXPECT_EQ(net.control_bytes, 100u);
  EXPECT_TRUE(net.connection_per_message);
  ASSERT_EQ(net.latency_by_kind.size(), 1u);
  EXPECT_EQ(net.latency_by_kind[0].extra, milliseconds(10));
}

TEST_F(ScenarioResolving, ProtocolParametersAreReadByTheirDescription) {
  ScenarioText text;
  text.protocol =
      "name = \"flood\"\nforward_delay = \"20 ms\"\nmax_hops = 4\npolicies = { block = \"all\", tx = { policy = "
      "\"count\", count = 3 } }\n";
  text.workload += "class = \"block\"\n";
  EXPECT_THAT(diagnostics_of(text), HasSubstr("no workload publishes items of the class \"tx\""));
  text.protocol =
      "name = \"flood\"\nforward_delay = \"20 ms\"\nmax_hops = 4\npolicies = { block = { policy = \"count\", count = 3 "
      "} }\n";
  Loaded loaded = directory_.load(text);
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  const std::string& json = loaded.scenario->points[0].resolved_json;
  EXPECT_THAT(json, HasSubstr(R"("policies":{"block":{"policy":"count","count":3}})"));
  EXPECT_THAT(json, HasSubstr(R"("forward_delay":"20 ms","max_hops":4)"));
}

TEST_F(ScenarioResolving, ParametersOutOfRangeAndUnusedAreErrors) {
  ScenarioText text;
  text.protocol = "name = \"flood\"\nmax_hops = 0\n";
  EXPECT_THAT(diagnostics_of(text), HasSubstr("protocol.max_hops: 0 is outside [1, 4294967295]"));
  text.protocol = "name = \"flood\"\nfraction = 0.5\n";
  EXPECT_THAT(diagnostics_of(text), HasSubstr("protocol.fraction: not used beside the other parameters given"));
}

TEST_F(ScenarioResolving, OutputAndRun) {
  ScenarioText text;
  text.run +=
      "replications = 3\nuntil = \"quiet\"\nmeasure = [\"5 s\", \"20 s\"]\ntimeout = \"10 min\"\nengine = \"native\"\n";
  text.workload += "class = \"a\"\n";
  text.rest = "[output]\nseries = \"1 s\"\nby = [\"class\"]\nledger = true\nstretch = true\n";
  Loaded loaded = directory_.load(text);
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  const auto& s = loaded.scenario->points[0].spec;
  EXPECT_EQ(loaded.scenario->replications, 3u);
  EXPECT_EQ(loaded.scenario->timeout, seconds(600));
  EXPECT_EQ(s.until, simulation::Until::kQuiet);
  EXPECT_TRUE(s.output.measure_window);
  EXPECT_EQ(s.output.measure_to.ns, 20 * kNsPerSecond);
  EXPECT_THAT(s.output.by, ElementsAre(metrics::Label::kClass));
  EXPECT_TRUE(s.output.ledger && s.output.stretch);
  EXPECT_EQ(diagnostics_text(loaded), "");
}

}  // namespace
}  // namespace hearsay::scenario::scenario_resolve_test
