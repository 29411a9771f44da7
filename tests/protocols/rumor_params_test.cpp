#include "protocols/rumor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "sim/protocol/params.hpp"
#include "tests/protocols/rumor_params.hpp"

namespace hearsay::protocols::rumor_params_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Phase = Rumor::Phase;
using Stop = Rumor::Stop;
using rumor_test::with;
using rumor_test::with_feedback;

protocol::Setting setting_of(std::uint32_t nodes = 10) {
  protocol::Setting setting;
  setting.nodes = nodes;
  setting.max_latency_ns = 50e6;
  return setting;
}

/// Keys of the errors, and of the warnings with a question mark.
std::vector<std::string> complaints(const Rumor::Params& p, const protocol::Setting& setting = setting_of()) {
  protocol::Diagnostics problems;
  p.validate(setting, problems);
  std::vector<std::string> keys;
  for (const auto& problem : problems) keys.push_back(problem.key + (problem.warning ? "?" : ""));
  return keys;
}

TEST(RumorParams, TheDefaultsAreFine) { EXPECT_THAT(complaints({}), IsEmpty()); }

TEST(RumorParams, RefusesAFanoutThatACompleteGraphHasNot) {
  protocol::Setting setting = setting_of(5);
  EXPECT_THAT(complaints(with([](auto& p) { p.fanout = 5; }), setting), IsEmpty());  // a random graph: all peers, then
  setting.complete_graph = true;
  EXPECT_THAT(complaints(with([](auto& p) { p.fanout = 5; }), setting), ElementsAre("fanout"));
  EXPECT_THAT(complaints(with([](auto& p) { p.fanout = 4; }), setting), IsEmpty());
}

TEST(RumorParams, RefusesPeriodicRoundsWithoutAPeriod) {
  for (const Phase phase : {Phase::kSynchronous, Phase::kPoisson}) {
    EXPECT_THAT(complaints(with([&](auto& p) { p.phase = phase; })), ElementsAre("propagation_delay"));
    EXPECT_THAT(complaints(with([&](auto& p) {
                  p.phase = phase;
                  p.propagation_delay = milliseconds(51);
                })),
                IsEmpty());
  }
}

TEST(RumorParams, RefusesSynchronousRoundsShorterThanAnExchange) {
  EXPECT_THAT(complaints(with([](auto& p) {
                p.phase = Phase::kSynchronous;
                p.propagation_delay = milliseconds(50);
              })),
              ElementsAre("propagation_delay"));
  // With feedback the answer has to come back as well.
  EXPECT_THAT(complaints(with_feedback(Stop::kCounter, 1, Phase::kSynchronous, milliseconds(100))),
              ElementsAre("propagation_delay"));
  EXPECT_THAT(complaints(with_feedback(Stop::kCounter, 1, Phase::kSynchronous, milliseconds(101))), IsEmpty());
  protocol::Setting unbounded = setting_of();
  unbounded.max_latency_ns = std::numeric_limits<double>::infinity();
  EXPECT_THAT(complaints(with_feedback(Stop::kCounter, 1, Phase::kSynchronous, seconds(1)), unbounded),
              ElementsAre("propagation_delay?"));
}

TEST(RumorParams, RefusesARuleWithoutItsK) {
  for (const Stop stop : {Stop::kCounter, Stop::kCoin})
    EXPECT_THAT(complaints(with([&](auto& p) { p.stop = stop; })), ElementsAre("k"));
}

TEST(RumorParams, WarnsOfACacheThatHoldsNothing) {
  EXPECT_THAT(complaints(with([](auto& p) { p.cache_capacity = 5; })), ElementsAre("cache_capacity?"));
}

TEST(RumorParams, ReadsAParameterOnlyWhereItMatters) {
  const auto& infos = protocol::describe_params<Rumor::Params>();
  const auto used = [&](const std::string& name, Rumor::Params p) {
    const auto found = std::ranges::find(infos, name, &protocol::ParamInfo::name);
    return protocol::fields_of(p)->used(static_cast<std::size_t>(found - infos.begin()));
  };
  const Rumor::Params rounds = {}, counter = with([](auto&p) { p.stop = Stop::kCounter; });
  for (const char* name : {"k", "feedback"}) {
    EXPECT_FALSE(used(name, rounds)) << name;
    EXPECT_TRUE(used(name, counter)) << name;
  }
  EXPECT_TRUE(used("rounds", rounds));
  EXPECT_FALSE(used("rounds", counter));
  for (const char* name : {"fanout", "rounds", "k", "cache_capacity", "seen_capacity"})
    EXPECT_EQ(std::ranges::find(infos, name, &protocol::ParamInfo::name)->min, 1) << name;
}

}  // namespace
}  // namespace hearsay::protocols::rumor_params_test
