// Push-pull: rounds, what is known of peers, digests and eager exchanges, driven by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "protocols/push_pull.hpp"
#include "tests/protocols/push_pull_script.hpp"

namespace hearsay::protocols::push_pull_test {
namespace {

using hearsay::test::peers_of_complete;
using hearsay::test::peers_of_line;
using hearsay::test::peers_of_star;
using protocol::Phase;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// ---------------------------------------------------------------------------------------------- rounds

TEST(PushPull, ThePublisherDeliversAtOnceAndSendsAtItsNextTick) {
  GossipScript s(in_mode(Mode::kPush), peers_of_line(2));
  const ItemId item = s.publish(0);
  s.expect_delivered(0, item);
  s.expect_no_message();
  s.advance(seconds(1));
  const auto m = s.expect_message<PushPull::Push>(0, 1);
  EXPECT_THAT(carried(m), ElementsAre(item));
  s.deliver(0, 1);
  s.expect_delivered(1, item);
}

TEST(PushPull, ARoundGoesToDistinctPeersAndToAllIfTheyAreFew) {
  GossipScript s(in_mode(Mode::kPush, [](auto& p) { p.fanout = 3; }), peers_of_complete(6));
  std::set<unsigned> met;
  for (int round = 0; round < 40; ++round) {
    s.publish(0);
    s.advance(seconds(1));
    const auto to = s.recipients(0);
    s.lose_all();
    EXPECT_EQ(std::set<unsigned>(to.begin(), to.end()).size(), 3u);
    met.insert(to.begin(), to.end());
  }
  EXPECT_EQ(met.size(), 5u);
  GossipScript few(in_mode(Mode::kPush, [](auto& p) { p.fanout = 30; }), peers_of_complete(4));
  few.publish(0);
  few.advance(seconds(1));
  EXPECT_THAT(few.recipients(0), SizeIs(3));
}

TEST(PushPull, NobodyPushesNothing) {
  GossipScript s(in_mode(Mode::kPush), peers_of_complete(4));
  s.advance(seconds(5));
  s.expect_no_message();
}

TEST(PushPull, AMixedNodeDrawsOnceForEachRound) {
  // An item always waits, so a round either pushes to both peers or pulls from both.
  GossipScript s(with([](auto& p) {
                   p.track_peers = false;
                   p.max_message_age = seconds(100'000);
                   p.fanout = 2;
                 }),
                 peers_of_star(3));
  s.publish(0);
  int pushes = 0;
  constexpr int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    s.advance(seconds(1));
    ASSERT_THAT(s.recipients(0), SizeIs(2));
    const auto first = s.deliver(0, 1), second = s.deliver(0, 2);
    EXPECT_EQ(first.index(), second.index());
    if (std::holds_alternative<PushPull::Push>(first)) ++pushes;
    s.lose_all();
  }
  // Binomial: 3.89 sqrt(0.7 x 0.3 / 4000) = 0.028.
  EXPECT_NEAR(pushes / static_cast<double>(kRounds), 0.7, 0.028);
}

TEST(PushPull, ASynchronousRoundOffersWhatItHadWhenItBegan) {
  GossipScript s(in_mode(Mode::kPush, [](auto& p) { p.phase = Phase::kSynchronous; }), peers_of_line(3));
  const ItemId item = s.publish(0);
  s.advance(milliseconds(999));
  s.expect_no_message();
  s.advance(milliseconds(1));
  s.deliver(0, 1);  // in the same instant as the tick: it came in this round
  s.expect_no_message();
  s.advance(milliseconds(999));
  s.expect_no_message();
  const ItemId late = s.publish(1);
  s.advance(milliseconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(1, 2)), ElementsAre(item, late));
}

TEST(PushPull, ASynchronousAnswerReadsTheStartOfTheRoundToo) {
  GossipScript s(in_mode(Mode::kPull, [](auto& p) { p.phase = Phase::kSynchronous; }), peers_of_line(2));
  s.advance(milliseconds(1000));
  const ItemId item = s.publish(0);  // after the tick, before the digest arrives
  s.deliver_all();
  s.expect_not_delivered(1, item);
  s.advance(milliseconds(1000));
  s.deliver_all();
  s.expect_delivered(1, item);
}

TEST(PushPull, WithARandomPhaseAnAnswerReadsTheMoment) {
  GossipScript s(in_mode(Mode::kPull), peers_of_line(2));
  s.advance(seconds(1));
  const ItemId item = s.publish(0);
  s.deliver_all();
  s.expect_delivered(1, item);
}

TEST(PushPull, TicksComeOncePerIntervalAtAnOffsetOfTheNodesOwn) {
  GossipScript s(in_mode(Mode::kPull, [](auto& p) { p.interval = milliseconds(100); }), peers_of_line(2));
  for (int round = 0; round < 50; ++round) {
    s.advance(milliseconds(100));
    EXPECT_THAT(s.recipients(0), SizeIs(1));
    EXPECT_THAT(s.recipients(1), SizeIs(1));
    s.lose_all();
  }
}

// ---------------------------------------------------------------------------------------------- tracking

TEST(PushPull, ATrackingNodePushesAnItemToAPeerOnceEvenIfItWasLost) {
  GossipScript s(in_mode(Mode::kPush), peers_of_line(2));
  s.publish(0);
  s.advance(seconds(1));
  s.lose(0, 1);
  s.advance(seconds(5));
  s.expect_no_message();
  const ItemId next = s.publish(0);
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(next));
}

TEST(PushPull, WithoutTrackingEverythingRecentIsPushedEachRound) {
  GossipScript s(in_mode(Mode::kPush, [](auto& p) { p.track_peers = false; }), peers_of_line(2));
  const ItemId item = s.publish(0);
  for (int round = 0; round < 3; ++round) {
    round_of_node_0(s);
    EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(item));
    s.deliver(0, 1);
  }
  EXPECT_EQ(s.deliveries(1, item), 1u);
}

TEST(PushPull, ATrackingNodeDoesNotPushBackWhatCameFromThePeer) {
  GossipScript s(in_mode(Mode::kPush, [](auto& p) { p.phase = Phase::kSynchronous; }), peers_of_line(2));
  s.publish(0);
  s.advance(seconds(1));
  s.deliver(0, 1);
  s.advance(seconds(5));
  s.expect_no_message();
}

TEST(PushPull, ATrackingNodeDoesNotPushWhatAPeersDigestListed) {
  // Three nodes for a while: no push carries the item to a node whose digest, listing it, the sender has received.
  GossipScript s(with([](auto& p) { p.phase = Phase::kSynchronous; }), peers_of_complete(3));
  const ItemId item = s.publish(2);
  std::set<std::pair<unsigned, unsigned>> listed;  // (who listed it, to whom)
  for (int round = 0; round < 60; ++round) {
    s.advance(seconds(1));
    for (unsigned from = 0; from < 3; ++from)
      while (!s.recipients(from).empty()) {
        const unsigned to = s.recipients(from).front();
        const auto m = s.deliver(from, to);
        if (const auto* pull = std::get_if<PushPull::Pull>(&m); pull && pull->ids.contains(item))
          listed.insert({from, to});
        if (std::holds_alternative<PushPull::Push>(m)) {
          EXPECT_FALSE(listed.contains({to, from}));
        }
      }
  }
  EXPECT_THAT(listed, SizeIs(6));
  for (const unsigned node : {0u, 1u}) s.expect_delivered(node, item);
}

TEST(PushPull, AConnectionThatEndedIsForgotten) {
  GossipScript s(in_mode(Mode::kPush), peers_of_line(2));
  const ItemId item = s.publish(0);
  s.advance(seconds(1));
  s.lose(0, 1);
  s.disconnect(0, 1);
  s.advance(seconds(3));
  s.expect_no_message();
  s.connect(0, 1);
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(item));
}

TEST(PushPull, APeerThatStartedAnewIsForgotten) {
  GossipScript s(in_mode(Mode::kPush, [](auto& p) { p.phase = Phase::kSynchronous; }), peers_of_line(2));
  const ItemId first = s.publish(0), other = s.publish(1);
  s.advance(seconds(1));
  s.deliver_all();
  s.advance(seconds(3));
  s.restart(1);
  const ItemId news = s.publish(1);
  s.advance(seconds(1));
  s.expect_no_message(0, 1);  // it has not said anything yet
  s.deliver(1, 0);
  s.expect_delivered(0, news);
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(first, other));
  s.deliver(0, 1);
  EXPECT_EQ(s.deliveries(1, first), 2u);
}

TEST(PushPull, ARestartThatKeepsTheStateGoesOn) {
  GossipScript s(in_mode(Mode::kPush), peers_of_line(2));
  s.publish(0);
  s.advance(seconds(1));
  s.lose_all();
  s.restart(0, false);
  s.advance(seconds(3));
  s.expect_no_message();
  const ItemId item = s.publish(0);
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(item));
}

// ---------------------------------------------------------------------------------------------- digests

TEST(PushPull, AnEmptyDigestAsksAndNothingLackingGetsNoReply) {
  GossipScript s(in_mode(Mode::kPull), peers_of_line(2));
  const ItemId item = s.publish(1);
  round_of_node_0(s);
  const auto pull = s.expect_message<PushPull::Pull>(0, 1);
  EXPECT_THAT(ids(pull), IsEmpty());
  EXPECT_EQ(pull.bytes, PushPull::kHeaderBytes);
  s.deliver(0, 1);
  EXPECT_THAT(carried(s.expect_message<PushPull::PullReply>(1, 0)), ElementsAre(item));
  s.deliver(1, 0);
  round_of_node_0(s);
  EXPECT_THAT(ids(s.expect_message<PushPull::Pull>(0, 1)), ElementsAre(item));
  s.deliver(0, 1);
  s.expect_no_message();
}

TEST(PushPull, AReplyFollowsTheDigestAlone) {
  // Node 1 has sent the item before, in vain; the digest says that it is still lacking.
  for (const auto digest : {DigestKind::kFull, DigestKind::kDelta}) {
    GossipScript s(in_mode(Mode::kPull, [&](auto& p) { p.digest = digest; }), peers_of_line(2));
    const ItemId item = s.publish(1);
    for (int round = 0; round < 3; ++round) {
      round_of_node_0(s);
      s.deliver(0, 1);
      EXPECT_THAT(carried(s.expect_message<PushPull::PullReply>(1, 0)), ElementsAre(item));
      s.lose(1, 0);
    }
  }
}

TEST(PushPull, ADeltaListsWhatIsNewSinceTheLastCompletedExchange) {
  GossipScript s(in_mode(Mode::kPull, [](auto& p) { p.digest = DigestKind::kDelta; }), peers_of_line(2));
  const ItemId a = s.publish(0), b = s.publish(1);
  round_of_node_0(s);
  const auto first = s.expect_message<PushPull::Pull>(0, 1);
  EXPECT_TRUE(first.whole);
  EXPECT_THAT(ids(first), ElementsAre(a));
  s.deliver(0, 1);
  s.lose(1, 0);  // the reply: not completed
  round_of_node_0(s);
  const auto again = s.expect_message<PushPull::Pull>(0, 1);
  EXPECT_TRUE(again.whole);
  EXPECT_THAT(ids(again), ElementsAre(a));
  s.deliver(0, 1);
  EXPECT_THAT(carried(std::get<PushPull::PullReply>(s.deliver(1, 0))), ElementsAre(b));
  const ItemId c = s.publish(0);
  round_of_node_0(s);
  const auto delta = s.expect_message<PushPull::Pull>(0, 1);
  EXPECT_FALSE(delta.whole);
  EXPECT_THAT(ids(delta), ElementsAre(b, c));
  EXPECT_EQ(delta.bytes, PushPull::kHeaderBytes + 2 * PushPull::kIdBytes);
  s.deliver(0, 1);
  s.expect_no_message();  // nothing lacking: no reply, so not completed
  const ItemId d = s.publish(1);
  round_of_node_0(s);
  EXPECT_THAT(ids(s.expect_message<PushPull::Pull>(0, 1)), ElementsAre(b, c));
  s.deliver(0, 1);
  EXPECT_THAT(carried(std::get<PushPull::PullReply>(s.deliver(1, 0))), ElementsAre(d));
  round_of_node_0(s);
  EXPECT_THAT(ids(s.expect_message<PushPull::Pull>(0, 1)), ElementsAre(d));
}

TEST(PushPull, ALateReplyCompletesNothingOnceTheNextExchangeBegan) {
  GossipScript s(in_mode(Mode::kPull, [](auto& p) { p.digest = DigestKind::kDelta; }), peers_of_line(2));
  const ItemId a = s.publish(0);
  s.publish(1);
  round_of_node_0(s);
  s.deliver(0, 1);  // the reply stays on its way
  s.advance(seconds(1));
  s.deliver(1, 0);  // now it arrives
  s.lose_all();
  s.advance(seconds(1));
  const auto pull = s.expect_message<PushPull::Pull>(0, 1);
  EXPECT_TRUE(pull.whole);
  EXPECT_TRUE(pull.ids.contains(a));
}

TEST(PushPull, ADeltaThatBuildsOnWhatIsForgottenStartsOver) {
  // Node 1 loses its state after it has completed an exchange with node 0.
  GossipScript s(in_mode(Mode::kPull, [](auto& p) { p.digest = DigestKind::kDelta; }), peers_of_line(2));
  const ItemId a = s.publish(0), b = s.publish(1);
  round_of_node_0(s);
  s.deliver(0, 1);
  s.deliver(1, 0);
  s.restart(1);
  const ItemId c = s.publish(1);
  round_of_node_0(s);
  const auto delta = s.expect_message<PushPull::Pull>(0, 1);
  EXPECT_FALSE(delta.whole);
  EXPECT_THAT(ids(delta), ElementsAre(b));
  s.deliver(0, 1);
  const auto reply = s.expect_message<PushPull::PullReply>(1, 0);
  EXPECT_TRUE(reply.start_over);
  EXPECT_THAT(carried(reply), ElementsAre(c));
  s.deliver(1, 0);
  round_of_node_0(s);
  const auto whole = s.expect_message<PushPull::Pull>(0, 1);
  EXPECT_TRUE(whole.whole);
  EXPECT_THAT(ids(whole), ElementsAre(a, b, c));
}

TEST(PushPull, TheTwoWayExchangeRepairsWhicheverMessageIsLost) {
  // EX-24 with losses: whatever leg is lost, the next exchanges carry what is still lacking, and then nothing.
  for (const auto digest : {DigestKind::kFull, DigestKind::kDelta})
    for (int lost = 0; lost < 3; ++lost) {
      GossipScript s(in_mode(Mode::kPushPull, [&](auto& p) { p.digest = digest; }), peers_of_line(2));
      const ItemId a = s.publish(0), b = s.publish(1);
      round_of_node_0(s);
      for (int leg = 0; leg < 3; ++leg) {
        if (leg == lost) {
          s.lose(leg % 2, 1 - leg % 2);
          break;
        }
        s.deliver(leg % 2, 1 - leg % 2);
      }
      round_of_node_0(s);
      s.deliver_all();
      s.expect_delivered(0, b);
      s.expect_delivered(1, a);
      EXPECT_EQ(s.deliveries(0, b), 1u);
      round_of_node_0(s);
      s.deliver(0, 1);
      EXPECT_THAT(carried(s.expect_message<PushPull::ExchangeReply>(1, 0)), IsEmpty());
      s.deliver(1, 0);
      s.expect_no_message();
    }
}

// ------------------------------------------------------------------------------------------------ eager

TEST(PushPull, AnEagerRequestMayBeEmptyAndAReplyMayNot) {
  GossipScript s(eager([](auto&) {}), peers_of_line(2));
  round_of_node_0(s);
  EXPECT_THAT(carried(s.expect_message<PushPull::EagerRequest>(0, 1)), IsEmpty());
  s.deliver(0, 1);
  s.expect_no_message();
  const ItemId item = s.publish(1);
  round_of_node_0(s);
  s.deliver(0, 1);
  EXPECT_THAT(carried(s.expect_message<PushPull::EagerReply>(1, 0)), ElementsAre(item));
}

TEST(PushPull, EagerMessagesAcknowledgeSoThatOnlyLostItemsAreSentAgain) {
  GossipScript s(eager([](auto&) {}), peers_of_line(2));
  const ItemId lost = s.publish(0), kept = s.publish(0);
  round_of_node_0(s);
  s.lose(0, 1);
  s.advance(seconds(1));
  while (!s.recipients(0).empty()) {  // node 0 believes that it sent them
    EXPECT_THAT(carried(std::get<PushPull::EagerRequest>(s.deliver(0, 1))), IsEmpty());
  }
  s.deliver(1, 0);  // node 1 calls: it has not acknowledged anything
  EXPECT_THAT(carried(std::get<PushPull::EagerReply>(s.deliver(0, 1))), ElementsAre(lost, kept));
  s.lose_all();
  s.advance(seconds(1));
  while (!s.recipients(0).empty()) s.lose(0, 1);
  const auto request = std::get<PushPull::EagerRequest>(s.deliver(1, 0));
  EXPECT_THAT(carried(request), IsEmpty());
  EXPECT_THAT(ids(request), ElementsAre(lost, kept));  // the acknowledgement
  EXPECT_EQ(request.bytes, PushPull::kHeaderBytes + 2 * PushPull::kIdBytes);
  s.expect_no_message();
}

TEST(PushPull, WithoutTrackingAnEagerReplyFollowsTheRequestAlone) {
  GossipScript s(eager([](auto& p) { p.track_peers = false; }), peers_of_line(2));
  const ItemId a = s.publish(0), b = s.publish(1);
  for (int round = 0; round < 2; ++round) {
    round_of_node_0(s);
    EXPECT_TRUE(s.expect_message<PushPull::EagerRequest>(0, 1).carried.front() == a);
    s.deliver(0, 1);
    if (round == 0) {
      EXPECT_THAT(carried(std::get<PushPull::EagerReply>(s.deliver(1, 0))), ElementsAre(b));
    }
    s.expect_no_message();
  }
}

}  // namespace
}  // namespace hearsay::protocols::push_pull_test
