#pragma once

// A campaign: every run of a plan, carried out and collected in the order of the plan, and what the
// replications of a point say together.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/summary.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/campaign/pool.hpp"
#include "sim/campaign/run_record.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

class Progress;

struct CampaignResult {
  std::vector<RunRecord> runs;  ///< the finished ones, in the order of the plan
  std::uint64_t planned = 0;
  bool interrupted = false;  ///< by the user
  std::string stopped;       ///< why no more runs could be started; empty if they could

  bool complete() const { return runs.size() == planned; }
  /// 0; 2 if a run found its input impossible; 1 if the environment failed a run or the whole.
  int exit_code() const;
};

/// Gets every run in the order of the plan, as soon as all before it are there, and may take from it what need
/// not be kept in memory.
using RunSink = std::function<void(RunRecord&)>;

CampaignResult execute(const Plan& plan, const PoolOptions& options, const RunFunction& run, Progress& progress,
                       const RunSink& sink, const InterruptGuard& guard);

/// Names of all metrics of these runs, in the order in which results list them.
std::vector<std::string> metric_names(const std::vector<RunRecord>& runs);

struct PointSummary {
  std::uint32_t point = 0;
  std::vector<const RunRecord*> runs;                              ///< the finished ones of this point
  std::vector<std::pair<std::string, analysis::Summary>> metrics;  ///< over the runs that did not fail
  /// nullptr if no run has this metric.
  const analysis::Summary* find(std::string_view metric) const;
};

/// By point; points without a finished run are left out. Refers to `runs`.
std::vector<PointSummary> summarise_points(const std::vector<RunRecord>& runs);

/// Faults that touched nothing in any finished run of a point, which is worth a warning.
std::vector<scenario::Diagnostic> idle_faults(const scenario::Scenario& scenario, const std::vector<RunRecord>& runs);

}  // namespace hearsay::campaign
