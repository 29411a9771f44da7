#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sim/scenario/load.hpp"
#include "tests/support/print.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario {
namespace {

using membership::Kind;
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
  EXPECT_EQ(point({}).spec.membership, membership::MembershipSpec{});
  EXPECT_EQ(point({.rest = "[membership]\nkind = \"static\"\n"}).spec.membership, membership::MembershipSpec{});
  EXPECT_THAT(point({}).resolved_json, HasSubstr("\"membership\":{\"kind\":\"static\"}"));
}

TEST_F(ScenarioMembership, AnExchangeIsReadWithItsDefaults) {
  const Point p = point({.rest = kExchange});
  const auto& m = p.spec.membership;
  EXPECT_EQ(m.kind, Kind::kExchange);
  EXPECT_EQ(m.active, 8u);
  EXPECT_EQ(m.ping_interval, seconds(5));
  EXPECT_EQ(m.ping_timeout, seconds(1));
  EXPECT_EQ(m.suspect_after, 3u);
  EXPECT_EQ(m.list_size, 10u);
  EXPECT_EQ(m.rotate_interval, Duration{});
  EXPECT_EQ(m.view_capacity, 1000u);
  EXPECT_EQ(m.expire_after, seconds(250));
  EXPECT_THAT(p.resolved_json, AllOf(HasSubstr("\"view_capacity\":1000"), HasSubstr("\"ping_timeout\":\"1 s\"")));
}

TEST_F(ScenarioMembership, ARegistryIsRead) {
  const auto m =
      point({.topology = kNone, .rest = kRegistry + "refresh = \"10 s\"\nexpire_after = \"25 s\"\n"}).spec.membership;
  EXPECT_EQ(m.kind, Kind::kRegistry);
  EXPECT_EQ(m.registry_delay, milliseconds(100));
  EXPECT_EQ(m.refresh, seconds(10));
  EXPECT_EQ(m.expire_after, seconds(25));
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
  EXPECT_EQ(loaded.scenario->points[1].spec.membership.rotate_interval, seconds(60));
}

}  // namespace
}  // namespace hearsay::scenario
