#pragma once

// The local executor: a pool of worker processes. A process for each of `jobs`, because a run may crash, hang
// or use a library that allows one simulation per process. A worker that dies or runs over the limit costs
// its run alone: a fresh one takes its place. Workers are forked when there is work for them, not for each run.
//
// A worker has one run at a time. It is given the next before anything else is done about the last.

#include <cstdint>
#include <optional>

#include "sim/campaign/executor.hpp"
#include "sim/campaign/interrupt.hpp"
#include "sim/campaign/worker.hpp"
#include "sim/core/time.hpp"

namespace hearsay::campaign {

struct PoolOptions {
  unsigned jobs = 1;
  std::optional<Duration> timeout = {};  ///< wall-clock limit of one run
  int more_work_fd = -1;                 ///< becomes readable when Work::next has an answer again; -1: never by itself
};

/// An Executor, see there.
void run_in_pool(const PoolOptions& options, const RunFunction& run, const Work& work, const InterruptGuard& guard);

/// Processors that this process may use, which a container, a batch system or mpirun can restrict.
unsigned usable_processors();

}  // namespace hearsay::campaign
