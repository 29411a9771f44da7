#pragma once

// The local executor: a pool of worker processes. A process for each of `jobs`, because a run may crash, hang
// or use a library that allows one simulation per process. A worker that dies or runs over the limit costs
// its run alone: a fresh one takes its place.
//
// Runs are handed out in order, one at a time, and come back in any order.

#include <cstdint>
#include <functional>
#include <optional>

#include "sim/campaign/interrupt.hpp"
#include "sim/campaign/run_record.hpp"
#include "sim/campaign/worker.hpp"
#include "sim/core/time.hpp"

namespace hearsay::campaign {

struct PoolOptions {
  unsigned jobs = 1;
  std::optional<Duration> timeout;  ///< wall-clock limit of one run
};

/// What the pool tells while it works.
struct PoolEvents {
  std::function<void(std::uint64_t run)> started;
  std::function<void(std::uint64_t run, RunStatus, metrics::RunResult&&)> finished;
  std::function<void()> waiting;  ///< some ten times a second, for a progress display
};

/// Carries out the runs 0 .. runs - 1. Returns early, runs in flight abandoned, if `guard` was interrupted.
/// Throws std::system_error if no worker can be started.
void run_in_pool(std::uint64_t runs, const PoolOptions& options, const RunFunction& run, const PoolEvents& events,
                 const InterruptGuard& guard);

}  // namespace hearsay::campaign
