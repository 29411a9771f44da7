#pragma once

// Every metric: its name (unit last), unit, meaning, and which direction is better. One table serves the
// result writer, `hearsay list metrics`, `hearsay describe` and comparisons: those that every run may have, and after
// them those of the figures that protocols and parts declare (sim/protocol/figure.hpp).

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/metric_kind.hpp"
#include "sim/protocol/figure.hpp"

namespace hearsay::metrics {

using protocol::Better;

/// What a metric is to statistics (analysis/summary.hpp).
struct Statistics {
  MetricKind kind = MetricKind::kMean;
  std::string_view clusters = {};     ///< of a share or a number: the metric that counts its clusters; empty: one a run
  std::string_view per_cluster = {};  ///< the metric that counts the trials of one; empty: one
  std::string_view why = {};          ///< there is no interval
};

struct MetricInfo {
  std::string_view name;
  std::string_view unit;  ///< "s", "B", "1" ...
  Better better;
  bool delivery;  ///< given again per label by [output] by
  std::string_view help;
  Statistics statistics = {};
  std::string_view known_share = {};  ///< the metric that says which share of the items it is a mean of
};

class Catalogue {
 public:
  /// `declared`: what each protocol and membership declares, in the order of its results. A figure of a part is in the
  /// lists of all that are made of it. A figure whose metric has the name of another one's is a bug.
  explicit Catalogue(std::vector<std::span<const protocol::Figure* const>> declared);
  /// In the order in which results list them.
  std::span<const MetricInfo> all() const { return all_; }
  /// The entry of a metric, `t90_s[role=explorer]` included; nullptr if there is none.
  const MetricInfo* find(std::string_view name) const;

 private:
  void add(const protocol::Figure& figure);

  std::vector<MetricInfo> all_;
  std::deque<std::string> texts_;  // that entries refer to
};

/// The one of this program. Defined in the generated registry, which knows who declares what.
const Catalogue& catalogue();

inline std::span<const MetricInfo> metric_catalogue() { return catalogue().all(); }
inline const MetricInfo* find_metric(std::string_view name) { return catalogue().find(name); }

/// The label of a metric's name: "[role=explorer]", or nothing. Metrics that belong together have the same.
std::string_view label_of(std::string_view name);

}  // namespace hearsay::metrics
