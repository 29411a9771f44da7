#include "protocols/block_relay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/scenario_file.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::protocols::block_relay_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Relay = test::Script<BlockRelay>;
using Mode = BlockRelay::Mode;

constexpr test::Publish kBlock{.bytes = 1'000'000, .transactions = 2000};

BlockRelay::Params params_of(Mode mode) {
  BlockRelay::Params params;
  params.mode = mode;
  return params;
}
BlockRelay::Params missing(Mode mode, double share) {
  BlockRelay::Params params = params_of(mode);
  params.failure_rate = 1;
  params.failure_sizes = {{share, 1}};
  return params;
}

/// Node 0 and 1 both announce to 2.
test::PeerLists two_announcers() { return {{2}, {2}, {0, 1}}; }

TEST(BlockRelay, AsksTheNextAnnouncerAfterTheTimeout) {
  BlockRelay::Params params = params_of(Mode::kHeaders);
  params.request_timeout = seconds(2);
  params.announce_back = true;
  Relay s(params, {{1, 2}, {0, 2}, {0, 1}});
  const ItemId block = s.publish(0, kBlock);
  s.deliver(0, 1);  // the header
  s.deliver(0, 2);
  s.deliver(1, 0);  // the requests
  s.lose(2, 0);
  s.deliver(0, 1);  // the block
  s.expect_delivered(1, block);
  s.expect_message<BlockRelay::Headers>(1, 2);
  s.deliver(1, 2);
  s.advance(milliseconds(1999));
  s.expect_no_message(2, 1);
  s.advance(milliseconds(1));
  EXPECT_EQ(s.counted(BlockRelay::kTimedOut), 1u);
  s.expect_message<BlockRelay::GetData>(2, 1);
  s.deliver(2, 1);
  s.deliver(1, 2);
  s.expect_delivered(2, block);
}

TEST(BlockRelay, WithoutATimeoutNobodyElseIsAsked) {
  Relay s(params_of(Mode::kHeaders), two_announcers());
  s.publish(0, kBlock);
  s.deliver(0, 2);
  s.lose(2, 0);
  s.expect_no_timer();
  s.disconnect(0, 2, protocol::PeerDown::kCrashed);
  s.expect_no_message();
  const ItemId next = s.publish(1, kBlock);
  s.deliver_all();
  s.expect_delivered(2, next);
}

TEST(BlockRelay, ABlockThatIsNoHigherIsDeliveredAndNotRelayed) {
  Relay s(params_of(Mode::kFull), two_announcers());
  const ItemId first = s.publish(0, kBlock), rival = s.publish(1, kBlock);
  s.deliver(0, 2);
  s.expect_message<BlockRelay::Block>(2, 1);
  s.deliver(1, 2);
  s.expect_delivered(2, rival);
  s.expect_delivered(2, first);
  s.expect_no_message(2, 0);
}

TEST(BlockRelay, OnlyTheFinderSendsIfNobodyRelays) {
  BlockRelay::Params params = params_of(Mode::kFull);
  params.relay = BlockRelay::Relay::kNone;
  Relay s(params, {{1}, {0, 2}, {1}});
  const ItemId block = s.publish(0, kBlock);
  s.deliver_all();
  s.expect_delivered(1, block);
  s.expect_not_delivered(2, block);
}

TEST(BlockRelay, RequestsWhatIsMissing) {
  Relay s(missing(Mode::kCompactLow, 0.01), {{1}, {0}});
  const ItemId block = s.publish(0, kBlock);
  s.deliver(0, 1);
  s.expect_message<BlockRelay::GetData>(1, 0, [](const auto& m) { return m.compact; });
  s.deliver(1, 0);
  s.expect_message<BlockRelay::CmpctBlock>(0, 1,
                                           [](const auto& m) { return m.bytes == 24 + 80 + 8 + 3 + 6 * 1999 + 202; });
  s.deliver(0, 1);
  s.expect_message<BlockRelay::GetBlockTxn>(1, 0, [](const auto& m) { return m.bytes == 24 + 32 + 1 + 20; });
  s.deliver(1, 0);
  s.expect_message<BlockRelay::BlockTxn>(0, 1, [](const auto& m) { return m.bytes == 24 + 32 + 1 + 10'000; });
  s.expect_not_delivered(1, block);
  s.deliver(0, 1);
  s.expect_delivered(1, block);
  EXPECT_EQ(s.counted(BlockRelay::kMissingTx), 20u);
  EXPECT_EQ(s.counted(BlockRelay::kCompactHits), 0u);
}

TEST(BlockRelay, RequestsTheWholeBlockIfTooMuchIsMissingOrNothingComes) {
  Relay much(missing(Mode::kCompactLow, 0.6), {{1}, {0}});
  const ItemId block = much.publish(0, kBlock);
  for (int i = 0; i < 2; ++i) {
    much.deliver(0, 1);
    much.deliver(1, 0);
  }
  much.expect_message<BlockRelay::Block>(0, 1);
  much.deliver_all();
  much.expect_delivered(1, block);
  EXPECT_EQ(much.counted(BlockRelay::kFullForMissing), 1u);
  EXPECT_EQ(much.counted(BlockRelay::kFullForTimeout), 0u);

  BlockRelay::Params params = missing(Mode::kCompactLow, 0.1);
  params.request_timeout = seconds(1);
  Relay late(params, {{1}, {0}});
  const ItemId other = late.publish(0, kBlock);
  late.deliver(0, 1);
  late.deliver(1, 0);
  late.deliver(0, 1);
  late.lose(1, 0);  // the getblocktxn
  late.advance(seconds(1));
  late.expect_message<BlockRelay::GetData>(1, 0, [](const auto& m) { return !m.compact; });
  late.deliver_all();
  late.expect_delivered(1, other);
  EXPECT_EQ(late.counted(BlockRelay::kFullForTimeout), 1u);
  late.advance(seconds(10));
  EXPECT_EQ(late.counted(BlockRelay::kTimedOut), 1u);
}

// BIP 152: the three peers that brought a block first most recently.
TEST(BlockRelay, AsksThoseWhoBroughtABlockFirst) {
  BlockRelay::Params params = params_of(Mode::kCompactHigh);
  params.high_bandwidth_peers = 1;
  params.validation_delay = milliseconds(100);
  Relay s(params, two_announcers());
  s.publish(0, kBlock);
  s.expect_message<BlockRelay::CmpctBlock>(0, 2);
  s.deliver(0, 2);
  s.expect_message<BlockRelay::CmpctBlock>(2, 1);  // before validation, as node 1 has asked it
  s.expect_not_delivered(2, ItemId{0});
  s.lose_all();
  s.advance(milliseconds(100));
  s.expect_delivered(2, ItemId{0});
  s.lose_all();
  s.publish(1, kBlock);  // a rival; node 2 has not asked node 1
  s.expect_message<BlockRelay::Headers>(1, 2);
  s.deliver(1, 2);
  s.deliver(2, 1);
  s.deliver(1, 2);
  s.expect_message<BlockRelay::SendCmpct>(2, 0, [](const auto& m) { return !m.high_bandwidth; });
  s.expect_message<BlockRelay::SendCmpct>(2, 1, [](const auto& m) { return m.high_bandwidth; });
  s.deliver_all();
  s.publish(1, kBlock);
  s.expect_message<BlockRelay::CmpctBlock>(1, 2);
  s.publish(0, kBlock);
  s.expect_message<BlockRelay::Headers>(0, 2);
}

TEST(BlockRelay, AnAdoptedBlockBringsItsAncestry) {
  Relay s(params_of(Mode::kHeaders), {{1, 2}, {0}, {0}});
  s.publish(0, kBlock);
  const ItemId second = s.publish(0, kBlock);
  s.lose(0, 1);  // the header of the first
  s.deliver(0, 1);
  s.deliver(1, 0);
  s.deliver(0, 1);
  s.expect_delivered(1, second);
  BlockRelay::Headers late;
  late.block = ItemId{0};
  s.hand(0, 1, late);
  s.expect_no_message(1, 0);
}

TEST(BlockRelay, ValidatesAnewWhatARestartInterrupted) {
  BlockRelay::Params params = params_of(Mode::kFull);
  params.validation_delay = seconds(1);
  Relay s(params, {{1}, {0}});
  const ItemId block = s.publish(0, kBlock);
  s.deliver(0, 1);
  s.advance(milliseconds(500));
  s.restart(1, false);
  s.advance(milliseconds(999));
  s.expect_not_delivered(1, block);
  s.advance(milliseconds(1));
  s.expect_delivered(1, block);
}

TEST(BlockRelay, RelaysItemsThatAreNoBlocks) {
  Relay s(params_of(Mode::kHeaders), {{1}, {0, 2}, {1}});
  const ItemId item = s.publish(0);
  s.deliver_all();
  s.expect_delivered(2, item);
}

// Nobody says how many transactions they have.
TEST(BlockRelay, NothingIsMissingOfItemsThatAreNoBlocks) {
  BlockRelay::Params params = params_of(Mode::kCompactLow);
  params.hit_rate = 0.5;
  Relay s(params, {{1}, {0}});
  const ItemId item = s.publish(0);
  s.deliver_all();
  s.expect_delivered(1, item);
  EXPECT_EQ(s.counted(BlockRelay::kCompactHits), 1u);
}

TEST(BlockRelay, ARestartWithoutItsStateAsksTheFirstOfItsPeersAgain) {
  Relay s(params_of(Mode::kCompactHigh), {{1}, {0}});
  s.start();
  s.restart(0);
  s.publish(0, kBlock);
  s.expect_message<BlockRelay::CmpctBlock>(0, 1);
  s.expect_no_message();
}

TEST(BlockRelay, LightNodesFetchHeadersAloneAndHaveACoverageOfTheirOwn) {
  const test::ScenarioDirectory directory;
  const auto loaded = directory.load(test::ScenarioText{
      .run = "seed = 1\nduration = \"1 d\"\nuntil = \"quiet\"\n",
      .topology = "kind = \"complete\"\nnodes = 20\n",
      .protocol = "name = \"block-relay\"\nmode = \"full\"\nvalidation_delay = \"1 s\"\n",
      .workload = "kind = \"mining\"\ninterval = \"600 s\"\nsize = \"1 MB\"\nblocks = 10\n",
      .rest = "[[group]]\ncount = 5\nrole = \"light\"\nhash_power = 0\n[[group]]\nrest = true\nrole = "
              "\"full\"\nhash_power = 1\n[output]\nby = [\"role\"]\n"});
  ASSERT_TRUE(loaded.scenario.has_value()) << test::diagnostics_text(loaded);
  const auto result = test::run(loaded.scenario->points[0].spec);
  std::map<std::string, std::uint64_t> sent;
  for (const metrics::NamedCount& kind : result.messages_by_kind) sent[kind.name] = kind.count;
  EXPECT_EQ(sent["headers"], 10u * 15 * 5);
  EXPECT_EQ(sent["block"], 10u * (14 + 14 * 13));
  EXPECT_EQ(sent["getdata"], 0u);
  EXPECT_EQ(test::metric(result, "coverage_mean[role=light]"), 1);
  EXPECT_EQ(test::metric(result, "coverage_mean[role=full]"), 1);
  EXPECT_NEAR(test::metric(result, "latency_max_s[role=light]"), 0.05, 1e-9);
  EXPECT_NEAR(test::metric(result, "latency_max_s[role=full]"), 1.05, 1e-9);
}

// ---------------------------------------------------------------------------------------- bad input

std::string problems(const std::string& protocol, const std::string& workload, int nodes = 100) {
  const test::ScenarioDirectory directory;
  const auto loaded = directory.load(test::ScenarioText{
      .run = "seed = 1\nduration = \"1 d\"\n",
      .topology = "kind = \"random-regular\"\nnodes = " + std::to_string(nodes) + "\ndegree = 3\n",
      .protocol = "name = \"block-relay\"\n" + protocol,
      .workload = "kind = \"mining\"\ninterval = \"600 s\"\nsize = \"1 MB\"\nsettle = 6\n" + workload});
  EXPECT_FALSE(loaded.scenario.has_value());
  return test::diagnostics_text(loaded);
}

TEST(BlockRelayParams, AreJudgedWithTheWorkload) {
  EXPECT_THAT(problems("mode = \"compact-low\"\nhit_rate = 0.9\n", ""),
              HasSubstr("write workload.transactions = 2000"));
  EXPECT_THAT(problems("mode = \"compact-low\"\n", ""), HasSubstr("the size of a compact block"));
  EXPECT_THAT(problems("mode = \"compact-low\"\nhit_rate = 1.1\n", "transactions = 2000\n"),
              HasSubstr("hit_rate: 1.1"));
  EXPECT_THAT(problems("mode = \"compact-high\"\nhigh_bandwidth_peers = 4\n", "transactions = 2000\n", 4),
              HasSubstr("more than a node can have peers; write at most 3"));
  EXPECT_THAT(problems("mode = \"headers\"\npeer_groups = { full = 0.5, headers = 0.4 }\n", ""),
              HasSubstr("do not sum to 1"));
  EXPECT_THAT(problems("mode = \"headers\"\npeer_groups = { full = 0.5, compact = 0.5 }\n", ""),
              HasSubstr("peer_groups.compact"));
  EXPECT_THAT(problems("mode = \"full\"\nhit_rate = 0.5\n", ""), HasSubstr("hit_rate: not used"));
}

}  // namespace
}  // namespace hearsay::protocols::block_relay_test
