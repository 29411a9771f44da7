// Push-pull's parameters: defaults, refusals, and when each is used.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "protocols/push_pull.hpp"
#include "tests/protocols/push_pull_script.hpp"

namespace hearsay::protocols::push_pull_params_test {
namespace {

using protocol::Phase;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(PushPull, HasTheDefaultsOfTheDesign) {
  const PushPull::Params p;
  EXPECT_EQ(p.interval, seconds(1));
  EXPECT_EQ(p.phase, Phase::kRandom);
  EXPECT_EQ(p.fanout, 4u);
  EXPECT_EQ(p.mode, Mode::kMixed);
  EXPECT_EQ(p.push_ratio, 0.7);
  EXPECT_EQ(p.exchange, Exchange::kDigest);
  EXPECT_EQ(p.digest, DigestKind::kFull);
  EXPECT_TRUE(p.track_peers);
  EXPECT_EQ(p.max_message_age, seconds(60));
  EXPECT_EQ(p.prune_interval, seconds(30));
  EXPECT_FALSE(p.adaptive_fanout || p.seen_ttl || p.seen_capacity || p.compress_above);
}

protocol::Diagnostics problems_of(const PushPull::Params& p, auto change) {
  protocol::Setting setting;
  setting.nodes = 10;
  setting.classes = {"", "tx"};
  setting.max_latency_ns = 100e6;
  change(setting);
  protocol::Diagnostics problems;
  p.validate(setting, problems);
  return problems;
}
protocol::Diagnostics problems_of(const PushPull::Params& p) {
  return problems_of(p, [](auto&) {});
}

TEST(PushPull, RefusesWhatCannotWork) {
  EXPECT_THAT(problems_of({}), IsEmpty());
  const auto complete = [](auto& setting) { setting.complete_graph = true; };
  EXPECT_THAT(problems_of(with([](auto& p) { p.fanout = 9; }), complete), IsEmpty());
  const auto too_many = problems_of(with([](auto& p) { p.fanout = 10; }), complete);
  ASSERT_THAT(too_many, SizeIs(1));
  EXPECT_EQ(too_many[0].key, "fanout");
  EXPECT_THAT(problems_of(with([](auto& p) { p.fanout = 10; })), IsEmpty());
  EXPECT_EQ(problems_of(with([](auto& p) { p.max_message_age = milliseconds(999); })).at(0).key, "max_message_age");
  EXPECT_EQ(problems_of(with([](auto& p) { p.compress_above = 10; })).at(0).key, "compress_above");
  EXPECT_EQ(problems_of(with([](auto& p) { p.priority = {"block"}; })).at(0).key, "priority");
  EXPECT_EQ(problems_of(with([](auto& p) { p.prefer_same_region = p.prefer_low_latency = 0.6; })).at(0).key,
            "prefer_low_latency");
  EXPECT_TRUE(problems_of(with([](auto& p) { p.seen_ttl = seconds(59); })).at(0).warning);
}

TEST(PushPull, ASynchronousRoundMustHoldAnExchange) {
  // Legs of 100 ms: push 1, pull, mixed and eager 2, by digests 3.
  const auto problems = [](Mode mode, Exchange exchange, int interval_ms) {
    return problems_of(with([&](auto& p) {
             p.mode = mode;
             p.exchange = exchange;
             p.phase = Phase::kSynchronous;
             p.interval = milliseconds(interval_ms);
           }))
        .size();
  };
  EXPECT_EQ(problems(Mode::kPush, Exchange::kDigest, 100), 1u);
  EXPECT_EQ(problems(Mode::kPush, Exchange::kDigest, 101), 0u);
  for (const auto& [mode, exchange] : {std::pair{Mode::kPull, Exchange::kDigest},
                                       {Mode::kMixed, Exchange::kDigest},
                                       {Mode::kPushPull, Exchange::kEager}}) {
    EXPECT_EQ(problems(mode, exchange, 200), 1u);
    EXPECT_EQ(problems(mode, exchange, 201), 0u);
  }
  EXPECT_EQ(problems(Mode::kPushPull, Exchange::kDigest, 300), 1u);
  EXPECT_EQ(problems(Mode::kPushPull, Exchange::kDigest, 301), 0u);
}

TEST(PushPull, DescribesWhenAParameterIsUsed) {
  const auto& list = protocol::field_list<PushPull::Params>();
  const auto used = [&](const PushPull::Params& p) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < list.infos().size(); ++i)
      if (list.access(i).used && list.access(i).used(p)) names.insert(list.infos()[i].name);
    return names;
  };
  EXPECT_THAT(used(in_mode(Mode::kPush)), IsEmpty());
  EXPECT_THAT(used(in_mode(Mode::kPull)), ElementsAre("digest"));
  EXPECT_THAT(used({}), ElementsAre("digest", "push_ratio"));
  EXPECT_THAT(used(in_mode(Mode::kPushPull)), ElementsAre("digest", "exchange"));
  EXPECT_THAT(used(eager([](auto& p) { p.compress_above = 1; })),
              ElementsAre("compression_delay_per_byte", "compression_ratio", "exchange"));
}

}  // namespace
}  // namespace hearsay::protocols::push_pull_params_test
