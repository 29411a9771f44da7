// The laws of block relay: round trips and bytes of each mode, through scenario files and what a run reports.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "protocols/block_relay_messages.hpp"
#include "tests/laws/mining.hpp"
#include "tests/laws/statistics.hpp"
#include "tests/support/same_result.hpp"

namespace hearsay::laws::block_relay_laws_test {
namespace {

using test::metric;

const std::string kNoSizes =
    "sizes = { block = \"0 B\", headers = \"0 B\", inv = \"0 B\", getdata = \"0 B\", cmpctblock = \"0 B\", getblocktxn "
    "= "
    "\"0 B\", blocktxn = \"0 B\", sendcmpct = \"0 B\" }\n";
const std::string kMiss = "failure_rate = 1\nfailure_sizes = [{ size = 0.002 }]\n";

/// One block, found at the end of a line.
simulation::RunSpec on_a_line(const std::string& protocol, const std::string& network, const std::string& workload) {
  const test::ScenarioDirectory directory;
  auto loaded =
      directory.load(test::ScenarioText{.run = "seed = 5\nduration = \"2 d\"\nuntil = \"quiet\"\n",
                                        .topology = "kind = \"line\"\nnodes = 6\n",
                                        .network = "latency = { kind = \"constant\", value = \"50 ms\" }\n" + network,
                                        .protocol = "name = \"block-relay\"\n" + protocol,
                                        .workload = "kind = \"mining\"\ninterval = \"600 s\"\nblocks = 1\n" + workload,
                                        .rest = "[[group]]\nids = [0]\nhash_power = 1\n[output]\nledger = true\n"});
  EXPECT_TRUE(loaded.scenario.has_value()) << test::diagnostics_text(loaded);
  return std::move(loaded.scenario->points[0].spec);
}

/// The time from one node's adoption to the next one's, which is the same all along the line but for the first hop, at
/// which nobody validates, and those hops that are `ahead` of validation.
double per_hop_s(const simulation::RunSpec& spec) {
  std::map<std::uint32_t, std::int64_t> adopted;
  for (const metrics::LedgerRow& row : test::run(spec).ledger) adopted[row.node] = row.time_ns;
  EXPECT_EQ(adopted.size(), 6u);
  for (std::uint32_t n = 3; n < 6; ++n)
    EXPECT_EQ(adopted[n] - adopted[n - 1], adopted[2] - adopted[1]) << "from node " << n - 1;
  return static_cast<double>(adopted[2] - adopted[1]) / 1e9;
}

// EX-18: zero sizes, no validation; the round trip is 100 ms.
TEST(BlockRelayRoundTrips, AreThoseOfBip152) {
  const auto round_trips = [](const std::string& mode) {
    return per_hop_s(on_a_line("mode = " + mode + kNoSizes, "", "size = \"1 MB\"\ntransactions = 2000\n")) / 0.1;
  };
  EXPECT_DOUBLE_EQ(round_trips("\"full\"\n"), 0.5);
  EXPECT_DOUBLE_EQ(round_trips("\"compact-high\"\n"), 0.5);
  EXPECT_DOUBLE_EQ(round_trips("\"compact-high\"\n" + kMiss), 1.5);
  EXPECT_DOUBLE_EQ(round_trips("\"compact-low\"\n"), 1.5);
  EXPECT_DOUBLE_EQ(round_trips("\"headers\"\n"), 1.5);
  EXPECT_DOUBLE_EQ(round_trips("\"headers\"\nannounce = \"inv\"\n"), 1.5);
  EXPECT_DOUBLE_EQ(round_trips("\"compact-low\"\n" + kMiss), 2.5);
}

// EX-19: 10 Mbit/s, validation 0.2 s for a block of 1 MB, whatever brought it.
TEST(BlockRelayHops, TakeTransfersRoundTripsAndValidation) {
  const std::string sizes =
      "sizes = { block = \"1 MB\", cmpctblock = \"12361 B\", blocktxn = \"433 B\", headers = \"0 B\", inv = \"0 B\", "
      "getdata = \"0 B\", getblocktxn = \"0 B\", sendcmpct = \"0 B\" }\n";
  const auto hop = [&](const std::string& mode, const std::string& validation) {
    return per_hop_s(on_a_line("mode = " + mode + sizes + validation,
                               "uplink = \"10 Mbit/s\"\ndownlink = \"10 Mbit/s\"\n",
                               "size = \"1 MB\"\ntransactions = 2000\n"));
  };
  for (const char* validation :
       {"validation_delay = \"200 ms\"\n", "validation_delay = \"100 ms\"\nvalidation_per_byte = \"100 ns\"\n"}) {
    EXPECT_DOUBLE_EQ(hop("\"full\"\n", validation), 1.05);
    EXPECT_DOUBLE_EQ(hop("\"headers\"\n", validation), 1.15);
    EXPECT_DOUBLE_EQ(hop("\"headers\"\nannounce = \"inv\"\n", validation), 1.15);
    EXPECT_DOUBLE_EQ(hop("\"compact-high\"\n", validation), 0.0598888);
    EXPECT_DOUBLE_EQ(hop("\"compact-high\"\n" + kMiss, validation), 0.1602352);
    EXPECT_DOUBLE_EQ(hop("\"compact-low\"\n", validation), 0.3598888);
    EXPECT_DOUBLE_EQ(hop("\"compact-low\"\n" + kMiss, validation), 0.4602352);
  }
}

// EX-20, without and with the header of 24 bytes.
TEST(BlockRelaySizes, AreThoseOfBip152) {
  using namespace protocols::block_relay;
  EXPECT_EQ(compact_block_bytes({.short_ids = 1499, .prefilled_bytes = 200}), 9287u);
  EXPECT_EQ(compact_block_bytes({.short_ids = 1999, .prefilled_bytes = 250}), 12337u);
  EXPECT_EQ(request_bytes(4), 32u + 1 + 4);
  EXPECT_EQ(request_bytes(300), 32u + 3 + 300);
  EXPECT_EQ(answer_bytes(4, 1000), 32u + 1 + 1000);
  const auto result = test::run(
      on_a_line("mode = \"compact-low\"\nhit_rate = 0.9\n", "", "transactions = 1500\ntx_size = \"250 B\"\n"));
  std::map<std::string, metrics::NamedCount> kinds;
  for (const metrics::NamedCount& kind : result.messages_by_kind) kinds[kind.name] = kind;
  const auto missing = static_cast<std::uint64_t>(metric(result, "missing_tx"));
  EXPECT_EQ(kinds["headers"].bytes, 5u * 106);
  EXPECT_EQ(kinds["getdata"].bytes, 5u * 61);
  EXPECT_EQ(kinds["cmpctblock"].bytes, 5u * (24 + 9287));
  EXPECT_EQ(kinds["getblocktxn"].bytes, 5u * (24 + 32 + 1) + missing);
  EXPECT_EQ(kinds["blocktxn"].bytes, 5u * (24 + 32 + 1) + missing * 250);
  EXPECT_EQ(kinds["block"].count, 0u);
  const auto full = test::run(on_a_line("mode = \"full\"\n", "", "transactions = 1500\ntx_size = \"250 B\"\n"));
  EXPECT_EQ(metric(full, "bytes_sent"), 5 * (24 + 80 + 3 + 1500 * 250.0));
}

// EX-28 (d).
TEST(BlockRelayReductions, AnEmptyMempoolMakesACompactBlockAFullOneAndARoundTrip) {
  const std::string network = "uplink = \"10 Mbit/s\"\ndownlink = \"10 Mbit/s\"\n";
  const std::string none =
      "sizes = { cmpctblock = \"0 B\", getdata = \"0 B\", sendcmpct = \"0 B\", headers = \"0 B\" }\n";
  const double whole = per_hop_s(on_a_line("mode = \"full\"\n", network, "size = \"1 MB\"\n"));
  const double compact =
      per_hop_s(on_a_line("mode = \"compact-high\"\nhit_rate = 0\n" + none, network, "size = \"1 MB\"\n"));
  EXPECT_NEAR(compact, whole + 0.1, 1e-12);
}

// A node has each of n - 1 transactions with probability h, independently of the others.
TEST(BlockRelayMempool, MissesTransactionsAsABinomialDraw) {
  const auto spec =
      mining_spec({.run = "duration = \"30 d\"\nuntil = \"quiet\"\n",
                   .topology = "kind = \"complete\"\nnodes = 40\n",
                   .latency = "10 ms",
                   .protocol = "name = \"block-relay\"\nmode = \"compact-low\"\nhit_rate = 0.95\n",
                   .workload = "interval = \"600 s\"\ntransactions = 21\ntx_size = \"250 B\"\nblocks = 1000\n"});
  const auto result = test::run(spec);
  const double blocks = metric(result, "compact_blocks");
  EXPECT_NEAR(blocks, 39'000, 100);  // but for those of forks
  EXPECT_NEAR(metric(result, "missing_tx_per_block"), 1, kZ * std::sqrt(20 * 0.05 * 0.95 / blocks));
  const double hit = std::pow(0.95, 20);
  EXPECT_NEAR(metric(result, "compact_hit_rate"), hit, kZ * std::sqrt(hit * (1 - hit) / blocks));
  EXPECT_EQ(metric(result, "coverage_mean"), 1);
}

TEST(BlockRelayMempool, FailsAsAWholeWithSimBlocksFigures) {
  const auto spec = mining_spec(
      {.run = "duration = \"30 d\"\nuntil = \"quiet\"\n",
       .topology = "kind = \"complete\"\nnodes = 50\n",
       .latency = "10 ms",
       .protocol =
           "name = \"block-relay\"\nmode = \"compact-low\"\nfailure_rate = 0.27\nfailure_sizes = [{ size = 0.1, "
           "weight = 3 }, { size = 0.3 }]\ncontrol = { share = 0.2, failure_rate = 0.13, failure_size = 0.01 }\n"
           "sizes = { cmpctblock = \"18 kB\", getblocktxn = \"0 B\" }\n",
       .workload = "interval = \"600 s\"\nsize = \"500 kB\"\nblocks = 1000\n"});
  const auto result = test::run(spec);
  const double blocks = metric(result, "compact_blocks"), fails = 0.8 * 0.27 + 0.2 * 0.13;
  // The finder needs no compact block, so the mix differs a little from block to block: 0.002 for that.
  EXPECT_NEAR(metric(result, "compact_hit_rate"), 1 - fails, kZ * std::sqrt(fails * (1 - fails) / blocks) + 0.002);
  double bytes = 0, count = 0;
  for (const metrics::NamedCount& kind : result.messages_by_kind)
    if (kind.name == "blocktxn") {
      bytes = static_cast<double>(kind.bytes);
      count = static_cast<double>(kind.count);
    }
  const double mean = 56.0 + 1 + 500'000 * (0.216 * 0.15 + 0.026 * 0.01) / fails;
  EXPECT_NEAR(bytes / count, mean, 0.03 * mean);
}

// What nodes share is the tree alone, so any number of threads gives the same run.
TEST(BlockRelayThreads, OneDigestForOneTwoAndThree) {
  for (const char* protocol : {"mode = \"compact-high\"\nhit_rate = 0.999\nrequest_timeout = \"2 s\"\n",
                               "mode = \"compact-low\"\nhit_rate = 0.9999\npeer_groups = { full = 0.1, compact = 0.6, "
                               "headers = 0.3 }\nvalidation_delay = \"30 ms\"\n"}) {
    const test::ScenarioDirectory directory;
    const auto loaded = directory.load(test::ScenarioText{
        .run = "seed = 5\nduration = \"4 min\"\n",
        .topology = "kind = \"random-regular\"\nnodes = 200\ndegree = 8\n",
        .network = "latency = { kind = \"uniform\", min = \"20 ms\", max = \"200 ms\" }\nuplink = \"20 "
                   "Mbit/s\"\ndownlink = \"50 Mbit/s\"\nloss = 0.01\n",
        .protocol = std::string("name = \"block-relay\"\n") + protocol,
        .workload =
            "kind = \"mining\"\ninterval = \"2 s\"\ntransactions = 1000\ntx_size = \"250 B\"\nstop = \"200 s\"\n",
        .rest = "[[fault]]\nkind = \"churn\"\nat = \"10 s\"\nshare = 0.3\nsession = \"60 s\"\ndowntime = \"10 s\"\n"
                "[[group]]\nshare = 0.1\nrole = \"light\"\nhash_power = 0\n[[group]]\nrest = true\nhash_power = 1\n"});
    ASSERT_TRUE(loaded.scenario.has_value()) << test::diagnostics_text(loaded);
    const auto& spec = loaded.scenario->points[0].spec;
    const auto one = test::run_on_any_threads(spec);
    EXPECT_GT(metric(one, "blocks_stale"), 0);
    EXPECT_GT(metric(one, "head_agreement"), 0.5);
  }
}

}  // namespace
}  // namespace hearsay::laws::block_relay_laws_test
