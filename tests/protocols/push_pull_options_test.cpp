// Push-pull: age and memory, choice of partners, sizes, and whole runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocols/push_pull.hpp"
#include "tests/protocols/push_pull_script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::protocols::push_pull_options_test {
namespace {

using hearsay::test::basic_spec;
using hearsay::test::burst;
using hearsay::test::metric;
using hearsay::test::params;
using hearsay::test::peers_of_line;
using hearsay::test::peers_of_star;
using hearsay::test::run;
using network::TopologyKind;
using protocol::Phase;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// ----------------------------------------------------------------------------------------- age and memory

TEST(PushPull, AnItemIsOfferedUntilItsAgeIsReached) {
  auto p = in_mode(Mode::kPush, [](auto& q) {
    q.phase = Phase::kSynchronous;
    q.track_peers = false;
    q.max_message_age = seconds(3);
  });
  GossipScript s(p, peers_of_line(2));
  s.advance(milliseconds(500));
  s.publish(0);  // offered at 1, 2 and 3 s
  s.advance(milliseconds(500));
  const ItemId later = s.publish(0);  // at 1 s: offered at 2, 3 and 4 s, where its age is 3 s
  std::vector<std::size_t> offered = {std::get<PushPull::Push>(s.deliver(0, 1)).carried.size()};
  for (int round = 0; round < 3; ++round) {
    round_of_node_0(s);
    const auto m = std::get<PushPull::Push>(s.deliver(0, 1));
    offered.push_back(m.carried.size());
    EXPECT_EQ(m.carried.back(), later);
  }
  EXPECT_THAT(offered, ElementsAre(1, 2, 2, 1));
  round_of_node_0(s);
  s.expect_no_message();
}

TEST(PushPull, AnItemThatArrivesTooOldIsDeliveredButNotOffered) {
  auto p = in_mode(Mode::kPush, [](auto& q) {
    q.phase = Phase::kSynchronous;
    q.max_message_age = seconds(2);
  });
  GossipScript s(p, peers_of_line(3));
  const ItemId item = s.publish(0);
  s.advance(seconds(1));
  s.advance(seconds(2));
  s.deliver(0, 1);
  s.expect_delivered(1, item);
  s.advance(seconds(5));
  s.expect_no_message();
}

TEST(PushPull, APruneFreesWhatHasExpired) {
  auto p = in_mode(Mode::kPush, [](auto& q) {
    q.max_message_age = seconds(2);
    q.prune_interval = seconds(10);
  });
  GossipScript s(p, peers_of_line(2));
  for (int i = 0; i < 640; ++i) s.publish(0);
  s.advance(milliseconds(9'999));
  s.lose_all();
  EXPECT_EQ(s.node(0).held(), 640u);
  const std::size_t before = s.node(0).memory_bytes();
  s.advance(milliseconds(1));
  EXPECT_EQ(s.node(0).held(), 0u);
  EXPECT_LT(s.node(0).memory_bytes(), before);
  EXPECT_EQ(s.node(0).ids_seen(), 640u);
}

TEST(PushPull, AnIdThatWasForgottenIsAcceptedAnew) {
  auto p = in_mode(Mode::kPush, [](auto& q) {
    q.track_peers = false;
    q.seen_ttl = seconds(5);
  });
  GossipScript s(p, peers_of_line(2));
  const ItemId item = s.publish(0);
  for (int round = 0; round < 4; ++round) {
    round_of_node_0(s);
    s.deliver(0, 1);
  }
  EXPECT_EQ(s.deliveries(1, item), 1u);
  for (int round = 0; round < 4; ++round) {
    round_of_node_0(s);
    s.deliver(0, 1);
  }
  EXPECT_EQ(s.deliveries(1, item), 2u);
}

// -------------------------------------------------------------------------------------- order and partners

TEST(PushPull, PriorityClassesGoAheadInAMessageOfTheirOwn) {
  GossipScript s(in_mode(Mode::kPush, [](auto& p) { p.priority = {"block", "vote"}; }), peers_of_line(2));
  const ItemId tx = s.publish(0, {.item_class = "tx"}), vote = s.publish(0, {.item_class = "vote"});
  const ItemId block = s.publish(0, {.item_class = "block"}), plain = s.publish(0),
               vote2 = s.publish(0, {.item_class = "vote"});
  s.advance(seconds(1));
  const auto urgent = s.expect_message<PushPull::Urgent>(0, 1);
  EXPECT_THAT(carried(urgent), ElementsAre(block, vote, vote2));
  EXPECT_EQ(urgent.bytes, 24u + 3 * (24 + 1000));
  const auto rest = s.expect_message<PushPull::Push>(0, 1);
  EXPECT_THAT(carried(rest), ElementsAre(tx, plain));
  EXPECT_EQ(rest.bytes, 24u + 2 * (24 + 1000));
  s.expect_no_message();
  for (const ItemId item : {block, tx}) s.expect_not_delivered(1, item);
  s.deliver(0, 1);
  s.expect_delivered(1, vote2);
  s.expect_not_delivered(1, tx);
  s.deliver(0, 1);
  s.expect_delivered(1, tx);
}

TEST(PushPull, WhatCarriesOneSortAloneIsNotSplit) {
  GossipScript s(in_mode(Mode::kPush, [](auto& p) { p.priority = {"block"}; }), peers_of_line(2));
  const ItemId block = s.publish(0, {.item_class = "block"});
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(block));
  s.deliver(0, 1);
  const ItemId tx = s.publish(0, {.item_class = "tx"});
  s.advance(seconds(1));
  EXPECT_THAT(carried(s.expect_message<PushPull::Push>(0, 1)), ElementsAre(tx));
  s.expect_no_message();
}

TEST(PushPull, WhatIsUrgentGoesToAllPartnersBeforeTheRest) {
  for (const bool track : {true, false}) {
    GossipScript s(in_mode(Mode::kPush,
                           [&](auto& p) {
                             p.priority = {"block"};
                             p.track_peers = track;
                           }),
                   peers_of_star(4));
    s.publish(0, {.item_class = "tx"});
    s.publish(0, {.item_class = "block"});
    s.advance(seconds(1));
    const auto to = s.recipients(0);
    ASSERT_THAT(to, SizeIs(6));
    EXPECT_EQ(std::set(to.begin(), to.begin() + 3), (std::set<unsigned>{1, 2, 3}));
    for (const unsigned leaf : {1u, 2u, 3u}) {
      s.expect_message<PushPull::Urgent>(0, leaf);
      s.expect_message<PushPull::Push>(0, leaf);
    }
  }
}

TEST(PushPull, AnswersSendAheadWhatIsUrgent) {
  GossipScript s(in_mode(Mode::kPushPull, [](auto& p) { p.priority = {"block"}; }), peers_of_line(2));
  const ItemId tx = s.publish(0, {.item_class = "tx"}), block = s.publish(0, {.item_class = "block"});
  const ItemId tx1 = s.publish(1, {.item_class = "tx"}), block1 = s.publish(1, {.item_class = "block"});
  s.advance(seconds(1));
  while (!s.recipients(1).empty()) s.lose(1, 0);
  s.deliver(0, 1);  // the digest of node 0
  EXPECT_THAT(carried(s.expect_message<PushPull::Urgent>(1, 0)), ElementsAre(block1));
  EXPECT_THAT(carried(s.expect_message<PushPull::ExchangeReply>(1, 0)), ElementsAre(tx1));
  s.deliver(1, 0);
  s.expect_delivered(0, block1);
  s.expect_no_message();
  s.deliver(1, 0);
  EXPECT_THAT(carried(s.expect_message<PushPull::Urgent>(0, 1)), ElementsAre(block));
  EXPECT_THAT(carried(s.expect_message<PushPull::ExchangeItems>(0, 1)), ElementsAre(tx));
  s.deliver_all();
  s.expect_delivered(1, tx);
}

TEST(PushPull, AnEagerReplyLeavesOutWhatWentAheadOfTheRequest) {
  for (const bool track : {true, false}) {
    GossipScript s(eager([&](auto& p) {
                     p.priority = {"block"};
                     p.track_peers = track;
                   }),
                   peers_of_line(2));
    const ItemId tx = s.publish(0, {.item_class = "tx"}), block = s.publish(0, {.item_class = "block"});
    const ItemId own = s.publish(1);
    round_of_node_0(s);
    EXPECT_THAT(carried(s.expect_message<PushPull::Urgent>(0, 1)), ElementsAre(block));
    const auto request = s.expect_message<PushPull::EagerRequest>(0, 1);
    EXPECT_THAT(carried(request), ElementsAre(tx));
    EXPECT_THAT(ids(request), ElementsAre(block));
    EXPECT_EQ(request.bytes, 24u + 8 + 24 + 1000);
    s.deliver(0, 1);
    s.deliver(0, 1);
    EXPECT_THAT(carried(s.expect_message<PushPull::EagerReply>(1, 0)), ElementsAre(own));
  }
}

TEST(PushPull, PriorityTakesTheRestOutOfTheWayOnASlowUplink) {
  // Node 0 of a star pushes ten tx of 1000 B and a block of 100 B to three leaves at 1 s, over 1 Mbit/s: 8 us a byte.
  // Without priority each message is 24 + 10 x (24 + 1000) + 24 + 100 = 10,388 B, 83.104 ms: the leaves have everything
  // after one, two and three of them, and 10 ms of latency. With priority three messages of 24 + 24 + 100 = 148
  // B, 1.184 ms, go first; the rest, 24 + 10,240 = 10,264 B, 82.112 ms each, follow: the last leaf has the block 3 x
  // (83.104 - 1.184) = 245.76 ms earlier, and the last tx 3 x 24 B, 0.576 ms, later, which is what the headers cost.
  auto spec = basic_spec("push-pull", TopologyKind::kStar, 4);
  spec.classes = {"tx", "block"};
  spec.workloads = {burst(10, 0), burst(1, 0, 100)};
  spec.workloads[1].item_class = ClassId{1};
  spec.output.by = {metrics::Label::kClass};
  spec.network.uplink_bit_per_s = 1'000'000;
  auto& p = params<PushPull>(spec);
  p.mode = Mode::kPush;
  p.phase = Phase::kSynchronous;
  const auto plain = run(spec);
  EXPECT_NEAR(metric(plain, "latency_max_s[class=block]"), 1 + 3 * 0.083104 + 0.010, 1e-9);
  EXPECT_NEAR(metric(plain, "latency_max_s[class=tx]"), 1 + 3 * 0.083104 + 0.010, 1e-9);
  p.priority = {"block"};
  const auto first = run(spec);
  EXPECT_NEAR(metric(first, "latency_max_s[class=block]"), 1 + 3 * 0.001184 + 0.010, 1e-9);
  EXPECT_NEAR(metric(first, "latency_max_s[class=tx]"), 1 + 3 * (0.001184 + 0.082112) + 0.010, 1e-9);
}

TEST(PushPull, PriorityLosesNothingInAnyMode) {
  // Splitting a message must not lose what its second half says: with a tenth of all messages lost, and items that stay
  // young for the whole run, every item is everywhere at its end.
  auto spec = basic_spec("push-pull", TopologyKind::kRandomRegular, 40);
  spec.topology.degree = 5;
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + seconds(30);
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 0.1;
  spec.classes = {"tx", "block"};
  spec.workloads = {burst(20, std::nullopt), burst(5, std::nullopt)};
  spec.workloads[1].item_class = ClassId{1};
  auto& p = params<PushPull>(spec);
  p.priority = {"block"};
  for (const Mode mode : {Mode::kMixed, Mode::kPull, Mode::kPushPull})
    for (const Exchange exchange : {Exchange::kDigest, Exchange::kEager})
      for (const DigestKind digest : {DigestKind::kFull, DigestKind::kDelta})
        for (const bool track : {true, false}) {
          p.mode = mode;
          p.exchange = exchange;
          p.digest = digest;
          p.track_peers = track;
          const auto result = run(spec);
          EXPECT_EQ(metric(result, "coverage_min"), 1);
          EXPECT_EQ(metric(result, "redelivered"), 0);
          const auto urgent = std::find_if(result.messages_by_kind.begin(), result.messages_by_kind.end(),
                                           [](const auto& kind) { return kind.name == "urgent"; });
          ASSERT_NE(urgent, result.messages_by_kind.end());
          EXPECT_GT(urgent->count, 0u);
        }
}

/// How often node 0, the hub of a star, picked each leaf.
std::vector<double> picks(PushPull::Params p, unsigned nodes, int rounds, auto prepare) {
  p.mode = Mode::kPull;
  GossipScript s(p, peers_of_star(nodes));
  prepare(s);
  std::vector<double> count(nodes, 0.0);
  for (int round = 0; round < rounds; ++round) {
    s.advance(seconds(1));
    for (const unsigned to : s.recipients(0)) ++count[to];
    s.lose_all();
  }
  return count;
}

TEST(PushPull, PartnersAreUniform) {
  // 4000 rounds of 2 of 8 peers: each picked with probability 1/4; 3.89 sqrt(4000 / 4 x 3/4) = 107.
  const auto count = picks(with([](auto& p) { p.fanout = 2; }), 9, 4000, [](auto&) {});
  for (unsigned peer = 1; peer < 9; ++peer) EXPECT_NEAR(count[peer], 1000, 107);
}

TEST(PushPull, AShareOfPicksPrefersTheOwnRegion) {
  // 8 peers, 2 in the own region, one pick a round: 0.6 x 1/2 + 0.4 x 1/8 = 0.35 each; the others 0.4 / 8 = 0.05.
  const auto count = picks(with([](auto& p) {
                             p.fanout = 1;
                             p.prefer_same_region = 0.6;
                           }),
                           9, 4000, [](auto& s) {
                             for (unsigned n = 0; n < 9; ++n)
                               s.attributes(n).region = RegionId{static_cast<std::uint16_t>(n < 3 ? 1 : 2)};
                           });
  for (unsigned peer = 1; peer < 9; ++peer) {
    const double p = peer < 3 ? 0.35 : 0.05;
    EXPECT_NEAR(count[peer], 4000 * p, 3.89 * std::sqrt(4000 * p * (1 - p)));
  }
}

TEST(PushPull, AShareOfPicksPrefersTheNearestQuarter) {
  // 8 peers, the nearest quarter is 2 of them: 0.5 / 2 + 0.5 / 8 = 0.3125 each, the others 0.0625.
  const auto count = picks(with([](auto& p) {
                             p.fanout = 1;
                             p.prefer_low_latency = 0.5;
                             p.latency_from = PushPull::LatencyFrom::kLinks;
                           }),
                           9, 4000, [](auto& s) {
                             for (unsigned n = 1; n < 9; ++n)
                               s.set_latency(0, n, milliseconds(n == 4 || n == 7 ? 5 : 50));
                           });
  for (unsigned peer = 1; peer < 9; ++peer) {
    const double p = peer == 4 || peer == 7 ? 0.3125 : 0.0625;
    EXPECT_NEAR(count[peer], 4000 * p, 3.89 * std::sqrt(4000 * p * (1 - p)));
  }
}

TEST(PushPull, RoundTripsAreSmoothedAndForgotten) {
  RoundTrips trips;
  const auto at = [](int ms) { return SimTime{} + milliseconds(ms); };
  const auto measured = [&](unsigned peer, int now_ms) {
    return trips.measured_ns(NodeId{peer}, at(now_ms), seconds(10));
  };
  EXPECT_EQ(measured(1, 0), std::nullopt);
  trips.called(NodeId{1}, at(0));
  EXPECT_EQ(measured(1, 50), std::nullopt);
  trips.answered(NodeId{1}, at(80));
  EXPECT_EQ(measured(1, 80), milliseconds(80).ns);
  trips.answered(NodeId{1}, at(500));  // to no call of its own
  EXPECT_EQ(measured(1, 500), milliseconds(80).ns);
  trips.called(NodeId{1}, at(1'000));
  trips.answered(NodeId{1}, at(1'160));  // an eighth of the way from 80 to 160
  EXPECT_EQ(measured(1, 1'160), milliseconds(90).ns);
  EXPECT_EQ(measured(1, 11'160), milliseconds(90).ns);
  EXPECT_EQ(measured(1, 11'161), std::nullopt);
  trips.forget(NodeId{1});
  EXPECT_EQ(measured(1, 1'161), std::nullopt);
}

TEST(PushPull, PreferredPeersThatAreUsedUpLeaveTheirPicksToTheRest) {
  GossipScript s(in_mode(Mode::kPull,
                         [](auto& p) {
                           p.fanout = 3;
                           p.prefer_low_latency = 1;
                           p.latency_from = PushPull::LatencyFrom::kLinks;
                         }),
                 peers_of_star(6));
  s.set_latency(0, 4, milliseconds(1));
  s.set_latency(0, 2, milliseconds(2));  // the quarter of 5 peers is 2
  s.advance(seconds(1));
  const auto to = s.recipients(0);
  EXPECT_THAT(std::set<unsigned>(to.begin(), to.end()), SizeIs(3));
  EXPECT_THAT(to, ::testing::IsSupersetOf({2u, 4u}));
}

TEST(PushPull, AdaptiveFanoutFollowsTheNumberOfNodesKnown) {
  EXPECT_EQ(reliable_fanout(1), 1u);
  EXPECT_EQ(reliable_fanout(50), 5u);    // ln 50 = 3.91
  EXPECT_EQ(reliable_fanout(1000), 8u);  // ln 1000 = 6.91
  // 100 leaves: ln 101 + 1 = 5.62. A leaf knows two nodes: fanout 1.
  GossipScript s(in_mode(Mode::kPull,
                         [](auto& p) {
                           p.adaptive_fanout = true;
                           p.fanout = 1;
                         }),
                 peers_of_star(101));
  s.advance(seconds(1));
  EXPECT_THAT(s.recipients(0), SizeIs(6));
  EXPECT_THAT(s.recipients(7), SizeIs(1));
}

TEST(PushPull, ANodeLearnsOfOthersAsOriginsOfItems) {
  // Node 0 has 8 peers: ln 9 + 1 = 3.2. It hears of 300 nodes by their items: ln 301 + 1 = 6.7; the sketch's error of
  // 6.5 % moves ln n by 0.07.
  hearsay::test::PeerLists peers(301);
  for (unsigned n = 1; n <= 8; ++n) {
    peers[0].push_back(n);
    peers[n].push_back(0);
  }
  for (unsigned n = 9; n <= 300; ++n) {
    peers[1].push_back(n);
    peers[n].push_back(1);
  }
  GossipScript s(in_mode(Mode::kPushPull,
                         [](auto& p) {
                           p.adaptive_fanout = true;
                           p.fanout = 1;
                         }),
                 peers);
  for (unsigned n = 0; n <= 300; ++n) s.publish(n);
  s.advance(seconds(1));
  EXPECT_THAT(s.recipients(0), SizeIs(4));
  s.deliver_all();
  for (int round = 0; round < 20; ++round) {
    s.advance(seconds(1));
    s.deliver_all();
  }
  s.advance(seconds(1));
  EXPECT_THAT(s.recipients(0), SizeIs(7));
}

TEST(NodeSketch, EstimatesHowManyDistinctNodesItMet) {
  // 6.5 % standard error; four of them.
  for (const std::uint32_t n : {10u, 100u, 1000u, 10'000u, 100'000u}) {
    NodeSketch sketch;
    for (std::uint32_t repeat = 0; repeat < 2; ++repeat)
      for (std::uint32_t i = 0; i < n; ++i) sketch.add(NodeId{7 * i});
    EXPECT_NEAR(sketch.estimate(), n, 0.26 * n);
  }
}

// -------------------------------------------------------------------------------------- sizes and compression

TEST(PushPull, SizesCountHeadersIdsAndItems) {
  GossipScript s(in_mode(Mode::kPushPull), peers_of_line(2));
  s.publish(0, {.bytes = 500});
  s.publish(0, {.bytes = 700});
  s.publish(1, {.bytes = 90});
  round_of_node_0(s);
  EXPECT_EQ(s.deliver(0, 1).index(), 3u);
  const auto reply = s.expect_message<PushPull::ExchangeReply>(1, 0);
  EXPECT_EQ(reply.wire_bytes(), 24 + 8 + (24 + 90u));
  s.deliver(1, 0);
  EXPECT_EQ(s.expect_message<PushPull::ExchangeItems>(0, 1).wire_bytes(), 24 + (24 + 500) + (24 + 700u));
}

TEST(PushPull, ALargeMessageIsCompressed) {
  auto p = in_mode(Mode::kPush, [](auto& q) {
    q.compress_above = 1024;
    q.compression_ratio = 0.3;
    q.compression_delay_per_byte = microseconds(1);
  });
  GossipScript s(p, peers_of_line(2));
  s.publish(0, {.bytes = 1000});  // a body of 1024 bytes: not above
  s.advance(seconds(1));
  EXPECT_EQ(s.expect_message<PushPull::Push>(0, 1).wire_bytes(), 24u + 1024);
  s.lose_all();
  const ItemId large = s.publish(0, {.bytes = 1001});
  s.advance(seconds(1));
  s.advance(milliseconds(2));  // if the tick came at the very end of the second
  const auto m = s.expect_message<PushPull::Push>(0, 1);
  EXPECT_EQ(m.wire_bytes(), 24u + 308);  // ceil(0.3 x 1025)
  EXPECT_THAT(carried(m), ElementsAre(large));
}

TEST(PushPull, CompressionTakesItsTimePerByte) {
  auto p = in_mode(Mode::kPush, [](auto& q) {
    q.phase = Phase::kSynchronous;
    q.compress_above = 0;
    q.compression_ratio = 0.5;
    q.compression_delay_per_byte = microseconds(2);
  });
  GossipScript s(p, peers_of_line(2));
  s.publish(0, {.bytes = 976});  // a body of 1000 bytes: 2 ms
  s.advance(milliseconds(1001));
  s.expect_no_message();
  s.advance(microseconds(999));
  s.expect_no_message();
  s.advance(microseconds(1));
  EXPECT_EQ(s.expect_message<PushPull::Push>(0, 1).wire_bytes(), 24u + 500);
}

TEST(PushPull, ARestartDropsWhatWasBeingCompressed) {
  auto p = in_mode(Mode::kPush, [](auto& q) {
    q.phase = Phase::kSynchronous;
    q.compress_above = 0;
    q.compression_ratio = 0.5;
    q.compression_delay_per_byte = microseconds(2);
  });
  GossipScript s(p, peers_of_line(2));
  s.publish(0);
  s.advance(milliseconds(1001));
  s.restart(0, false);
  s.advance(milliseconds(900));
  s.expect_no_message();
}

// ------------------------------------------------------------------------------------------- whole runs

TEST(PushPull, EveryModeCoversARandomGraphAndConservesItsMessages) {
  for (const Phase phase : {Phase::kSynchronous, Phase::kRandom, Phase::kPoisson})
    for (const Mode mode : {Mode::kPush, Mode::kPull, Mode::kPushPull, Mode::kMixed})
      for (const Exchange exchange : {Exchange::kDigest, Exchange::kEager})
        for (const DigestKind digest : {DigestKind::kFull, DigestKind::kDelta})
          for (const bool track : {true, false}) {
            auto spec = basic_spec("push-pull", TopologyKind::kRandomRegular, 60);
            spec.topology.degree = 6;
            spec.network.latency = hearsay::test::latency(Distribution::uniform(10e6, 200e6));
            spec.workloads = {burst(90, std::nullopt)};
            spec.until = simulation::Until::kDuration;
            spec.duration = SimTime{} + seconds(15);
            auto& p = params<PushPull>(spec);
            p.phase = phase;
            p.mode = mode;
            p.exchange = exchange;
            p.digest = digest;
            p.track_peers = track;
            const auto result = run(spec);
            EXPECT_EQ(metric(result, "coverage_min"), 1);
            EXPECT_EQ(metric(result, "messages_sent"),
                      metric(result, "messages_received") + metric(result, "messages_in_flight"));
            EXPECT_EQ(metric(result, "redelivered"), 0);
            EXPECT_EQ(run(spec).digest, result.digest);
          }
}

TEST(PushPull, TrackingAndDeltasSaveBytesAndLoseNothing) {
  const auto bytes = [](bool track, DigestKind digest) {
    auto spec = basic_spec("push-pull", TopologyKind::kRandomRegular, 60);
    spec.topology.degree = 6;
    spec.until = simulation::Until::kDuration;
    spec.duration = SimTime{} + seconds(30);
    spec.workloads = {burst(50, std::nullopt, 10)};
    params<PushPull>(spec).track_peers = track;
    params<PushPull>(spec).digest = digest;
    const auto result = run(spec);
    EXPECT_EQ(metric(result, "coverage_min"), 1);
    return metric(result, "bytes_sent");
  };
  const double naive = bytes(false, DigestKind::kFull), tracked = bytes(true, DigestKind::kFull),
               delta = bytes(true, DigestKind::kDelta);
  EXPECT_LT(tracked, 0.5 * naive);
  EXPECT_LT(delta, 0.9 * tracked);
}

TEST(PushPull, HealsUnderChurnAndLoss) {
  // What restarts empty catches up: every item that some live node holds is at all of them well before it expires.
  auto spec = basic_spec("push-pull", TopologyKind::kRandomRegular, 50);
  spec.topology.degree = 6;
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + seconds(40);
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 0.2;
  network::FaultSpec crash;
  crash.kind = network::Crash{};
  crash.at = SimTime{} + seconds(8);
  crash.until = SimTime{} + seconds(12);
  crash.nodes.by = network::SelectBy::kShare;
  crash.nodes.share = 0.3;
  spec.faults = {crash};
  spec.workloads = {burst(20, std::nullopt)};
  for (const DigestKind digest : {DigestKind::kFull, DigestKind::kDelta}) {
    params<PushPull>(spec).digest = digest;
    EXPECT_EQ(metric(run(spec), "coverage_min"), 1);
  }
}

}  // namespace
}  // namespace hearsay::protocols::push_pull_options_test
