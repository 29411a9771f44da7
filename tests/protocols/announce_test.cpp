// Announcement of transactions, by hand: each rule of protocols/announce.hpp.

#include "protocols/announce.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <variant>
#include <vector>

#include "tests/support/script.hpp"

namespace hearsay::protocols::announce_test {
namespace {

using hearsay::test::peers_of_complete;
using hearsay::test::peers_of_line;
using hearsay::test::peers_of_ring;
using hearsay::test::peers_of_star;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using AnnounceScript = hearsay::test::Script<Announce>;
using Eviction = Announce::Eviction;
using Tx = Announce::Tx;
using Inv = Announce::Inv;
using GetData = Announce::GetData;
using NotFound = Announce::NotFound;

Announce::Params with(auto change) {
  Announce::Params p;
  change(p);
  return p;
}

template <class M>
M of(std::initializer_list<ItemId> items) {
  M message;
  message.ids.assign(items.begin(), items.end());
  return message;
}

/// Inv, getdata, tx.
void fetch(AnnounceScript& s, unsigned holder, unsigned asker) {
  s.deliver(holder, asker);
  s.deliver(asker, holder);
  s.deliver(holder, asker);
}

// ---------------------------------------------------------------------------------- sizes on the wire

TEST(AnnounceMessages, HaveTheSizesOfBitcoin) {
  const ItemId a{1}, b{2};
  EXPECT_EQ((Tx{a, 250}).wire_bytes(), 24u + 250);
  EXPECT_EQ(of<Inv>({a}).wire_bytes(), 24u + 1 + 36);
  EXPECT_EQ(of<GetData>({a, b}).wire_bytes(), 24u + 1 + 72);
  EXPECT_EQ(of<NotFound>({a}).wire_bytes(), 24u + 1 + 36);
  Inv many;
  many.ids.resize(253);
  EXPECT_EQ(many.wire_bytes(), 24u + 3 + 253 * 36);
  many.ids.resize(252);
  EXPECT_EQ(many.wire_bytes(), 24u + 1 + 252 * 36);
}

// ------------------------------------------------------------------------------- hashes and requests

TEST(Announce, APublisherDeliversAndAnnouncesToAll) {
  AnnounceScript s({}, peers_of_star(4));
  const ItemId item = s.publish(0, {.bytes = 250});
  s.expect_delivered(0, item);
  for (const unsigned peer : {1u, 2u, 3u}) s.expect_message(0, peer, of<Inv>({item}));
  s.expect_no_message();
  s.expect_no_timer();
}

TEST(Announce, WhoHearsOfAnUnknownTransactionRequestsItAndAnnouncesItOn) {
  AnnounceScript s({}, peers_of_line(3));
  const ItemId item = s.publish(0, {.bytes = 250});
  s.deliver(0, 1);
  s.expect_not_delivered(1, item);
  s.expect_message(1, 0, of<GetData>({item}));
  s.expect_no_message();
  s.deliver(1, 0);
  s.expect_message(0, 1, Tx{item, 250});
  s.deliver(0, 1);
  s.expect_delivered(1, item);
  s.expect_message(1, 2, of<Inv>({item}));  // and none to 0, from which it came
  s.expect_no_message();
}

TEST(Announce, AnInvNeverGoesToAPeerThatAnnouncedIt) {
  AnnounceScript s({}, peers_of_complete(3));
  s.publish(0);
  s.deliver(0, 2);  // 2 hears of it
  fetch(s, 0, 1);   // 1 has it, and announces it to 2 alone
  s.deliver(1, 2);  // 2 knows now that 1 has it
  s.deliver(2, 0);
  s.deliver(0, 2);
  EXPECT_THAT(s.recipients(2), IsEmpty());
  EXPECT_EQ(s.in_flight(), 0u);
}

TEST(Announce, KnownTransactionsAreNotRequested) {
  AnnounceScript s({}, peers_of_line(2));
  const ItemId item = s.publish(0);
  fetch(s, 0, 1);
  s.hand(1, 0, of<Inv>({item}));
  s.expect_no_message();
  EXPECT_EQ(s.deliveries(0, item), 1u);
}

TEST(Announce, RequestsAllThatIsUnknownInOneMessage) {
  AnnounceScript s({}, peers_of_line(2));
  const ItemId a = s.publish(0), b = s.publish(1), c = s.publish(0);
  s.lose_all();
  s.hand(0, 1, of<Inv>({a, b, c}));
  s.expect_message(1, 0, of<GetData>({a, c}));
  s.expect_no_message();
}

TEST(Announce, AnswersWithWhatItHoldsAndOneNotFound) {
  AnnounceScript s({}, peers_of_line(2));
  const ItemId a = s.publish(0, {.bytes = 300}), b = s.publish(1), c = s.publish(1), d = s.publish(0, {.bytes = 400});
  s.lose_all();
  s.hand(1, 0, of<GetData>({a, b, c, d}));
  s.expect_message(0, 1, Tx{a, 300});
  s.expect_message(0, 1, Tx{d, 400});
  s.expect_message(0, 1, of<NotFound>({b, c}));
  s.expect_no_message();
}

// -------------------------------------------------------------------------------------- full_peers

TEST(Announce, SoManyPeersGetItWholeAndTheRestItsHash) {
  AnnounceScript s(with([](auto& p) { p.full_peers = std::int64_t{2}; }), peers_of_star(7));
  const ItemId item = s.publish(0, {.bytes = 500});
  std::vector<unsigned> full, hashes;
  for (unsigned peer = 1; peer < 7; ++peer) {
    if (std::holds_alternative<Tx>(s.deliver(0, peer)))
      full.push_back(peer);
    else
      hashes.push_back(peer);
  }
  EXPECT_EQ(full.size(), 2u);
  EXPECT_EQ(hashes.size(), 4u);
  for (const unsigned peer : full) s.expect_delivered(peer, item);
  for (const unsigned peer : hashes) s.expect_message(peer, 0, of<GetData>({item}));
  s.expect_no_message();
}

TEST(Announce, DrawsThemAfreshForEachTransaction) {
  AnnounceScript s(with([](auto& p) {
                     p.full_peers = std::int64_t{1};
                     p.announce_rest = false;
                   }),
                   peers_of_star(5));
  std::set<unsigned> chosen;
  for (int i = 0; i < 40; ++i) {
    s.publish(0);
    ASSERT_EQ(s.in_flight(), 1u);
    chosen.insert(s.recipients(0).front());
    s.lose_all();
  }
  EXPECT_EQ(chosen.size(), 4u);  // one is left out with probability 4 (3/4)^40 = 4e-5
}

TEST(Announce, AShareIsOfAllPeersRoundedDown) {
  const auto full = [](double share, unsigned peers) {
    AnnounceScript s(with([&](auto& p) {
                       p.full_peers = share;
                       p.announce_rest = false;
                     }),
                     peers_of_star(peers + 1));
    s.publish(0);
    return s.in_flight();
  };
  EXPECT_EQ(full(0.5, 7), 3u);
  EXPECT_EQ(full(0.29, 100), 29u);  // 28.999... in binary
  EXPECT_EQ(full(1.0, 7), 7u);
  EXPECT_EQ(full(0.1, 7), 0u);
}

TEST(Announce, ThePeersOfAGroupGetItWhole) {
  AnnounceScript s(with([](auto& p) { p.full_peers = "miners"; }), peers_of_star(5));
  s.set_groups({"others", "miners"});
  for (const unsigned miner : {2u, 4u}) s.attributes(miner).group = GroupId{1};
  for (const unsigned other : {1u, 3u}) s.attributes(other).group = GroupId{0};
  const ItemId item = s.publish(0, {.bytes = 500});
  for (const unsigned miner : {2u, 4u}) s.expect_message(0, miner, Tx{item, 500});
  for (const unsigned other : {1u, 3u}) s.expect_message(0, other, of<Inv>({item}));
  s.expect_no_message();
}

TEST(Announce, WithoutHashesTheRestHearNothing) {
  AnnounceScript s(with([](auto& p) {
                     p.full_peers = "miners";
                     p.announce_rest = false;
                   }),
                   peers_of_star(3));
  s.set_groups({"miners"});
  s.attributes(1).group = GroupId{0};
  const ItemId item = s.publish(0);
  s.expect_message(0, 1, Tx{item, 1000});
  s.expect_no_message();
}

TEST(Announce, WholeTransactionsDoNotGoBack) {
  AnnounceScript s(with([](auto& p) { p.full_peers = 1.0; }), peers_of_ring(3));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.expect_message(1, 2, Tx{item, 1000});
  EXPECT_THAT(s.recipients(1), ElementsAre(2u));
}

// ---------------------------------------------------------------------------------- failing requests

/// Node 0 hears of one transaction, which nobody in the script holds, from 1, 2 and 3 in this order.
class FailingRequest : public ::testing::Test {
 protected:
  AnnounceScript s{with([](auto& p) { p.request_timeout = seconds(60); }), peers_of_star(4)};
  ItemId item{};
  void SetUp() override {
    item = s.publish(1);
    s.lose_all();
    for (const unsigned peer : {1u, 2u, 3u}) s.hand(peer, 0, of<Inv>({item}));
    s.expect_message(0, 1, of<GetData>({item}));  // one alone
    s.expect_no_message();
  }
};

TEST_F(FailingRequest, GoesToTheNextAnnouncerAfterTheTimeout) {
  s.advance(seconds(60) - nanoseconds(1));
  s.expect_no_message();
  s.advance(nanoseconds(1));
  s.expect_message(0, 2, of<GetData>({item}));
  s.advance(seconds(60));
  s.expect_message(0, 3, of<GetData>({item}));
  s.expect_no_message();
  EXPECT_EQ(s.counted(Announce::kTimedOut), 2u);
  s.hand(3, 0, Tx{item, 1000});
  s.expect_delivered(0, item);
  s.expect_no_timer();
}

TEST_F(FailingRequest, BeginsAnewWithTheNextInvOnceNobodyIsLeft) {
  s.advance(seconds(180));
  s.expect_message(0, 2, of<GetData>({item}));
  s.expect_message(0, 3, of<GetData>({item}));
  s.expect_no_message();
  s.expect_no_timer();
  EXPECT_EQ(s.counted(Announce::kTimedOut), 3u);
  s.hand(2, 0, of<Inv>({item}));
  s.expect_message(0, 2, of<GetData>({item}));
}

TEST_F(FailingRequest, GoesToTheNextAnnouncerAtOnceAfterANotFound) {
  s.hand(2, 0, of<NotFound>({item}));  // was not asked
  s.expect_no_message();
  s.hand(1, 0, of<NotFound>({item}));
  s.expect_message(0, 2, of<GetData>({item}));
  EXPECT_EQ(s.counted(Announce::kNotFound), 1u);
  s.advance(seconds(60) - nanoseconds(1));  // the second request has its own time
  s.expect_no_message();
  s.advance(nanoseconds(1));
  s.expect_message(0, 3, of<GetData>({item}));
}

TEST_F(FailingRequest, GoesToTheNextAnnouncerWhenTheConnectionEnds) {
  s.peer_down(0, 2, protocol::PeerDown::kCrashed);  // was not asked yet, and will not be
  s.expect_no_message();
  s.peer_down(0, 1, protocol::PeerDown::kCrashed);
  s.expect_message(0, 3, of<GetData>({item}));
  s.expect_no_message();
  EXPECT_EQ(s.pending_timers(), 1u);
  EXPECT_EQ(s.counted(Announce::kTimedOut), 0u);
}

TEST_F(FailingRequest, EndsWhenTheTransactionComesFromAnotherPeer) {
  s.hand(3, 0, Tx{item, 1000});
  s.expect_delivered(0, item);
  s.expect_no_timer();
  s.hand(1, 0, Tx{item, 1000});  // the answer, late
  EXPECT_EQ(s.deliveries(0, item), 1u);
}

TEST_F(FailingRequest, IsMadeAnewByANodeThatRestartsWithItsState) {
  s.restart(0, false);
  s.expect_message(0, 1, of<GetData>({item}));
  s.advance(seconds(60));
  s.expect_message(0, 2, of<GetData>({item}));
}

TEST_F(FailingRequest, IsForgottenByANodeThatLosesItsState) {
  s.restart(0);
  s.expect_no_message();
  s.expect_no_timer();
  s.hand(3, 0, of<Inv>({item}));
  s.expect_message(0, 3, of<GetData>({item}));
}

TEST(Announce, WithoutATimeoutARequestWaits) {
  AnnounceScript s({}, peers_of_star(3));
  const ItemId item = s.publish(1);
  s.lose_all();
  s.hand(1, 0, of<Inv>({item}));
  s.hand(2, 0, of<Inv>({item}));
  s.expect_message(0, 1, of<GetData>({item}));
  s.advance(seconds(1000));
  s.expect_no_message();
  s.peer_down(0, 1, protocol::PeerDown::kBroken);
  s.expect_message(0, 2, of<GetData>({item}));
}

// ------------------------------------------------------------------------------------------- trickle

TEST(Announce, TrickleGathersHashesInOneInv) {
  AnnounceScript s(with([](auto& p) { p.trickle = seconds(5); }), peers_of_line(2));
  const ItemId a = s.publish(0), b = s.publish(0);
  s.expect_no_message();
  EXPECT_EQ(s.pending_timers(), 1u);
  s.advance_to_timer_of(0);
  s.expect_message(0, 1, of<Inv>({a, b}));
  s.expect_no_timer();  // a clock is wound up only where something waits
  const ItemId c = s.publish(0);
  s.advance_to_timer_of(0);
  s.expect_message(0, 1, of<Inv>({c}));
  s.expect_no_message();
}

TEST(Announce, EachConnectionHasAClockOfItsOwn) {
  AnnounceScript s(with([](auto& p) { p.trickle = seconds(5); }), peers_of_star(4));
  s.publish(0);
  EXPECT_EQ(s.pending_timers(), 3u);
  s.advance_to_timer_of(0);
  EXPECT_EQ(s.in_flight(), 1u);
  s.advance_to_timer_of(0);
  EXPECT_EQ(s.in_flight(), 2u);
}

TEST(Announce, TrickleLeavesOutWhatThePeerHasAnnouncedMeanwhile) {
  AnnounceScript s(with([](auto& p) { p.trickle = seconds(5); }), peers_of_line(2));
  const ItemId a = s.publish(0), b = s.publish(0);
  s.hand(1, 0, of<Inv>({a}));
  s.advance_to_timer_of(0);
  s.expect_message(0, 1, of<Inv>({b}));
  const ItemId c = s.publish(0);
  s.hand(1, 0, Tx{c, 1000});
  s.advance(seconds(1000));
  s.expect_no_message();  // nothing is left to say
}

TEST(Announce, TrickleLeavesOutWhatHasLeftTheMempool) {
  AnnounceScript s(with([](auto& p) {
                     p.trickle = seconds(5);
                     p.mempool_bytes = 1000;
                     p.eviction = Eviction::kOldest;
                   }),
                   peers_of_line(2));
  s.publish(0);
  const ItemId b = s.publish(0);
  s.advance_to_timer_of(0);
  s.expect_message(0, 1, of<Inv>({b}));
}

TEST(Announce, WholeTransactionsDoNotWaitForTheClock) {
  AnnounceScript s(with([](auto& p) {
                     p.trickle = seconds(5);
                     p.full_peers = 1.0;
                   }),
                   peers_of_line(2));
  s.publish(0);
  EXPECT_EQ(s.in_flight(), 1u);
  s.expect_no_timer();
}

TEST(Announce, HashesThatWaitAreLostWithTheConnectionAndKeptOverARestart) {
  AnnounceScript s(with([](auto& p) { p.trickle = seconds(5); }), peers_of_star(3));
  const ItemId item = s.publish(0);
  s.peer_down(0, 1, protocol::PeerDown::kClosed);
  EXPECT_EQ(s.pending_timers(), 1u);
  s.restart(0, false);
  s.advance(seconds(1000));
  s.expect_message(0, 2, of<Inv>({item}));
  s.expect_no_message();
  s.publish(0);
  s.restart(0);
  s.expect_no_timer();
}

// ------------------------------------------------------------------------------------------- mempool

TEST(Announce, AFullMempoolEvictsTheOldest) {
  AnnounceScript s(with([](auto& p) {
                     p.mempool_bytes = 2500;
                     p.eviction = Eviction::kOldest;
                   }),
                   peers_of_line(2));
  const ItemId a = s.publish(0), b = s.publish(0), c = s.publish(0);
  EXPECT_FALSE(s.node(0).holds(a));
  EXPECT_TRUE(s.node(0).holds(b));
  EXPECT_TRUE(s.node(0).holds(c));
  EXPECT_EQ(s.counted(Announce::kEvicted), 1u);
  s.lose_all();
  s.hand(1, 0, of<GetData>({a, b}));
  s.expect_message(0, 1, Tx{b, 1000});
  s.expect_message(0, 1, of<NotFound>({a}));
  const ItemId d = s.publish(0, {.bytes = 2500});  // two make room
  EXPECT_EQ(s.counted(Announce::kEvicted), 3u);
  EXPECT_TRUE(s.node(0).holds(d));
}

TEST(Announce, WhatWasEvictedIsNotRequestedAgain) {
  AnnounceScript s(with([](auto& p) {
                     p.mempool_bytes = 1000;
                     p.eviction = Eviction::kOldest;
                   }),
                   peers_of_line(2));
  const ItemId a = s.publish(0);
  s.publish(0);
  s.lose_all();
  s.hand(1, 0, of<Inv>({a}));
  s.hand(1, 0, Tx{a, 1000});
  s.expect_no_message();
  EXPECT_FALSE(s.node(0).holds(a));
}

TEST(Announce, TheLowestFeeRateGoesFirstTheNewcomersToo) {
  AnnounceScript s(with([](auto& p) { p.mempool_bytes = 3000; }), peers_of_line(2), 7);
  std::vector<ItemId> items;
  for (int i = 0; i < 20; ++i) items.push_back(s.publish(0));
  const auto fee_rate = [](ItemId item) { return KeyedDraws(7, Stream::kFeeRate, index(item)).uniform(); };
  std::uint64_t refused = 0;  // by a mempool of three that keeps the best so far
  std::vector<ItemId> best;
  for (const ItemId item : items) {
    best.push_back(item);
    std::sort(best.begin(), best.end(), [&](ItemId x, ItemId y) { return fee_rate(x) > fee_rate(y); });
    if (best.size() <= 3) continue;
    if (best.back() == item) ++refused;
    best.pop_back();
  }
  ASSERT_GT(refused, 0u);
  EXPECT_EQ(s.counted(Announce::kRefused), refused);
  EXPECT_EQ(s.counted(Announce::kEvicted), 17 - refused);
  for (const ItemId item : items)
    EXPECT_EQ(s.node(0).holds(item), std::find(best.begin(), best.end(), item) != best.end());
}

TEST(Announce, WhatIsRefusedIsNeitherDeliveredNorRelayedNorRequestedAgain) {
  AnnounceScript s(with([](auto& p) { p.mempool_bytes = 1000; }), peers_of_line(3));
  const ItemId large = s.publish(0, {.bytes = 1001});
  s.expect_not_delivered(0, large);
  s.expect_no_message();
  s.hand(0, 1, Tx{large, 1001});
  s.expect_not_delivered(1, large);
  s.expect_no_message();
  EXPECT_EQ(s.counted(Announce::kRefused), 2u);
  s.hand(2, 1, of<Inv>({large}));
  s.expect_no_message();
  EXPECT_EQ(s.counted(Announce::kEvicted), 0u);
}

TEST(Announce, ATransactionTooLargeForTheMempoolEvictsNothing) {
  AnnounceScript s(with([](auto& p) {
                     p.mempool_bytes = 1000;
                     p.eviction = Eviction::kOldest;
                   }),
                   peers_of_line(2));
  const ItemId a = s.publish(0);
  s.publish(0, {.bytes = 1001});
  EXPECT_TRUE(s.node(0).holds(a));
}

TEST(Announce, TransactionsExpire) {
  AnnounceScript s(with([](auto& p) { p.tx_expiry = seconds(100); }), peers_of_line(2));
  const ItemId a = s.publish(0);
  s.advance(seconds(40));
  const ItemId b = s.publish(0);
  EXPECT_EQ(s.pending_timers(), 1u);  // one for the oldest
  s.advance(seconds(60) - nanoseconds(1));
  EXPECT_TRUE(s.node(0).holds(a));
  s.advance(nanoseconds(1));
  EXPECT_FALSE(s.node(0).holds(a));
  EXPECT_TRUE(s.node(0).holds(b));
  EXPECT_EQ(s.counted(Announce::kExpired), 1u);
  s.lose_all();
  s.hand(1, 0, of<GetData>({a}));
  s.expect_message(0, 1, of<NotFound>({a}));
  s.hand(1, 0, of<Inv>({a}));
  s.expect_no_message();
  s.advance(seconds(40));
  EXPECT_EQ(s.counted(Announce::kExpired), 2u);
  s.expect_no_timer();
}

TEST(Announce, WhatExpiredWhileTheNodeWasDownGoesWhenItIsUp) {
  AnnounceScript s(with([](auto& p) { p.tx_expiry = seconds(100); }), peers_of_line(2));
  const ItemId a = s.publish(0);
  s.advance(seconds(30));
  s.restart(0, false);
  EXPECT_TRUE(s.node(0).holds(a));
  s.advance(seconds(70));
  EXPECT_FALSE(s.node(0).holds(a));
  s.expect_no_timer();
}

TEST(Announce, AForgottenTransactionIsAcceptedAnew) {
  AnnounceScript s(with([](auto& p) {
                     p.seen_ttl = seconds(10);
                     p.tx_expiry = seconds(5);
                   }),
                   peers_of_line(2));
  const ItemId a = s.publish(0);
  s.lose_all();
  s.advance(seconds(10));
  s.hand(1, 0, of<Inv>({a}));
  s.expect_message(0, 1, of<GetData>({a}));
  s.hand(1, 0, Tx{a, 1000});
  EXPECT_EQ(s.deliveries(0, a), 2u);
  EXPECT_TRUE(s.node(0).holds(a));
}

TEST(Announce, ARestartWithLossOfStateEmptiesTheMempool) {
  AnnounceScript s({}, peers_of_line(2));
  const ItemId item = s.publish(0);
  fetch(s, 0, 1);
  s.restart(1, false);
  EXPECT_TRUE(s.node(1).holds(item));
  s.restart(1);
  EXPECT_FALSE(s.node(1).holds(item));
  s.hand(0, 1, of<Inv>({item}));
  s.expect_message(1, 0, of<GetData>({item}));
}

TEST(Announce, ANewPeerIsToldNothingAndKnownForNothing) {
  AnnounceScript s({}, peers_of_line(2));
  const ItemId item = s.publish(1);
  fetch(s, 1, 0);
  const std::vector<NodeId> peers = {NodeId{1}};
  EXPECT_EQ(s.node(0).announced_share(peers, item), 1.0);
  s.peer_down(0, 1, protocol::PeerDown::kClosed);
  s.peer_up(0, 1);
  s.expect_no_message();
  EXPECT_EQ(s.node(0).announced_share(peers, item), 0.0);
}

// ------------------------------------------------------------------------------------- for a whole

TEST(Announce, SaysWhichShareOfThePeersHasAnnounced) {
  AnnounceScript s({}, peers_of_star(5));
  const ItemId item = s.publish(1);
  fetch(s, 1, 0);
  const std::vector<NodeId> peers = {NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}};
  EXPECT_EQ(s.node(0).announced_share(peers, item), 0.25);  // who has heard of it from here does not count
  s.hand(3, 0, of<Inv>({item}));
  EXPECT_EQ(s.node(0).announced_share(peers, item), 0.5);
  s.hand(4, 0, Tx{item, 1000});
  EXPECT_EQ(s.node(0).announced_share(peers, item), 0.75);
  EXPECT_EQ(s.node(0).announced_share({}, item), 0.0);
}

// ------------------------------------------------------------------------------------------- gauges

TEST(Announce, StateIsWhatItsFormulaSays) {
  AnnounceScript s(with([](auto& p) { p.trickle = seconds(5); }), peers_of_star(3));
  const ItemId held = s.publish(0, {.bytes = 300});
  const ItemId wanted = s.publish(1);
  s.lose_all();
  s.hand(1, 0, of<Inv>({held, wanted}));
  s.hand(2, 0, of<Inv>({wanted}));
  // Two peers, one id seen, one item held that one peer has announced, one request with one more announcer, and two
  // hashes that wait, one of which will turn out to be known.
  EXPECT_THAT(s.gauges(0), ElementsAre(1, 1, 2 * 16 + 16 + (300 + 24) + 8 + (24 + 8) + 2 * 8));
}

}  // namespace
}  // namespace hearsay::protocols::announce_test
