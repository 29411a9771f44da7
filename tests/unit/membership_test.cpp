// Membership by hand: events in, effects out; no network, no calendar.

#include "sim/membership/membership.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/support/print.hpp"

namespace hearsay::membership {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr NodeId id(unsigned n) { return NodeId{n}; }
constexpr SimTime at(Duration d) { return SimTime{} + d; }

MembershipSpec registry() {
  MembershipSpec spec;
  spec.kind = Kind::kRegistry;
  spec.registry_delay = milliseconds(100);
  return spec;
}

MembershipSpec exchange(std::uint32_t active) {
  MembershipSpec spec;
  spec.kind = Kind::kExchange;
  spec.active = active;
  spec.ping_interval = seconds(10);
  spec.ping_timeout = seconds(2);
  spec.suspect_after = 2;
  spec.list_size = 3;
  return spec;
}

/// The machine, and one event at a time. What an event sent can be asked for until the next event.
class Stage {
 public:
  using Lists = std::vector<std::vector<unsigned>>;

  Stage(const MembershipSpec& spec, const Lists& topology, std::vector<Duration> joins = {})
      : attributes_(topology.size()), all_(spec, joined(joins), nodes_of(topology), 7) {}

  Stage& wait(Duration d) {
    now_ = now_ + d;
    return *this;
  }
  void start(unsigned node, bool lost = false) {
    out_.clear();
    all_.on_start(id(node), lost, now_, out_);
  }
  void crash(unsigned node) { all_.on_down(id(node), now_); }
  void hand(unsigned from, unsigned to, Message message) {
    out_.clear();
    all_.on_message(id(to), id(from), message, now_, out_);
  }
  void fire(unsigned node, TimerKind kind) {
    out_.clear();
    all_.on_timer(id(node), {kind, lives(node)}, now_, out_);
  }

  /// Recipients of messages of a kind, in the order of the sends.
  std::vector<unsigned> sent(MessageKind kind) const {
    std::vector<unsigned> to;
    for (const auto& effect : out_.list)
      if (effect.kind == Effects::Kind::kSend && out_.messages[effect.message].kind == kind)
        to.push_back(static_cast<unsigned>(effect.peer));
    return to;
  }
  Message message(MessageKind kind) const {
    const auto found =
        std::find_if(out_.messages.begin(), out_.messages.end(), [kind](const auto& m) { return m.kind == kind; });
    return found == out_.messages.end() ? Message{} : *found;
  }
  std::vector<unsigned> connects() const { return ends(Effects::Kind::kConnect); }
  std::vector<unsigned> disconnects() const { return ends(Effects::Kind::kDisconnect); }
  Duration timer(TimerKind kind) const {
    for (const auto& effect : out_.list)
      if (effect.kind == Effects::Kind::kTimer && effect.timer.kind == kind) return effect.delay;
    return {};
  }
  std::vector<unsigned> known(unsigned node) const {
    std::vector<unsigned> nodes;
    for (const auto& entry : all_.view(id(node)).entries()) nodes.push_back(static_cast<unsigned>(entry.node));
    return nodes;
  }
  std::vector<unsigned> peers(unsigned node) const {
    std::vector<unsigned> nodes;
    for (const auto& entry : all_.view(id(node)).entries())
      if (entry.connected) nodes.push_back(static_cast<unsigned>(entry.node));
    return nodes;
  }
  Membership& all() { return all_; }
  SimTime now() const { return now_; }

 private:
  std::vector<unsigned> ends(Effects::Kind kind) const {
    std::vector<unsigned> nodes;
    for (const auto& effect : out_.list)
      if (effect.kind == kind) nodes.push_back(static_cast<unsigned>(effect.peer));
    return nodes;
  }
  std::span<const network::NodeAttributes> joined(const std::vector<Duration>& joins) {
    for (std::size_t n = 0; n < joins.size(); ++n) attributes_[n].joins = at(joins[n]);
    return attributes_;
  }
  static std::vector<std::vector<NodeId>> nodes_of(const Lists& lists) {
    std::vector<std::vector<NodeId>> all(lists.size());
    for (std::size_t n = 0; n < lists.size(); ++n)
      for (const unsigned peer : lists[n]) all[n].push_back(id(peer));
    return all;
  }
  std::uint32_t lives(unsigned node) const {
    std::uint32_t life = 0;
    while (life < 10 && !all_.is_pending(id(node), {TimerKind::kRound, life})) ++life;
    return life;
  }

  std::vector<network::NodeAttributes> attributes_;
  Membership all_;
  SimTime now_;
  Effects out_;
};

Message pong(std::uint32_t round, std::vector<NodeDescriptor> nodes = {}) {
  return {.kind = MessageKind::kPong, .round = round, .nodes = std::move(nodes)};
}
Message connect() { return {.kind = MessageKind::kConnect, .nodes = {}}; }
Message disconnect() { return {.kind = MessageKind::kDisconnect, .nodes = {}}; }
Message ping(bool to_peer = true) { return {.kind = MessageKind::kPing, .round = 1, .to_peer = to_peer, .nodes = {}}; }

// ---------------------------------------------------------------------------------------- messages

TEST(MembershipMessage, HasItsDocumentedSize) {
  EXPECT_EQ(ping().wire_bytes(), 16u);
  EXPECT_EQ(pong(1, {{id(1), {}}, {id(2), {}}}).wire_bytes(), 16u + 2 * 22);
}

TEST(MembershipMessage, KindsAreNamedInTheOrderOfTheirNumbers) {
  EXPECT_THAT(message_kinds({}), IsEmpty());
  EXPECT_THAT(message_kinds(registry()), ElementsAre("connect", "disconnect"));
  EXPECT_THAT(message_kinds(exchange(1)), ElementsAre("connect", "disconnect", "ping", "pong"));
}

TEST(MembershipTimer, FitsIntoAWord) {
  const Timer timer{TimerKind::kRotate, 12345};
  EXPECT_EQ(Timer::unpacked(timer.packed()), timer);
}

TEST(MessageTable, UsesASlotAgainOnceItsMessageIsTaken) {
  MessageTable table;
  const auto a = table.store(pong(1));
  const auto b = table.store(pong(2));
  EXPECT_EQ(table.take(a).round, 1u);
  EXPECT_EQ(table.store(pong(3)), a);
  EXPECT_EQ(table[b].round, 2u);
  EXPECT_EQ(table.in_use(), 2u);
}

// -------------------------------------------------------------------------------------------- view

TEST(View, SamplesDistinctNodesAndNeverTheExcepted) {
  View view;
  for (unsigned n = 0; n < 20; ++n) view.insert(id(19 - n), {});
  KeyedDraws rng(1, Stream::kMembership);
  std::vector<View::Entry> out;
  std::set<NodeId> met;
  for (int i = 0; i < 500; ++i) {
    view.sample(5, id(3), rng, out);
    std::set<NodeId> distinct;
    for (const auto& entry : out) distinct.insert(entry.node);
    EXPECT_EQ(distinct.size(), 5u);
    met.insert(distinct.begin(), distinct.end());
  }
  EXPECT_EQ(met.size(), 19u);  // 500 x 5 of 19: none is left out but with probability 19 (14/19)^500
  EXPECT_FALSE(met.contains(id(3)));
  view.sample(100, id(3), rng, out);
  EXPECT_EQ(out.size(), 19u);
}

TEST(View, DrawsPeersAndStrangersApart) {
  View view;
  for (unsigned n = 0; n < 4; ++n) view.insert(id(n), at(seconds(n)));
  view.set_connected(id(1), true);
  view.set_connected(id(2), true);
  KeyedDraws rng(1, Stream::kMembership);
  std::set<NodeId> peers, strangers;
  for (int i = 0; i < 100; ++i) {
    peers.insert(view.draw(true, rng));
    strangers.insert(view.draw(false, rng));
  }
  EXPECT_THAT(peers, ElementsAre(id(1), id(2)));
  EXPECT_THAT(strangers, ElementsAre(id(0), id(3)));
  EXPECT_FALSE(view.set_connected(id(1), true));
  view.erase(id(1));
  EXPECT_EQ(view.peers(), 1u);
  EXPECT_EQ(view.strangers(), 2u);
}

// ---------------------------------------------------------------------------------------- registry

TEST(Registry, ANodeLearnsAllThatAreRegisteredWhenTheAnswerIsDue) {
  Stage s(registry(), Stage::Lists(3));
  for (unsigned n = 0; n < 3; ++n) s.start(n);
  EXPECT_EQ(s.timer(TimerKind::kList), milliseconds(100));
  EXPECT_EQ(s.timer(TimerKind::kRenew), Duration{});  // refresh is off
  s.wait(milliseconds(100)).fire(0, TimerKind::kList);
  EXPECT_THAT(s.connects(), UnorderedElementsAre(1, 2));
  EXPECT_THAT(s.sent(MessageKind::kConnect), UnorderedElementsAre(1, 2));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2));
}

TEST(Registry, TheOtherEndConnectsWhenItIsTold) {
  Stage s(registry(), Stage::Lists(2));
  s.start(0);
  s.start(1);
  s.hand(0, 1, connect());
  EXPECT_THAT(s.connects(), ElementsAre(0));
  EXPECT_THAT(s.sent(MessageKind::kConnect), IsEmpty());
  s.wait(milliseconds(100)).fire(1, TimerKind::kList);
  EXPECT_THAT(s.connects(), IsEmpty());  // it is already
}

TEST(Registry, AnEntryThatIsNotRenewedExpiresAndIsLetGo) {
  MembershipSpec spec = registry();
  spec.refresh = seconds(10);
  spec.expire_after = seconds(25);
  Stage s(spec, Stage::Lists(3));
  for (unsigned n = 0; n < 3; ++n) s.start(n);
  EXPECT_EQ(s.timer(TimerKind::kRenew), seconds(10));
  s.wait(milliseconds(100)).fire(0, TimerKind::kList);
  s.crash(2);
  for (unsigned k = 1; k <= 2; ++k) {
    s.wait(seconds(10)).fire(1, TimerKind::kRenew);
    s.fire(0, TimerKind::kRenew);
    s.fire(0, TimerKind::kList);
    EXPECT_THAT(s.peers(0), ElementsAre(1, 2)) << "after " << 10 * k << " s";
  }
  // Its last renewal was at 0, so it is gone at 25 s.
  s.wait(at(seconds(25)) - s.now() - nanoseconds(1)).fire(0, TimerKind::kList);
  EXPECT_THAT(s.disconnects(), IsEmpty());
  s.wait(nanoseconds(1)).fire(0, TimerKind::kList);
  EXPECT_THAT(s.disconnects(), ElementsAre(2));
  EXPECT_THAT(s.sent(MessageKind::kDisconnect), ElementsAre(2));
  EXPECT_THAT(s.known(0), ElementsAre(1));
}

TEST(Registry, ANodeThatStartsAgainRegistersAndConnectsAgain) {
  Stage s(registry(), Stage::Lists(2));
  s.start(0);
  s.start(1);
  s.wait(milliseconds(100)).fire(1, TimerKind::kList);
  const Timer old{TimerKind::kList, 0};
  s.crash(1);
  EXPECT_THAT(s.peers(1), IsEmpty());
  s.wait(seconds(1)).start(1, true);
  EXPECT_FALSE(s.all().is_pending(id(1), old));  // set before it went down
  s.wait(milliseconds(100)).fire(1, TimerKind::kList);
  EXPECT_THAT(s.connects(), ElementsAre(0));
}

// ---------------------------------------------------------------------------------------- exchange

const Stage::Lists kTriangle = {{1, 2}, {0, 2}, {0, 1}};

TEST(Exchange, NodesThatAreUpFromTheStartBeginConnected) {
  Stage s(exchange(2), kTriangle, {{}, {}, seconds(5)});
  EXPECT_THAT(s.peers(0), ElementsAre(1));
  EXPECT_THAT(s.peers(1), ElementsAre(0));
  EXPECT_THAT(s.known(2), IsEmpty());
  s.start(0);
  EXPECT_THAT(s.connects(), IsEmpty());
  EXPECT_GE(s.timer(TimerKind::kRound), nanoseconds(1));
  EXPECT_LE(s.timer(TimerKind::kRound), seconds(10));
  // Who joins later knows who was there; who was there did not know it.
  EXPECT_THAT(s.all().bootstrap(id(0)), ElementsAre(id(1)));
  EXPECT_THAT(s.all().bootstrap(id(2)), ElementsAre(id(0), id(1)));
  s.wait(seconds(5)).start(2);
  EXPECT_THAT(s.connects(), UnorderedElementsAre(0, 1));
  EXPECT_THAT(s.sent(MessageKind::kConnect), UnorderedElementsAre(0, 1));
  s.hand(2, 0, connect());
  EXPECT_THAT(s.connects(), ElementsAre(2));
}

TEST(Exchange, APingIsAnsweredWithRandomKnownNodesOtherThanTheAsker) {
  Stage s(exchange(5), {{1, 2, 3, 4, 5}, {0}, {0}, {0}, {0}, {0}});
  s.hand(1, 0, ping());
  EXPECT_THAT(s.sent(MessageKind::kPong), ElementsAre(1));
  const Message answer = s.message(MessageKind::kPong);
  EXPECT_EQ(answer.round, 1u);
  EXPECT_EQ(answer.nodes.size(), 3u);  // list_size
  for (const NodeDescriptor& report : answer.nodes) EXPECT_NE(report.node, id(1));
  s.hand(0, 1, answer);
  EXPECT_EQ(s.known(1).size(), 4u);
}

TEST(Exchange, APeerIsDroppedAfterItMissedSoManyPingsAndIsReplaced) {
  Stage s(exchange(1), {{1}, {0}, {}, {}});
  s.hand(1, 0, pong(0, {{id(2), s.now()}}));
  for (unsigned round = 1; round <= 2; ++round) {
    s.wait(seconds(8)).fire(0, TimerKind::kRound);
    EXPECT_THAT(s.sent(MessageKind::kPing), ElementsAre(1));
    EXPECT_EQ(s.timer(TimerKind::kTimeout), seconds(2));
    EXPECT_EQ(s.timer(TimerKind::kRound), seconds(10));
    s.wait(seconds(2)).fire(0, TimerKind::kTimeout);
    if (round == 1) {
      EXPECT_THAT(s.disconnects(), IsEmpty());
    }
  }
  EXPECT_THAT(s.disconnects(), ElementsAre(1));
  EXPECT_THAT(s.sent(MessageKind::kDisconnect), ElementsAre(1));
  EXPECT_THAT(s.connects(), ElementsAre(2));
  EXPECT_THAT(s.known(0), ElementsAre(2));
}

TEST(Exchange, APongInTimeStartsTheCountOfMissedPingsAnew) {
  Stage s(exchange(1), {{1}, {0}});
  for (unsigned round = 1; round <= 6; ++round) {
    s.fire(0, TimerKind::kRound);
    if (round % 2 == 0) s.hand(1, 0, pong(round));
    s.wait(seconds(2)).fire(0, TimerKind::kTimeout);
  }
  EXPECT_THAT(s.peers(0), ElementsAre(1));
}

TEST(Exchange, APongAfterTheTimeoutOrOfAnotherRoundDoesNotCount) {
  Stage s(exchange(1), {{1}, {0}});
  s.fire(0, TimerKind::kRound);
  s.wait(seconds(2)).fire(0, TimerKind::kTimeout);
  s.hand(1, 0, pong(1));  // too late
  s.fire(0, TimerKind::kRound);
  s.hand(1, 0, pong(1));  // of the round before
  s.wait(seconds(2)).fire(0, TimerKind::kTimeout);
  EXPECT_THAT(s.peers(0), IsEmpty());
}

TEST(Exchange, APingOverAConnectionWhoseOtherEndIsGoneIsAnsweredWithADisconnect) {
  Stage s(exchange(1), {{1}, {0}});
  s.crash(1);
  s.wait(seconds(1)).start(1, true);  // connects to 0 again
  s.hand(0, 1, disconnect());
  s.hand(0, 1, ping());
  EXPECT_THAT(s.sent(MessageKind::kPong), ElementsAre(0));
  EXPECT_THAT(s.sent(MessageKind::kDisconnect), ElementsAre(0));
  s.hand(1, 0, disconnect());
  EXPECT_THAT(s.disconnects(), ElementsAre(1));
  EXPECT_THAT(s.known(0), ElementsAre(1));  // it lives
}

TEST(Exchange, ADroppedNodeIsBroughtBackOnlyByALaterSignOfLife) {
  Stage s(exchange(2), {{1, 2}, {0}, {0}});
  for (unsigned round = 1; round <= 2; ++round) {
    s.wait(seconds(10)).fire(0, TimerKind::kRound);
    s.hand(2, 0, pong(round));
    s.wait(seconds(2)).fire(0, TimerKind::kTimeout);
  }
  const SimTime dropped = s.now();
  EXPECT_THAT(s.known(0), ElementsAre(2));
  s.wait(seconds(1)).hand(2, 0, pong(2, {{id(1), dropped}}));
  EXPECT_THAT(s.known(0), ElementsAre(2));
  s.hand(2, 0, pong(2, {{id(1), dropped + nanoseconds(1)}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2));
}

TEST(Exchange, WhoNobodyHasHeardOfForTooLongIsForgotten) {
  MembershipSpec spec = exchange(1);
  spec.expire_after = seconds(30);
  Stage s(spec, {{1}, {0}, {}, {}});
  s.wait(seconds(40)).hand(1, 0, pong(0, {{id(2), at(seconds(10))}, {id(3), at(seconds(11))}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 3));  // 2 is too old already
  s.wait(milliseconds(999)).fire(0, TimerKind::kRound);
  EXPECT_THAT(s.known(0), ElementsAre(1, 3));
  s.wait(milliseconds(1)).fire(0, TimerKind::kRound);
  EXPECT_THAT(s.known(0), ElementsAre(1));
}

TEST(Exchange, AFullViewTakesOnlyWhatIsFresherThanItsOldest) {
  MembershipSpec spec = exchange(1);
  spec.view_capacity = 3;
  Stage s(spec, {{1}, {0}, {}, {}, {}, {}});
  s.wait(seconds(50));
  s.hand(1, 0, pong(0, {{id(2), at(seconds(20))}, {id(3), at(seconds(10))}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2, 3));
  s.hand(1, 0, pong(0, {{id(4), at(seconds(5))}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2, 3));
  // Among eight draws of three entries one meets the oldest but with probability (2/3)^8 = 4 %; the seed is fixed.
  s.hand(1, 0, pong(0, {{id(5), at(seconds(30))}}));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2, 5));
}

TEST(Exchange, AViewFullOfPeersRefusesAConnection) {
  MembershipSpec spec = exchange(2);
  spec.view_capacity = 2;
  Stage s(spec, {{1, 2}, {0}, {0}, {}});
  s.hand(3, 0, connect());
  EXPECT_THAT(s.connects(), IsEmpty());
  EXPECT_THAT(s.sent(MessageKind::kDisconnect), ElementsAre(3));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2));
}

TEST(Exchange, LostBootstrapPeersAreAskedInTurnAndConnectedWhenTheyAnswer) {
  Stage s(exchange(1), {{1, 2, 3}, {0}, {0}, {0}});
  for (unsigned round = 1; round <= 2; ++round) {
    s.fire(0, TimerKind::kRound);
    s.hand(3, 0, pong(round));
    s.wait(seconds(2)).fire(0, TimerKind::kTimeout);
  }
  EXPECT_THAT(s.known(0), ElementsAre(3));
  std::vector<unsigned> asked;
  for (unsigned round = 3; round <= 5; ++round) {
    s.fire(0, TimerKind::kRound);
    for (const unsigned to : s.sent(MessageKind::kPing))
      if (to != 3) asked.push_back(to);
    s.hand(3, 0, pong(round));
  }
  EXPECT_THAT(asked, ElementsAre(1, 2, 1));
  Message found = pong(5);
  found.to_peer = false;
  s.hand(1, 0, found);
  EXPECT_THAT(s.connects(), ElementsAre(1));
  EXPECT_THAT(s.sent(MessageKind::kConnect), ElementsAre(1));
  EXPECT_THAT(s.peers(0), ElementsAre(1, 3));  // more than `active`, until it rotates
}

TEST(Exchange, ANodeWithoutAnyPeerAsksAllItsBootstrapPeers) {
  Stage s(exchange(2), kTriangle);
  for (unsigned round = 1; round <= 2; ++round) {
    s.fire(0, TimerKind::kRound);
    s.wait(seconds(2)).fire(0, TimerKind::kTimeout);
  }
  EXPECT_THAT(s.known(0), IsEmpty());
  s.fire(0, TimerKind::kRound);
  EXPECT_THAT(s.sent(MessageKind::kPing), UnorderedElementsAre(1, 2));
}

TEST(Exchange, RotationTrimsTheExcessAndExchangesOnePeer) {
  MembershipSpec spec = exchange(2);
  spec.rotate_interval = seconds(30);
  Stage s(spec, {{1, 2, 3, 4}, {0}, {0}, {0}, {0}, {}});
  s.start(0);
  EXPECT_GE(s.timer(TimerKind::kRotate), nanoseconds(1));
  EXPECT_LE(s.timer(TimerKind::kRotate), seconds(30));
  s.hand(1, 0, pong(0, {{id(5), s.now()}}));
  EXPECT_EQ(s.peers(0).size(), 4u);
  s.wait(seconds(30)).fire(0, TimerKind::kRotate);
  EXPECT_EQ(s.timer(TimerKind::kRotate), seconds(30));
  EXPECT_EQ(s.disconnects().size(), 3u);
  EXPECT_THAT(s.sent(MessageKind::kConnect), ElementsAre(5));
  EXPECT_EQ(s.peers(0).size(), 2u);
  EXPECT_EQ(s.known(0).size(), 5u);
}

TEST(Exchange, AConnectionThatTheTransportGaveUpIsReplaced) {
  Stage s(exchange(1), {{1}, {0}, {}});
  s.hand(1, 0, pong(0, {{id(2), s.now()}}));
  Effects out;
  s.all().on_broken(id(0), id(1), s.now(), out);
  EXPECT_THAT(s.peers(0), ElementsAre(2));
}

// ----------------------------------------------------------------------------------------- figures

TEST(MembershipFigures, CountTheViewsOfLiveNodesAndWhatIsStaleInThem) {
  Stage s(exchange(2), kTriangle);
  EXPECT_EQ(s.all().view_size_mean(), 2.0);
  EXPECT_EQ(s.all().stale_view_share(), 0.0);
  s.crash(2);
  EXPECT_EQ(s.all().view_size_mean(), 2.0);
  EXPECT_EQ(s.all().view_size_p50(), 2.0);
  EXPECT_EQ(s.all().stale_view_share(), 0.5);  // 0 and 1 know each other, and 2, which is down
  EXPECT_EQ(s.all().join_known_s(), std::nullopt);
  s.crash(0);
  s.crash(1);
  EXPECT_EQ(s.all().view_size_p50(), std::nullopt);
  EXPECT_EQ(s.all().stale_view_share(), std::nullopt);
}

TEST(MembershipFigures, AJoinerIsKnownOnceHalfOfTheOthersKnowIt) {
  Stage s(exchange(2), {{1, 2, 3, 4}, {0}, {0}, {0}, {0, 1}}, {{}, {}, {}, {}, seconds(10)});
  s.wait(seconds(10)).start(4);
  s.wait(seconds(1)).hand(4, 0, connect());
  EXPECT_EQ(s.all().join_known_s(), std::nullopt);  // one of four others
  s.wait(seconds(1)).hand(0, 1, pong(0, {{id(4), s.now()}}));
  EXPECT_EQ(s.all().join_known_s(), 2.0);
}

}  // namespace
}  // namespace hearsay::membership
