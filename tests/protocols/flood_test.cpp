#include "protocols/flood.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::protocols::flood_test {
namespace {

using hearsay::test::basic_spec;
using hearsay::test::burst;
using hearsay::test::metric;
using hearsay::test::params;
using hearsay::test::peers_of_complete;
using hearsay::test::peers_of_edges;
using hearsay::test::peers_of_line;
using hearsay::test::peers_of_ring;
using hearsay::test::peers_of_star;
using hearsay::test::run;
using network::TopologyKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Policy = Flood::Policy;
using Exclude = Flood::Exclude;
using FloodScript = hearsay::test::Script<Flood>;

Flood::Params with(auto change) {
  Flood::Params p;
  change(p);
  return p;
}

protocol::Diagnostics problems_of(const Flood::Params& p) {
  protocol::Setting setting;
  setting.nodes = 10;
  setting.classes = {"", "tx"};
  protocol::Diagnostics problems;
  p.validate(setting, problems);
  return problems;
}

// ----------------------------------------------------------------------------- receipt and forwarding

TEST(Flood, ThePublisherDeliversAndSendsToAllAtOnce) {
  FloodScript s(with([](auto& p) { p.forward_delay = seconds(5); }), peers_of_star(4));
  const ItemId item = s.publish(0, {.bytes = 77});
  s.expect_delivered(0, item);
  for (const unsigned peer : {1u, 2u, 3u}) s.expect_message(0, peer, Flood::Item{item, 1, 77});
  s.expect_no_message();
  s.expect_no_timer();
}

TEST(Flood, AFirstReceiptIsDeliveredAndSentOn) {
  FloodScript s({}, peers_of_line(4));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.expect_delivered(1, item);
  s.expect_not_delivered(2, item);
  s.expect_message(1, 2, Flood::Item{item, 2, 1000});
  s.expect_no_message();
  s.deliver(1, 2);
  s.expect_message(2, 3, Flood::Item{item, 3, 1000});
  s.expect_no_message();
}

TEST(Flood, LaterCopiesAreDropped) {
  FloodScript s({}, peers_of_ring(3));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.deliver(0, 2);
  EXPECT_EQ(s.in_flight(), 2u);  // 1 to 2 and 2 to 1 have crossed
  s.deliver(1, 2);
  s.deliver(2, 1);
  s.expect_no_message();
  EXPECT_EQ(s.deliveries(1, item), 1u);
  EXPECT_EQ(s.deliveries(2, item), 1u);
}

TEST(Flood, APublisherDropsCopiesOfItsOwnItem) {
  FloodScript s(with([](auto& p) { p.exclude = Exclude::kNone; }), peers_of_line(2));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.expect_message(1, 0, Flood::Item{item, 2, 1000});  // nobody is excluded, the sender neither
  s.deliver(1, 0);
  s.expect_no_message();
  EXPECT_EQ(s.deliveries(0, item), 1u);
}

TEST(Flood, ItemsDoNotDisturbEachOther) {
  FloodScript s({}, peers_of_line(3));
  const ItemId a = s.publish(0), b = s.publish(2);
  s.deliver_all();
  for (const unsigned node : {0u, 1u, 2u}) {
    EXPECT_EQ(s.deliveries(node, a), 1u);
    EXPECT_EQ(s.deliveries(node, b), 1u);
  }
}

TEST(Flood, ARestartWithLossOfStateMakesItemsNewAgain) {
  FloodScript s(with([](auto& p) { p.exclude = Exclude::kNone; }), peers_of_line(2));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.restart(0);
  s.deliver(1, 0);
  EXPECT_EQ(s.deliveries(0, item), 2u);
  s.restart(1, false);  // keeps its state
  s.deliver(0, 1);
  EXPECT_EQ(s.deliveries(1, item), 1u);
}

// ---------------------------------------------------------------------------------------- exclude

TEST(Flood, LeavesOutTheNodeOfFirstReceipt) {
  FloodScript s({}, peers_of_complete(4));
  s.publish(0);
  s.deliver(0, 1);
  EXPECT_THAT(s.recipients(1), UnorderedElementsAre(2u, 3u));
}

TEST(Flood, WaitsTheForwardingDelayAfterTheFirstReceipt) {
  FloodScript s(with([](auto& p) { p.forward_delay = milliseconds(30); }), peers_of_line(3));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.expect_delivered(1, item);  // delivered at once, sent on later
  s.advance(milliseconds(30) - nanoseconds(1));
  s.expect_no_message(1, 2);
  s.advance(nanoseconds(1));
  s.expect_message(1, 2, Flood::Item{item, 2, 1000});
  s.expect_no_timer();
}

// 1 hears the item from 0 and then, while it waits, from 2: only 3 is left.
TEST(Flood, LeavesOutEveryPeerThatIsKnownToHaveTheItem) {
  FloodScript s(with([](auto& p) {
                  p.forward_delay = milliseconds(30);
                  p.exclude = Exclude::kKnown;
                }),
                peers_of_complete(4));
  s.publish(0);
  s.deliver(0, 2);
  s.advance(milliseconds(10));
  s.deliver(0, 1);
  s.advance(milliseconds(20));  // 2 sends to 1 and 3
  s.deliver(2, 1);
  s.advance(milliseconds(10));  // 1 sends
  EXPECT_THAT(s.recipients(1), ElementsAre(3u));
}

TEST(Flood, KnowsNothingOfAPeerWhoseCopyComesAfterTheDelay) {
  FloodScript s(with([](auto& p) {
                  p.forward_delay = milliseconds(30);
                  p.exclude = Exclude::kKnown;
                }),
                peers_of_complete(4));
  s.publish(0);
  s.deliver(0, 1);
  s.advance(milliseconds(31));
  EXPECT_THAT(s.recipients(1), UnorderedElementsAre(2u, 3u));
}

TEST(Flood, WithExcludeSenderALaterCopyDoesNotCountAsKnown) {
  FloodScript s(with([](auto& p) { p.forward_delay = milliseconds(30); }), peers_of_complete(3));
  s.publish(0);
  s.deliver(0, 1);
  s.deliver(0, 2);
  s.advance(milliseconds(30));
  EXPECT_THAT(s.recipients(1), ElementsAre(2u));
  EXPECT_THAT(s.recipients(2), ElementsAre(1u));
}

// EX-06: with a delay, |E| plus the edges whose ends are equally far from the origin; without, each forward is at once.
TEST(Flood, SendsOneCopyOverMostEdgesWhereWhatIsKnownIsLeftOut) {
  struct Case {
    TopologyKind kind;
    std::uint32_t nodes;
    double delayed, at_once;
  };
  for (const Case& c :
       {Case{TopologyKind::kGrid, 25, 40, 56}, Case{TopologyKind::kRing, 26, 26, 27},
        Case{TopologyKind::kComplete, 25, 576, 576}, Case{TopologyKind::kHypercube, 1024, 5120, 9217}}) {
    auto spec = basic_spec("flood", c.kind, c.nodes);
    spec.until = simulation::Until::kQuiet;
    params<Flood>(spec).exclude = Exclude::kKnown;
    EXPECT_EQ(metric(run(spec), "messages_sent"), c.at_once);
    params<Flood>(spec).forward_delay = milliseconds(7);
    EXPECT_EQ(metric(run(spec), "messages_sent"), c.delayed);
  }
}

// --------------------------------------------------------------------------------------- max_hops

TEST(Flood, DeliversButDoesNotSendOnWhatHasMadeMaxHops) {
  for (const Duration delay : {Duration{}, milliseconds(5)}) {
    FloodScript s(with([&](auto& p) {
                    p.max_hops = 2;
                    p.forward_delay = delay;
                  }),
                  peers_of_line(4));
    const ItemId item = s.publish(0);
    s.deliver(0, 1);
    s.advance(milliseconds(5));
    s.deliver(1, 2);
    s.advance(milliseconds(5));
    s.expect_delivered(2, item);
    s.expect_no_message();
    s.expect_no_timer();
  }
}

// --------------------------------------------------------------------------------------- policies

/// The hub of a star publishes once; its recipients, in order.
std::vector<unsigned> chosen(const Flood::Params& p, unsigned peers, std::uint64_t seed = 1) {
  FloodScript s(p, peers_of_star(peers + 1), seed);
  s.publish(0);
  return s.recipients(0);
}

// floor(max(fraction x all current peers, min_peers)), cut at those who are left.
TEST(Flood, ARandomSubsetHasTheDocumentedSize) {
  struct Case {
    std::optional<double> fraction;
    std::optional<std::uint32_t> min_peers;
    unsigned peers;
    std::size_t expected;
  };
  const std::vector<Case> cases = {
      {0.5, {}, 9, 4}, {0.5, 5, 9, 5}, {0.5, 4, 9, 4},  {0.25, {}, 3, 0}, {0.25, 1, 3, 1},
      {{}, 3, 9, 3},   {{}, 30, 9, 9}, {1.0, {}, 9, 9}, {0.0, {}, 9, 0},  {0.99, {}, 100, 99},
  };
  for (const Case& c : cases) {
    const auto p = with([&](auto& x) {
      x.policy = Policy::kRandomSubset;
      x.fraction = c.fraction;
      x.min_peers = c.min_peers;
    });
    EXPECT_EQ(chosen(p, c.peers).size(), c.expected)
        << c.peers << " peers, fraction " << c.fraction.value_or(-1) << ", min_peers " << c.min_peers.value_or(0);
  }
}

// The fraction is of all current peers, the draw among those that `exclude` leaves: 0.5 x 4 = 2 of 3.
TEST(Flood, TheFractionCountsThePeerThatIsLeftOut) {
  FloodScript s(with([](auto& p) {
                  p.policy = Policy::kRandomSubset;
                  p.fraction = 0.5;
                }),
                peers_of_complete(5));
  s.publish(0);
  const unsigned first = s.recipients(0).at(0);
  s.deliver(0, first);
  EXPECT_EQ(s.recipients(first).size(), 2u);
  EXPECT_THAT(s.recipients(first), ::testing::Not(::testing::Contains(0u)));
}

TEST(Flood, CountChoosesSoManyOrAllThereAre) {
  const auto p = with([](auto& x) {
    x.policy = Policy::kCount;
    x.count = 3;
  });
  EXPECT_EQ(chosen(p, 9).size(), 3u);
  EXPECT_EQ(chosen(p, 2).size(), 2u);
}

TEST(Flood, ARandomSubsetMayBeGivenAsACount) {
  const auto p = with([](auto& x) {
    x.policy = Policy::kRandomSubset;
    x.count = 3;
  });
  EXPECT_EQ(chosen(p, 9).size(), 3u);
  EXPECT_TRUE(problems_of(p).empty());
}

// Each of the 10 pairs of 5 peers has probability 1/10: 2000 draws give 200 each with SD sqrt(2000 x 0.1 x 0.9) = 13.4;
// within 3.89 of these with 1e-4 a pair.
TEST(Flood, EverySubsetIsEquallyLikelyAndDrawnAfresh) {
  const auto p = with([](auto& x) {
    x.policy = Policy::kCount;
    x.count = 2;
  });
  FloodScript s(p, peers_of_star(6));
  std::map<std::set<unsigned>, int> pairs;
  for (int draw = 0; draw < 2000; ++draw) {
    s.publish(0);
    const auto to = s.recipients(0);
    ++pairs[{to.begin(), to.end()}];
    s.lose_all();
  }
  EXPECT_EQ(pairs.size(), 10u);
  for (const auto& [pair, count] : pairs)
    EXPECT_NEAR(count, 200, 3.89 * 13.5) << *pair.begin() << ", " << *pair.rbegin();
}

TEST(Flood, ValidatorsFirstOrdersTheSendsAndKeepsTheRest) {
  FloodScript s(with([](auto& p) { p.policy = Policy::kValidatorsFirst; }), peers_of_star(6));
  s.attributes(4).validator = true;
  s.attributes(2).validator = true;
  s.publish(0);
  EXPECT_THAT(s.recipients(0), ElementsAre(2u, 4u, 1u, 3u, 5u));  // both halves in the node's own order
}

// With a count the validators fill the subset, and only what is left is drawn among the others.
TEST(Flood, ValidatorsFillTheSubsetFirst) {
  std::set<unsigned> third;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    FloodScript s(with([](auto& p) {
                    p.policy = Policy::kValidatorsFirst;
                    p.count = 3;
                  }),
                  peers_of_star(7), seed);
    s.attributes(5).validator = true;
    s.attributes(6).validator = true;
    s.publish(0);
    const auto to = s.recipients(0);
    ASSERT_EQ(to.size(), 3u);
    EXPECT_THAT((std::vector{to[0], to[1]}), UnorderedElementsAre(5u, 6u));
    third.insert(to[2]);
  }
  EXPECT_THAT(third, UnorderedElementsAre(1u, 2u, 3u, 4u));  // one of four is missed by 40 draws with probability 4e-5
}

TEST(Flood, MoreValidatorsThanPlacesAreDrawn) {
  std::set<unsigned> drawn;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    FloodScript s(with([](auto& p) {
                    p.policy = Policy::kValidatorsFirst;
                    p.fraction = 0.4;
                  }),
                  peers_of_star(6), seed);
    for (const unsigned v : {1u, 3u, 5u}) s.attributes(v).validator = true;
    s.publish(0);
    EXPECT_EQ(s.recipients(0).size(), 2u);
    for (const unsigned to : s.recipients(0)) drawn.insert(to);
  }
  EXPECT_THAT(drawn, UnorderedElementsAre(1u, 3u, 5u));
}

TEST(Flood, SameRegionFirstPutsTheOwnRegionAhead) {
  FloodScript s(with([](auto& p) { p.policy = Policy::kSameRegionFirst; }), peers_of_star(5));
  for (unsigned n = 0; n < 5; ++n) s.attributes(n).region = RegionId{static_cast<std::uint16_t>(n % 2)};
  s.publish(0);  // region 0: peers 2 and 4
  EXPECT_THAT(s.recipients(0), ElementsAre(2u, 4u, 1u, 3u));
}

TEST(Flood, EachClassOfItemsHasItsOwnPolicy) {
  Flood::Params p;
  p.policies["tx"].policy = Policy::kCount;
  p.policies["tx"].count = 2;
  FloodScript s(p, peers_of_star(6));
  s.publish(0, {.item_class = "tx"});
  EXPECT_EQ(s.recipients(0).size(), 2u);
  s.lose_all();
  s.publish(0, {.item_class = "block"});  // not listed: all
  EXPECT_EQ(s.recipients(0).size(), 5u);
  s.lose_all();
  s.publish(0);
  EXPECT_EQ(s.recipients(0).size(), 5u);
}

// ------------------------------------------------------------------------------ the expiring seen-set

// Two copies come back to the publisher, one a nanosecond before its memory of the item ends, one at that instant.
TEST(Flood, AcceptsAnItemAnewOnceItIsForgotten) {
  FloodScript s(with([](auto& p) {
                  p.seen_ttl = seconds(10);
                  p.exclude = Exclude::kNone;
                }),
                peers_of_star(3));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.deliver(0, 2);
  s.advance(seconds(10) - nanoseconds(1));
  s.deliver(1, 0);
  EXPECT_EQ(s.deliveries(0, item), 1u);
  s.expect_no_message(0, 1);
  s.advance(nanoseconds(1));
  s.deliver(2, 0);
  EXPECT_EQ(s.deliveries(0, item), 2u);
  s.expect_message(0, 1, Flood::Item{item, 3, 1000});
}

TEST(Flood, ForgetsTheOldestItemWhenTheSetIsFull) {
  FloodScript s(with([](auto& p) {
                  p.seen_capacity = 2;
                  p.exclude = Exclude::kNone;
                }),
                peers_of_line(2));
  const ItemId first = s.publish(0);
  s.deliver(0, 1);  // 1 sends it back
  s.publish(0);
  s.publish(0);  // 0 forgets the first item
  s.deliver(1, 0);
  EXPECT_EQ(s.deliveries(0, first), 2u);
}

// Two nodes play an item back and forth for ever: it is forgotten 15 ms after its receipt and back after 20 ms. Within
// 1 s it arrives every 10 ms, first at 10 ms, 100 times; node 1's first is a delivery, the other 99 are redeliveries.
TEST(Flood, CountsRedeliveriesOfForgottenItems) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 2);
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + seconds(1);
  params<Flood>(spec).exclude = Exclude::kNone;
  params<Flood>(spec).seen_ttl = milliseconds(15);
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "messages_received"), 100);
  EXPECT_EQ(metric(result, "redelivered"), 99);
  EXPECT_EQ(metric(result, "coverage_mean"), 1);
  EXPECT_EQ(metric(result, "duplicates"), 99);
}

// --------------------------------------------------------------------------------- the whole network

// Chains of 6000 hops: more than the two bytes a pair leave for a hop count are no matter (8191 is the most there).
TEST(Flood, CountsHopsBeyondWhatTheRecordHolds) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 8500);
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "hops_max"), 8499);
  EXPECT_EQ(metric(result, "hops_mean"), 4250);  // mean of 1 .. 8499
}

TEST(Flood, ValidatesItsParameters) {
  const auto keys_of = [](const Flood::Params& p) {
    std::vector<std::string> keys;
    for (const auto& problem : problems_of(p)) keys.push_back(problem.key + (problem.warning ? " (warning)" : ""));
    return keys;
  };
  EXPECT_THAT(keys_of({}), IsEmpty());
  EXPECT_THAT(keys_of(with([](auto& p) { p.policy = Policy::kRandomSubset; })), ElementsAre("policy"));
  EXPECT_THAT(keys_of(with([](auto& p) { p.policy = Policy::kCount; })), ElementsAre("policy"));
  EXPECT_THAT(keys_of(with([](auto& p) { p.policies["nothing"] = {}; })), ElementsAre("policies.nothing"));
  EXPECT_THAT(keys_of(with([](auto& p) { p.policy = Policy::kValidatorsFirst; })), ElementsAre("policy (warning)"));
}

}  // namespace
}  // namespace hearsay::protocols::flood_test
