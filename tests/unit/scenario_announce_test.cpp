// The parameters of announce, as a scenario writes them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "protocols/announce.hpp"
#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::scenario_announce_test {
namespace {

using protocols::Announce;
using test::diagnostics_text;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ScenarioAnnounce : public testing::Test {
 protected:
  static test::ScenarioText text(const std::string& protocol, const std::string& rest = {}) {
    return {.protocol = "name = \"announce\"\n" + protocol, .rest = rest};
  }
  Loaded load(const test::ScenarioText& scenario) {
    Loaded loaded = directory_.load(scenario);
    EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
    return loaded;
  }
  Announce::Params params(const std::string& protocol, const std::string& rest = {}) {
    const Loaded loaded = load(text(protocol, rest));
    return protocol::params_in<Announce::Params>(*loaded.scenario->points.at(0).spec.params);
  }
  /// Warnings and errors.
  std::string diagnostics(const test::ScenarioText& scenario) { return diagnostics_text(directory_.load(scenario)); }
  std::string diagnostics(const std::string& protocol) { return diagnostics(text(protocol)); }
  test::ScenarioDirectory directory_;
};

// ------------------------------------------------------------------------------------------ full_peers

TEST_F(ScenarioAnnounce, FullPeersAreACountAShareOrAGroup) {
  EXPECT_EQ(params("").full_peers, protocol::Quota(std::int64_t{0}));
  EXPECT_EQ(params("full_peers = 4\n").full_peers, protocol::Quota(std::int64_t{4}));
  EXPECT_EQ(params("full_peers = 0.25\n").full_peers, protocol::Quota(0.25));
  EXPECT_EQ(params("full_peers = 1\n").full_peers, protocol::Quota(std::int64_t{1}));
  EXPECT_EQ(params("full_peers = 1.0\n").full_peers, protocol::Quota(1.0));
  EXPECT_EQ(params("full_peers = \"miners\"\n", "[[group]]\nname = \"miners\"\ncount = 3\n").full_peers,
            protocol::Quota(std::string("miners")));
}

TEST_F(ScenarioAnnounce, FullPeersAreResolvedAsTheyAreWritten) {
  const auto resolved = [&](const std::string& value) {
    const Loaded loaded = load(text("full_peers = " + value + "\n", "[[group]]\nname = \"miners\"\ncount = 3\n"));
    return loaded.scenario->points.at(0).resolved_json;
  };
  EXPECT_THAT(resolved("4"), HasSubstr("\"full_peers\":4,"));
  EXPECT_THAT(resolved("0.25"), HasSubstr("\"full_peers\":0.25,"));
  EXPECT_THAT(resolved("1.0"), HasSubstr("\"full_peers\":1.0,"));
  EXPECT_THAT(resolved("\"miners\""), HasSubstr("\"full_peers\":\"miners\","));
}

TEST_F(ScenarioAnnounce, FullPeersCanBeSwept) {
  const Loaded loaded = load(text("", "[sweep]\n\"protocol.full_peers\" = [0, 2, 0.5, 1.0]\n"));
  ASSERT_EQ(loaded.scenario->points.size(), 4u);
  const auto quota = [&](std::size_t point) {
    return protocol::params_in<Announce::Params>(*loaded.scenario->points[point].spec.params).full_peers;
  };
  EXPECT_EQ(quota(1), protocol::Quota(std::int64_t{2}));
  EXPECT_EQ(quota(2), protocol::Quota(0.5));
  EXPECT_EQ(quota(3), protocol::Quota(1.0));
}

TEST_F(ScenarioAnnounce, MoreFullPeersThanPeersAreAWarning) {
  EXPECT_THAT(diagnostics("full_peers = 9\n"),
              AllOf(HasSubstr("warning: protocol.full_peers: 9 peers, but no node has more than 8"),
                    HasSubstr("write 1.0 for all"), Not(HasSubstr("error"))));
  EXPECT_EQ(diagnostics("full_peers = 8\n"), "");
  const auto on = [&](const std::string& topology, int count) {
    auto scenario = text("full_peers = " + std::to_string(count) + "\n");
    scenario.topology = topology;
    return diagnostics(scenario) != "";
  };
  for (const auto& [topology, most] : {std::pair("kind = \"line\"\nnodes = 9\n", 2),
                                       {"kind = \"ring\"\nnodes = 9\n", 2},
                                       {"kind = \"grid\"\nnodes = 9\n", 4},
                                       {"kind = \"tree\"\nnodes = 9\nbranching = 3\n", 4},
                                       {"kind = \"hypercube\"\nnodes = 16\n", 4},
                                       {"kind = \"complete\"\nnodes = 9\n", 8},
                                       {"kind = \"star\"\nnodes = 9\n", 8}}) {
    EXPECT_FALSE(on(topology, most)) << topology;
    EXPECT_TRUE(on(topology, most + 1)) << topology;
  }
}

// -------------------------------------------------------------------------------------------- the rest

TEST_F(ScenarioAnnounce, ATimeoutWithinARoundTripIsAWarning) {
  // The latency is 50 ms.
  EXPECT_THAT(diagnostics("request_timeout = \"100 ms\"\n"),
              HasSubstr("warning: protocol.request_timeout: 100 ms is not longer than the longest round trip, 100 ms"));
  EXPECT_EQ(diagnostics("request_timeout = \"101 ms\"\n"), "");
}

TEST_F(ScenarioAnnounce, LossWithoutATimeoutIsAWarning) {
  auto lossy = text("");
  lossy.network += "loss = 0.1\n";
  const std::string warning = "warning: protocol.request_timeout: messages get lost";
  EXPECT_THAT(diagnostics(lossy), HasSubstr(warning));
  lossy.network += "transport = \"reliable\"\n";
  EXPECT_THAT(diagnostics(lossy), Not(HasSubstr(warning)));
  EXPECT_THAT(diagnostics(text("", "[[fault]]\nkind = \"crash\"\nat = \"5 s\"\ncount = 2\n")), HasSubstr(warning));
  EXPECT_THAT(diagnostics(text("", "[[fault]]\nkind = \"slow\"\nat = \"5 s\"\ncount = 2\ndelay = \"1 s\"\n")),
              Not(HasSubstr(warning)));
  EXPECT_EQ(diagnostics(""), "");
}

TEST_F(ScenarioAnnounce, AMempoolThatSomeItemsExceedIsAWarning) {
  auto drawn = text("mempool_bytes = \"1 kB\"\n");
  drawn.workload =
      "kind = \"transactions\"\nrate = \"1/s\"\nstop = \"30 s\"\n"
      "size = { kind = \"uniform\", min = \"500 B\", max = \"2 kB\" }\n";
  EXPECT_THAT(diagnostics(drawn), HasSubstr("warning: protocol.mempool_bytes: items of up to 2 kB are published"));
  EXPECT_EQ(diagnostics("mempool_bytes = \"1 kB\"\n"), "");
}

TEST_F(ScenarioAnnounce, AForgetfulSeenSetIsAWarning) {
  EXPECT_THAT(diagnostics("seen_ttl = \"10 s\"\n"), HasSubstr("warning: protocol.seen_ttl: a transaction that is"));
}

TEST_F(ScenarioAnnounce, WhatHashesNeedIsUnreadWhereNoneAreSent) {
  for (const char* key : {"trickle = \"1 s\"\n", "request_timeout = \"1 s\"\n"}) {
    EXPECT_THAT(diagnostics(std::string("full_peers = 1.0\n") + key), HasSubstr("error: protocol."));
    EXPECT_THAT(diagnostics(std::string("full_peers = 2\nannounce_rest = false\n") + key),
                HasSubstr("error: protocol."));
  }
}

}  // namespace
}  // namespace hearsay::scenario::scenario_announce_test
