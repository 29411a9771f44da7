#pragma once

// The CSV tables of a result directory, as text: what stands in their first line, and what one run, or one point, adds.
// Rows come in the order of the plan and numbers in their shortest exact form, so the same campaign gives the same
// bytes whoever executed it. Only performance.csv holds wall-clock times.
//
//   runs.csv         point, one column per axis, replication, seed, the fields of a run (metrics/result_fields.hpp)
//   that
//                    show there (digest), failed, failure, one column per metric
//   points.csv       point, one column per axis, metric, unit, mean, sd, ci95_low, ci95_high, interval, n
//   messages.csv     point, replication, kind, count, bytes
//   drops.csv        point, replication, reason, count
//   faults.csv       point, replication, fault, kind, dropped, delayed, nodes, nodes_hit
//   miners.csv       point, replication, node, share, found, stale   nodes that found blocks
//   series.csv       point, replication, time_s, one column per sampled value
//   reach.csv        point, replication, class, share, time_s        share of nodes reached, time since publication
//   ledger.csv       point, replication, item, node, from, time_s, hops
//   performance.csv  point, replication, the fields of a run that show there (events, wall_s ...)

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/results/overview.hpp"
#include "sim/results/run.hpp"

namespace hearsay::results {

/// Names that are the columns of a table, found fast when asked for in their order.
class Columns {
 public:
  explicit Columns(std::vector<std::string> names) : names_(std::move(names)) {}
  const std::vector<std::string>& names() const { return names_; }
  std::size_t size() const { return names_.size(); }
  /// `hint`: the place where it is likely to be. The name must be there.
  std::size_t place(std::string_view name, std::size_t hint) const;

 private:
  std::vector<std::string> names_;
};

/// What differs between the tables of one campaign and another.
struct TableLayout {
  const PointLabels& labels;
  std::uint64_t seed = 0;
  Columns metrics;
  Columns series;
};

/// A table that grows run by run.
struct RunTable {
  const char* name;  ///< of its file
  std::string header;
  std::string (*rows)(const TableLayout&, const RunRecord&);
  bool even_empty;  ///< is written if no run has any row
};

/// All but points.csv.
std::vector<RunTable> run_tables(const TableLayout& layout);

inline constexpr const char* kPointsTable = "points.csv";
std::string points_header(const TableLayout& layout);
std::string points_rows(const TableLayout& layout, const PointSummary& point);

/// Nanoseconds as seconds, exactly: "1.500000000".
std::string exact_seconds(std::int64_t ns);

}  // namespace hearsay::results
