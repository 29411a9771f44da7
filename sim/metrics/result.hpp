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
  Performance performance;
};

}  // namespace hearsay::metrics
