#pragma once

// The local executor: a pool of worker processes. A process for each of `jobs`, because a run may crash, hang
// or use a library that allows one simulation per process. A worker that dies or runs over the limit costs
// its run alone: a fresh one takes its place. Workers are forked when there is work for them, not for each run.
//
// A worker has one run at a time. It is given the next before anything else is done about the last.
//
// A PoolProcess is a pool in a process of its own, driven over a socket by a process that must not fork any more: one
// that has started MPI.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/execution/executor.hpp"
#include "sim/execution/process.hpp"

namespace hearsay::execution {

struct PoolOptions {
  unsigned jobs = 1;
  std::optional<Duration> timeout = {};  ///< wall-clock limit of one run: not of time in which it was stopped
  int more_work_fd = -1;                 ///< becomes readable when Work::next has an answer again; -1: never by itself
};

/// An Executor, see there.
void run_in_pool(const PoolOptions& options, const RunFunction& run, const Work& work, const InterruptGuard& guard);

/// Processors that this process may use, which a container, a batch system or mpirun can restrict.
unsigned usable_processors();

/// The wall clock, for what is measured about a run and never part of it.
std::uint64_t monotonic_ns();

/// What came of a run, as bytes for the way.
struct PackedRun {
  std::uint64_t run = 0;
  std::vector<std::uint8_t> bytes;
};

struct UnpackedRun {
  results::RunStatus status = results::RunStatus::kDone;
  metrics::RunResult result;
};
/// Of PackedRun::bytes. Throws std::runtime_error if they are none.
UnpackedRun unpack(std::span<const std::uint8_t> bytes);

/// A pool in a process of its own. Runs are ordered by number, any number of them ahead; each comes back once. Ending
/// it kills the pool and its workers.
class PoolProcess {
 public:
  /// Forks. Throws std::system_error.
  PoolProcess(const PoolOptions& options, const RunFunction& run);

  /// Becomes readable when receive() has something.
  int fd() const { return process_.fd(); }
  void order(std::uint64_t run) const { process_.send(run, {}); }
  /// A finished run, if there is one. Throws std::runtime_error if the pool itself has died.
  std::optional<PackedRun> receive();

 private:
  ChildProcess process_;
  FrameReader reader_;
};

}  // namespace hearsay::execution
