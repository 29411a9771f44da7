#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sim/membership/exchange.hpp"
#include "sim/membership/hyparview.hpp"
#include "sim/membership/registry.hpp"
#include "sim/scenario/load.hpp"
#include "tests/support/print.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::scenario_membership_test {
namespace {

using test::diagnostics_text;
using test::ScenarioText;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kExchange =
    "[membership]\nkind = \"exchange\"\nactive = 8\nping_interval = \"5 s\"\nping_timeout = \"1 s\"\n"
    "suspect_after = 3\nlist_size = 10\n";
const std::string kRegistry = "[membership]\nkind = \"registry\"\nregistry_delay = \"100 ms\"\n";
const std::string kNone = "kind = \"none\"\nnodes = 20\n";

template <class M>
const typename M::Params& params(const Point& point) {
  EXPECT_EQ(point.spec.membership->name, M::kName);
  return protocol::params_in<typename M::Params>(*point.spec.membership_params);
}

class ScenarioMembership : public testing::Test {
 protected:
  Point point(const ScenarioText& text) {
    Loaded loaded = directory_.load(text);
    EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
    return loaded.scenario ? std::move(loaded.scenario->points[0]) : Point{};
  }
  std::string diagnostics_of(const ScenarioText& text) { return diagnostics_text(directory_.load(text)); }
  test::ScenarioDirectory directory_;
};

TEST_F(ScenarioMembership, IsTheTopologyWhereNothingIsSaid) {
  for (const char* rest : {"", "[membership]\nkind = \"static\"\n", "[membership]\n"}) {
    const Point p = point({.rest = rest});
    EXPECT_EQ(p.spec.membership, simulation::find_membership("static"));
    EXPECT_TRUE(p.spec.static_peers());
    EXPECT_FALSE(p.spec.has_membership());
    EXPECT_THAT(p.resolved_json, HasSubstr("\"membership\":{\"kind\":\"static\"}"));
  }
}

TEST_F(ScenarioMembership, AnExchangeIsReadWithItsDefaults) {
  const Point p = point({.rest = kExchange});
  const auto& m = params<membership::Exchange>(p);
  EXPECT_EQ(m.active, 8u);
  EXPECT_EQ(m.ping_interval, seconds(5));
  EXPECT_EQ(m.ping_timeout, seconds(1));
  EXPECT_EQ(m.suspect_after, 3u);
  EXPECT_EQ(m.list_size, 10u);
  EXPECT_EQ(m.rotate_interval, std::nullopt);
  EXPECT_EQ(m.capacity(), 1000u);
  EXPECT_EQ(m.lifetime(), seconds(250));
  EXPECT_THAT(p.resolved_json, HasSubstr("\"ping_timeout\":\"1 s\""));
}

TEST_F(ScenarioMembership, ARegistryIsRead) {
  const Point p = point({.topology = kNone, .rest = kRegistry + "refresh = \"10 s\"\nexpire_after = \"25 s\"\n"});
  const auto& m = params<membership::Registry>(p);
  EXPECT_EQ(m.registry_delay, milliseconds(100));
  EXPECT_EQ(m.refresh, seconds(10));
  EXPECT_EQ(m.expire_after, seconds(25));
}

TEST_F(ScenarioMembership, HyparviewIsReadWithTheDefaultsOfItsPaper) {
  const std::string seen = ScenarioText{}.network + "keep_alive = \"1 s\"\n";
  const Point p = point({.network = seen, .rest = "[membership]\nkind = \"hyparview\"\npassive = 20\n"});
  const auto& m = params<membership::Hyparview>(p);
  EXPECT_EQ(m.active, 5u);
  EXPECT_EQ(m.passive, 20u);
  EXPECT_EQ(m.active_walk, 6u);
  EXPECT_EQ(m.passive_walk, 3u);
  EXPECT_EQ(m.shuffle_active, 3u);
  EXPECT_EQ(m.shuffle_passive, 4u);
  EXPECT_THAT(p.resolved_json, HasSubstr("\"shuffle_interval\":\"10 s\""));
}

TEST_F(ScenarioMembership, AHyparviewThatNoFailureReachesIsWarnedOf) {
  const std::string hyparview = "[membership]\nkind = \"hyparview\"\n";
  EXPECT_THAT(diagnostics_of({.rest = hyparview}),
              HasSubstr("warning: membership: nobody notices that a peer is gone; write network.keep_alive"));
  for (const char* seen : {"keep_alive = \"1 s\"\n", "transport = \"reliable\"\n"})
    EXPECT_THAT(diagnostics_of({.network = ScenarioText{}.network + seen, .rest = hyparview}), IsEmpty());
}

TEST_F(ScenarioMembership, ConnectionsHaveTheirKeys) {
  const std::string network = ScenarioText{}.network +
                              "keep_alive = \"2 s\"\nconnect_timeout = \"4 s\"\nreconnect_delay = \"5 s\"\n"
                              "inbound_cap = 30\n";
  const Point p = point({.network = network, .rest = "[[group]]\nname = \"few\"\nshare = 0.1\ninbound_cap = 9\n"});
  const auto& net = p.spec.network;
  EXPECT_EQ(net.keep_alive, seconds(2));
  EXPECT_EQ(net.connect_timeout, seconds(4));
  EXPECT_EQ(net.reconnect_delay, seconds(5));
  EXPECT_EQ(net.inbound_cap, 30u);
  EXPECT_EQ(net.groups.at(0).inbound_cap, 9u);
  EXPECT_TRUE(p.spec.has_membership());
}

TEST_F(ScenarioMembership, NobodyHasPeersWithoutTopologyAndMembership) {
  EXPECT_THAT(diagnostics_of({.topology = kNone}), HasSubstr("warning: topology.kind: no node has a peer"));
  EXPECT_THAT(diagnostics_of({.topology = kNone, .rest = kRegistry}), IsEmpty());
}

TEST_F(ScenarioMembership, AnExchangeNeedsALatencyForAnyPair) {
  directory_.write("edges.csv", "source,target,latency\n0,1,10 ms\n1,2,10 ms\n");
  EXPECT_THAT(diagnostics_of({.topology = "kind = \"file\"\nfile = \"edges.csv\"\n",
                              .network = "latency = { kind = \"file\" }\n",
                              .rest = "[membership]\nkind = \"exchange\"\nactive = 1\nping_interval = \"5 s\"\n"
                                      "ping_timeout = \"1 s\"\nsuspect_after = 3\nlist_size = 1\n"}),
              HasSubstr("error: network.latency: the membership \"exchange\" connects nodes that the topology file"));
}

TEST_F(ScenarioMembership, EntriesThatNobodyRenewsAreWarnedOf) {
  EXPECT_THAT(diagnostics_of({.topology = kNone, .rest = kRegistry + "expire_after = \"25 s\"\n"}),
              HasSubstr("warning: membership.expire_after: without refresh no entry is renewed"));
}

TEST_F(ScenarioMembership, ItsMessagesMayHaveAnExtraLatency) {
  const std::string network =
      "latency = { kind = \"constant\", value = \"50 ms\" }\nlatency_by_kind = { pong = \"10 ms\" }\n";
  EXPECT_EQ(point({.network = network, .rest = kExchange}).spec.network.latency_by_kind.size(), 1u);
  EXPECT_THAT(diagnostics_of({.network = network}), HasSubstr("error: network.latency_by_kind.pong"));
}

TEST_F(ScenarioMembership, ItsKeysCanBeSwept) {
  const Loaded loaded = directory_.load(
      ScenarioText{.rest = kExchange + "[sweep]\n\"membership.rotate_interval\" = [\"10 s\", \"60 s\"]\n"});
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  EXPECT_EQ(params<membership::Exchange>(loaded.scenario->points[1]).rotate_interval, seconds(60));
}

}  // namespace
}  // namespace hearsay::scenario::scenario_membership_test
