#include "sim/results/codec.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace hearsay::results::results_codec_test {
namespace {

metrics::RunResult full_result() {
  metrics::RunResult r;
  r.digest = 0x9f65'0b4a'c365'1e1c;
  r.simulated_s = 120;
  r.metrics = {{"t50_s", 0.1}, {"t99_s", std::nullopt}, {"t50_s[role=explorer]", 1e300}};
  r.messages_by_kind = {{"item", 7001, 7'001'000}, {"inv", ~std::uint64_t{0}, 1}};
  r.drops = {{"loss", 12}, {"crash", 3}};
  r.faults = {{"partition", 815, 2, 50, 40}};
  r.miners = {{3, 0.1, 80, 1}, {4, 0.9, 700, 12}};
  r.reach = {{"", {0.5, 1.0}, {0.25, std::nullopt}}, {"block", {}, {}}};
  r.series_columns = {"coverage", "in_flight"};
  r.series = {{0, {0.5, std::numeric_limits<double>::quiet_NaN()}}, {1, {1, std::numeric_limits<double>::infinity()}}};
  r.ledger = {{0, 4'294'967'295u, -1, 0, 0}, {1, 2, 3, 9'000'000'000'000'000'000, 65'000}};
  using Tables = metrics::LedgerTables;
  r.ledger_tables.nodes = {{"eu", "miner", 0.5, 1, ~std::uint64_t{0}, 8, false}, {}};
  r.ledger_tables.blocks = {{1, -1, 2, 3, 4, 5, 6, Tables::BlockStatus::kInvalid, 7, -1}, {}};
  r.ledger_tables.transactions = {{1, 2, 3, 4, 5, Tables::TxStatus::kStale}, {}};
  r.performance = {14'002, 0.001, 0.004, 9'000'000, {1000, 2000, 3000}};
  return r;
}

TEST(Codec, GivesBackEveryField) {
  const metrics::RunResult in = full_result();
  const metrics::RunResult out = decode(encode(in));
  EXPECT_EQ(out.failed, in.failed);
  EXPECT_EQ(out.digest, in.digest);
  EXPECT_EQ(out.simulated_s, in.simulated_s);
  EXPECT_EQ(out.metrics, in.metrics);
  EXPECT_EQ(out.drops, in.drops);
  ASSERT_EQ(out.messages_by_kind.size(), 2u);
  EXPECT_EQ(out.messages_by_kind[1].name, "inv");
  EXPECT_EQ(out.messages_by_kind[1].count, ~std::uint64_t{0});
  EXPECT_EQ(out.messages_by_kind[0].bytes, 7'001'000u);
  ASSERT_EQ(out.miners.size(), 2u);
  EXPECT_EQ(out.miners[1].node, 4u);
  EXPECT_EQ(out.miners[1].share, 0.9);
  EXPECT_EQ(out.miners[1].found, 700u);
  EXPECT_EQ(out.miners[1].stale, 12u);
  ASSERT_EQ(out.faults.size(), 1u);
  EXPECT_EQ(out.faults[0].kind, "partition");
  EXPECT_EQ(out.faults[0].dropped, 815u);
  EXPECT_EQ(out.faults[0].delayed, 2u);
  EXPECT_EQ(out.faults[0].nodes, 50u);
  EXPECT_EQ(out.faults[0].nodes_hit, 40u);
  EXPECT_EQ(out.performance.events, 14'002u);
  EXPECT_EQ(out.performance.setup_s, 0.001);
  EXPECT_EQ(out.performance.wall_s, 0.004);
  EXPECT_EQ(out.performance.peak_rss_bytes, 9'000'000u);
  EXPECT_EQ(out.performance.memory.nodes, 1000u);
  EXPECT_EQ(out.performance.memory.items, 2000u);
  EXPECT_EQ(out.performance.memory.messages, 3000u);
}

TEST(Codec, GivesBackTheLongTables) {
  const metrics::RunResult in = full_result();
  const metrics::RunResult out = decode(encode(in));
  ASSERT_EQ(out.reach.size(), 2u);
  EXPECT_EQ(out.reach[0].time_s, in.reach[0].time_s);
  EXPECT_EQ(out.reach[0].share, in.reach[0].share);
  EXPECT_EQ(out.reach[1].item_class, "block");
  EXPECT_EQ(out.series_columns, in.series_columns);
  ASSERT_EQ(out.series.size(), 2u);
  EXPECT_TRUE(std::isnan(out.series[0].values[1]));
  EXPECT_TRUE(std::isinf(out.series[1].values[1]));
  EXPECT_EQ(out.series[1].time_s, 1);
  ASSERT_EQ(out.ledger.size(), 2u);
  EXPECT_EQ(out.ledger[0].node, 4'294'967'295u);
  EXPECT_EQ(out.ledger[0].from, -1);
  EXPECT_EQ(out.ledger[1].item, 1u);
  EXPECT_EQ(out.ledger[1].time_ns, 9'000'000'000'000'000'000);
  EXPECT_EQ(out.ledger[1].hops, 65'000u);
  EXPECT_EQ(out.ledger_tables.nodes, in.ledger_tables.nodes);
  EXPECT_EQ(out.ledger_tables.blocks, in.ledger_tables.blocks);
  EXPECT_EQ(out.ledger_tables.transactions, in.ledger_tables.transactions);
}

TEST(Codec, GivesBackReachCurvesOfAnyKind) {
  metrics::RunResult in;
  metrics::ReachCurve usual{"", {}, {}};
  for (int percent = 1; percent <= 100; ++percent) {
    usual.share.push_back(percent / 100.0);
    usual.time_s.emplace_back(percent <= 90 ? std::optional(percent / 7.0) : std::nullopt);
  }
  in.reach = {usual, {"odd", {0.1, 0.7, 1}, {3, std::nullopt, -1.5}}, {"extreme", {1}, {5e-324}}};
  const auto bytes = encode_long_tables(in);
  // A difference of times fills at the most 7 bytes of 7 bits; 90 of them, a few bytes each for the rest.
  EXPECT_LT(bytes.size(), 90 * 7 + 150);
  metrics::RunResult out;
  decode_long_tables(bytes, out);
  ASSERT_EQ(out.reach.size(), in.reach.size());
  for (std::size_t i = 0; i < in.reach.size(); ++i) {
    EXPECT_EQ(out.reach[i].item_class, in.reach[i].item_class);
    EXPECT_EQ(out.reach[i].share, in.reach[i].share);
    EXPECT_EQ(out.reach[i].time_s, in.reach[i].time_s);
  }
}

TEST(Codec, HasNothingToSayOfNoLongTables) {
  metrics::RunResult in, out;
  EXPECT_TRUE(encode_long_tables(in).empty());
  decode_long_tables({}, out);
  EXPECT_TRUE(out.reach.empty());
}

TEST(Codec, GivesBackAFailure) {
  metrics::RunResult in;
  in.failed = true;
  in.failure = "the topology has 2 components";
  const metrics::RunResult out = decode(encode(in));
  EXPECT_TRUE(out.failed);
  EXPECT_EQ(out.failure, in.failure);
}

TEST(Codec, RefusesBytesThatAreNoResult) {
  const std::vector<std::uint8_t> whole = encode(full_result());
  EXPECT_ANY_THROW(decode(std::span(whole).first(whole.size() / 2)));
  EXPECT_ANY_THROW(decode({}));
  EXPECT_ANY_THROW(decode(std::vector<std::uint8_t>{0xa0}));
}

}  // namespace
}  // namespace hearsay::results::results_codec_test
