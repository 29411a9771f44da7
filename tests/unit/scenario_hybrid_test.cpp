// Parameters of a protocol that is made of others: nested tables, lists of switches, shares that change with time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocols/hybrid.hpp"
#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::scenario_hybrid_test {
namespace {

using protocol::Ramp;
using protocols::Hybrid;
using test::diagnostics_text;
using testing::HasSubstr;
using testing::Not;

constexpr SimTime at_s(std::int64_t s) { return SimTime{} + seconds(s); }

class ScenarioHybrid : public testing::Test {
 protected:
  Loaded load(const std::string& protocol, std::vector<std::string> sets = {}, const std::string& rest = {}) {
    Loaded loaded =
        directory_.load(test::ScenarioText{.protocol = "name = \"hybrid\"\n" + protocol, .rest = rest}, sets);
    EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
    return loaded;
  }
  static const Hybrid::Params& params(const Loaded& loaded, std::size_t point = 0) {
    return protocol::params_in<Hybrid::Params>(*loaded.scenario->points.at(point).spec.params);
  }
  test::ScenarioDirectory directory_;
};

TEST_F(ScenarioHybrid, ReadsItsPartsPhasesAndShares) {
  const Loaded loaded = load(
      "phase = \"flood\"\n"
      "phases = [{ at = \"10 s\", phase = \"hybrid\" }, { at = \"20 s\", phase = \"gossip-only\" }]\n"
      "gossip_share = 0.25\n"
      "migrated_share = { from = 0, to = 1, start = \"10 s\", stop = \"20 s\" }\n"
      "flood = { exclude = \"known\", forward_delay = \"5 ms\" }\n"
      "gossip = { fanout = 6, interval = \"500 ms\" }\n");
  const Hybrid::Params& p = params(loaded);
  EXPECT_EQ(p.phase, Hybrid::Phase::kFlood);
  ASSERT_EQ(p.phases.size(), 2u);
  EXPECT_EQ(p.phases[1].at, seconds(20));
  EXPECT_EQ(p.phases[1].phase, Hybrid::Phase::kGossipOnly);
  EXPECT_EQ(p.gossip_share, Ramp(0.25));
  EXPECT_EQ(p.migrated_share, Ramp(0, 1, at_s(10), at_s(20)));
  EXPECT_EQ(p.flood.exclude, protocols::Flood::Exclude::kKnown);
  EXPECT_EQ(p.flood.forward_delay, milliseconds(5));
  EXPECT_EQ(p.gossip.fanout, 6u);
  EXPECT_EQ(p.gossip.interval, milliseconds(500));
  EXPECT_EQ(p.phase_at(at_s(10) - nanoseconds(1)), Hybrid::Phase::kFlood);
  EXPECT_EQ(p.phase_at(at_s(10)), Hybrid::Phase::kHybrid);
  EXPECT_EQ(p.phase_at(at_s(50)), Hybrid::Phase::kGossipOnly);
}

TEST_F(ScenarioHybrid, HasTheDefaultsOfItsParts) {
  const Loaded loaded = load("");
  const Hybrid::Params& p = params(loaded);
  EXPECT_EQ(p.phase, Hybrid::Phase::kHybrid);
  EXPECT_TRUE(p.gossip_share.is_always(1));
  EXPECT_TRUE(p.migrated_share.is_always(1));
  EXPECT_EQ(p.gossip.fanout, 4u);
  EXPECT_EQ(p.gossip.interval, seconds(1));
  EXPECT_EQ(p.flood.exclude, protocols::Flood::Exclude::kSender);
}

TEST_F(ScenarioHybrid, ShowsWhatIsUsedInTheResolvedScenario) {
  const Loaded loaded = load("migrated_share = { from = 0, to = 1, start = \"10 s\", stop = \"20 s\" }\n");
  const std::string& json = loaded.scenario->points[0].resolved_json;
  EXPECT_THAT(json, HasSubstr("\"migrated_share\":{\"from\":0.0,\"to\":1.0,\"start\":\"10 s\",\"stop\":\"20 s\"}"));
  EXPECT_THAT(json, HasSubstr("\"gossip_share\":1"));
  EXPECT_THAT(json, HasSubstr("\"max_message_age\":\"1 min\""));
  EXPECT_THAT(json, HasSubstr("\"exclude\":\"sender\""));
  EXPECT_THAT(load("phase = \"flood\"\n").scenario->points[0].resolved_json, Not(HasSubstr("max_message_age")));
}

TEST_F(ScenarioHybrid, TakesKeysOfItsPartsFromTheCommandLineAndFromAxes) {
  const Loaded set = load("", {"protocol.gossip.fanout=6", "protocol.flood.exclude=none", "protocol.gossip_share=0.5"});
  EXPECT_EQ(params(set).gossip.fanout, 6u);
  EXPECT_EQ(params(set).flood.exclude, protocols::Flood::Exclude::kNone);
  EXPECT_EQ(params(set).gossip_share, Ramp(0.5));
  const Loaded swept =
      load("migrated_share = { from = 0, to = 1, start = \"10 s\", stop = \"20 s\" }\n", {},
           "[sweep]\n\"protocol.gossip.fanout\" = [2, 6]\n\"protocol.migrated_share.to\" = [0.5, 1]\n");
  ASSERT_EQ(swept.scenario->points.size(), 4u);
  EXPECT_EQ(params(swept, 2).gossip.fanout, 6u);
  EXPECT_EQ(params(swept, 2).migrated_share, Ramp(0, 0.5, at_s(10), at_s(20)));
}

TEST_F(ScenarioHybrid, IsWarnedOfWhatChangesNothing) {
  const Loaded loaded = load("phase = \"gossip-primary\"\nphases = [{ at = \"10 s\", phase = \"gossip-primary\" }]\n");
  EXPECT_THAT(diagnostics_text(loaded), HasSubstr("protocol.phases.0.phase: it is in force already"));
  EXPECT_THAT(diagnostics_text(loaded), HasSubstr("protocol.critical: no class is critical"));
}

TEST_F(ScenarioHybrid, IsToldOfAllMistakesAtOnce) {
  const Loaded loaded = directory_.load(
      test::ScenarioText{.protocol = "name = \"hybrid\"\n"
                                     "phases = [{ at = \"20 s\", phase = \"flood\" }, { at = \"10 s\", phase = "
                                     "\"hybrid\" }, { at = \"2 min\", phase = \"flood\" }]\n"
                                     "migrated_share = { from = 0, to = 1, start = \"30 s\", stop = \"20 s\" }\n"
                                     "gossip = { seen_ttl = \"90 s\", seen_capacity = 5, max_message_age = \"1 ms\" }\n"
                                     "flood = { seen_capacity = 6, policy = \"count\" }\n"});
  const std::string text = diagnostics_text(loaded);
  EXPECT_FALSE(loaded.scenario);
  for (const char* key : {"protocol.phases.1.at", "protocol.phases.2.at", "protocol.migrated_share",
                          "protocol.gossip.max_message_age", "protocol.flood.seen_capacity", "protocol.flood.policy"})
    EXPECT_THAT(text, HasSubstr(std::string(key) + ":"));
  // What the flood warns of is the limit of the one seen-set.
  EXPECT_THAT(text, HasSubstr("protocol.gossip.seen_ttl: an item that is forgotten"));
}

}  // namespace
}  // namespace hearsay::scenario::scenario_hybrid_test
