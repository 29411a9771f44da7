#include "protocols/rumor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "tests/protocols/rumor_params.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::protocols::rumor_test {
namespace {

using hearsay::test::basic_spec;
using hearsay::test::burst;
using hearsay::test::metric;
using hearsay::test::params;
using hearsay::test::PeerLists;
using hearsay::test::peers_of_complete;
using hearsay::test::peers_of_line;
using hearsay::test::peers_of_star;
using hearsay::test::run;
using network::TopologyKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Phase = Rumor::Phase;
using Stop = Rumor::Stop;
using rumor_test::with;
using rumor_test::with_feedback;
using RumorScript = hearsay::test::Script<Rumor>;

constexpr Duration kDelay = milliseconds(100);
constexpr Duration kTick = nanoseconds(1);

void lose_all_between(RumorScript& s, unsigned from, unsigned to) {
  while (std::ranges::count(s.recipients(from), to) > 0) s.lose(from, to);
}

// ----------------------------------------------------------------------------------- receipt and rounds

TEST(Rumor, HasTheFixedDefaults) {
  const Rumor::Params p;
  EXPECT_EQ(p.fanout, 4u);
  EXPECT_EQ(p.rounds, 1u);
  EXPECT_EQ(p.propagation_delay, Duration{});
  EXPECT_EQ(p.phase, Phase::kOnReceipt);
  EXPECT_EQ(p.stop, Stop::kRounds);
  EXPECT_FALSE(p.track_peers || p.feedback || p.k || p.cache_capacity || p.seen_ttl || p.seen_capacity);
}

TEST(Rumor, ThePublisherDeliversAndSendsToFanoutDistinctPeersAtOnce) {
  RumorScript s({}, peers_of_complete(9));
  const ItemId item = s.publish(0, {.bytes = 77});
  s.expect_delivered(0, item);
  const auto to = s.recipients(0);
  EXPECT_THAT(std::set(to.begin(), to.end()), SizeIs(4));
  for (const unsigned peer : to) s.expect_message(0, peer, Rumor::Item{item, 77});
  s.expect_no_message();
  s.expect_no_timer();
  EXPECT_EQ(s.node(0).held(), 0u);
}

TEST(Rumor, AFirstReceiptIsDeliveredAndPassedOnAndLaterOnesAreNot) {
  RumorScript s({}, peers_of_complete(4));
  const ItemId item = s.publish(0);  // fewer than fanout peers: all of them
  EXPECT_THAT(s.recipients(0), UnorderedElementsAre(1u, 2u, 3u));
  s.deliver(0, 1);
  s.expect_delivered(1, item);
  EXPECT_THAT(s.recipients(1), UnorderedElementsAre(0u, 2u, 3u));  // the node that it came from included
  s.deliver(1, 2);
  s.deliver(0, 2);
  EXPECT_EQ(s.deliveries(2, item), 1u);
  EXPECT_THAT(s.recipients(2), SizeIs(3));
}

TEST(Rumor, RoundsComeOnePropagationDelayAfterReceiptAndThenEveryDelay) {
  RumorScript s(with([](auto& p) {
                  p.fanout = 2;
                  p.rounds = 3;
                  p.propagation_delay = kDelay;
                }),
                peers_of_complete(5));
  s.publish(0);
  s.expect_no_message();
  for (std::size_t round = 1; round <= 3; ++round) {
    EXPECT_EQ(s.node(0).held(), 1u);
    s.advance(kDelay - kTick);
    EXPECT_EQ(s.in_flight(), 2 * (round - 1));
    s.advance(kTick);
    EXPECT_EQ(s.in_flight(), 2 * round);
  }
  s.expect_no_timer();
  EXPECT_EQ(s.node(0).held(), 0u);
}

TEST(Rumor, RoundsWithoutDelayAreMadeAtOnceEachToDistinctPeers) {
  RumorScript s(with([](auto& p) {
                  p.fanout = 3;
                  p.rounds = 4;
                }),
                peers_of_complete(4));
  s.publish(0);
  std::vector<unsigned> to = s.recipients(0);
  std::sort(to.begin(), to.end());
  EXPECT_THAT(to, ElementsAre(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3));
  s.expect_no_timer();
}

TEST(Rumor, PartnersAreDrawnAfreshEachRoundAndUniformly) {
  // 3000 rounds of 2 out of 6 peers: each is met 1000 times, within 3.89 sqrt(3000 x 1/3 x 2/3) = 100.
  RumorScript s(with([](auto& p) {
                  p.fanout = 2;
                  p.rounds = 3000;
                }),
                peers_of_star(7));
  s.publish(0);
  std::vector<int> met(7);
  for (const unsigned peer : s.recipients(0)) ++met[peer];
  for (unsigned peer = 1; peer < 7; ++peer) EXPECT_NEAR(met[peer], 1000, 100);
}

TEST(Rumor, ANodeWithoutPeersLetsTheRumorDie) {
  for (const Stop stop : {Stop::kRounds, Stop::kCounter, Stop::kCoin}) {
    for (const Duration delay : {Duration{}, kDelay}) {
      RumorScript s(with([&](auto& p) {
                      p.stop = stop;
                      p.rounds = 5;
                      p.k = 5;
                      p.propagation_delay = delay;
                    }),
                    PeerLists(1));
      s.expect_delivered(0, s.publish(0));
      s.advance(kDelay);
      s.expect_no_message();
      s.expect_no_timer();
      EXPECT_EQ(s.node(0).held(), 0u);
    }
  }
}

TEST(Rumor, ItemsHaveTheirOwnRounds) {
  RumorScript s(with([](auto& p) {
                  p.rounds = 2;
                  p.propagation_delay = kDelay;
                }),
                peers_of_line(2));
  const ItemId a = s.publish(0);
  s.advance(milliseconds(30));
  const ItemId b = s.publish(0);
  s.advance(milliseconds(70));
  s.expect_message(0, 1, Rumor::Item{a, 1000});
  s.expect_no_message();
  s.advance(milliseconds(30));
  s.expect_message(0, 1, Rumor::Item{b, 1000});
  s.advance(milliseconds(100));
  s.expect_message(0, 1, Rumor::Item{a, 1000});
  s.expect_message(0, 1, Rumor::Item{b, 1000});
  s.expect_no_message();
  s.expect_no_timer();
}

// ------------------------------------------------------------------------------------------------- phases

TEST(Rumor, SynchronousRoundsFallAtMultiplesOfTheDelay) {
  RumorScript s(with([](auto& p) {
                  p.phase = Phase::kSynchronous;
                  p.propagation_delay = kDelay;
                  p.rounds = 2;
                }),
                peers_of_line(3));
  s.advance(milliseconds(130));
  s.publish(0);
  s.advance(milliseconds(70) - kTick);
  s.expect_no_message();
  s.advance(kTick);  // the tick at 200 ms
  s.expect_message<Rumor::Item>(0, 1);
  s.deliver(0, 1);
  s.advance(kDelay);  // 1 heard at a tick, and speaks at the next
  EXPECT_THAT(s.recipients(1), UnorderedElementsAre(0u, 2u));
  EXPECT_THAT(s.recipients(0), ElementsAre(1u));
  s.advance(kDelay);
  s.expect_no_timer();
}

TEST(Rumor, AnItemPublishedAtATickIsPassedOnAtTheNext) {
  RumorScript s(with([](auto& p) {
                  p.phase = Phase::kSynchronous;
                  p.propagation_delay = kDelay;
                }),
                peers_of_line(2));
  s.advance(kDelay);
  s.publish(0);
  s.advance(kDelay - kTick);
  s.expect_no_message();
  s.advance(kTick);
  s.expect_message<Rumor::Item>(0, 1);
}

TEST(Rumor, PoissonRoundsHaveExponentialGaps) {
  // The time of 1000 rounds is Gamma(1000): 100 s, SD 100 ms x sqrt(1000) = 3.16 s.
  RumorScript s(with([](auto& p) {
                  p.phase = Phase::kPoisson;
                  p.propagation_delay = kDelay;
                  p.rounds = 1000;
                }),
                peers_of_line(2));
  s.publish(0);
  while (s.pending_timers() > 0 && s.now() < SimTime{} + seconds(200)) s.advance(milliseconds(50));
  EXPECT_NEAR(to_seconds(s.now()), 100, 3.89 * 3.16 + 0.05);
  EXPECT_EQ(s.in_flight(), 1000u);
}

// ------------------------------------------------------------------------------------------- blind stopping

TEST(Rumor, ABlindCounterMakesKContactsAndStopsWithinARound) {
  for (const Duration delay : {Duration{}, kDelay}) {
    RumorScript s(with([&](auto& p) {
                    p.fanout = 2;
                    p.stop = Stop::kCounter;
                    p.k = 5;
                    p.propagation_delay = delay;
                  }),
                  peers_of_complete(6));
    s.publish(0);
    s.advance(seconds(10));
    EXPECT_THAT(s.recipients(0), SizeIs(5));
    s.expect_no_timer();
  }
}

TEST(Rumor, ABlindCoinIsDrawnAfterEachContact) {
  // Contacts are geometric with mean k = 4 whatever the fanout, at least one: over 2000 items the mean lies within
  // 3.89 sqrt(12 / 2000) = 0.3 of 4, and one contact is all for a quarter of them, within 3.89 sqrt(.1875 / 2000).
  for (const std::uint32_t fanout : {1u, 3u}) {
    RumorScript s(with([&](auto& p) {
                    p.fanout = fanout;
                    p.stop = Stop::kCoin;
                    p.k = 4;
                  }),
                  peers_of_star(6));
    std::size_t total = 0, ones = 0;
    for (int i = 0; i < 2000; ++i) {
      s.publish(0);
      EXPECT_GE(s.in_flight(), 1u);
      total += s.in_flight();
      ones += s.in_flight() == 1;
      s.lose_all();
    }
    EXPECT_NEAR(static_cast<double>(total) / 2000, 4, 0.3);
    EXPECT_NEAR(static_cast<double>(ones) / 2000, 0.25, 0.038);
  }
}

TEST(Rumor, ACoinOfOneStopsAfterOneContact) {
  RumorScript s(with([](auto& p) {
                  p.stop = Stop::kCoin;
                  p.k = 1;
                }),
                peers_of_complete(6));
  s.publish(0);
  EXPECT_THAT(s.recipients(0), SizeIs(1));
}

// ------------------------------------------------------------------------------------------------ feedback

TEST(Rumor, EveryItemIsAnsweredWithWhetherItWasNew) {
  RumorScript s(with_feedback(Stop::kCounter, 2, Phase::kOnReceipt, kDelay), peers_of_line(2));
  const ItemId item = s.publish(0);
  s.advance(kDelay);
  s.deliver(0, 1);
  s.expect_message(1, 0, Rumor::Feedback{item, true});
  s.deliver(1, 0);
  s.advance(kDelay);  // both speak
  s.deliver(0, 1);
  s.deliver(1, 0);
  s.expect_message(1, 0, Rumor::Feedback{item, false});
  s.expect_message(0, 1, Rumor::Feedback{item, false});
  EXPECT_EQ(Rumor::Feedback{}.wire_bytes(), 33u);
}

TEST(Rumor, OnlyUselessContactsCountAndAUsefulOneStartsOver) {
  // The hub 0 of a star has k = 2: a leaf that heard it before answers useless.
  RumorScript s(with_feedback(Stop::kCounter, 2, Phase::kOnReceipt, kDelay), peers_of_star(40));
  s.publish(0);
  std::set<unsigned> heard;
  int useless = 0;
  while (s.node(0).held() > 0) {
    ASSERT_LT(s.now(), SimTime{} + seconds(100));
    s.advance(kDelay);
    // The leaves have the rumor too: what they say is not the hub's business here.
    for (const unsigned leaf : heard) lose_all_between(s, leaf, 0);
    const auto to = s.recipients(0);
    ASSERT_EQ(to.size(), 1u);
    s.deliver(0, to[0]);
    s.deliver(to[0], 0);
    useless = heard.insert(to[0]).second ? 0 : useless + 1;
    EXPECT_EQ(s.node(0).held(), useless < 2 ? 1u : 0u);
  }
  EXPECT_EQ(useless, 2);
  const std::size_t before = s.recipients(0).size();
  s.advance(seconds(10));
  EXPECT_EQ(s.recipients(0).size(), before);  // its timer is gone as well
}

TEST(Rumor, ACoinWithFeedbackIsDrawnForUselessContactsOnly) {
  RumorScript s(with_feedback(Stop::kCoin, 1, Phase::kOnReceipt, kDelay), peers_of_line(2));
  s.publish(0);
  s.advance(kDelay);
  s.deliver(0, 1);
  s.deliver(1, 0);  // useful: no draw
  EXPECT_EQ(s.node(0).held(), 1u);
  s.advance(kDelay);
  s.deliver(0, 1);
  s.deliver(1, 0);  // 1's own copy of the item
  s.deliver(1, 0);  // useless: the coin of 1/1
  EXPECT_EQ(s.node(0).held(), 0u);
}

TEST(Rumor, AContactWhoseItemOrAnswerIsLostDoesNotCount) {
  RumorScript s(with_feedback(Stop::kCounter, 1, Phase::kOnReceipt, kDelay), peers_of_line(2));
  s.publish(0);
  for (int i = 0; i < 5; ++i) {
    s.advance(kDelay);
    s.lose(0, 1);
    EXPECT_EQ(s.node(0).held(), 1u);
  }
  s.advance(kDelay);
  s.deliver(0, 1);
  s.lose(1, 0);
  EXPECT_EQ(s.node(0).held(), 1u);
}

TEST(Rumor, WithoutDelayTheNextRoundFollowsTheLastAnswer) {
  RumorScript s(with([](auto& p) {
                  p.fanout = 2;
                  p.stop = Stop::kCounter;
                  p.k = 2;
                  p.feedback = true;
                }),
                peers_of_star(3));
  const ItemId item = s.publish(0);
  s.expect_message(0, 1, Rumor::Item{item, 1000});
  s.expect_message(0, 2, Rumor::Item{item, 1000});
  s.deliver(0, 1);
  s.deliver(1, 0);  // the answer
  s.expect_no_message(0, 1);
  s.deliver(0, 2);
  s.deliver(2, 0);
  s.expect_message(0, 1, Rumor::Item{item, 1000});
  s.expect_message(0, 2, Rumor::Item{item, 1000});
  s.deliver_all();  // two useless answers each
  for (const unsigned node : {0u, 1u, 2u}) EXPECT_EQ(s.node(node).held(), 0u);
  s.expect_no_timer();
}

TEST(Rumor, ASecondCopyInTheRoundOfTheFirstIsUsefulAndAtTheNextTickIsNot) {
  // Two copies that 1 sent to 2 on its way, handed over `later` than one another.
  const auto second_answer = [](Duration later) {
    RumorScript s(with_feedback(Stop::kCounter, 9, Phase::kSynchronous, kDelay), {{1}, {0, 2}, {1}});
    const ItemId item = s.publish(0);
    s.advance(kDelay);
    s.deliver(0, 1);
    s.deliver(1, 0);
    // 1's rounds from 200 ms on, until it has drawn 2 twice.
    for (int round = 0; round < 50; ++round) {
      s.advance(kDelay);
      lose_all_between(s, 0, 1);
      lose_all_between(s, 1, 0);
      if (std::ranges::count(s.recipients(1), 2u) == 2) break;
    }
    EXPECT_EQ(std::ranges::count(s.recipients(1), 2u), 2);
    s.deliver(1, 2);
    s.expect_message(2, 1, Rumor::Feedback{item, true});
    s.advance(later);
    lose_all_between(s, 2, 1);
    s.deliver(1, 2);
    return s.expect_message<Rumor::Feedback>(2, 1, [&](const auto& f) { return f.id == item; }).useful;
  };
  EXPECT_TRUE(second_answer({}));
  EXPECT_TRUE(second_answer(kDelay - kTick));
  EXPECT_FALSE(second_answer(kDelay));
}

TEST(Rumor, OutsideSynchronousRoundsASecondCopyIsUseless) {
  RumorScript s(with_feedback(Stop::kCounter, 9, Phase::kPoisson, kDelay), peers_of_line(2));
  const ItemId item = s.publish(0);
  while (s.in_flight() < 2) s.advance(milliseconds(10));
  s.deliver(0, 1);
  s.expect_message(1, 0, Rumor::Feedback{item, true});
  s.deliver(0, 1);
  s.expect_message(1, 0, Rumor::Feedback{item, false});
}

// --------------------------------------------------------------------------------------------- track_peers

Rumor::Params tracking(std::uint32_t fanout, std::uint32_t rounds, Duration delay) {
  return with([&](auto& p) {
    p.fanout = fanout;
    p.rounds = rounds;
    p.propagation_delay = delay;
    p.track_peers = true;
  });
}

TEST(Rumor, LeavesOutPeersThatSentItOrWereSentIt) {
  RumorScript s(tracking(1, 10, kDelay), peers_of_complete(5));
  s.publish(0);
  std::set<unsigned> told;
  for (int round = 0; round < 4; ++round) {
    s.advance(kDelay);
    const auto to = s.recipients(0);
    ASSERT_EQ(to.size(), 1u);
    EXPECT_TRUE(told.insert(to[0]).second);
    s.lose(0, to[0]);  // even a lost one
  }
  s.expect_no_timer();  // none is left after 4 of 10 rounds
  EXPECT_EQ(s.node(0).held(), 0u);
}

TEST(Rumor, DoesNotSendItBackToWhereItCameFrom) {
  for (const Duration delay : {Duration{}, kDelay}) {
    RumorScript s(tracking(4, 1, delay), peers_of_line(3));
    s.publish(0);
    s.advance(kDelay);
    s.deliver(0, 1);
    s.advance(kDelay);
    EXPECT_THAT(s.recipients(1), ElementsAre(2u));
    s.deliver(1, 2);  // whose only peer it came from
    s.expect_no_message();
    s.expect_no_timer();
    EXPECT_EQ(s.node(2).held(), 0u);
  }
}

TEST(Rumor, AReceiptThatLeavesNobodyTakesTheTimerAlong) {
  RumorScript s(tracking(2, 5, kDelay), peers_of_complete(3));
  s.publish(0);
  s.advance(kDelay);
  s.expect_no_timer();  // 0 has told everybody
  s.deliver(0, 2);
  s.advance(milliseconds(50));
  s.deliver(0, 1);
  s.advance(milliseconds(50));
  EXPECT_EQ(s.node(1).held(), 1u);
  s.deliver(2, 1);  // before 1's first round
  EXPECT_EQ(s.node(1).held(), 0u);
  s.expect_no_timer();
  s.expect_no_message();
}

TEST(Rumor, RoundsAtOnceGoToFreshPeersUntilNoneIsLeft) {
  RumorScript s(tracking(2, 10, {}), peers_of_complete(6));
  s.publish(0);
  EXPECT_THAT(s.recipients(0), UnorderedElementsAre(1u, 2u, 3u, 4u, 5u));
  EXPECT_EQ(s.node(0).held(), 0u);
}

TEST(Rumor, FormerPeersDoNotCountAsPeersThatKnow) {
  RumorScript s(tracking(1, 10, kDelay), {{1}, {0}, {}, {}});
  s.publish(0);
  s.connect(0, 2);
  s.connect(0, 3);
  s.advance(kDelay);
  const unsigned first = s.recipients(0).at(0);
  s.disconnect(0, first);  // two peers are left, and two names are known soon
  s.advance(kDelay);
  s.advance(kDelay);
  EXPECT_THAT(s.recipients(0), UnorderedElementsAre(1u, 2u, 3u));
  s.expect_no_timer();
}

// --------------------------------------------------------------------------------------------------- cache

TEST(Rumor, WhatFallsOutOfTheCacheIsNotPassedOn) {
  RumorScript s(with([](auto& p) {
                  p.cache_capacity = 2;
                  p.propagation_delay = kDelay;
                }),
                peers_of_line(2));
  const ItemId a = s.publish(0), b = s.publish(0), c = s.publish(0);
  EXPECT_EQ(s.node(0).held(), 2u);
  EXPECT_EQ(s.pending_timers(), 2u);
  s.expect_delivered(0, a);
  s.advance(kDelay);
  s.expect_message(0, 1, Rumor::Item{b, 1000});
  s.expect_message(0, 1, Rumor::Item{c, 1000});
  s.expect_no_message();
  EXPECT_EQ(s.counted(Rumor::kEvicted), 1u);  // b and c died of themselves
}

TEST(Rumor, ARunCountsWhatFellOutOfItsCachesAndItsDigestDoesNotSayHowOften) {
  // Node 0 publishes 7 items at once and holds 3: four fall out. The others get those 3 at one time and hold them all.
  auto spec = basic_spec("rumor", TopologyKind::kComplete, 5);
  spec.workloads = {burst(7, 0)};
  spec.until = simulation::Until::kQuiet;
  auto& p = params<Rumor>(spec);
  p.propagation_delay = kDelay;
  EXPECT_EQ(metric(run(spec), "rumors_evicted"), 0);
  p.cache_capacity = 3;
  EXPECT_EQ(metric(run(spec), "rumors_evicted"), 4);
  p.cache_capacity = 7;
  const auto roomy = run(spec);
  p.cache_capacity = std::nullopt;
  EXPECT_EQ(roomy.digest, run(spec).digest);
}

TEST(Rumor, ARoundKeepsAnItemInTheCache) {
  RumorScript s(with([](auto& p) {
                  p.cache_capacity = 2;
                  p.rounds = 2;
                  p.propagation_delay = kDelay;
                }),
                peers_of_line(2));
  const ItemId a = s.publish(0);
  s.advance(milliseconds(50));
  const ItemId b = s.publish(0);
  s.advance(milliseconds(50));  // a's round: b was used longest ago
  s.expect_message(0, 1, Rumor::Item{a, 1000});
  const ItemId c = s.publish(0);
  s.advance(seconds(1));
  s.expect_message(0, 1, Rumor::Item{a, 1000});
  s.expect_message(0, 1, Rumor::Item{c, 1000});
  s.expect_message(0, 1, Rumor::Item{c, 1000});
  s.expect_no_message();
  s.expect_delivered(0, b);
  s.expect_no_timer();
}

TEST(Rumor, ManyRumorsAtOnceAreAllTakenToTheirEnd) {
  // Ids of held items are looked up among hundreds, and their places used again.
  RumorScript s(with([](auto& p) {
                  p.fanout = 1;
                  p.rounds = 3;
                  p.propagation_delay = kDelay;
                }),
                peers_of_line(2));
  for (int i = 0; i < 300; ++i) {
    s.publish(0);
    s.advance(milliseconds(i % 7));
  }
  EXPECT_GT(s.node(0).held(), 50u);
  s.advance(seconds(1));
  EXPECT_EQ(s.in_flight(), 900u);
  EXPECT_EQ(s.node(0).held(), 0u);
  s.expect_no_timer();
}

// ------------------------------------------------------------------------------------ forgetting, restarting

TEST(Rumor, AForgottenItemThatComesBackStartsAnew) {
  RumorScript s(with([](auto& p) {
                  p.seen_ttl = milliseconds(150);
                  p.rounds = 2;
                  p.propagation_delay = kDelay;
                }),
                peers_of_line(2));
  const ItemId item = s.publish(0);
  s.advance(kDelay);
  s.deliver(0, 1);  // at 100 ms; 1 forgets it at 250 ms
  s.advance(milliseconds(170));
  EXPECT_EQ(s.recipients(1).size(), 1u);  // its first round, at 200 ms
  EXPECT_EQ(s.recipients(0).size(), 1u);
  s.deliver(0, 1);  // at 270 ms, while 1 still passes it on
  EXPECT_EQ(s.deliveries(1, item), 2u);
  EXPECT_EQ(s.node(1).held(), 1u);
  s.advance(seconds(1));
  EXPECT_EQ(s.recipients(1).size(), 3u);  // two more rounds, not three
  s.expect_no_timer();
}

TEST(Rumor, ARestartWithItsStateGoesOnAndWithoutItDoesNot) {
  for (const Phase phase : {Phase::kOnReceipt, Phase::kSynchronous, Phase::kPoisson}) {
    for (const bool lose_state : {false, true}) {
      RumorScript s(with([&](auto& p) {
                      p.phase = phase;
                      p.rounds = 2;
                      p.propagation_delay = kDelay;
                    }),
                    peers_of_line(2));
      s.publish(0);
      s.publish(0);
      s.restart(0, lose_state);
      EXPECT_EQ(s.pending_timers(), lose_state ? 0u : 2u);
      s.advance(seconds(10));
      EXPECT_EQ(s.in_flight(), lose_state ? 0u : 4u);
      s.expect_no_timer();
    }
  }
}

TEST(Rumor, ARestartDoesNotWaitForAnswersThatWillNotCome) {
  RumorScript s(with_feedback(Stop::kCounter, 1, Phase::kOnReceipt, {}), peers_of_line(2));
  s.publish(0);
  s.lose(0, 1);
  s.restart(0, false);
  s.expect_message<Rumor::Item>(0, 1);
}

// -------------------------------------------------------------------------------------------- in a network

TEST(Rumor, EveryConditionOfTheNetworkLeavesTheAccountsInOrder) {
  // The run itself checks that messages and bytes are conserved.
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    auto spec = basic_spec("rumor", TopologyKind::kRandomRegular, 40);
    spec.seed = seed;
    spec.topology.degree = 6;
    spec.duration = SimTime{} + seconds(60);
    spec.until = seed % 2 ? simulation::Until::kQuiet : simulation::Until::kDuration;
    spec.workloads = {burst(12, std::nullopt)};
    spec.network.latency = hearsay::test::latency(Distribution::lognormal(50e6, 40e6));
    spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
    spec.network.loss.probability = seed % 3 == 0 ? 0.2 : 0;
    if (seed % 4 == 0) {
      network::FaultSpec crash;
      crash.kind = network::Crash{.lose_state = seed % 8 == 0};
      crash.at = SimTime{} + milliseconds(120);
      crash.until = SimTime{} + seconds(2);
      crash.nodes.by = network::SelectBy::kShare;
      crash.nodes.share = 0.3;
      spec.faults = {crash};
    }
    auto& p = params<Rumor>(spec);
    p.fanout = 1 + seed % 4;
    p.stop = static_cast<Stop>(seed % 3);
    p.phase = static_cast<Phase>(seed / 3 % 3);
    p.track_peers = seed % 5 < 2;
    if (seed % 7 < 3) p.cache_capacity = 4;
    if (seed % 11 < 3) p.seen_ttl = milliseconds(300);
    if (p.stop != Stop::kRounds) {
      p.k = 2 + seed % 3;
      p.feedback = seed % 2;
    } else {
      p.rounds = 3;
    }
    if (p.phase != Phase::kOnReceipt || seed % 2) p.propagation_delay = milliseconds(200);
    const auto first = run(spec), second = run(spec);
    EXPECT_EQ(first.digest, second.digest) << "seed " << seed;
    EXPECT_GT(metric(first, "payload_receipts"), 0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace hearsay::protocols::rumor_test
