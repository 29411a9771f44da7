// What a scenario says about the network, measured in the figures that a user reads.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/simulation/run_spec.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/scenario_file.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::test::scenario_model_test {
namespace {

using hearsay::test::metric;
using hearsay::test::Probe;
using hearsay::test::ProbeNet;
using hearsay::test::Tag;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

class ScenarioModel : public ::testing::Test {
 protected:
  metrics::RunResult run(const ScenarioText& text, std::vector<std::string> sets = {}, unsigned threads = 1) const {
    const scenario::Loaded loaded = directory_.load(text, std::move(sets));
    EXPECT_TRUE(loaded.scenario.has_value()) << diagnostics_text(loaded);
    return simulation::run(loaded.scenario.value().points.at(0).spec, test::on_threads(threads));
  }
  std::string said(const ScenarioText& text, std::vector<std::string> sets = {}) const {
    return diagnostics_text(directory_.load(text, std::move(sets)));
  }
  /// One item by node 0 of a pair.
  static ScenarioText pair() {
    ScenarioText text;
    text.topology = "kind = \"line\"\nnodes = 2\n";
    text.workload = "kind = \"broadcast\"\ncount = 1\norigin = 0\nsize = \"1 kB\"\n";
    return text;
  }
  ScenarioDirectory directory_;
};

// ----------------------------------------------------------------------------------------- latency

TEST_F(ScenarioModel, AMatrixEntryIsFromTheSendersRegionToTheReceivers) {
  for (const std::string per : {"link", "message"}) {
    ScenarioText text = pair();
    text.network =
        "regions = [{ name = \"a\" }, { name = \"b\" }]\n"
        "latency = { kind = \"matrix\", unit = \"ms\", values = [[1, 20], [40, 1]], per = \"" +
        per + "\" }\n";
    text.rest = "[[group]]\nids = [0]\nregion = \"a\"\n[[group]]\nids = [1]\nregion = \"b\"\n";
    EXPECT_DOUBLE_EQ(metric(run(text), "t100_s"), 0.020);
    EXPECT_DOUBLE_EQ(metric(run(text, {"workload.origin=1"}), "t100_s"), 0.040);
    // A connection for each message: there and back, then there.
    EXPECT_DOUBLE_EQ(metric(run(text, {"network.connection=per-message"}), "t100_s"), 0.080);
    EXPECT_DOUBLE_EQ(metric(run(text, {"network.connection=per-message", "workload.origin=1"}), "t100_s"), 0.100);
  }
}

TEST_F(ScenarioModel, ALatencyBeyondARunIsNeverAShortOne) {
  ScenarioText text = pair();
  text.network = "latency = { kind = \"constant\", value = \"1 s\" }\n";
  text.rest = "[[fault]]\nkind = \"latency-spike\"\nat = \"0 s\"\nfactor = 1e12\n";
  EXPECT_EQ(metric(run(text), "coverage_mean"), 0.5);
  text.rest.clear();
  for (const char* latency :
       {"{ kind = \"lognormal\", mean = \"290 y\", sd = \"290 y\" }",
        "{ kind = \"pareto\", mean = \"290 y\", shape = 1.0000001 }", "{ kind = \"exponential\", mean = \"290 y\" }"}) {
    text.network = "latency = " + std::string(latency) + "\nconnection = \"per-message\"\n";
    EXPECT_EQ(metric(run(text), "coverage_mean"), 0.5) << latency;
  }
}

TEST_F(ScenarioModel, WaitsOfDaysAreCountedWhole) {
  ScenarioText text = pair();
  text.run = "seed = 1\nduration = \"1 y\"\nuntil = \"covered\"\n";
  text.network += "uplink = \"1 kbit/s\"\ncontention = \"uplink\"\n";
  text.workload = "kind = \"broadcast\"\ncount = 2\norigin = 0\nsize = \"1 GB\"\n";
  // The second waits for the first: 8e9 bit at 1 kbit/s, 93 days.
  EXPECT_NEAR(metric(run(text), "queue_delay_mean_s"), 8e6 / 2, 1e-3);
}

// ------------------------------------------------------------------------------------------ groups

TEST_F(ScenarioModel, SharesThatSumToOneTakeAllNodes) {
  ScenarioText text;
  text.topology = "kind = \"ring\"\nnodes = 11\n";
  text.rest =
      "[[group]]\nname = \"x\"\nshare = 0.5\nrole = \"x\"\n[[group]]\nname = \"y\"\nshare = 0.5\nrole = \"y\"\n";
  const scenario::Loaded loaded = directory_.load(text);
  ASSERT_TRUE(loaded.scenario.has_value()) << diagnostics_text(loaded);
  const auto nodes = network::draw_nodes(loaded.scenario->points.at(0).spec.network, 11, 1);
  std::map<GroupId, int> count;
  for (const auto& node : nodes) ++count[node.group];
  EXPECT_EQ(count[GroupId{0}], 6);
  EXPECT_EQ(count[GroupId{1}], 5);
  EXPECT_EQ(count[kNoGroup], 0);
  // 0.3 of 5 are 1.5: two for the first, one for the second, two for nobody.
  text.topology = "kind = \"ring\"\nnodes = 5\n";
  text.rest = "[[group]]\nshare = 0.3\n[[group]]\nshare = 0.3\n";
  const auto sizes = network::group_quotas(directory_.load(text).scenario.value().points.at(0).spec.network.groups, 5);
  EXPECT_THAT(sizes, ::testing::ElementsAre(2u, 1u));
}

// ------------------------------------------------------------------------------------------ figures

TEST_F(ScenarioModel, ControlMessagesAreNoLoadOfTheUplinkTheyPass) {
  ScenarioText text = pair();
  text.network += "uplink = \"1 Mbit/s\"\ncontrol_bytes = 2000\n";
  EXPECT_EQ(metric(run(text), "uplink_utilisation_max"), 0);
  EXPECT_EQ(metric(run(text), "bytes_sent"), 1000);
  EXPECT_DOUBLE_EQ(metric(run(text, {"network.control_bytes=999"}), "uplink_utilisation_max"), 8000 / 1e6 / 60);
  EXPECT_DOUBLE_EQ(metric(run(text, {"network.control_bytes=999"}), "uplink_utilisation_mean"), 8000 / 1e6 / 60 / 2);
}

TEST_F(ScenarioModel, FiguresDoNotDependOnTheLabelsTheyAreAlsoGivenBy) {
  ScenarioText text;
  text.network = "latency = { kind = \"uniform\", min = \"10 ms\", max = \"100 ms\" }\n";
  text.workload = "kind = \"broadcast\"\nrate = \"50/s\"\nsize = \"1 kB\"\nclass = \"tx\"\nstop = \"30 s\"\n";
  const auto plain = run(text), labelled = run(text, {"output.by=[\"class\"]"});
  ASSERT_EQ(plain.digest, labelled.digest);
  std::map<std::string, std::optional<double>> others(labelled.metrics.begin(), labelled.metrics.end());
  for (const auto& [name, value] : plain.metrics) EXPECT_EQ(value, others.at(name)) << name;
}

// --------------------------------------------------------------------------------------- the end

ScenarioText gossip(const std::string& until) {
  ScenarioText text;
  text.run = "seed = 1\nduration = \"60 s\"\nuntil = \"" + until + "\"\n";
  text.protocol = "name = \"push-pull\"\nmode = \"pull\"\ninterval = \"100 ms\"\nfanout = 2\n";
  text.workload = "kind = \"broadcast\"\ncount = 5\nsize = \"1 kB\"\n";
  return text;
}

TEST_F(ScenarioModel, ACoveredRunEndsThoughPullsAreOnTheirWay) {
  // 100 nodes pull twice in 100 ms over 50 ms: there is never an instant without a message.
  const auto result = run(gossip("covered"));
  EXPECT_EQ(metric(result, "coverage_min"), 1);
  EXPECT_GT(metric(result, "messages_in_flight"), 0);
  EXPECT_LT(result.simulated_s, 5);
  EXPECT_LT(result.simulated_s, metric(result, "latency_max_s") + 0.2);  // copies may be on their way
}

TEST_F(ScenarioModel, AFigurePerItemDoesNotDependOnWhenTheRunWasStopped) {
  const auto covered = run(gossip("covered")), longer = run(gossip("duration"));
  for (const char* name : {"messages_per_item", "bytes_per_item"})
    EXPECT_DOUBLE_EQ(metric(covered, name), metric(longer, name)) << name;
  EXPECT_LT(metric(covered, "messages_after_complete"), 1'000);
  EXPECT_GT(metric(longer, "messages_after_complete"), 10'000);
  EXPECT_DOUBLE_EQ(metric(longer, "messages_per_item") * 5 + metric(longer, "messages_after_complete"),
                   metric(longer, "messages_sent"));
  EXPECT_DOUBLE_EQ(metric(longer, "bytes_per_item") * 5 + metric(longer, "bytes_after_complete"),
                   metric(longer, "bytes_sent"));
  const auto lanes = run(gossip("duration"), {}, 2);
  ASSERT_EQ(lanes.digest, longer.digest);
  EXPECT_EQ(lanes.metrics, longer.metrics);
  EXPECT_EQ(run(gossip("covered"), {}, 2).metrics, covered.metrics);
}

TEST_F(ScenarioModel, WhatIsNotCompleteCountsWhole) {
  ScenarioText text = gossip("duration");
  text.topology = "kind = \"erdos-renyi\"\nnodes = 20\nmean_degree = 0.5\nconnected = false\n";
  const auto result = run(text);
  ASSERT_LT(metric(result, "coverage_mean"), 1);
  EXPECT_EQ(metric(result, "messages_after_complete"), 0);
  EXPECT_DOUBLE_EQ(metric(result, "messages_per_item") * 5, metric(result, "messages_sent"));
}

// ---------------------------------------------------------------------------------- a crash and acks

network::FaultSpec crash(std::uint32_t node, Duration at, Duration until) {
  network::FaultSpec fault;
  fault.kind = network::Crash{};
  fault.at = SimTime{} + at;
  fault.until = SimTime{} + until;
  fault.nodes.by = network::SelectBy::kIds;
  fault.nodes.ids = {node};
  return fault;
}

TEST(Crash, EmptiesTheQueueOfItsDownlink) {
  ProbeNet net(3);
  net.spec.network.downlink_bit_per_s = 1'000'000;  // 1 MB takes 8 s
  net.spec.faults = {crash(2, seconds(10), seconds(11))};
  const Tag before = net.send({}, 0, {2}, 1'000'000);          // 0.01 to 8.01 s
  const Tag queued = net.send({}, 1, {2}, 1'000'000);          // would end at 16.01 s
  const Tag after = net.send(seconds(12), 0, {2}, 1'000'000);  // finds nobody before it
  net.run();
  const Duration latency = net.arrival(before).value() - seconds(8);
  EXPECT_FALSE(net.arrived(queued));
  EXPECT_EQ(net.arrival(after), seconds(12 + 8) + latency);
  EXPECT_EQ(net.dropped("crash"), 1u);
}

TEST(Crash, LosesWhatBeginsToArriveWhileTheNodeIsDown) {
  for (const bool claims : {true, false}) {
    ProbeNet net(2);
    (claims ? net.spec.network.downlink_bit_per_s : net.spec.network.uplink_bit_per_s) = 1'000'000;
    net.spec.faults = {crash(1, seconds(1), seconds(4))};
    const Tag during = net.send(seconds(3), 0, {1}, 1'000'000);  // its last bit comes at 11 s
    const Tag later = net.send(seconds(20), 0, {1}, 1'000'000);
    net.run();
    EXPECT_FALSE(net.arrived(during)) << claims;
    EXPECT_TRUE(net.arrived(later)) << claims;
    EXPECT_EQ(net.dropped("crash"), 1u) << claims;
  }
}

TEST_F(ScenarioModel, AcknowledgementsSeeLatencySpikes) {
  ScenarioText text = pair();
  text.network = "latency = { kind = \"constant\", value = \"300 ms\" }\ntransport = \"reliable\"\nrto = \"1 s\"\n";
  EXPECT_EQ(metric(run(text), "messages_sent"), 1);
  // There at 0.6 s, and back at 1.2 s, after the timeout.
  text.rest = "[[fault]]\nkind = \"latency-spike\"\nat = \"0 s\"\nuntil = \"30 s\"\nfactor = 2\n";
  EXPECT_EQ(metric(run(text), "messages_sent"), 2);
}

// ----------------------------------------------------------------------------------- near neighbours

TEST_F(ScenarioModel, EqualLatenciesPreferNobodyByItsNumber) {
  ScenarioText text;
  text.topology = "kind = \"complete\"\nnodes = 100\n";
  text.workload = "kind = \"broadcast\"\ncount = 10\nsize = \"1 kB\"\n";
  for (const std::string from : {"links", "measured"}) {
    text.protocol = "name = \"push-pull\"\nfanout = 2\nprefer_low_latency = 1.0\nlatency_from = \"" + from + "\"\n";
    EXPECT_EQ(metric(run(text), "coverage_min"), 1) << from;
  }
}

TEST_F(ScenarioModel, RoundTripsAreMeasuredNotKnown) {
  // All links are alike, but half of the nodes have a narrow uplink, on which answers queue: only who measures finds
  // out. At least 19 of a node's 39 peers are fast, so its nearest ten are.
  ScenarioText text;
  text.run = "seed = 3\nduration = \"120 s\"\n";
  text.topology = "kind = \"complete\"\nnodes = 40\n";
  text.workload = "kind = \"broadcast\"\nrate = \"2/s\"\nsize = \"400 B\"\n";
  text.rest = "[[group]]\nname = \"slow\"\nshare = 0.5\nuplink = \"100 kbit/s\"\n";
  const auto busy = [&](const std::string& options) {
    text.protocol =
        "name = \"push-pull\"\nmode = \"push-pull\"\nfanout = 2\ninterval = \"500 ms\"\nmax_message_age = \"60 s\"\n" +
        options;
    return metric(run(text), "uplink_utilisation_mean");  // of the slow ones, as the others' uplinks have no limit
  };
  const double uniform = busy("");
  EXPECT_NEAR(busy("prefer_low_latency = 0.8\nlatency_from = \"links\"\n"), uniform, uniform / 10);
  // Four of five calls avoid them: what is left are their own calls, and what they are asked by the fifth.
  EXPECT_LT(busy("prefer_low_latency = 0.8\n"), uniform * 0.75);
}

// ------------------------------------------------------------------------------------ what is refused

ScenarioText synchronous() {
  ScenarioText text;
  text.protocol =
      "name = \"push-pull\"\nmode = \"pull\"\nphase = \"synchronous\"\ninterval = \"1 s\"\nmax_message_age = \"20 "
      "s\"\n";
  text.workload = "kind = \"broadcast\"\ncount = 5\nsize = \"1 MB\"\n";
  return text;
}

TEST_F(ScenarioModel, ASynchronousRoundHoldsAllThatAnExchangeTakes) {
  EXPECT_THAT(said(synchronous()), Not(HasSubstr("error")));
  const auto refused = [&](std::vector<std::string> sets, const std::string& why) {
    EXPECT_THAT(said(synchronous(), std::move(sets)), AllOf(HasSubstr("error: protocol.interval"), HasSubstr(why)));
  };
  // 8 Mbit and some bytes of headers.
  refused({"network.uplink=8 Mbit/s"}, "to send one item over the slowest link");
  refused({"network.downlink=8 Mbit/s"}, "to send one item over the slowest link");
  EXPECT_THAT(said(synchronous(), {"network.uplink=20 Mbit/s"}), Not(HasSubstr("error")));
  // A pull and its reply, each after a round trip: 6 x 50 ms.
  refused({"network.connection=per-message", "protocol.interval=300 ms"}, "6 times the longest latency");
  EXPECT_THAT(said(synchronous(), {"network.connection=per-message", "protocol.interval=301 ms"}),
              Not(HasSubstr("error")));
  refused(
      {"protocol.compress_above=1 kB", "protocol.compression_ratio=0.5", "protocol.compression_delay_per_byte=1 us"},
      "to compress it");
  // Four pushes of an item leave one after the other.
  refused({"protocol.mode=push", "network.uplink=25 Mbit/s"}, "4 copies of one item");
  ScenarioText rumor = synchronous();
  rumor.protocol = "name = \"rumor\"\nphase = \"synchronous\"\npropagation_delay = \"1 s\"\nfanout = 2\n";
  EXPECT_THAT(said(rumor, {"network.uplink=10 Mbit/s"}), HasSubstr("error: protocol.propagation_delay"));
  EXPECT_THAT(said(rumor, {"network.uplink=20 Mbit/s"}), Not(HasSubstr("error")));
}

TEST_F(ScenarioModel, WhatIsLegalAndPointlessIsAWarning) {
  ScenarioText text;
  text.protocol = "name = \"push-pull\"\nmode = \"push\"\nmax_message_age = \"10 s\"\n";
  EXPECT_EQ(said(text), "");
  EXPECT_THAT(said(text, {"network.loss=0.1"}), HasSubstr("warning: protocol.track_peers: a push to a peer is not"));
  EXPECT_THAT(said(text, {"network.loss=0.1", "protocol.track_peers=false"}), "");
  EXPECT_THAT(said(text, {"network.loss=0.1", "network.transport=reliable"}), "");
  EXPECT_THAT(said(text, {"protocol.fanout=9"}), HasSubstr("warning: protocol.fanout: 9 distinct peers"));
  EXPECT_THAT(said(text, {"protocol.fanout=8"}), "");
  EXPECT_THAT(said(text, {"protocol.fanout=7", "topology={kind='hypercube',nodes=64}"}),
              HasSubstr("no node has more than 6"));
  EXPECT_THAT(said(text, {"protocol.prefer_same_region=0.5"}), HasSubstr("warning: protocol.prefer_same_region"));
  EXPECT_THAT(said(text, {"protocol.prefer_low_latency=0.5"}), HasSubstr("warning: protocol.latency_from"));
  EXPECT_THAT(said(text, {"protocol.max_message_age=60 s"}), "");
  EXPECT_THAT(said(text, {"protocol.max_message_age=61 s"}),
              AllOf(HasSubstr("warning: protocol.max_message_age"),
                    HasSubstr("every item is still offered when the run ends")));
  EXPECT_THAT(said(text, {"protocol.max_message_age=61 s", "run.until=covered"}), "");
  text.protocol = "name = \"rumor\"\nfanout = 9\n";
  EXPECT_THAT(said(text), HasSubstr("warning: protocol.fanout: 9 distinct peers"));
}

}  // namespace
}  // namespace hearsay::test::scenario_model_test
