#pragma once

// How the processors are shared out: how many runs at a time, and how many threads for each of them.
//
//   --jobs J --threads T   J runs at a time with T threads each, whatever that comes to
//   --threads T            processors / T runs at a time, at least one and no more than the memory holds
//   --jobs J               J processors: J runs at a time, or fewer with more threads each, if fewer are left
//   neither                the same with all processors
//
// It is decided once, when the campaign starts. A run takes fewer threads than it is offered where it gains nothing by
// them, and one where it cannot be divided: sim/simulation/lanes.hpp. Results never depend on any of this.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/campaign/schedule.hpp"
#include "sim/document/diagnostics.hpp"
#include "sim/results/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/simulation/lanes.hpp"

namespace hearsay::campaign {

/// What the user has said; none: nothing.
struct Wishes {
  std::optional<unsigned> jobs, threads;
};

/// Threads of one run.
struct RunThreads {
  unsigned number = 1;
  bool asked = false;  ///< by the user: all of them, however small the run is
};

/// Runs at a time. `most`: as many as suit the machine.
unsigned jobs_at_a_time(const Wishes& wishes, unsigned processors, unsigned most);

/// What the user has asked for, or one.
RunThreads asked_threads(const Wishes& wishes);

/// What is offered to each of `runs_left` runs, `jobs` at a time.
RunThreads threads_of_a_run(const Wishes& wishes, unsigned processors, unsigned jobs, std::uint64_t runs_left);

/// How a run is divided if `threads` are to work on it. Says the same for all replications, without drawing the nodes:
/// the number of a run's lanes holds, not which region's nodes are in which.
simulation::LanePlan lanes_of_a_run(const simulation::RunSpec& spec, const RunThreads& threads);

/// By point, why a run of it cannot be divided, however many threads there are; empty if it can.
std::vector<std::string> why_one_lane(const scenario::Scenario& scenario);

/// A warning, if runs of the plan cannot use all the threads that the user has asked for.
std::optional<document::Diagnostic> idle_threads(const scenario::Scenario& scenario, const Plan& plan,
                                                 const results::PointLabels& labels, const RunThreads& threads);

}  // namespace hearsay::campaign
