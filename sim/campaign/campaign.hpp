#pragma once

// A campaign: every run of a plan that is not there yet, carried out, and how it went.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/campaign/schedule.hpp"
#include "sim/campaign/threads.hpp"
#include "sim/execution/executor.hpp"
#include "sim/execution/pool.hpp"
#include "sim/execution/process.hpp"
#include "sim/results/overview.hpp"
#include "sim/results/run.hpp"
#include "sim/results/store.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

class Progress;

/// The rule of `run.stop_when`; none if the scenario has none or a single replication was picked.
std::optional<StoppingRule> stopping_rule(const scenario::Scenario& scenario, const results::Selection& selection);

/// For `workers` runs at a time. What the store has counts as finished, except runs that another attempt may save.
Schedule make_schedule(const Plan& plan, std::optional<StoppingRule> rule, unsigned workers,
                       const results::Store& store);

/// Which runs the results are made of, as far as is known; one entry for each of `points`.
results::Counted counted_runs(const Plan& plan, const Schedule& schedule, std::size_t points);

/// What a worker does for a run of the plan. Refers to its arguments, but for `threads`.
execution::RunFunction run_function(const scenario::Scenario& scenario, const Plan& plan,
                                    const results::Invocation& invocation, RunThreads threads);

/// Gets every run as soon as it has ended, in any order, whether or not it will count.
using RunSink = std::function<void(const results::RunRecord&)>;

/// Carries out what is left of the schedule. A std::system_error, of `sink` too, ends it early, and the result says so
/// (`stopped`); anything else that `sink` throws is passed on.
results::CampaignResult execute(const Plan& plan, Schedule& schedule, const execution::Executor& executor,
                                Progress& progress, const RunSink& sink, const execution::InterruptGuard& guard);

}  // namespace hearsay::campaign
