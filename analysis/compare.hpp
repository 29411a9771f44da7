#pragma once

// Two result directories, A and B, side by side: for each point and metric the difference B - A of the means.
//
// Points are matched by what their axes mean: the values as resolved, so that 1 kB is 1000 B, and two latencies that
// are both called "constant" are two. An axis that only one directory has does not count if it has one value there.
// Runs are matched by replication. Where both directories began with the same seed, replication r met the same network
// and publications in both, and runs are pairs (difference.hpp); a run that failed, is missing or has no value takes
// its partner with it.
//
// Many metrics are compared at once, so p values are adjusted by Holm's method (1979) over all tests of all points: the
// chance that anything is called different though nothing differs is at most 5 %. Intervals are not adjusted.
//
// O(cells of both tables).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/difference.hpp"
#include "analysis/summary.hpp"

namespace hearsay::analysis {

struct Run {
  std::uint64_t replication = 0;
  bool failed = false;
  std::string seed;                           ///< base seed of the campaign
  std::vector<std::optional<double>> values;  ///< one per metric
};

struct RunsOfPoint {
  std::uint64_t point = 0;            ///< its number
  std::vector<std::string> labels;    ///< one per axis
  std::vector<std::string> meanings;  ///< one per axis: equal for equal values, however written; the labels at first
  std::vector<std::string> resolved;  ///< likewise, with all that an axis leaves open; matches where meanings do not
  std::vector<Run> runs;
};

/// runs.csv of a result directory.
struct RunTable {
  std::vector<std::string> axes;
  std::vector<std::string> metrics;
  std::vector<RunsOfPoint> points;
};

/// Throws BadTable if DIR/runs.csv is not such a table.
RunTable read_runs(const std::filesystem::path& directory);

struct PointDifferences {
  std::vector<std::pair<std::string, std::string>> axes;  ///< matched: key, label
  std::vector<Difference> metrics;                        ///< that both tables have, in A's order
  std::size_t missing = 0;                                ///< replications that A has finished and B has not

  const Difference* find(std::string_view metric) const;
  /// "fanout = 4, loss = 0.1"; empty if nothing is varied.
  std::string name() const;
};

struct Comparison {
  bool paired = true;
  std::size_t tests = 0;                          ///< that Holm's correction counts
  std::vector<PointDifferences> points;           ///< in A's order
  std::vector<std::string> only_in_a, only_in_b;  ///< names of points without a partner
  std::vector<std::string> axes_of_a, axes_of_b;  ///< that only one directory has
};

/// What is known of metrics beside their values.
struct MetricKnowledge {
  std::function<SampleSource(const std::string& metric)> source;
  /// The metric that says which share of the items a mean is of; empty: of all.
  std::function<std::string(const std::string& metric)> known_share;
};

Comparison compare(const RunTable& a, const RunTable& b, const MetricKnowledge& knowledge);

/// Holm's step-down adjustment, in the order given. O(n log n).
std::vector<double> holm_adjusted(std::span<const double> p);

}  // namespace hearsay::analysis
