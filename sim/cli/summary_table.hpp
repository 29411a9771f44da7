#pragma once

// The table at the end of `hearsay run`: a line per point, a column per axis and key metric.

#include <cstddef>
#include <string>
#include <vector>

#include "sim/campaign/campaign.hpp"
#include "sim/results/overview.hpp"
#include "sim/results/run.hpp"

namespace hearsay::cli {

/// Each value is the mean and the half width of its 95 % interval, in a unit that suits its column; columns without
/// any value are left out, and the least important ones where 120 characters do not hold them all.
class SummaryTable {
 public:
  explicit SummaryTable(const results::PointLabels& labels);

  void add(const results::PointSummary& point);
  /// Empty if there is nothing to show. Under a stopping rule with a column of how many runs each point has taken.
  std::string text(const results::CampaignResult& result) const;

 private:
  const results::PointLabels& labels_;
  std::size_t points_ = 0;
  std::vector<results::PointSummary> shown_;
  std::vector<double> largest_;  ///< of each key metric, in absolute value; negative: it has no value
};

}  // namespace hearsay::cli
