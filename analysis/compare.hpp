#pragma once

// Two result directories, A and B, side by side: for each point and metric the difference B - A of the means.
//
// Points are matched by the labels of their axes. An axis that only one directory has does not count if it has one
// value there. Runs are matched by replication. Where both directories began with the same seed, replication r met the
// same network and publications in both (common random numbers), so the interval is Student's of the differences
// b(r) - a(r), which is narrower by what the two have in common; a run that failed, is missing or has no value takes
// its partner with it. With different seeds it is Welch's interval of the difference of two independent means.
//
// Many metrics are compared at once, so p values are adjusted by Holm's method (1979) over all tests of all points: the
// chance that anything is called different though nothing differs is at most 5 %. Intervals are not adjusted.
//
// O(cells of both tables).

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hearsay::analysis {

struct Run {
  std::uint64_t replication = 0;
  std::string seed;                           ///< base seed of the campaign
  std::vector<std::optional<double>> values;  ///< one per metric
};

struct RunsOfPoint {
  std::vector<std::string> labels;  ///< one per axis
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

struct Difference {
  std::string metric;
  std::size_t values_a = 0, values_b = 0;     ///< that there are, on at least one side
  std::size_t n_a = 0, n_b = 0;               ///< that count: equal if paired, 0 if none has a partner
  double a = 0, b = 0;                        ///< their means
  double difference = 0;                      ///< b - a
  std::optional<double> ci95_low, ci95_high;  ///< of the difference; empty with fewer than two values on a side
  std::optional<double> p, p_holm;            ///< that the true difference is 0; likewise

  bool known() const { return n_a > 0 && n_b > 0; }
  /// To the mean of A; empty if that is 0.
  std::optional<double> relative() const;
  /// The interval lies on one side of 0; without one, the difference alone decides.
  bool excludes_zero() const;
  /// After the correction.
  bool significant() const { return p_holm && *p_holm < 0.05; }
};

struct PointDifferences {
  std::vector<std::pair<std::string, std::string>> axes;  ///< matched: key, label
  std::vector<Difference> metrics;                        ///< that both tables have, in A's order

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

Comparison compare(const RunTable& a, const RunTable& b);

/// Holm's step-down adjustment, in the order given. O(n log n).
std::vector<double> holm_adjusted(std::span<const double> p);

}  // namespace hearsay::analysis
