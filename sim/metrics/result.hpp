#pragma once

// What one run gives back: plain data, the same whoever executed it. Its numbers are listed in result_fields.cpp;
// sim/results stores them.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/network/faults/report.hpp"

namespace hearsay::metrics {

struct NamedCount {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

using network::FaultReport;

/// Share of nodes reached over time, mean over items: the time at which it came to each of 0.01 .. 1.00; empty above
/// the final share.
struct ReachCurve {
  std::string item_class;  ///< empty: all items
  std::vector<double> share;
  std::vector<std::optional<double>> time_s;
};

/// A node that found blocks; those that the workload's settle leaves out are not counted.
struct MinerReport {
  std::uint32_t node = 0;
  double share = 0;  ///< of all hash power
  std::uint64_t found = 0;
  std::uint64_t stale = 0;
};

struct SeriesSample {
  double time_s = 0;
  std::vector<double> values;  ///< in the order of RunResult::series_columns; NaN = no value
};

struct LedgerRow {
  std::uint32_t item = 0;
  std::uint32_t node = 0;
  std::int64_t from = -1;    ///< -1: the origin's own row
  std::int64_t time_ns = 0;  ///< of delivery
  std::uint32_t hops = 0;
};

/// What the ledger says of nodes, blocks and transactions at the end of a run, beside its rows.
struct LedgerTables {
  struct Node {
    std::string region, role;  ///< empty: none
    double hash_power = 0;
    std::uint64_t uplink_bit_per_s = 0, downlink_bit_per_s = 0;  ///< 0: unlimited
    std::uint32_t peers = 0;
    bool up = true;
    friend bool operator==(const Node&, const Node&) = default;
  };
  enum class BlockStatus : std::uint8_t { kMain, kStale, kInvalid };
  struct Block {
    std::uint32_t item = 0;
    std::int64_t parent = -1;  ///< its item; -1: the genesis block
    std::uint32_t height = 0;
    std::uint32_t miner = 0;
    std::uint64_t size_bytes = 0;
    std::uint32_t transactions = 0;  ///< its coinbase among them; 0: not said
    std::int64_t time_ns = 0;        ///< of its discovery
    BlockStatus status = BlockStatus::kMain;
    std::int64_t t50_ns = -1, t90_ns = -1;  ///< from its discovery; -1: it did not get so far
    friend bool operator==(const Block&, const Block&) = default;
  };
  enum class TxStatus : std::uint8_t { kUnknown, kConfirmed, kStale, kPending };
  /// Or any other item that is no block.
  struct Transaction {
    std::uint32_t item = 0;
    std::int64_t time_ns = 0;  ///< of its publication
    std::uint32_t origin = 0;
    std::uint64_t size_bytes = 0;
    std::int64_t block = -1;  ///< that has it, the main chain's if there is one; -1: none, or nobody knows
    TxStatus status = TxStatus::kUnknown;
    friend bool operator==(const Transaction&, const Transaction&) = default;
  };
  std::vector<Node> nodes;  ///< all, by id
  std::vector<Block> blocks;
  std::vector<Transaction> transactions;
};

/// The simulator's own memory at the end of a run, in bytes: its data structures, not the nodes that they model.
struct OwnMemory {
  std::uint64_t nodes = 0;     ///< states of the nodes, their connections
  std::uint64_t items = 0;     ///< what is recorded of items, at all nodes
  std::uint64_t messages = 0;  ///< pool of messages and calendar, made for the busiest time of the run
};

struct Performance {
  std::uint64_t events = 0;
  double setup_s = 0;
  double wall_s = 0;  ///< of the event loop
  std::uint64_t peak_rss_bytes = 0;
  OwnMemory memory{};
};

struct RunResult {
  bool failed = false;
  std::string failure;  ///< why, if failed
  std::uint64_t digest = 0;
  double simulated_s = 0;
  std::vector<std::pair<std::string, std::optional<double>>> metrics;  ///< catalogue order, then labelled ones
  std::vector<NamedCount> messages_by_kind;
  std::vector<std::pair<std::string, std::uint64_t>> drops;  ///< by reason, only reasons that occurred
  std::vector<FaultReport> faults;                           ///< in scenario order
  std::vector<MinerReport> miners;                           ///< by node
  std::vector<ReachCurve> reach;
  std::vector<std::string> series_columns;
  std::vector<SeriesSample> series;
  std::vector<LedgerRow> ledger;
  LedgerTables ledger_tables;  ///< empty without a ledger
  Performance performance;
};

}  // namespace hearsay::metrics
