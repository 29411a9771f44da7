#pragma once

// A campaign: every run of a plan that is not there yet, carried out, and how it went.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/campaign/overview.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/campaign/pool.hpp"
#include "sim/campaign/run_record.hpp"
#include "sim/campaign/store.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

class Progress;

struct CampaignResult {
  std::uint64_t planned = 0;
  std::uint64_t finished = 0;  ///< of the planned ones, earlier calls included
  bool interrupted = false;    ///< by the user
  std::string stopped;         ///< why no more runs could be started; empty if they could

  bool complete() const { return finished == planned; }
  /// 0; 2 if a run found its input impossible; 1 if the environment failed a run or the whole.
  int exit_code(const std::vector<FailedRun>& failed) const;
};

/// Which runs the results of this call are made of.
Counted counted_runs(const scenario::Scenario& scenario, const Selection& selection);

/// Numbers in the plan of the runs that the store lacks, in order; with those that another attempt may save.
std::vector<std::uint64_t> missing_runs(const Plan& plan, const Store& store);

/// Gets every run as soon as it has ended, in any order.
using RunSink = std::function<void(const RunRecord&)>;

/// Carries out the runs `todo` of the plan. What `sink` throws ends the campaign.
CampaignResult execute(const Plan& plan, const std::vector<std::uint64_t>& todo, const PoolOptions& options,
                       const RunFunction& run, Progress& progress, const RunSink& sink, const InterruptGuard& guard);

}  // namespace hearsay::campaign
