#pragma once

// The seam between what is to be run and where: an executor asks for runs, carries them out in any order, and tells
// what came of them.

#include <cstdint>
#include <functional>
#include <optional>

#include "sim/campaign/run_record.hpp"

namespace hearsay::campaign {

/// What an executor works for. All calls come from the thread that carries it out.
struct Work {
  /// The run to start now. Empty: none; asked again whenever one has finished.
  std::function<std::optional<std::uint64_t>()> next;
  /// No more runs are wanted, and those in flight need not be waited for.
  std::function<bool()> done;
  /// Has to be quick: the worker waits for its next run.
  std::function<void(std::uint64_t run, RunStatus, metrics::RunResult&&)> finished;
  /// Some ten times a second, and after runs have finished, once all workers are busy again: time for bookkeeping.
  std::function<void()> idle;
};

/// Returns when the work is done, or early, runs in flight abandoned, at an interrupt. Throws std::system_error if it
/// cannot go on.
using Executor = std::function<void(const Work&)>;

}  // namespace hearsay::campaign
