// block-relay with explicit mempools: what blocks hold, what nodes have of it, and what happens where that differs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "protocols/block_relay.hpp"
#include "sim/simulation/lanes.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/scenario_file.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::protocols::block_relay_mempool_test {
namespace {

using ::testing::HasSubstr;
using Relay = test::Script<BlockRelay>;
using Mode = BlockRelay::Mode;

constexpr test::Publish kBlock{.bytes = 100'000, .transactions = 0};
constexpr test::Publish kTx{.bytes = 1000};
constexpr std::uint64_t kCoinbase = 200, kHeader = 24;

BlockRelay::Params params_of(Mode mode) {
  BlockRelay::Params params;
  params.mode = mode;
  params.mempool = BlockRelay::Mempool::kExplicit;
  return params;
}

/// Publishes a transaction that reaches everybody.
ItemId known_to_all(Relay& s, unsigned origin) {
  const ItemId tx = s.publish(origin, kTx);
  s.deliver_all();
  return tx;
}
/// One that only its origin has.
ItemId known_to(Relay& s, unsigned origin) {
  const ItemId tx = s.publish(origin, kTx);
  s.lose_all();
  return tx;
}

simulation::RunSpec spec_of(const std::string& protocol, const std::string& rest,
                            const std::string& run = "duration = \"10 min\"\nuntil = \"duration\"\n") {
  const test::ScenarioDirectory directory;
  auto loaded = directory.load("[run]\nseed = 3\n" + run +
                               "[topology]\nkind = \"random-regular\"\nnodes = 60\ndegree = 6\n"
                               "[network]\nlatency = { kind = \"uniform\", min = \"20 ms\", max = \"200 ms\" }\n"
                               "uplink = \"2 Mbit/s\"\n"
                               "[protocol]\nname = \"block-relay\"\nmempool = \"explicit\"\n" +
                               protocol +
                               "[[workload]]\nkind = \"transactions\"\nrate = \"2/s\"\nsize = \"400 B\"\nstop = \"8 "
                               "min\"\n[[workload]]\nkind = \"mining\"\nsize = \"40 kB\"\n" +
                               rest);
  EXPECT_TRUE(loaded.scenario.has_value()) << test::diagnostics_text(loaded);
  return std::move(loaded.scenario->points[0].spec);
}

// -------------------------------------------------------------------------------------- what blocks hold

TEST(BlockRelayMempool, ABlockHoldsTheMempoolOfItsFinder) {
  Relay s(params_of(Mode::kFull), {{1}, {0}});
  const ItemId shared = known_to_all(s, 0), own = known_to(s, 1), other = known_to(s, 0);
  const ItemId block = s.publish(1, kBlock);
  s.expect_message<BlockRelay::Block>(1, 0,
                                      [](const auto& m) { return m.bytes == kHeader + 80 + 1 + kCoinbase + 2 * 1000; });
  s.deliver_all();
  s.expect_delivered(0, block);
  s.expect_delivered(0, own);  // it came with the block
  for (const unsigned node : {0u, 1u}) {
    EXPECT_FALSE(s.node(node).holds(shared));
    EXPECT_FALSE(s.node(node).holds(own));
  }
  EXPECT_TRUE(s.node(0).holds(other));
}

// Of ten transactions of 1 kB, a block of 4.5 kB has room for four beside its coinbase: those that pay most, by the
// draw that decides about eviction too.
TEST(BlockRelayMempool, AFullBlockTakesTheHighestFeeRates) {
  Relay s(params_of(Mode::kFull), {{1}, {0}});
  std::vector<ItemId> all;
  for (int i = 0; i < 10; ++i) all.push_back(known_to_all(s, 0));
  const ItemId block = s.publish(0, {.bytes = 4500, .transactions = 0});
  s.deliver_all();
  s.expect_delivered(1, block);
  const auto fee = [](ItemId tx) { return KeyedDraws(1, Stream::kFeeRate, index(tx)).uniform(); };
  double least_taken = 1, most_left = 0;
  int left = 0;
  for (const ItemId tx : all) {
    EXPECT_EQ(s.node(0).holds(tx), s.node(1).holds(tx));
    if (s.node(0).holds(tx)) {
      most_left = std::max(most_left, fee(tx));
      ++left;
    } else {
      least_taken = std::min(least_taken, fee(tx));
    }
  }
  EXPECT_EQ(left, 6);
  EXPECT_GT(least_taken, most_left);
}

TEST(BlockRelayMempool, AReorganisationReturnsTransactions) {
  Relay s(params_of(Mode::kFull), {{1}, {0}});
  const ItemId both = known_to_all(s, 0), lost = known_to(s, 0);
  s.publish(0, kBlock);  // both, lost
  s.lose_all();
  s.publish(1, kBlock);  // both
  s.publish(1, kBlock);  // nothing, and higher
  s.lose(1, 0);
  EXPECT_FALSE(s.node(0).holds(lost));
  s.deliver_all();
  EXPECT_TRUE(s.node(0).holds(lost));
  EXPECT_FALSE(s.node(0).holds(both));  // the new chain has it too
  s.expect_no_message();                // it is not announced anew
}

TEST(BlockRelayMempool, LightNodesTakeNoTransactions) {
  auto spec = spec_of("mode = \"compact-low\"\ntransactions = { full_peers = 2 }\n",
                      "interval = \"60 s\"\n[[group]]\ncount = 10\nrole = \"light\"\nhash_power = 0\n[[group]]\nrest = "
                      "true\nrole = \"full\"\nhash_power = 1\n[output]\nby = [\"role\"]\n");
  spec.workloads[0].origin = workload::OriginKind::kRole;
  spec.workloads[0].origin_role = RoleId{1};
  spec.workloads[0].item_class = ClassId{0};
  const auto result = simulation::run(spec, {});
  const double items = test::metric(result, "items_published"), blocks = test::metric(result, "blocks_found");
  EXPECT_NEAR(test::metric(result, "coverage_mean[role=light]"), blocks / items, 0.2 * blocks / items);
  EXPECT_GT(test::metric(result, "coverage_mean[role=full]"), 0.99);
}

// -------------------------------------------------------------------------------------- compact blocks

TEST(BlockRelayMempool, ACompactBlockIsPutTogetherFromTheMempoolAndTheRestIsFetched) {
  Relay s(params_of(Mode::kCompactLow), {{1}, {0}});
  for (int i = 0; i < 9; ++i) known_to_all(s, 0);
  const ItemId hit = s.publish(0, kBlock);
  s.deliver_all();
  s.expect_delivered(1, hit);
  EXPECT_EQ(s.counted(BlockRelay::kCompactHits), 1u);
  for (int i = 0; i < 9; ++i) known_to_all(s, 0);
  known_to(s, 0);
  const ItemId block = s.publish(0, kBlock);
  s.deliver(0, 1);
  s.deliver(1, 0);
  s.expect_message<BlockRelay::CmpctBlock>(
      0, 1, [](const auto& m) { return m.bytes == kHeader + 88 + 1 + 6 * 10 + 2 + kCoinbase; });
  s.deliver(0, 1);
  s.expect_message<BlockRelay::GetBlockTxn>(1, 0, [](const auto& m) { return m.bytes == kHeader + 32 + 1 + 1; });
  s.expect_not_delivered(1, block);
  s.deliver(1, 0);
  s.expect_message<BlockRelay::BlockTxn>(0, 1, [](const auto& m) { return m.bytes == kHeader + 32 + 1 + 1000; });
  s.deliver_all();
  s.expect_delivered(1, block);
  EXPECT_EQ(s.counted(BlockRelay::kMissingTx), 1u);
  EXPECT_EQ(s.counted(BlockRelay::kCompactHits), 1u);
}

TEST(BlockRelayMempool, ARivalOfTheHeadIsFetchedWhole) {
  Relay s(params_of(Mode::kCompactLow), {{1}, {0}});
  for (int i = 0; i < 4; ++i) known_to_all(s, 0);
  s.publish(0, kBlock);
  s.lose_all();
  s.publish(1, kBlock);
  s.deliver_all();
  EXPECT_EQ(s.counted(BlockRelay::kCompactHits), 0u);
  EXPECT_EQ(s.counted(BlockRelay::kFullForMissing), 1u);
}

TEST(BlockRelayMempool, WhatFewPeersKnowComesWithTheBlock) {
  for (const bool whole : {true, false}) {
    BlockRelay::Params params = params_of(Mode::kCompactLow);
    params.unlikely = whole ? BlockRelay::Unlikely::kPrefill : BlockRelay::Unlikely::kHash;
    params.unlikely_below = 0.5;
    Relay s(params, {{1, 2}, {0}, {0}});
    for (int i = 0; i < 4; ++i) known_to_all(s, 1);  // one of two peers of node 0 announced them
    known_to(s, 0);
    const ItemId block = s.publish(0, kBlock);
    s.deliver(0, 1);
    s.deliver(1, 0);
    const std::uint64_t prefilled = 1 + 1 + kCoinbase + (whole ? 1 + 1000 : 0), named = whole ? 0 : 1 + 32;
    s.expect_message<BlockRelay::CmpctBlock>(0, 1, [&](const auto& m) {
      return m.unlikely.size() == 1 && m.bytes == kHeader + 88 + 1 + 6 * 4 + prefilled + named;
    });
    s.deliver_all();
    s.expect_delivered(1, block);
    EXPECT_EQ(s.counted(BlockRelay::kCompactHits), whole ? 2u : 0u);
    EXPECT_EQ(s.counted(BlockRelay::kMissingTx), whole ? 0u : 2u);
  }
}

// ------------------------------------------------------------------------------------------- short ids

/// Two hashes of transactions with the same short id of 6 bytes: the walk x -> short_id(x) runs into a circle, by
/// Brent's method after some 2^24 steps, and the two ways into its first element are such a pair.
std::pair<std::uint64_t, std::uint64_t> colliding_hashes(std::uint64_t key) {
  const auto step = [key](std::uint64_t x) { return block_relay::short_id(key, x, 6); };
  const std::uint64_t start = 0x1234'5678'9abc'def0;  // no short id, so it lies before the circle
  std::uint64_t power = 1, length = 1, tortoise = start, hare = step(start);
  for (; tortoise != hare; ++length, hare = step(hare)) {
    if (power != length) continue;
    tortoise = hare;
    power *= 2;
    length = 0;
  }
  tortoise = hare = start;
  for (std::uint64_t i = 0; i < length; ++i) hare = step(hare);
  while (step(tortoise) != step(hare)) {
    tortoise = step(tortoise);
    hare = step(hare);
  }
  return {tortoise, hare};
}

TEST(BlockRelaySlots, RealShortIdsOfSixBytesCollide) {
  constexpr std::uint64_t kKey = 42;
  const auto [x, y] = colliding_hashes(kKey);
  ASSERT_NE(x, y);
  const std::uint64_t id = block_relay::short_id(kKey, x, 6);
  ASSERT_EQ(id, block_relay::short_id(kKey, y, 6));
  EXPECT_NE(block_relay::short_id(kKey, x, 8), block_relay::short_id(kKey, y, 8));
  EXPECT_NE(block_relay::short_id(kKey + 1, x, 6), block_relay::short_id(kKey + 1, y, 6));  // of another block
  const ItemId of_x{1}, of_y{2}, other{3};
  const std::uint64_t other_id = block_relay::short_id(kKey, 99, 6);
  block_relay::Slots slots;
  const auto block_of = [&](std::vector<std::pair<ItemId, std::uint64_t>> block) {
    slots.reset(block.size());
    for (const auto& [tx, its] : block) slots.add(tx, its);
  };

  block_of({{of_x, id}, {other, other_id}, {of_y, id}});
  EXPECT_TRUE(slots.ambiguous());

  block_of({{of_x, id}, {other, other_id}});
  EXPECT_FALSE(slots.ambiguous());
  EXPECT_TRUE(slots.slots()[0].empty());
  slots.offer(of_y, id);  // the wrong one, and nobody can tell
  EXPECT_FALSE(slots.slots()[0].empty());
  EXPECT_NE(slots.slots()[0].filled, slots.slots()[0].of);
  slots.offer(of_x, id);  // two of them: it is asked for
  EXPECT_TRUE(slots.slots()[0].empty());
  EXPECT_TRUE(slots.slots()[1].empty());
  slots.offer(other, other_id);
  EXPECT_FALSE(slots.slots()[1].empty());
}

// Of short ids of one byte. Items are numbered in order, so their hashes are known here.
class ShortIdsOfOneByte : public ::testing::Test {
 protected:
  static std::uint64_t hash(std::uint32_t item) { return KeyedDraws(1, Stream::kTxHash, item).bits(); }
  static std::uint64_t id(std::uint32_t block, std::uint32_t tx) {
    return block_relay::short_id(hash(block), hash(tx), 1);
  }
  static BlockRelay::Params params() {
    BlockRelay::Params params = params_of(Mode::kCompactLow);
    params.short_id_bytes = 1;
    params.full_above = 1;
    return params;
  }
};

TEST_F(ShortIdsOfOneByte, AWrongTransactionIsFoundByTheHashOfTheWhole) {
  // Transaction 0 is known to node 0 alone, 1 to n - 1 to node 1 alone, and block n finds one of those in the place of
  // 0.
  std::uint32_t n = 2;
  const auto matches = [&] {
    int count = 0;
    for (std::uint32_t tx = 1; tx < n; ++tx) count += id(n, tx) == id(n, 0) ? 1 : 0;
    return count;
  };
  while (matches() != 1) ++n;
  Relay s(params(), {{1}, {0}});
  known_to(s, 0);
  for (std::uint32_t tx = 1; tx < n; ++tx) known_to(s, 1);
  const ItemId block = s.publish(0, kBlock);
  ASSERT_EQ(index(block), n);
  s.deliver_all();
  s.expect_delivered(1, block);
  EXPECT_EQ(s.counted(BlockRelay::kFullForIntegrity), 1u);
  EXPECT_EQ(s.counted(BlockRelay::kCompactHits), 0u);
  EXPECT_EQ(s.counted(BlockRelay::kMissingTx), 0u);  // it thought that it had it
}

TEST_F(ShortIdsOfOneByte, AWrongTransactionShowsOnceTheMissingOnesAreThere) {
  // The same, and node 1 lacks transaction 1 too.
  std::uint32_t n = 3;
  const auto matches = [&](std::uint32_t of) {
    int count = 0;
    for (std::uint32_t tx = 2; tx < n; ++tx) count += id(n, tx) == id(n, of) ? 1 : 0;
    return count;
  };
  while (matches(0) != 1 || matches(1) != 0 || id(n, 0) == id(n, 1)) ++n;
  Relay s(params(), {{1}, {0}});
  known_to(s, 0);
  known_to(s, 0);
  for (std::uint32_t tx = 2; tx < n; ++tx) known_to(s, 1);
  const ItemId block = s.publish(0, kBlock);
  ASSERT_EQ(index(block), n);
  for (int i = 0; i < 2; ++i) {  // header, request, compact block, getblocktxn
    s.deliver(0, 1);
    s.deliver(1, 0);
  }
  s.deliver(0, 1);  // blocktxn
  s.expect_not_delivered(1, block);
  s.expect_message<BlockRelay::GetData>(1, 0, [](const auto& m) { return !m.compact; });
  s.deliver_all();
  s.expect_delivered(1, block);
  EXPECT_EQ(s.counted(BlockRelay::kFullForIntegrity), 1u);
  EXPECT_EQ(s.counted(BlockRelay::kMissingTx), 1u);
}

TEST_F(ShortIdsOfOneByte, TwoOfABlockCannotBeToldApart) {
  std::uint32_t n = 2;
  while (id(n, 0) != id(n, 1)) ++n;
  Relay s(params(), {{1}, {0}});
  known_to_all(s, 0);
  known_to_all(s, 0);
  while (index(known_to_all(s, 0)) + 1 < n) {
  }
  const ItemId block = s.publish(0, kBlock);
  s.deliver_all();
  s.expect_delivered(1, block);
  EXPECT_EQ(s.counted(BlockRelay::kFullForIntegrity), 1u);
}

// ------------------------------------------------------------------------------------- invalid, validation

TEST(BlockRelayInvalid, AnInvalidBlockIsNeitherDeliveredNorRelayed) {
  BlockRelay::Params params;
  params.mode = Mode::kHeaders;
  params.validation_delay = milliseconds(100);
  Relay s(params, {{1}, {0, 2}, {1}});
  test::Publish invalid{.bytes = 1'000'000, .transactions = 2000};
  invalid.valid = false;
  const ItemId block = s.publish(0, invalid);
  s.deliver_all();
  s.advance(seconds(1));
  s.expect_not_delivered(1, block);
  s.expect_no_message();
  EXPECT_EQ(s.counted(BlockRelay::kRejected), 1u);
  // It is not fetched again, and its finder goes on where it was.
  BlockRelay::Headers again;
  again.block = block;
  s.hand(0, 1, again);
  s.expect_no_message();
  const ItemId next = s.publish(0, {.bytes = 1'000'000, .transactions = 2000});
  s.deliver_all();
  s.advance(seconds(1));
  s.deliver_all();
  s.advance(seconds(1));
  s.expect_delivered(2, next);
}

TEST(BlockRelayInvalid, HighBandwidthPeersGetItBeforeItIsValidated) {
  BlockRelay::Params params;
  params.mode = Mode::kCompactHigh;
  params.validation_delay = milliseconds(100);
  Relay s(params, {{1}, {0, 2}, {1}});
  test::Publish invalid{.bytes = 1'000'000, .transactions = 2000};
  invalid.valid = false;
  const ItemId block = s.publish(0, invalid);
  s.deliver(0, 1);
  s.expect_message<BlockRelay::CmpctBlock>(1, 2);
  s.deliver_all();
  s.advance(seconds(1));
  s.expect_not_delivered(2, block);
  EXPECT_EQ(s.counted(BlockRelay::kRejected), 2u);
}

TEST(BlockRelayMempool, TransactionsThatWereNotKnownTakeMoreValidation) {
  BlockRelay::Params params = params_of(Mode::kCompactLow);
  params.validation_delay = milliseconds(10);
  params.validation_per_missing = milliseconds(1);
  Relay s(params, {{1}, {0}});
  for (int i = 0; i < 9; ++i) known_to_all(s, 0);
  for (int i = 0; i < 3; ++i) known_to(s, 0);
  const ItemId block = s.publish(0, kBlock);
  s.deliver_all();
  s.advance(milliseconds(12));
  s.expect_not_delivered(1, block);
  s.advance(milliseconds(1));
  s.expect_delivered(1, block);
}

// ---------------------------------------------------------------------------------------------- whole runs

/// Everything at once: forks, loss, churn, eviction, collisions, invalid blocks, transactions that come with the block.
simulation::RunSpec busy(const std::string& mode) {
  return spec_of(
      "mode = \"" + mode +
          "\"\nrequest_timeout = \"3 s\"\nshort_id_bytes = 1\nunlikely = \"prefill\"\nvalidation_delay = "
          "\"50 ms\"\nvalidation_per_missing = \"1 ms\"\ntransactions = { trickle = \"2 s\", request_timeout "
          "= \"2 s\", mempool_bytes = \"60 kB\", tx_expiry = \"90 s\" }\n",
      "interval = \"3 s\"\nsettle = 3\ninvalid_share = 0.1\n[[fault]]\nkind = \"churn\"\nat = \"0 s\"\nshare = "
      "0.2\nsession = { kind = \"exponential\", mean = \"60 s\" }\ndowntime = { kind = \"exponential\", "
      "mean = \"5 s\" }\n[output]\nledger = true\nseries = \"10 s\"\n",
      "duration = \"10 min\"\nuntil = \"duration\"\n");
}

TEST(BlockRelayMempoolLanes, GiveTheSameRunOnAnyNumberOfThreads) {
  for (const char* mode : {"compact-high", "compact-low"}) {
    auto spec = busy(mode);
    spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
    spec.network.loss.probability = 0.01;
    spec.duration = SimTime{} + seconds(150);
    spec.workloads[0].stop = spec.workloads[1].stop = spec.duration;
    const auto one = simulation::run(spec, {});
    for (const char* count : {"compact_hits", "missing_tx", "full_for_missing", "full_for_integrity", "blocks_rejected",
                              "blocks_invalid", "blocks_stale", "reorgs", "requests_timed_out"})
      EXPECT_GT(test::metric(one, count), 0) << count;
    EXPECT_GT(test::metric(one, "tx_confirmed_share"), 0.5);
    for (const unsigned threads : {1u, 2u, 3u}) {
      simulation::RunOptions options;
      options.threads = threads;
      options.threads_asked = true;
      options.lane_nodes = 8;
      ASSERT_TRUE(simulation::plan_lanes(spec, options).windows());
      test::expect_same(one, simulation::run(spec, options));
    }
  }
}

// A block each minute that has room for all: a transaction waits for the next block after it has reached its finder.
// With interval T the wait for the next one is exponential whatever happened before, so that its median is T ln 2 (41.6
// s), and the time that the transaction is on its way comes to it: below 1 s here, with hashes at once. The
// transactions of one block share its time, so the 60 blocks of 60 min give 13 % as the standard deviation of the
// median; four runs 6.5 %.
TEST(BlockRelayMempool, ATransactionWaitsForTheNextBlock) {
  auto spec =
      spec_of("mode = \"compact-low\"\n", "interval = \"60 s\"\n", "duration = \"60 min\"\nuntil = \"duration\"\n");
  spec.workloads[0].stop = SimTime{} + seconds(3000);
  spec.workloads[0].rate_per_s = 1;
  spec.workloads[1].size_bytes = Distribution::constant(1e6);
  double median = 0;
  for (std::uint32_t replication = 0; replication < 4; ++replication) {
    simulation::RunOptions options;
    options.replication = replication;
    const auto result = simulation::run(spec, options);
    median += test::metric(result, "tx_confirmation_p50_s") / 4;
    EXPECT_GT(test::metric(result, "tx_confirmed_share"), 0.99);
    EXPECT_GT(test::metric(result, "coverage_mean"), 0.999);  // the last blocks are on their way
    EXPECT_NEAR(test::metric(result, "tx_published"), 3000, 4 * std::sqrt(3000));
  }
  EXPECT_NEAR(median, 42, 3 * 0.065 * 42);
}

// The same discoveries under both modes, and under another protocol.
TEST(BlockRelayMempool, BlocksAreTheSameWithoutMempools) {
  const auto one = simulation::run(spec_of("mode = \"full\"\n", "interval = \"30 s\"\n"), {});
  const auto two = simulation::run(spec_of("mode = \"compact-high\"\n", "interval = \"30 s\"\n"), {});
  EXPECT_EQ(test::metric(one, "blocks_found"), test::metric(two, "blocks_found"));
  EXPECT_GT(test::metric(one, "blocks_found"), 5);
}

// ---------------------------------------------------------------------------------------------- bad input

std::string problems(const std::string& protocol, const std::string& workloads) {
  const test::ScenarioDirectory directory;
  const auto loaded = directory.load(
      "[run]\nseed = 1\nduration = \"1 d\"\n[topology]\nkind = \"random-regular\"\nnodes "
      "= 100\ndegree = 4\n[network]\nlatency = { kind = \"constant\", value = \"50 ms\" "
      "}\n[protocol]\nname = \"block-relay\"\n" +
      protocol + workloads);
  EXPECT_FALSE(loaded.scenario.has_value());
  return test::diagnostics_text(loaded);
}

TEST(BlockRelayMempoolParams, AreJudgedWithTheWorkloads) {
  const std::string mining = "[[workload]]\nkind = \"mining\"\ninterval = \"600 s\"\nsize = \"1 MB\"\nsettle = 6\n";
  const std::string transactions =
      "[[workload]]\nkind = \"transactions\"\nrate = \"1/s\"\nsize = \"500 B\"\nstop = \"1 h\"\n";
  const std::string explicitly = "mode = \"compact-low\"\nmempool = \"explicit\"\n";
  EXPECT_THAT(problems(explicitly, mining), HasSubstr("protocol.mempool: mempools of what no workload publishes"));
  EXPECT_THAT(problems(explicitly, transactions), HasSubstr("nobody mines"));
  EXPECT_THAT(problems(explicitly + "transactions = { mempool_bytes = \"100 B\" }\n", mining + transactions),
              HasSubstr("protocol.transactions.mempool_bytes: no item is smaller than 500 B"));
  EXPECT_THAT(problems(explicitly + "hit_rate = 0.9\n", mining + transactions), HasSubstr("hit_rate: not used"));
  EXPECT_THAT(problems("mode = \"headers\"\nunlikely = \"hash\"\n", mining), HasSubstr("unlikely: not used"));
  EXPECT_THAT(problems("mode = \"headers\"\ntransactions = { trickle = \"2 s\" }\n", mining),
              HasSubstr("transactions: not used"));
  EXPECT_THAT(problems(explicitly + "short_id_bytes = 9\n", mining + transactions), HasSubstr("short_id_bytes: 9"));
  EXPECT_THAT(problems("mode = \"headers\"\n", mining + "invalid_share = 1.5\n"), HasSubstr("invalid_share: 1.5"));
}

}  // namespace
}  // namespace hearsay::protocols::block_relay_mempool_test
