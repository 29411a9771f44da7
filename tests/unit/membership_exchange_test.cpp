// The exchange of views by hand: no network, no clock.

#include "sim/membership/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <variant>
#include <vector>

#include "tests/support/print.hpp"
#include "tests/support/script.hpp"

namespace hearsay::membership::membership_exchange_test {
namespace {

using protocol::PeerDown;
using test::PeerLists;
using test::peers_of_complete;
using test::peers_of_line;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Ping = Exchange::Ping;
using Pong = Exchange::Pong;

constexpr NodeId id(unsigned n) { return NodeId{n}; }
constexpr SimTime at(Duration d) { return SimTime{} + d; }

Exchange::Params params(std::uint32_t active) {
  Exchange::Params p;
  p.active = active;
  p.ping_interval = seconds(10);
  p.ping_timeout = seconds(2);
  p.suspect_after = 2;
  p.list_size = 3;
  return p;
}

Pong pong(std::uint32_t round, std::vector<Exchange::Descriptor> nodes = {}) {
  return {.round = round, .to_peer = true, .is_peer = true, .nodes = std::move(nodes)};
}

using Script = test::Script<Exchange>;

/// Whom a node's view says it is connected to, or asking.
std::vector<unsigned> peers(Script& s, unsigned n) {
  s.start();
  std::vector<unsigned> nodes;
  for (const View::Entry& entry : s.node(n).view().entries())
    if (entry.connected) nodes.push_back(static_cast<unsigned>(entry.node));
  return nodes;
}
/// Time passes to the next ping round of node 0, which sends its pings; or to its timeout, if it has one.
void ping_round(Script& s) { s.advance_to_timer_of(0); }
void ping_timeout(Script& s) { s.advance_to_timer_of(0); }

TEST(ExchangeMessage, HasItsDocumentedSize) {
  EXPECT_EQ(Ping{}.wire_bytes(), 16u);
  EXPECT_EQ(pong(1, {{id(1), {}}, {id(2), {}}}).wire_bytes(), 16u + 2 * 22);
}

// ------------------------------------------------------------------------------------ rules 1 and 2

TEST(Exchange, NodesThatAreUpFromTheStartBeginConnected) {
  Script s(params(2), peers_of_complete(3));
  s.attributes(2).joins = at(seconds(5));
  EXPECT_THAT(peers(s, 0), ElementsAre(1));
  EXPECT_THAT(s.connects(0), IsEmpty());
  EXPECT_THAT(s.known(0), ElementsAre(1));  // who was there did not know who joins later
  EXPECT_THAT(s.known(2), IsEmpty());
  s.advance(seconds(5));
  EXPECT_THAT(s.connects(2), UnorderedElementsAre(0, 1));
  s.connect(2, 0);
  EXPECT_THAT(s.known(0), ElementsAre(1, 2));
}

TEST(Exchange, ANodeAsksForNoMorePeersThanItWants) {
  Script s(params(2), {{1}, {0}, {}, {}, {}, {}});
  s.hand(1, 0, pong(0, {{id(2), s.now()}, {id(3), s.now()}, {id(4), s.now()}}));
  ping_round(s);
  EXPECT_EQ(s.connects(0).size(), 1u);
  ping_timeout(s);
  EXPECT_THAT(s.connects(0), IsEmpty());
}

TEST(Exchange, TheFirstRoundIsWithinOneInterval) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Script s(params(1), peers_of_line(2), seed);
    ping_round(s);
    EXPECT_GE(s.now(), at(nanoseconds(1)));
    EXPECT_LE(s.now(), at(seconds(10)));
    s.expect_message(0, 1, Ping{.round = 1, .to_peer = true});
  }
}

TEST(Exchange, AcceptsUnlessItsViewIsFullOfPeers) {
  Exchange::Params p = params(2);
  p.view_capacity = 2;
  Script s(p, {{1, 2}, {0}, {0}, {}, {}});
  EXPECT_FALSE(s.accepts(0, 3));
  EXPECT_TRUE(s.accepts(0, 1));  // whom it knows
  s.disconnect(2, 0);
  EXPECT_TRUE(s.accepts(0, 3));  // in the place of 2
  s.advance(nanoseconds(1));     // 3 was heard of later
  s.connect(3, 0);
  EXPECT_THAT(peers(s, 0), ElementsAre(1, 3));
  EXPECT_THAT(s.known(0), ElementsAre(1, 3));
}

TEST(Exchange, ARestartedNodeBeginsWithTheViewItKept) {
  Script s(params(2), {{1}, {0}, {}, {}});
  s.hand(1, 0, pong(0, {{id(2), s.now()}, {id(3), s.now()}}));
  s.restart(0, false);
  EXPECT_THAT(s.known(0), ElementsAre(1, 2, 3));
  EXPECT_EQ(s.connects(0).size(), 2u);
  s.restart(0);
  EXPECT_THAT(s.known(0), ElementsAre(1));  // the bootstrap
  EXPECT_THAT(s.connects(0), ElementsAre(1));
}

// ------------------------------------------------------------------------------------ rules 3 and 4

TEST(Exchange, APingIsAnsweredWithRandomKnownNodesOtherThanTheAsker) {
  Script s(params(5), {{1, 2, 3, 4, 5}, {0}, {0}, {0}, {0}, {0}});
  s.hand(1, 0, Ping{.round = 1});
  const Pong answer = s.expect_message<Pong>(0, 1);
  EXPECT_EQ(answer.round, 1u);
  EXPECT_TRUE(answer.is_peer);
  EXPECT_EQ(answer.nodes.size(), 3u);  // list_size
  for (const auto& [node, heard] : answer.nodes) EXPECT_NE(node, id(1));
  s.deliver(0, 1);
  EXPECT_EQ(s.known(1).size(), 4u);
}

TEST(Exchange, APeerIsDroppedAfterItMissedSoManyPingsAndIsReplaced) {
  Script s(params(1), {{1}, {0}, {}, {}});
  s.hand(1, 0, pong(0, {{id(2), s.now()}}));
  for (std::uint32_t round = 1; round <= 2; ++round) {
    ping_round(s);
    s.expect_message(0, 1, Ping{.round = round, .to_peer = true});
    const SimTime asked = s.now();
    EXPECT_THAT(s.disconnects(0), IsEmpty());
    ping_timeout(s);
    EXPECT_EQ(s.now(), asked + seconds(2));
  }
  EXPECT_THAT(s.disconnects(0), ElementsAre(1));
  EXPECT_THAT(s.connects(0), ElementsAre(2));
  EXPECT_THAT(s.known(0), ElementsAre(2));
}

TEST(Exchange, APongInTimeStartsTheCountOfMissedPingsAnew) {
  Script s(params(1), peers_of_line(2));
  for (std::uint32_t round = 1; round <= 6; ++round) {
    ping_round(s);
    if (round % 2 == 0) s.hand(1, 0, pong(round));
    ping_timeout(s);
  }
  EXPECT_THAT(peers(s, 0), ElementsAre(1));
}

TEST(Exchange, APongAfterTheTimeoutOrOfAnotherRoundDoesNotCount) {
  Script s(params(1), peers_of_line(2));
  ping_round(s);
  ping_timeout(s);
  s.hand(1, 0, pong(1));  // too late
  ping_round(s);
  s.hand(1, 0, pong(1));  // of the round before
  ping_timeout(s);
  EXPECT_THAT(peers(s, 0), IsEmpty());
}

TEST(Exchange, APingOverAConnectionWhoseOtherEndIsGoneIsAnsweredWithANo) {
  Script s(params(1), peers_of_line(2));
  s.restart(1);  // asks 0 again, which is lost
  s.hand(0, 1, Ping{.round = 1, .to_peer = true});
  const Pong no = s.expect_message<Pong>(1, 0);
  EXPECT_FALSE(no.is_peer);
  s.deliver(1, 0);
  EXPECT_THAT(s.disconnects(0), ElementsAre(1));
  EXPECT_THAT(peers(s, 0), IsEmpty());
  EXPECT_THAT(s.known(0), ElementsAre(1));  // it lives
}

TEST(Exchange, AConnectionThatIsGivenUpIsReplacedAtOnce) {
  for (const PeerDown why : {PeerDown::kBroken, PeerDown::kCrashed}) {
    Script s(params(1), {{1}, {0}, {}});
    s.hand(1, 0, pong(0, {{id(2), s.now()}}));
    s.disconnect(0, 1, why);
    EXPECT_THAT(s.connects(0), ElementsAre(2));
    EXPECT_THAT(s.known(0), ElementsAre(2));
  }
}

TEST(Exchange, WhoDoesNotAnswerIsForgottenAndWhoRefusesIsNot) {
  Script s(params(1), {{1}, {0}, {}});
  s.hand(1, 0, pong(0, {{id(2), s.now()}}));
  s.disconnect(0, 1, PeerDown::kBroken);
  s.disconnect(0, 2, PeerDown::kRefused);
  EXPECT_THAT(s.known(0), ElementsAre(2));
  EXPECT_THAT(peers(s, 0), IsEmpty());
  s.connects(0);
  ping_round(s);
  EXPECT_THAT(s.connects(0), ElementsAre(2));  // the next round asks again
  s.disconnect(0, 2, PeerDown::kNoAnswer);
  EXPECT_THAT(s.known(0), IsEmpty());
}

TEST(Exchange, AConnectionThatTheProtocolClosesIsReplacedToo) {
  Script s(params(1), {{1}, {0}, {}});
  s.hand(1, 0, pong(0, {{id(2), s.now()}}));
  s.disconnect(0, 1);
  EXPECT_THAT(peers(s, 0), IsEmpty());
  EXPECT_THAT(s.known(0), ElementsAre(1, 2));
  ping_round(s);
  EXPECT_THAT(s.connects(0), SizeIs(1));
}

TEST(Exchange, WhoClosesStaysKnown) {
  Script s(params(1), peers_of_line(2));
  s.disconnect(1, 0);
  EXPECT_THAT(peers(s, 0), IsEmpty());
  EXPECT_THAT(s.known(0), ElementsAre(1));
}

// ---------------------------------------------------------------------------------------------- rule 5

TEST(Exchange, ADroppedNodeIsBroughtBackOnlyByALaterSignOfLife) {
  Script s(params(2), {{1, 2}, {0}, {0}});
  for (std::uint32_t round = 1; round <= 2; ++round) {
    ping_round(s);
    s.hand(2, 0, pong(round));
    ping_timeout(s);
  }
  const SimTime dropped = s.now();
  EXPECT_THAT(s.known(0), ElementsAre(2));
  s.advance(seconds(1));
  s.hand(2, 0, pong(2, {{id(1), dropped}}));
  EXPECT_THAT(s.known(0), ElementsAre(2));
  s.hand(2, 0, pong(2, {{id(1), dropped + nanoseconds(1)}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2));
}

TEST(Exchange, WhoNobodyHasHeardOfForTooLongIsForgotten) {
  Exchange::Params p = params(1);
  p.expire_after = seconds(30);
  Script s(p, {{1}, {0}, {}, {}, {}, {}});
  ping_round(s);
  const auto heard = [&](Duration ago) { return s.now() - ago; };
  s.hand(1, 0,
         pong(1, {{id(2), heard(seconds(30))},  // too old already
                  {id(3), heard(seconds(30) - nanoseconds(1))},
                  {id(4), heard(seconds(20))},  // too old in the next round
                  {id(5), heard(seconds(20) - nanoseconds(1))}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 3, 4, 5));
  ping_timeout(s);
  EXPECT_THAT(s.known(0), ElementsAre(1, 3, 4, 5));
  ping_round(s);
  EXPECT_THAT(s.known(0), ElementsAre(1, 5));
}

TEST(Exchange, AFullViewTakesOnlyWhatIsFresherThanItsOldest) {
  Exchange::Params p = params(1);
  p.view_capacity = 3;
  Script s(p, {{1}, {0}, {}, {}, {}, {}});
  s.start();
  const auto before = [&](Duration d) { return s.now() - d; };
  s.hand(1, 0, pong(0, {{id(2), before(seconds(20))}, {id(3), before(seconds(30))}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2, 3));
  s.hand(1, 0, pong(0, {{id(4), before(seconds(40))}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2, 3));
  // Among eight draws of three entries one meets the oldest but with probability (2/3)^8 = 4 %; the seed is fixed.
  s.hand(1, 0, pong(0, {{id(5), before(seconds(10))}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2, 5));
}

// --------------------------------------------------------------------------------------- rules 6 and 7

TEST(Exchange, LostBootstrapPeersAreAskedInTurnAndConnectedWhenTheyAnswer) {
  Script s(params(1), {{1, 2, 3}, {0}, {0}, {0}});
  for (std::uint32_t round = 1; round <= 2; ++round) {
    ping_round(s);
    s.hand(3, 0, pong(round));
    ping_timeout(s);
  }
  EXPECT_THAT(s.known(0), ElementsAre(3));
  std::vector<unsigned> asked;
  for (std::uint32_t round = 3; round <= 5; ++round) {
    s.lose_all();
    ping_round(s);
    for (const unsigned to : s.recipients(0))
      if (to != 3) asked.push_back(to);
    s.hand(3, 0, pong(round));
    ping_timeout(s);
  }
  EXPECT_THAT(asked, ElementsAre(1, 2, 1));
  s.hand(1, 0, Pong{.round = 5, .to_peer = false, .is_peer = false, .nodes = {}});
  EXPECT_THAT(s.connects(0), ElementsAre(1));
  EXPECT_THAT(s.disconnects(0), ElementsAre(1, 2));  // those of round 2
  EXPECT_THAT(peers(s, 0), ElementsAre(1, 3));       // more than `active`, until it rotates
}

TEST(Exchange, ANodeWithoutAnyPeerAsksAllItsBootstrapPeers) {
  Script s(params(2), peers_of_complete(3));
  for (int round = 1; round <= 2; ++round) {
    ping_round(s);
    ping_timeout(s);
  }
  EXPECT_THAT(s.known(0), IsEmpty());
  s.lose_all();
  ping_round(s);
  EXPECT_THAT(s.recipients(0), UnorderedElementsAre(1, 2));
}

TEST(Exchange, RotationTrimsTheExcessAndExchangesOnePeer) {
  Exchange::Params p = params(2);
  p.ping_interval = seconds(1000);  // so that the next timer is that of the rotation
  p.rotate_interval = seconds(1);
  Script s(p, {{1, 2, 3, 4}, {0}, {0}, {0}, {0}, {}});
  s.hand(1, 0, pong(0, {{id(5), s.now()}}));
  EXPECT_EQ(peers(s, 0).size(), 4u);
  s.advance_to_timer_of(0);
  EXPECT_LE(s.now(), at(seconds(1)));
  EXPECT_EQ(s.disconnects(0).size(), 3u);
  EXPECT_THAT(s.connects(0), ElementsAre(5));
  EXPECT_EQ(peers(s, 0).size(), 2u);
  EXPECT_EQ(s.known(0).size(), 5u);
  const SimTime first = s.now();
  s.advance_to_timer_of(0);
  EXPECT_EQ(s.now(), first + seconds(1));
}

// --------------------------------------------------------------------------------------------- options

TEST(Exchange, OptionsThatContradictEachOtherAreNamed) {
  const auto wrong = [](const auto& change) {
    Exchange::Params p = params(8);
    change(p);
    protocol::Diagnostics found;
    protocol::Setting setting;
    setting.nodes = 100;
    p.validate(setting, found);
    std::vector<std::string> keys;
    for (const auto& one : found) keys.push_back(one.key);
    return keys;
  };
  using P = Exchange::Params;
  EXPECT_THAT(wrong([](P&) {}), IsEmpty());
  EXPECT_THAT(wrong([](P& p) { p.active = 99; }), IsEmpty());
  EXPECT_THAT(wrong([](P& p) { p.active = 100; }), ElementsAre("active"));
  EXPECT_THAT(wrong([](P& p) { p.ping_timeout = seconds(10) + nanoseconds(1); }), ElementsAre("ping_timeout"));
  EXPECT_THAT(wrong([](P& p) { p.expire_after = seconds(10); }), ElementsAre("expire_after"));
  EXPECT_THAT(wrong([](P& p) { p.view_capacity = 7; }), ElementsAre("view_capacity"));
  EXPECT_EQ(params(8).capacity(), 1000u);
  EXPECT_EQ(params(1500).capacity(), 1500u);
  EXPECT_EQ(params(8).lifetime(), seconds(500));
}

}  // namespace
}  // namespace hearsay::membership::membership_exchange_test
