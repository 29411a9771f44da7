#pragma once

// The seam between what is to be run and where: an executor asks for runs, carries them out in any order, and tells
// what came of them.

#include <cstdint>
#include <functional>
#include <optional>

#include "sim/results/run.hpp"

namespace hearsay::execution {

/// Carries out run number `run` of the plan. Called in a worker.
using RunFunction = std::function<metrics::RunResult(std::uint64_t run)>;

/// What an executor works for. All calls come from the thread that carries it out.
struct Work {
  /// The run to start now. Empty: none for now; it is asked again whenever a run has finished.
  std::function<std::optional<std::uint64_t>()> next;
  /// No more runs are wanted, and those in flight need not be waited for.
  std::function<bool()> done;
  /// Has to be quick: the worker waits for its next run.
  std::function<void(std::uint64_t run, results::RunStatus, metrics::RunResult&&)> finished;
  /// Some ten times a second, and after runs have finished, once all workers are busy again: time for bookkeeping.
  std::function<void()> idle;
};

/// Returns when the work is done. Returns early at an interrupt, and abandons the runs in flight. Throws
/// std::system_error if it cannot start or reach its workers any more.
using Executor = std::function<void(const Work&)>;

}  // namespace hearsay::execution
