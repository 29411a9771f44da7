// tree-batch by hand: what is sent to whom and when, what a loss, a crash and a dead parent lead to.

#include "protocols/tree_batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/peers.hpp"
#include "tests/support/script.hpp"

namespace hearsay::tree_batch_test {
namespace {

using protocols::TreeBatch;
using test::Script;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Params = TreeBatch::Params;
using Batch = TreeBatch::Batch;

/// Nothing but the tree: no windows, acknowledgements or anti-entropy.
Params bare(std::uint32_t branching) {
  Params p;
  p.branching = branching;
  p.window = Duration{};
  p.acks = false;
  p.sync_interval = Duration{};
  return p;
}

std::vector<unsigned> numbers(std::span<const ItemId> items) {
  std::vector<unsigned> out;
  for (const ItemId item : items) out.push_back(static_cast<unsigned>(index(item)));
  return out;
}
/// What the next message carries, which must be of that kind.
template <class Kind>
std::vector<unsigned> deliver(Script<TreeBatch>& s, unsigned from, unsigned to) {
  const auto message = s.deliver(from, to);
  EXPECT_TRUE(std::holds_alternative<Kind>(message)) << "another kind of message from " << from << " to " << to;
  if constexpr (protocol::CarriesItems<Kind>)
    if (const auto* m = std::get_if<Kind>(&message)) return numbers(m->items());
  return {};
}
/// Whom a node has a message for.
std::vector<unsigned> sent(Script<TreeBatch>& s, unsigned from) { return s.recipients(from); }
void lose_all_of(Script<TreeBatch>& s, unsigned from, unsigned to) {
  for (std::size_t left = s.recipients(from).size(); left > 0; --left) s.lose(from, to);
}
bool has(const Script<TreeBatch>& s, unsigned node, ItemId item) { return s.deliveries(node, item) > 0; }

// ------------------------------------------------------------------------------------------- the tree

// 0 -> 1, 2; 1 -> 3, 4; 2 -> 5, 6.
TEST(TreeBatch, SendsAnItemAlongEachEdgeOnce) {
  Script<TreeBatch> s(bare(2), test::peers_of_complete(7));
  const ItemId item = s.publish(3);
  EXPECT_EQ(s.deliveries(3, item), 1u);
  EXPECT_THAT(sent(s, 3), ElementsAre(1));
  const auto message = s.deliver(3, 1);
  EXPECT_EQ(std::get<Batch>(message).wire_bytes(), 24u + 24 + 1000);
  EXPECT_THAT(sent(s, 1), UnorderedElementsAre(0, 4));
  EXPECT_THAT(deliver<Batch>(s, 1, 0), ElementsAre(0));
  EXPECT_THAT(sent(s, 0), ElementsAre(2));
  s.deliver_all();
  for (unsigned n = 0; n < 7; ++n) EXPECT_EQ(s.deliveries(n, item), 1u);
}

TEST(TreeBatch, ALaterRootShiftsTheIds) {
  Params p = bare(2);
  p.root = 4;  // 4 -> 0, 1; 0 -> 2, 3; 1 -> 5, 6
  Script<TreeBatch> s(p, test::peers_of_complete(7));
  s.publish(4);
  EXPECT_THAT(sent(s, 4), UnorderedElementsAre(0, 1));
  s.publish(0);
  EXPECT_THAT(sent(s, 0), UnorderedElementsAre(4, 2, 3));
  s.publish(6);
  EXPECT_THAT(sent(s, 6), ElementsAre(1));
}

TEST(TreeBatch, MaxDepthTakesTheSmallestBranchingThatFits) {
  using protocols::tree_batch::branching_for;
  EXPECT_EQ(branching_for(25, 1), 24u);
  EXPECT_EQ(branching_for(25, 2), 5u);  // 1 + 4 + 16 = 21, 1 + 5 + 25 = 31
  EXPECT_EQ(branching_for(25, 3), 3u);  // 1 + 2 + 4 + 8 = 15, 1 + 3 + 9 + 27 = 40
  EXPECT_EQ(branching_for(25, 24), 1u);
  EXPECT_EQ(branching_for(15, 3), 2u);
  EXPECT_EQ(branching_for(1, 1), 1u);
  EXPECT_EQ(branching_for(1'000'000, 100), 2u);
  Params p = bare(4);
  p.max_depth = 1;
  Script<TreeBatch> s(p, test::peers_of_complete(9));
  s.publish(0);
  EXPECT_EQ(s.in_flight(), 8u);
}

TEST(TreeBatch, TheBfsTreeFollowsTheOverlay) {
  Params p = bare(4);
  p.tree = TreeBatch::Shape::kBfs;
  p.root = 2;
  Script<TreeBatch> s(p, test::peers_of_line(5));
  const ItemId item = s.publish(2);
  EXPECT_THAT(sent(s, 2), UnorderedElementsAre(1, 3));
  s.deliver_all();
  for (unsigned n = 0; n < 5; ++n) EXPECT_EQ(s.deliveries(n, item), 1u);
}

// The depth of tree4 of 25 is 3 (1 + 4 + 16 < 25), and its longest path leads from a node of depth 3 below node 1 (the
// last four are below 5, a child of 1) to one of depth 2: 5 edges.
TEST(TreeBatch, SaysHowDeepTheTreeIs) {
  Script<TreeBatch> s(bare(4), test::peers_of_complete(25));
  s.start();
  double depth = 0, path = 0;
  for (unsigned n = 0; n < 25; ++n) {
    const auto gauges = s.gauges(n);  // items, ids, state, neighbours, last flush, depth, path
    ASSERT_EQ(gauges.size(), 7u);
    depth = std::max(depth, gauges[5]);
    path = std::max(path, gauges[6]);
  }
  EXPECT_EQ(depth, 3);
  EXPECT_EQ(path, 5);
}

TEST(TreeBatch, ShortcutsAvoidTheTreeAndServeBothEnds) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Params p = bare(2);
    p.shortcuts = 2;
    Script<TreeBatch> s(p, test::peers_of_complete(15), seed);
    std::set<std::pair<unsigned, unsigned>> links;
    for (unsigned n = 0; n < 15; ++n) {
      s.publish(n);
      for (const unsigned to : sent(s, n)) EXPECT_TRUE(links.insert({n, to}).second) << "two links of one pair";
      s.lose_all();
    }
    for (const auto& [a, b] : links) EXPECT_TRUE(links.contains({b, a}));
    for (unsigned n = 1; n < 15; ++n) EXPECT_TRUE(links.contains({n, (n - 1) / 2}));
    EXPECT_EQ(links.size(), 2u * 14 + 2 * 15 * 2);  // each node adds two of its own
  }
}

TEST(TreeBatch, WithSixNodesAllShortcutsMakeACompleteGraph) {
  Params p = bare(2);
  p.shortcuts = 5;
  Script<TreeBatch> s(p, test::peers_of_complete(6));
  for (unsigned n = 0; n < 6; ++n) {
    s.publish(n);
    EXPECT_EQ(sent(s, n).size(), 5u);
    s.lose_all();
  }
}

// ------------------------------------------------------------------------------------------- batches

TEST(TreeBatch, GathersWhatComesWithinAWindow) {
  Params p = bare(2);
  p.window = milliseconds(50);
  p.phase = protocol::Phase::kSynchronous;
  Script<TreeBatch> s(p, test::peers_of_complete(3));  // 0 -> 1, 2
  s.publish(0);
  s.advance(milliseconds(20));
  s.publish(0);
  EXPECT_EQ(s.in_flight(), 0u);
  s.advance(milliseconds(30));
  EXPECT_THAT(deliver<Batch>(s, 0, 1), ElementsAre(0, 1));
  EXPECT_THAT(deliver<Batch>(s, 0, 2), ElementsAre(0, 1));
  s.advance(seconds(1));
  EXPECT_EQ(s.in_flight(), 0u) << "nothing waits, nothing goes";
}

TEST(TreeBatch, AnEmptyBatchGoesOnlyWhereItIsAskedFor) {
  Params p = bare(2);
  p.window = milliseconds(50);
  p.phase = protocol::Phase::kSynchronous;
  p.flush = TreeBatch::Flush::kAlways;
  p.acks = true;
  Script<TreeBatch> s(p, test::peers_of_complete(3));
  s.advance(milliseconds(50));
  EXPECT_THAT(deliver<Batch>(s, 0, 1), IsEmpty());
  EXPECT_EQ(s.in_flight(), 3u) << "0 to 2, 1 to 0, 2 to 0, and no acknowledgement";
}

TEST(TreeBatch, AFullBufferDoesNotWait) {
  Params p = bare(2);
  p.window = seconds(1);
  p.phase = protocol::Phase::kSynchronous;
  p.max_items = 2;
  Script<TreeBatch> s(p, test::peers_of_complete(3));
  s.publish(0);
  EXPECT_EQ(s.in_flight(), 0u);
  s.publish(0);
  EXPECT_THAT(deliver<Batch>(s, 0, 1), ElementsAre(0, 1));
  EXPECT_THAT(deliver<Batch>(s, 0, 2), ElementsAre(0, 1));
  s.publish(0);
  s.advance(seconds(1));
  EXPECT_THAT(deliver<Batch>(s, 0, 1), ElementsAre(2));
}

TEST(TreeBatch, WindowsDifferByDepth) {
  Params p = bare(2);
  p.window_by_depth = {"300 ms", "0 s"};
  p.phase = protocol::Phase::kSynchronous;
  Script<TreeBatch> s(p, test::peers_of_complete(7));
  s.publish(3);
  EXPECT_THAT(deliver<Batch>(s, 3, 1), ElementsAre(0));
  EXPECT_THAT(deliver<Batch>(s, 1, 0), ElementsAre(0));
  EXPECT_THAT(sent(s, 0), IsEmpty());
  s.advance(milliseconds(300));
  EXPECT_THAT(sent(s, 0), ElementsAre(2));
}

// What both have sent each other is not sent back.
TEST(TreeBatch, ACopyFromTheOtherSideTakesAnItemOutOfTheBuffer) {
  Params p = bare(1);
  p.window = milliseconds(50);
  p.phase = protocol::Phase::kSynchronous;
  p.shortcuts = 1;
  Script<TreeBatch> s(p, test::peers_of_complete(3));  // a line 0 - 1 - 2, and 0 - 2
  s.publish(1);
  s.advance(milliseconds(50));
  s.deliver(1, 0);
  s.deliver(1, 2);
  s.advance(milliseconds(50));  // both have it for each other
  EXPECT_THAT(deliver<Batch>(s, 0, 2), ElementsAre(0));
  EXPECT_THAT(deliver<Batch>(s, 2, 0), ElementsAre(0));
  s.publish(1);
  s.advance(milliseconds(50));
  s.deliver(1, 0);
  s.advance(milliseconds(50));
  EXPECT_THAT(deliver<Batch>(s, 0, 2), ElementsAre(1));
  s.deliver(1, 2);  // the slower way
  s.advance(milliseconds(100));
  EXPECT_THAT(sent(s, 2), IsEmpty()) << "1 is not known to have it from 0, but it has sent it itself";
}

TEST(TreeBatch, WithoutADeltaABatchCarriesEverything) {
  Params p = bare(2);
  p.delta = TreeBatch::Delta::kNone;
  Script<TreeBatch> s(p, test::peers_of_complete(3));
  s.publish(0);
  s.lose_all();
  s.publish(1);
  s.deliver(1, 0);
  EXPECT_THAT(deliver<Batch>(s, 0, 2), ElementsAre(0, 1));
  s.publish(0);
  EXPECT_THAT(deliver<Batch>(s, 0, 1), ElementsAre(0, 1, 2)) << "its own item too";
}

// A filter that errs half of the time keeps half of 200 items back; anti-entropy brings them.
TEST(TreeBatch, WhatAFilterTakesForKnownIsLateNotLost) {
  Params p = bare(1);
  p.delta = TreeBatch::Delta::kBloom;
  p.bloom_rate = 0.5;
  p.sync_interval = seconds(1);
  Script<TreeBatch> s(p, test::peers_of_complete(2));
  std::vector<ItemId> items;
  for (int i = 0; i < 200; ++i) items.push_back(s.publish(0));
  s.deliver_all();
  const auto missing = [&] {
    return std::count_if(items.begin(), items.end(), [&](ItemId item) { return !has(s, 1, item); });
  };
  EXPECT_GT(missing(), 70);
  EXPECT_LT(missing(), 130);
  for (int round = 0; round < 4; ++round) {
    s.advance(seconds(1));
    s.deliver_all();
  }
  EXPECT_EQ(missing(), 0);
  EXPECT_GT(s.counted(TreeBatch::kSynced), 70u);
}

// ------------------------------------------------------------------------------ acknowledgements

Params acknowledged() {
  Params p = bare(1);
  p.acks = true;
  p.resend_after = milliseconds(300);
  p.suspect_after = seconds(1);
  return p;
}

TEST(TreeBatch, ABatchIsSentUntilItIsAcknowledged) {
  Script<TreeBatch> s(acknowledged(), test::peers_of_complete(2));
  s.publish(0);
  s.lose(0, 1);
  s.advance(milliseconds(299));
  EXPECT_EQ(s.in_flight(), 0u);
  s.advance(milliseconds(1));
  EXPECT_THAT(deliver<Batch>(s, 0, 1), ElementsAre(0));
  EXPECT_EQ(s.counted(TreeBatch::kResent), 1u);
  s.lose(1, 0);  // the acknowledgement
  s.advance(milliseconds(300));
  EXPECT_THAT(deliver<Batch>(s, 0, 1), ElementsAre(0));
  EXPECT_THAT(deliver<TreeBatch::Ack>(s, 1, 0), IsEmpty());
  EXPECT_EQ(s.deliveries(1, ItemId{0}), 1u);
  s.advance(seconds(5));
  EXPECT_EQ(s.in_flight(), 0u);
  s.expect_no_timer();
}

TEST(TreeBatch, WhatIsSentAgainTakesWhatIsNewAlong) {
  Params p = acknowledged();
  p.window = seconds(1);
  p.phase = protocol::Phase::kSynchronous;
  Script<TreeBatch> s(p, test::peers_of_complete(2));
  s.publish(0);
  s.advance(seconds(1));
  s.lose(0, 1);
  s.publish(0);
  s.advance(milliseconds(300));
  EXPECT_THAT(deliver<Batch>(s, 0, 1), ElementsAre(0, 1));
}

TEST(TreeBatch, AnAcknowledgementThatMayWaitRidesOnABatch) {
  Params p = acknowledged();
  p.ack_delay = milliseconds(200);
  Script<TreeBatch> s(p, test::peers_of_complete(2));
  s.publish(0);
  s.deliver(0, 1);
  s.publish(0);
  s.deliver(0, 1);
  EXPECT_EQ(s.in_flight(), 0u);
  s.advance(milliseconds(100));
  s.publish(1);
  const auto message = s.deliver(1, 0);
  EXPECT_THAT(std::get<Batch>(message).acks.numbers, ElementsAre(1, 2));
  EXPECT_EQ(message.index(), 0u);
  EXPECT_EQ(std::get<Batch>(message).wire_bytes(), 24u + 24 + 1000 + 2 * 8);
  s.advance(milliseconds(199));
  EXPECT_EQ(s.in_flight(), 0u) << "0 has nothing to ride on";
  s.advance(milliseconds(1));
  EXPECT_THAT(std::get<TreeBatch::Ack>(s.deliver(0, 1)).acks.numbers, ElementsAre(1));
  s.advance(seconds(5));
  EXPECT_EQ(s.in_flight(), 0u);
}

TEST(TreeBatch, ASilentNeighbourIsAskedAndGetsAllWhenItAnswers) {
  Script<TreeBatch> s(acknowledged(), test::peers_of_complete(2));
  s.publish(0);
  for (int i = 0; i < 4; ++i) {  // at 0, 300, 600, 900 ms
    s.lose(0, 1);
    s.advance(milliseconds(300));
  }
  EXPECT_EQ(s.in_flight(), 0u) << "at 1.2 s it is down";
  s.publish(0);
  EXPECT_EQ(s.in_flight(), 0u);
  s.advance(seconds(1));
  EXPECT_THAT(deliver<Batch>(s, 0, 1), IsEmpty());
  s.lose(1, 0);
  s.advance(seconds(1));
  EXPECT_THAT(deliver<Batch>(s, 0, 1), IsEmpty());
  s.deliver(1, 0);
  EXPECT_THAT(deliver<Batch>(s, 0, 1), ElementsAre(0, 1));
}

// -------------------------------------------------------------------------------------- anti-entropy

Params syncing() {
  Params p = bare(1);
  p.sync_interval = seconds(1);
  return p;
}

TEST(TreeBatch, AVersionVectorFindsWhatEitherLacks) {
  Script<TreeBatch> s(syncing(), test::peers_of_complete(2));
  s.publish(0);
  s.lose(0, 1);
  s.publish(1);
  s.lose(1, 0);
  s.publish(0);
  s.deliver(0, 1);
  s.advance(seconds(2));  // two ticks each: they have had it for an interval
  s.lose_all();
  s.advance_to_timer_of(0);
  lose_all_of(s, 1, 0);
  // Node 0 has two of three items: at most two entries, and one is missing.
  const auto request = s.deliver(0, 1);
  EXPECT_EQ(std::get<TreeBatch::SyncRequest>(request).wire_bytes(), 24u + 2 * 16 + 8);
  const auto reply = s.deliver(1, 0);
  EXPECT_THAT(numbers(std::get<TreeBatch::SyncReply>(reply).items()), ElementsAre(1));
  EXPECT_EQ(std::get<TreeBatch::SyncReply>(reply).wire_bytes(), 24u + 24 + 1000 + 8);
  EXPECT_THAT(deliver<TreeBatch::SyncItems>(s, 0, 1), ElementsAre(0));
  EXPECT_TRUE(has(s, 0, ItemId{1}));
  EXPECT_TRUE(has(s, 1, ItemId{0}));
  s.lose_all();
  s.advance_to_timer_of(0);
  lose_all_of(s, 1, 0);
  s.deliver(0, 1);
  EXPECT_THAT(sent(s, 1), IsEmpty()) << "they are the same";
}

TEST(TreeBatch, WhatCameLatelyIsNotRepaired) {
  Script<TreeBatch> s(syncing(), test::peers_of_complete(2));
  s.advance(seconds(2));
  s.lose_all();
  s.publish(0);
  s.lose(0, 1);
  s.advance_to_timer_of(0);
  lose_all_of(s, 1, 0);
  s.deliver(0, 1);
  EXPECT_THAT(sent(s, 1), IsEmpty());
  s.lose_all();
  s.advance(seconds(1));
  s.deliver_all();
  s.advance(seconds(1));
  s.deliver_all();
  EXPECT_TRUE(has(s, 1, ItemId{0}));
}

TEST(TreeBatch, FullStateAndFilterBringTheSame) {
  for (const auto payload : {TreeBatch::SyncPayload::kFull, TreeBatch::SyncPayload::kBloom}) {
    Params p = syncing();
    p.sync_payload = payload;
    p.bloom_rate = 0.01;
    Script<TreeBatch> s(p, test::peers_of_complete(2));
    s.publish(0);
    s.publish(1);
    s.lose_all();
    s.advance(seconds(2));
    s.lose_all();
    s.advance_to_timer_of(0);
    lose_all_of(s, 1, 0);
    const auto request = std::get<TreeBatch::SyncRequest>(s.deliver(0, 1));
    // 1 item: itself, or a filter of log2(100) / ln 2 = 9.6 bits.
    EXPECT_EQ(request.wire_bytes(), payload == TreeBatch::SyncPayload::kFull ? 24u + 24 + 1000 : 24u + 2);
    s.deliver_all();
    EXPECT_TRUE(has(s, 0, ItemId{1}));
    EXPECT_TRUE(has(s, 1, ItemId{0}));
  }
}

TEST(TreeBatch, ANodeThatLostItsStateGetsItBack) {
  for (const bool syncs : {false, true}) {
    Params p = acknowledged();
    p.sync_interval = syncs ? seconds(1) : Duration{};
    Script<TreeBatch> s(p, test::peers_of_complete(3));  // a line
    for (unsigned n = 0; n < 3; ++n) s.publish(n);
    s.deliver_all();
    s.advance(seconds(3));
    s.deliver_all();
    s.restart(1);
    EXPECT_EQ(s.node(1).held(), 0u);
    for (int round = 0; round < 6; ++round) {
      s.deliver_all();
      s.advance(milliseconds(500));
    }
    s.deliver_all();
    EXPECT_EQ(s.node(1).held(), 3u) << "anti-entropy: " << syncs;
  }
}

TEST(TreeBatch, ANodeThatKeptItsStateGoesOn) {
  Script<TreeBatch> s(acknowledged(), test::peers_of_complete(2));
  s.publish(0);
  s.lose(0, 1);
  s.restart(0, false);
  EXPECT_THAT(deliver<Batch>(s, 0, 1), ElementsAre(0)) << "its timers are dead, but it remembers";
}

// --------------------------------------------------------------------------------------------- repair

Params repairing(std::uint32_t branching) {
  Params p = acknowledged();
  p.branching = branching;
  p.repair = true;
  return p;
}

/// Everything that is not for or from a dead node arrives, in steps of 50 ms.
void live(Script<TreeBatch>& s, unsigned nodes, const std::set<unsigned>& dead, Duration time) {
  for (Duration passed; passed < time; passed = passed + milliseconds(50)) {
    for (bool some = true; some;) {
      some = false;
      for (unsigned n = 0; n < nodes; ++n)
        for (const unsigned to : s.recipients(n)) {
          some = true;
          if (dead.contains(n) || dead.contains(to))
            s.lose(n, to);
          else
            s.deliver(n, to);
        }
    }
    s.advance(milliseconds(50));
  }
}

// 0 -> 1, 2; 1 -> 3, 4; 2 -> 5, 6. Node 1 is dead: its children go to 0.
TEST(TreeBatch, OrphansGoToTheGrandparentAndComeHome) {
  Script<TreeBatch> s(repairing(2), test::peers_of_complete(7));
  s.start();
  const std::set<unsigned> dead = {1};
  live(s, 7, dead, seconds(4));
  const ItemId item = s.publish(3);
  live(s, 7, dead, milliseconds(100));
  for (const unsigned n : {0u, 2u, 4u, 5u, 6u}) EXPECT_TRUE(has(s, n, item)) << n;
  EXPECT_EQ(s.counted(TreeBatch::kTakenIn), 2u);
  // It is back, with its state: the orphans return, and nothing goes twice.
  live(s, 7, {}, seconds(4));
  EXPECT_TRUE(has(s, 1, item));
  const ItemId later = s.publish(3);
  EXPECT_THAT(sent(s, 3), ElementsAre(1));
  s.deliver_all();
  for (unsigned n = 0; n < 7; ++n) EXPECT_EQ(s.deliveries(n, later), 1u) << n;
}

// The root is dead: its children meet at the first of them.
TEST(TreeBatch, TheFirstChildTakesTheRootsPlace) {
  Script<TreeBatch> s(repairing(3), test::peers_of_complete(13));
  s.start();
  const std::set<unsigned> dead = {0};
  live(s, 13, dead, seconds(8));
  const ItemId item = s.publish(12);
  live(s, 13, dead, milliseconds(100));
  for (unsigned n = 1; n < 13; ++n) EXPECT_EQ(s.deliveries(n, item), 1u) << n;
  EXPECT_EQ(s.counted(TreeBatch::kTakenIn), 2u);
}

TEST(TreeBatch, WithoutRepairNobodyTakesTheRootsPlace) {
  Params p = repairing(3);
  p.repair = false;
  Script<TreeBatch> s(p, test::peers_of_complete(13));
  s.start();
  live(s, 13, {0}, seconds(4));
  const ItemId item = s.publish(12);
  live(s, 13, {0}, seconds(4));
  EXPECT_TRUE(has(s, 3, item));
  EXPECT_FALSE(has(s, 1, item));
}

TEST(TreeBatch, AConnectionThatIsGoneNeedsNoSuspicion) {
  Script<TreeBatch> s(repairing(2), test::peers_of_complete(7));
  s.start();
  s.disconnect(3, 1, protocol::PeerDown::kBroken);
  EXPECT_THAT(sent(s, 3), ElementsAre(0)) << "it asks the grandparent";
  EXPECT_THAT(deliver<TreeBatch::Attach>(s, 3, 0), IsEmpty());
}

// Whom a node asks has a lower rank, so that no cycle can close; and every live node of lower rank is asked in turn.
TEST(TreeBatch, CandidatesHaveLowerRanksAndAreAll) {
  struct View final : protocol::SetupView {
    explicit View(std::vector<network::NodeAttributes>& all) : SetupView(7) { nodes = all; }
    std::span<const NodeId> neighbours(NodeId) const override { return {}; }
    Duration link_latency(NodeId, NodeId) const override { return {}; }
    network::Position position(NodeId) const override { return {}; }
  };
  std::vector<network::NodeAttributes> all(40);
  for (const std::uint32_t branching : {1u, 2u, 4u, 39u}) {
    Params p;
    p.branching = branching;
    p.shortcuts = 2;
    p.root = 5;
    const auto places = TreeBatch::prepare(p, View(all));
    EXPECT_EQ(places.candidate(NodeId{5}, 0), kNoNode);
    for (std::uint32_t n = 0; n < 40; ++n) {
      const NodeId node{n};
      if (n == 5) continue;
      std::set<NodeId> asked;
      for (std::uint64_t attempt = 0; attempt < 200; ++attempt) {
        const NodeId candidate = places.candidate(node, attempt);
        EXPECT_LT(places.rank(candidate), places.rank(node));
        asked.insert(candidate);
      }
      EXPECT_EQ(asked.size(), places.rank(node));
    }
  }
}

}  // namespace
}  // namespace hearsay::tree_batch_test
