// Hybrid: its rules one by one, driven by hand.

#include "protocols/hybrid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/support/script.hpp"

namespace hearsay::protocols::hybrid_test {
namespace {

using hearsay::test::peers_of_complete;
using hearsay::test::peers_of_line;
using hearsay::test::peers_of_star;
using Phase = Hybrid::Phase;
using Mode = PushPull::Mode;
using HybridScript = hearsay::test::Script<Hybrid>;
using ::testing::ElementsAre;
using ::testing::SizeIs;

/// Gossip by synchronous pushes every second.
Hybrid::Params in_phase(Phase phase, auto change) {
  Hybrid::Params p;
  p.phase = phase;
  p.gossip.mode = Mode::kPush;
  p.gossip.phase = protocol::Phase::kSynchronous;
  change(p);
  return p;
}
Hybrid::Params in_phase(Phase phase) {
  return in_phase(phase, [](auto&) {});
}

std::vector<ItemId> carried(const PushPull::Body& m) { return {m.carried.begin(), m.carried.end()}; }

bool is_in_share(std::uint64_t seed, Stream stream, std::uint64_t entity, double share) {
  return KeyedDraws(seed, stream, entity).uniform() < share;
}

// ------------------------------------------------------------------------------------ one seen-set

TEST(Hybrid, AnItemThatTheFloodLostComesByGossipAndIsDeliveredOnce) {
  HybridScript s(in_phase(Phase::kHybrid), peers_of_line(2));
  const ItemId item = s.publish(0);
  s.expect_delivered(0, item);
  s.expect_message<Flood::Item>(0, 1);
  s.lose(0, 1);
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(item));
  s.deliver_all();
  EXPECT_EQ(s.deliveries(1, item), 1u);
}

TEST(Hybrid, WhatCameByTheFloodIsOfferedByGossip) {
  HybridScript s(in_phase(Phase::kHybrid), peers_of_line(3));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.expect_message<Flood::Item>(1, 2);
  s.lose(1, 2);
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(1, 2)), ElementsAre(item));
}

TEST(Hybrid, ACopyOfWhatCameByGossipIsADuplicate) {
  HybridScript s(in_phase(Phase::kHybrid), peers_of_line(2));
  const ItemId item = s.publish(0);
  s.advance(seconds(1));
  const auto copy = s.deliver(0, 1), push = s.deliver(0, 1);
  EXPECT_TRUE(std::holds_alternative<Flood::Item>(copy));
  EXPECT_TRUE(std::holds_alternative<PushPull::Push>(push));
  EXPECT_EQ(s.deliveries(1, item), 1u);
  s.expect_no_message(1, 0);
}

TEST(Hybrid, ThePhaseFloodKeepsNoTimer) {
  HybridScript s(in_phase(Phase::kFlood), peers_of_line(3));
  s.publish(1);
  s.deliver_all();
  s.expect_no_timer();
}

TEST(Hybrid, TheSeenSetIsLimitedByFloodWhereNobodyGossips) {
  HybridScript s(in_phase(Phase::kFlood,
                          [](auto& p) {
                            p.flood.seen_ttl = seconds(1);
                            p.flood.max_hops = 1;
                          }),
                 peers_of_line(2));
  const ItemId item = s.publish(0);
  const auto copy = std::get<Flood::Item>(s.deliver(0, 1));
  EXPECT_EQ(copy.id, item);
  s.advance(seconds(2));
  s.publish(0);  // what is forgotten is swept out by the next
  s.deliver_all();
  EXPECT_EQ(s.deliveries(1, item), 1u);
}

// ------------------------------------------------------------------------------ where a flood goes on

TEST(Hybrid, AFloodGoesOnBeyondWhatGossipRepaired) {
  HybridScript s(in_phase(Phase::kHybrid), peers_of_line(4));
  const ItemId item = s.publish(0);
  s.lose(0, 1);
  s.advance(seconds(1));
  s.deliver(0, 1);  // a push
  s.expect_message(1, 2, Flood::Item{item, 1, 1000});
  s.expect_no_message(1, 0);  // it came from there
  s.deliver(1, 2);
  s.expect_message(2, 3, Flood::Item{item, 2, 1000});
}

TEST(Hybrid, InGossipOnlyNothingIsFlooded) {
  HybridScript s(in_phase(Phase::kGossipOnly), peers_of_line(3));
  const ItemId item = s.publish(0);
  s.expect_no_message();
  s.advance(seconds(1));
  s.deliver(0, 1);
  s.expect_delivered(1, item);
  s.expect_no_message();
}

TEST(Hybrid, InGossipPrimaryTheCriticalClassesAreFloodedToo) {
  HybridScript s(in_phase(Phase::kGossipPrimary, [](auto& p) { p.critical = {"block"}; }), peers_of_line(3));
  s.publish(0, {.item_class = "tx"});
  s.expect_no_message();
  const ItemId block = s.publish(0, {.item_class = "block"});
  s.expect_message(0, 1, Flood::Item{block, 1, 1000});
  s.deliver(0, 1);
  s.expect_message(1, 2, Flood::Item{block, 2, 1000});
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), SizeIs(2));
}

TEST(Hybrid, AForwardWaitsHoweverTheItemCame) {
  HybridScript s(in_phase(Phase::kHybrid, [](auto& p) { p.flood.forward_delay = milliseconds(100); }),
                 peers_of_line(3));
  const ItemId item = s.publish(0);
  s.lose(0, 1);
  s.advance(seconds(1));
  s.deliver(0, 1);  // a push
  s.expect_no_message(1, 2);
  s.advance(milliseconds(100));
  s.expect_message(1, 2, Flood::Item{item, 1, 1000});
}

TEST(Hybrid, APeerWhoGossipedTheItemDuringTheDelayIsKnownToHaveIt) {
  HybridScript s(in_phase(Phase::kHybrid,
                          [](auto& p) {
                            p.flood.forward_delay = milliseconds(1500);
                            p.flood.exclude = Flood::Exclude::kKnown;
                          }),
                 peers_of_complete(3));
  s.publish(0);
  s.deliver_all();  // 1 and 2 wait for their delay
  s.advance(seconds(1));
  s.deliver(1, 2);  // a push
  s.lose_all();
  s.advance(milliseconds(500));
  EXPECT_THAT(s.recipients(1), ElementsAre(2u));
  EXPECT_THAT(s.recipients(2), SizeIs(0));
}

TEST(Hybrid, NoPushRepeatsWhatAPeerHasFlooded) {
  HybridScript s(in_phase(Phase::kFlood,
                          [](auto& p) {
                            p.phases = {{milliseconds(500), Phase::kHybrid}};
                          }),
                 peers_of_line(2));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.advance(seconds(1));
  s.expect_no_message(1, 0);
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(item));  // the copy may be lost
}

TEST(Hybrid, WhatAPeerHasFloodedIsForgottenWhenItStartsAnew) {
  HybridScript s(in_phase(Phase::kHybrid), peers_of_line(2));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.advance(milliseconds(500));
  s.restart(0);
  s.advance(milliseconds(700));
  s.expect_no_message(1, 0);  // nobody has told node 1
  s.publish(0);
  s.lose(0, 1);
  s.advance(milliseconds(800));
  s.deliver(0, 1);  // a push, which says when its sender started
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(1, 0)), ElementsAre(item));
}

// -------------------------------------------------------------------------------------------- phases

TEST(Hybrid, ASwitchTakesEffectAtItsTime) {
  HybridScript s(in_phase(Phase::kFlood,
                          [](auto& p) {
                            p.phases = {{milliseconds(2500), Phase::kGossipOnly}};
                          }),
                 peers_of_line(2));
  s.advance(milliseconds(2499));
  const ItemId before = s.publish(0);
  s.expect_message<Flood::Item>(0, 1);
  s.lose_all();
  s.advance(milliseconds(1));
  const ItemId after = s.publish(0);
  s.expect_no_message();
  s.advance(milliseconds(499));
  s.expect_no_message();
  s.advance(milliseconds(1));  // 3 s: the first round; what the flood lost is in the store
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(before, after));
}

TEST(Hybrid, ASwitchToFloodEndsTheRounds) {
  HybridScript s(in_phase(Phase::kGossipOnly,
                          [](auto& p) {
                            p.phases = {{milliseconds(2500), Phase::kFlood}};
                            p.gossip.track_peers = false;
                          }),
                 peers_of_line(2));
  s.publish(0);
  for (int round = 0; round < 2; ++round) {
    s.advance(seconds(1));
    s.expect_message<PushPull::Push>(0, 1);
    s.lose_all();
  }
  s.advance(seconds(100));
  s.expect_no_message();
  s.expect_no_timer();
  s.publish(0);
  s.expect_message<Flood::Item>(0, 1);
}

TEST(Hybrid, AShortPauseLeavesOneRoundAnInterval) {
  // With random phases the rounds after the pause have an offset of their own: timers of before would add to them.
  HybridScript s(in_phase(Phase::kGossipOnly,
                          [](auto& p) {
                            p.phases = {{milliseconds(2000), Phase::kFlood}, {milliseconds(2001), Phase::kGossipOnly}};
                            p.gossip.phase = protocol::Phase::kRandom;
                            p.gossip.track_peers = false;
                          }),
                 peers_of_line(2));
  s.publish(0);
  s.advance(seconds(5));
  s.lose_all();
  s.advance(seconds(10));
  EXPECT_THAT(s.recipients(0), SizeIs(10));
}

TEST(Hybrid, ARestartFollowsThePhase) {
  HybridScript s(in_phase(Phase::kFlood,
                          [](auto& p) {
                            p.phases = {{seconds(2), Phase::kGossipOnly}, {seconds(6), Phase::kFlood}};
                            p.gossip.track_peers = false;
                          }),
                 peers_of_line(2));
  s.restart(0, false);
  s.advance(seconds(4));
  s.restart(0, false);
  s.publish(0);
  s.lose_all();
  s.advance(seconds(1));
  EXPECT_THAT(s.recipients(0), SizeIs(1));
  s.restart(0);  // it has lost the item
  s.lose_all();
  s.advance(seconds(5));
  s.expect_no_message(0, 1);
  s.advance(seconds(30));  // the last timers of the gossip, its prunes, fire idle
  s.expect_no_timer();
}

TEST(Hybrid, AForwardGoesByThePhaseAtTheEndOfItsDelay) {
  HybridScript s(in_phase(Phase::kFlood,
                          [](auto& p) {
                            p.flood.forward_delay = milliseconds(200);
                            p.phases = {{seconds(2), Phase::kGossipOnly}};
                          }),
                 peers_of_line(3));
  s.advance(milliseconds(1900));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.advance(milliseconds(300));
  s.expect_no_message(1, 2);
  s.advance(milliseconds(800));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(1, 2)), ElementsAre(item));
}

// -------------------------------------------------------------------------------------------- shares

TEST(Hybrid, ItemsBelowTheShareGoByGossipAndTheOthersByFlood) {
  constexpr std::uint64_t kSeed = 9;
  HybridScript s(in_phase(Phase::kGossipOnly, [](auto& p) { p.gossip_share = protocol::Ramp(0.3); }), peers_of_line(2),
                 kSeed);
  std::vector<ItemId> gossiped;
  for (int i = 0; i < 40; ++i) {
    const ItemId item = s.publish(0);
    const bool in_share = is_in_share(kSeed, Stream::kItemShare, index(item), 0.3);
    EXPECT_EQ(s.in_flight(), in_share ? 0u : 1u);
    if (in_share) gossiped.push_back(item);
    s.lose_all();
  }
  ASSERT_FALSE(gossiped.empty());
  ASSERT_LT(gossiped.size(), 40u);
  s.advance(seconds(1));
  EXPECT_EQ(carried(s.expect_message<PushPull::Push>(0, 1)), gossiped);  // what the flood lost of the others is lost
}

TEST(Hybrid, TheShareCountsAtThePublicationOfTheItem) {
  HybridScript s(in_phase(Phase::kGossipOnly,
                          [](auto& p) { p.gossip_share = protocol::Ramp(0, 1, SimTime{}, SimTime{} + seconds(1)); }),
                 peers_of_line(3));
  const ItemId old = s.publish(0);  // at a share of 0
  s.advance(milliseconds(1500));
  s.deliver(0, 1);
  s.expect_message(1, 2, Flood::Item{old, 2, 1000});  // the share is 1 by now
  s.publish(0);
  s.expect_no_message(0, 1);
}

TEST(Hybrid, NodesThatHaveNotMigratedFloodAndGetWhatTheOthersGossip) {
  // A line of ten: wherever old and new nodes meet, the items cross.
  constexpr unsigned kNodes = 10;
  constexpr std::uint64_t kSeed = 5;
  HybridScript s(in_phase(Phase::kGossipOnly, [](auto& p) { p.migrated_share = protocol::Ramp(0.5); }),
                 peers_of_line(kNodes), kSeed);
  std::vector<bool> migrated;
  for (unsigned n = 0; n < kNodes; ++n) migrated.push_back(is_in_share(kSeed, Stream::kNodeShare, n, 0.5));
  ASSERT_GT(std::count(migrated.begin(), migrated.end(), true), 2);
  ASSERT_GT(std::count(migrated.begin(), migrated.end(), false), 2);
  const ItemId item = s.publish(0);
  for (unsigned n = 0; n + 1 < kNodes; ++n) {
    s.expect_delivered(n, item);
    if (migrated[n] && migrated[n + 1]) {
      s.expect_no_message(n, n + 1);
      s.advance(seconds(1));
      s.expect_message<PushPull::Push>(n, n + 1);
    } else {
      s.expect_message<Flood::Item>(n, n + 1);
    }
    s.deliver(n, n + 1);
    if (n > 0) s.expect_no_message(n, n - 1);
  }
  s.expect_delivered(kNodes - 1, item);
}

TEST(Hybrid, ANodeGossipsFromItsMigrationOnAndOnlyWithTheMigrated) {
  constexpr unsigned kNodes = 12;
  constexpr std::uint64_t kSeed = 3;
  HybridScript s(in_phase(Phase::kHybrid,
                          [](auto& p) {
                            p.migrated_share = protocol::Ramp(0, 1, SimTime{}, SimTime{} + seconds(100));
                            p.gossip.track_peers = false;
                            p.gossip.fanout = kNodes;
                            p.gossip.max_message_age = seconds(1000);
                          }),
                 peers_of_complete(kNodes), kSeed);
  for (unsigned n = 0; n < kNodes; ++n) s.publish(n);
  s.deliver_all();
  for (int second = 1; second <= 100; ++second) {
    s.advance(seconds(1));
    // The tick is at the second itself, with the share of that time; who migrated within the last second ticks, too.
    std::vector<unsigned> expected;
    for (unsigned n = 0; n < kNodes; ++n)
      if (is_in_share(kSeed, Stream::kNodeShare, n, second / 100.0)) expected.push_back(n);
    for (unsigned n = 0; n < kNodes; ++n) {
      auto to = s.recipients(n);
      std::sort(to.begin(), to.end());
      std::vector<unsigned> others;
      if (std::count(expected.begin(), expected.end(), n) > 0)
        std::copy_if(expected.begin(), expected.end(), std::back_inserter(others), [n](unsigned o) { return o != n; });
      ASSERT_EQ(to, others) << "node " << n << " at " << second << " s";
    }
    s.lose_all();
  }
}

TEST(Hybrid, GossipIsIgnoredByWhomHasNotMigrated) {
  constexpr std::uint64_t kSeed = 4;
  // Both have migrated until 1.5 s, nobody from then on.
  HybridScript s(in_phase(Phase::kGossipOnly,
                          [](auto& p) {
                            p.migrated_share =
                                protocol::Ramp(1, 0, SimTime{} + milliseconds(1499), SimTime{} + milliseconds(1500));
                          }),
                 peers_of_line(2), kSeed);
  const ItemId item = s.publish(0);
  s.advance(seconds(1));
  s.expect_message<PushPull::Push>(0, 1);
  s.advance(seconds(1));
  s.deliver(0, 1);
  s.expect_not_delivered(1, item);
  s.publish(0);
  s.expect_message<Flood::Item>(0, 1);
}

}  // namespace
}  // namespace hearsay::protocols::hybrid_test
