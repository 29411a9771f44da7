#pragma once

// A campaign: every run of a plan that is not there yet, carried out, and how it went.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/campaign/executor.hpp"
#include "sim/campaign/interrupt.hpp"
#include "sim/campaign/overview.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/campaign/run_record.hpp"
#include "sim/campaign/schedule.hpp"
#include "sim/campaign/store.hpp"
#include "sim/campaign/worker.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

class Progress;

struct CampaignResult {
  std::uint64_t planned = 0;   ///< under a stopping rule, and not complete: the most there could be
  std::uint64_t finished = 0;  ///< of the planned ones, earlier calls included
  bool interrupted = false;    ///< by the user
  std::string stopped;         ///< why no more runs could be started; empty if they could
  bool by_rule = false;        ///< a stopping rule ends the points
  /// Under a stopping rule, by point: why it has ended. Points that have not ended are left out.
  std::map<std::uint32_t, PointState> ended;

  bool complete() const { return finished == planned; }
  /// 0; 2 if a run found its input impossible; 1 if the environment failed a run or the whole.
  int exit_code(const std::vector<FailedRun>& failed) const;
};

/// The rule of `run.stop_when`; none if the scenario has none or a single replication was picked.
std::optional<StoppingRule> stopping_rule(const scenario::Scenario& scenario, const Selection& selection);

/// For `workers` runs at a time. Knows what the store has, but for the runs that another attempt may save.
Schedule make_schedule(const Plan& plan, std::optional<StoppingRule> rule, unsigned workers, const Store& store);

/// Which runs the results are made of, as far as is known; one entry for each of `points`.
Counted counted_runs(const Plan& plan, const Schedule& schedule, std::size_t points);

/// What a worker does for a run of the plan. Refers to its arguments.
RunFunction simulation(const scenario::Scenario& scenario, const Plan& plan, const Invocation& invocation);

/// Gets every run as soon as it has ended, in any order, whether or not it will count.
using RunSink = std::function<void(const RunRecord&)>;

/// Carries out what is left of the schedule. What `sink` throws, but a std::system_error, ends the campaign.
CampaignResult execute(const Plan& plan, Schedule& schedule, const Executor& executor, Progress& progress,
                       const RunSink& sink, const InterruptGuard& guard);

}  // namespace hearsay::campaign
