// HyParView by hand: no network, no clock.

#include "sim/membership/hyparview.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/support/print.hpp"
#include "tests/support/script.hpp"

namespace hearsay::membership::membership_hyparview_test {
namespace {

using protocol::PeerDown;
using test::PeerLists;
using test::peers_of_complete;
using test::peers_of_line;
using test::peers_of_star;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using ForwardJoin = Hyparview::ForwardJoin;
using Joined = Hyparview::Joined;
using Shuffle = Hyparview::Shuffle;
using ShuffleReply = Hyparview::ShuffleReply;

constexpr NodeId id(unsigned n) { return NodeId{n}; }

/// Shuffles far between, so that they do not disturb what else is looked at.
Hyparview::Params params() {
  Hyparview::Params p;
  p.active = 3;
  p.passive = 8;
  p.active_walk = 4;
  p.passive_walk = 3;
  p.shuffle_interval = seconds(100'000);
  p.shuffle_active = 2;
  p.shuffle_passive = 3;
  return p;
}

using Script = test::Script<Hyparview>;

std::vector<unsigned> numbers(std::span<const NodeId> nodes) {
  std::vector<unsigned> numbers;
  for (const NodeId node : nodes) numbers.push_back(static_cast<unsigned>(node));
  return numbers;
}
std::vector<unsigned> active(Script& s, unsigned n) {
  s.start();
  return numbers(s.node(n).active());
}
std::vector<unsigned> passive(Script& s, unsigned n) {
  s.start();
  return numbers(s.node(n).passive());
}
/// Puts nodes into a passive view: a shuffle of before comes back.
void teach(Script& s, unsigned n, const std::vector<unsigned>& nodes) {
  ShuffleReply reply;
  for (const unsigned other : nodes) reply.nodes.push_back(id(other));
  s.hand(n == 0 ? 1 : 0, n, reply);
}

TEST(HyparviewMessage, HasItsDocumentedSize) {
  EXPECT_EQ(Joined{}.wire_bytes(), 16u);
  EXPECT_EQ((ForwardJoin{id(1), 2}).wire_bytes(), 16u + 18);
  EXPECT_EQ((Shuffle{id(1), 2, {id(2), id(3)}}).wire_bytes(), 16u + 3 * 18);
  EXPECT_EQ((ShuffleReply{{id(2), id(3)}}).wire_bytes(), 16u + 2 * 18);
}

// -------------------------------------------------------------------------------------------- rule 1

TEST(Hyparview, NodesThatAreUpFromTheStartBeginConnected) {
  Script s(params(), peers_of_complete(4));
  EXPECT_THAT(active(s, 0), ElementsAre(1, 2, 3));
  EXPECT_THAT(passive(s, 0), IsEmpty());
  EXPECT_THAT(s.connects(0), IsEmpty());
  EXPECT_THAT(s.known(0), UnorderedElementsAre(1, 2, 3));
}

/// 5 joins at 0, which has the peers 1 and 2; 1 has 3, and 3 has 4.
PeerLists joined_by_5() { return {{1, 2, 5}, {0, 3}, {0}, {1, 4}, {3}, {0}}; }

TEST(Hyparview, ANodeThatJoinsAsksAContactWhichTellsItsPeers) {
  Script s(params(), joined_by_5());
  s.attributes(5).joins = SimTime{} + seconds(5);
  s.advance(seconds(5));
  EXPECT_THAT(s.connects(5), ElementsAre(0));
  s.connect(5, 0);
  s.expect_message(5, 0, Joined{});
  s.deliver(5, 0);
  s.expect_message(0, 1, ForwardJoin{id(5), 4});
  s.expect_message(0, 2, ForwardJoin{id(5), 4});
  s.expect_no_message();
}

TEST(Hyparview, TheWalkEndsAtANodeWithOnePeerAndLeavesTheNameOnItsWay) {
  Script s(params(), joined_by_5());
  s.attributes(5).joins = SimTime{} + seconds(5);
  s.advance(seconds(5));
  s.connect(5, 0);
  s.deliver(5, 0);
  s.deliver(0, 2);  // whose only peer is 0
  EXPECT_THAT(s.connects(2), ElementsAre(5));
  s.deliver(0, 1);
  s.expect_message(1, 3, ForwardJoin{id(5), 3});
  EXPECT_THAT(passive(s, 1), IsEmpty());
  s.deliver(1, 3);  // passive_walk = 3 steps are left
  EXPECT_THAT(passive(s, 3), ElementsAre(5));
  EXPECT_THAT(s.connects(3), IsEmpty());
  s.deliver(3, 4);
  EXPECT_THAT(s.connects(4), ElementsAre(5));
  EXPECT_THAT(passive(s, 4), IsEmpty());
  s.expect_no_message();
}

TEST(Hyparview, TheWalkEndsWhereNoStepIsLeft) {
  Script s(params(), {{1, 2, 3}, {0}, {0}, {0}, {}});
  s.hand(1, 0, ForwardJoin{id(4), 1});
  EXPECT_THAT(s.connects(0), IsEmpty());
  EXPECT_EQ(s.recipients(0).size(), 1u);
  EXPECT_THAT(s.recipients(0), Not(Contains(1)));  // not back to where it came from
  s.lose_all();
  s.hand(1, 0, ForwardJoin{id(4), 0});
  EXPECT_THAT(s.connects(0), ElementsAre(4));
  s.expect_no_message();
  // Its connection is accepted whatever its view: with high priority.
  for (const unsigned peer : {1u, 2u}) s.connect(3, peer);
  EXPECT_THAT(active(s, 3), SizeIs(3));
  EXPECT_TRUE(s.accepts(3, 0, s.purpose(0)));
}

TEST(Hyparview, AWalkThatMeetsTheNodeItselfOrItsPeerChangesNothing) {
  Script s(params(), peers_of_complete(3));
  s.hand(1, 0, ForwardJoin{id(0), 0});
  s.hand(1, 0, ForwardJoin{id(2), 0});
  EXPECT_THAT(s.connects(0), IsEmpty());
  s.expect_no_message();
}

TEST(Hyparview, AContactHasJoinedBeforeAndAnotherOneIsAskedWhereItFails) {
  Script s(params(), {{2}, {2}, {0, 1, 3}, {2}});
  s.attributes(2).joins = SimTime{} + seconds(5);
  s.attributes(3).joins = SimTime{} + seconds(6);
  s.advance(seconds(5));
  std::vector<unsigned> asked = s.connects(2);
  EXPECT_THAT(asked, SizeIs(1));
  s.disconnect(2, asked[0], PeerDown::kNoAnswer);
  EXPECT_THAT(s.connects(2), ElementsAre(1 - asked[0]));
  s.disconnect(2, 1 - asked[0], PeerDown::kRefused);
  EXPECT_THAT(s.connects(2), IsEmpty());  // both were tried
  s.advance_to_timer_of(2);
  EXPECT_THAT(s.connects(2), SizeIs(1));  // from the next shuffle on they are asked again
}

TEST(Hyparview, ARestartedNodeJoinsAnewAndTellsItsContact) {
  Script s(params(), peers_of_star(3));
  s.restart(1);
  EXPECT_THAT(s.connects(1), ElementsAre(0));
  s.peer_down(0, 1, PeerDown::kCrashed);
  s.connect(1, 0);
  s.expect_message(1, 0, Joined{});
}

TEST(Hyparview, ARestartedNodeThatKeptItsStateRemembersItsPeers) {
  Script s(params(), peers_of_star(4));
  EXPECT_THAT(active(s, 0), UnorderedElementsAre(1, 2, 3));
  s.restart(0, false);
  EXPECT_THAT(active(s, 0), IsEmpty());
  EXPECT_THAT(passive(s, 0), UnorderedElementsAre(1, 2, 3));
}

// -------------------------------------------------------------------------------------------- rule 2

/// The purposes as others see them.
struct Purposes {
  std::uint8_t low = 0, high = 0, join = 0;
};
Purposes purposes() {
  Purposes p;
  Script s(params(), {{1, 2}, {0}, {0}, {}});
  teach(s, 0, {3});
  EXPECT_THAT(s.connects(0), ElementsAre(3));
  p.low = s.purpose(0);  // it has peers, but fewer than it wants
  s.disconnect(0, 3, PeerDown::kRefused);
  Script alone(params(), {{1}, {0}, {}});
  teach(alone, 0, {2});
  alone.disconnect(0, 2, PeerDown::kRefused);
  alone.advance_to_timer_of(0);
  alone.disconnect(0, 2, PeerDown::kRefused);
  alone.connects(0);
  teach(alone, 0, {2});
  alone.disconnect(1, 0);
  // It has no peer at all, and 2 was tried already: 1 is asked.
  EXPECT_THAT(alone.connects(0), ElementsAre(1));
  p.high = alone.purpose(0);
  alone.restart(0);
  EXPECT_THAT(alone.connects(0), ElementsAre(1));
  p.join = alone.purpose(0);
  return p;
}

TEST(Hyparview, LowPriorityIsAcceptedWhereThereIsRoomAndTheRestAlways) {
  const Purposes p = purposes();
  Script s(params(), {{1, 2}, {0}, {0}, {}, {}});
  for (const std::uint8_t purpose : {p.low, p.high, p.join}) EXPECT_TRUE(s.accepts(0, 4, purpose));
  s.connect(3, 0);
  EXPECT_THAT(active(s, 0), SizeIs(3));
  EXPECT_FALSE(s.accepts(0, 4, p.low));
  EXPECT_TRUE(s.accepts(0, 4, p.high));
  EXPECT_TRUE(s.accepts(0, 4, p.join));
}

TEST(Hyparview, OnePeerTooManyClosesARandomOtherOneAndRemembersIt) {
  std::set<unsigned> victims;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Script s(params(), {{1, 2, 3}, {0}, {0}, {0}, {}}, seed);
    s.connect(4, 0);
    EXPECT_THAT(active(s, 0), SizeIs(3));
    EXPECT_THAT(active(s, 0), Contains(4));
    const std::vector<unsigned> closed = s.disconnects(0);
    ASSERT_THAT(closed, SizeIs(1));
    EXPECT_THAT(passive(s, 0), ElementsAre(closed[0]));
    victims.insert(closed[0]);
    // And so does the node whose connection was closed.
    s.disconnect(0, closed[0]);
    EXPECT_THAT(passive(s, closed[0]), ElementsAre(0));
    EXPECT_THAT(passive(s, 0), ElementsAre(closed[0]));
  }
  EXPECT_THAT(victims, ElementsAre(1, 2, 3));  // one is missing with probability 3 (2/3)^60
}

TEST(Hyparview, WhomANodeKnowsItLearnedOnce) {
  // Only of nodes that join is it said (join_known_s): all do, at once. The script sees that nobody is learned twice.
  Script s(params(), {{1, 2, 3, 4}, {0}, {0}, {0}, {0}});
  for (unsigned n = 0; n < 5; ++n) s.attributes(n).joins = SimTime{} + nanoseconds(1);
  s.advance(nanoseconds(1));
  for (unsigned n = 1; n < 5; ++n) s.connect(n, 0);
  const std::vector<unsigned> closed = s.disconnects(0);
  ASSERT_THAT(closed, SizeIs(1));
  s.disconnect(0, closed[0]);
  EXPECT_THAT(s.known(0), UnorderedElementsAre(1, 2, 3, 4));
  s.restart(0, false);
  EXPECT_THAT(s.known(0), UnorderedElementsAre(1, 2, 3, 4));
}

// -------------------------------------------------------------------------------------------- rule 3

TEST(Hyparview, AConnectionThatTheProtocolClosesIsReplacedToo) {
  Hyparview::Params p = params();
  p.active = 2;
  Script s(p, {{1, 2}, {0}, {0}, {}});
  teach(s, 0, {3});
  s.disconnect(0, 1);
  EXPECT_THAT(active(s, 0), ElementsAre(2));
  EXPECT_THAT(passive(s, 0), UnorderedElementsAre(1, 3));
  EXPECT_THAT(s.connects(0), SizeIs(1));
}

/// 0 is connected to 1 and 2, and knows 3, 4 and 5.
PeerLists two_peers_of_six() { return {{1, 2}, {0}, {0}, {}, {}, {}}; }

TEST(Hyparview, AFailedPeerIsForgottenAndReplacedFromThePassiveView) {
  for (const PeerDown why : {PeerDown::kCrashed, PeerDown::kBroken}) {
    Hyparview::Params p = params();
    p.active = 2;
    Script s(p, two_peers_of_six());
    teach(s, 0, {3, 4, 5});
    EXPECT_THAT(s.connects(0), IsEmpty());
    s.disconnect(0, 1, why);
    EXPECT_THAT(s.known(0), UnorderedElementsAre(2, 3, 4, 5));
    const std::vector<unsigned> asked = s.connects(0);
    ASSERT_THAT(asked, SizeIs(1));
    EXPECT_THAT(asked, IsSubsetOf({3u, 4u, 5u}));
    s.connect(0, asked[0]);
    EXPECT_THAT(active(s, 0), ElementsAre(2, asked[0]));
    EXPECT_THAT(passive(s, 0), SizeIs(2));
    EXPECT_THAT(s.connects(0), IsEmpty());
    s.expect_no_message();  // no join: nobody is told of it
  }
}

TEST(Hyparview, WhoDoesNotAnswerIsForgottenAndTheNextIsAsked) {
  Hyparview::Params p = params();
  p.active = 2;
  Script s(p, two_peers_of_six());
  teach(s, 0, {3, 4, 5});
  s.disconnect(0, 1, PeerDown::kCrashed);
  std::set<unsigned> asked;
  for (std::size_t left = 3; left > 0; --left) {
    const std::vector<unsigned> one = s.connects(0);
    ASSERT_THAT(one, SizeIs(1));
    EXPECT_TRUE(asked.insert(one[0]).second);
    s.disconnect(0, one[0], PeerDown::kNoAnswer);
    EXPECT_THAT(passive(s, 0), SizeIs(left - 1));
  }
  EXPECT_THAT(s.connects(0), IsEmpty());
}

TEST(Hyparview, WhoRefusesStaysAndIsAskedAgainAfterTheNextShuffle) {
  Hyparview::Params p = params();
  p.active = 2;
  Script s(p, two_peers_of_six());
  teach(s, 0, {3, 4, 5});
  s.disconnect(0, 1, PeerDown::kBroken);
  std::set<unsigned> asked;
  for (int i = 0; i < 3; ++i) {
    const std::vector<unsigned> one = s.connects(0);
    ASSERT_THAT(one, SizeIs(1));
    EXPECT_TRUE(asked.insert(one[0]).second);
    s.disconnect(0, one[0], PeerDown::kRefused);
  }
  EXPECT_THAT(passive(s, 0), UnorderedElementsAre(3, 4, 5));
  EXPECT_THAT(s.connects(0), IsEmpty());
  teach(s, 0, {3});
  EXPECT_THAT(s.connects(0), IsEmpty());
  s.advance_to_timer_of(0);
  EXPECT_THAT(s.connects(0), SizeIs(1));
}

TEST(Hyparview, OneIsAskedAtATime) {
  Script s(params(), two_peers_of_six());
  teach(s, 0, {3});
  EXPECT_THAT(s.connects(0), ElementsAre(3));
  teach(s, 0, {4, 5});
  s.hand(1, 0, ForwardJoin{id(5), 0});
  s.disconnect(0, 1, PeerDown::kCrashed);
  EXPECT_THAT(s.connects(0), IsEmpty());
  s.connect(0, 3);
  EXPECT_THAT(s.connects(0), SizeIs(1));
}

// -------------------------------------------------------------------------------------------- rule 4

Hyparview::Params shuffling() {
  Hyparview::Params p = params();
  p.active = 2;
  p.passive = 6;
  return p;
}

TEST(Hyparview, AShuffleTakesNodesOfBothViewsOnAWalk) {
  Script s(shuffling(), {{1, 2}, {0}, {0}, {}, {}, {}, {}, {}, {}});
  teach(s, 0, {3, 4, 5, 6});
  s.advance_to_timer_of(0);
  ASSERT_THAT(s.recipients(0), SizeIs(1));
  const unsigned next = s.recipients(0)[0];
  const Shuffle walk = s.expect_message<Shuffle>(0, next);
  EXPECT_EQ(walk.origin, id(0));
  EXPECT_EQ(walk.steps, 4u);
  ASSERT_EQ(walk.nodes.size(), 5u);  // 2 + 3
  EXPECT_THAT((std::set{walk.nodes[0], walk.nodes[1]}), ElementsAre(id(1), id(2)));
  for (std::size_t i = 2; i < 5; ++i) EXPECT_THAT(passive(s, 0), Contains(static_cast<unsigned>(walk.nodes[i])));
}

TEST(Hyparview, TheFirstShuffleIsWithinAnIntervalAndTheNextOneLater) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Hyparview::Params p = params();
    p.shuffle_interval = seconds(10);
    Script s(p, peers_of_line(2), seed);
    s.advance_to_timer_of(0);
    const SimTime first = s.now();
    EXPECT_LE(first, SimTime{} + seconds(10));
    EXPECT_EQ(s.in_flight() > 0, true);
    s.advance_to_timer_of(0);
    EXPECT_EQ(s.now(), first + seconds(10));
  }
}

TEST(Hyparview, AShuffleIsPassedOnAndAnsweredWhereItEnds) {
  Script s(shuffling(), {{1, 2}, {0}, {0}, {}, {}, {}, {}});
  teach(s, 0, {3, 4});
  s.hand(1, 0, Shuffle{id(5), 2, {id(6)}});
  s.expect_message(0, 2, Shuffle{id(5), 1, {id(6)}});  // not back, and not to who began it
  EXPECT_THAT(passive(s, 0), UnorderedElementsAre(3, 4));
  s.hand(1, 0, Shuffle{id(5), 1, {id(6)}});
  const ShuffleReply reply = s.expect_message<ShuffleReply>(0, 5);
  EXPECT_THAT(reply.nodes, UnorderedElementsAre(id(3), id(4)));  // as many as came, the sender counted, or all
  EXPECT_THAT(passive(s, 0), UnorderedElementsAre(3, 4, 5, 6));
  s.hand(1, 0, Shuffle{id(0), 1, {id(6)}});  // its own comes by
  s.expect_no_message();
}

TEST(Hyparview, TheAnswerTakesThePlaceOfWhatWasSentWhereThePassiveViewIsFull) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Script s(shuffling(), {{1, 2}, {0}, {0}, {}, {}, {}, {}, {}, {}, {}, {}, {}}, seed);
    teach(s, 0, {3, 4, 5, 6, 7, 8});
    s.advance_to_timer_of(0);
    const Shuffle walk = s.expect_message<Shuffle>(0, s.recipients(0).at(0));
    std::set<unsigned> expected = {3, 4, 5, 6, 7, 8, 9, 10, 11};
    for (std::size_t i = 2; i < 5; ++i) expected.erase(static_cast<unsigned>(walk.nodes.at(i)));
    teach(s, 0, {9, 10, 11});
    EXPECT_THAT(passive(s, 0), ::testing::UnorderedElementsAreArray(expected));
    // A node more takes a random place.
    s.hand(1, 0, ForwardJoin{id(3), 3});
    EXPECT_THAT(passive(s, 0), SizeIs(6));
    EXPECT_THAT(passive(s, 0), Contains(3));
  }
}

TEST(Hyparview, WhatIsKnownAlreadyIsNotTakenIn) {
  Script s(shuffling(), {{1, 2}, {0}, {0}, {}});
  teach(s, 0, {0, 1, 2, 3, 3});
  EXPECT_THAT(passive(s, 0), ElementsAre(3));
}

// --------------------------------------------------------------------------------------------- options

TEST(Hyparview, OptionsThatContradictEachOtherAreNamed) {
  protocol::Setting setting;
  setting.nodes = 100;
  setting.failures_seen = true;
  const auto wrong = [&](const auto& change) {
    Hyparview::Params p;
    change(p);
    protocol::Diagnostics found;
    p.validate(setting, found);
    std::vector<std::string> keys;
    for (const auto& one : found) keys.push_back((one.warning ? "warning: " : "") + one.key);
    return keys;
  };
  using P = Hyparview::Params;
  EXPECT_THAT(wrong([](P&) {}), IsEmpty());
  EXPECT_THAT(wrong([](P& p) { p.active = 99; }), IsEmpty());
  EXPECT_THAT(wrong([](P& p) { p.active = 100; }), ElementsAre("active"));
  EXPECT_THAT(wrong([](P& p) { p.passive_walk = 7; }), ElementsAre("passive_walk"));
  EXPECT_THAT(wrong([](P& p) { p.shuffle_active = 6; }), ElementsAre("shuffle_active"));
  EXPECT_THAT(wrong([](P& p) { p.passive = 8; }), IsEmpty());  // 3 + 4 and the sender
  EXPECT_THAT(wrong([](P& p) { p.passive = 7; }), ElementsAre("passive"));
  EXPECT_THAT(wrong([](P& p) { p.shuffle_passive = 31; }), Contains("shuffle_passive"));
  setting.failures_seen = false;
  EXPECT_THAT(wrong([](P&) {}), ElementsAre("warning: "));
}

}  // namespace
}  // namespace hearsay::membership::membership_hyparview_test
