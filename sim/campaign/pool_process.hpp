#pragma once

// A pool of workers in a process of its own, driven over a socket by a process that must not fork any more: one that
// has started MPI. Runs are ordered by number, any number of them ahead; each comes back once.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/campaign/child_process.hpp"
#include "sim/campaign/pool.hpp"

namespace hearsay::campaign {

/// What came of a run, as bytes for the way.
struct PackedRun {
  std::uint64_t run = 0;
  std::vector<std::uint8_t> bytes;
};

struct UnpackedRun {
  RunStatus status = RunStatus::kDone;
  metrics::RunResult result;
};
/// Of PackedRun::bytes. Throws std::runtime_error if they are none.
UnpackedRun unpack(std::span<const std::uint8_t> bytes);

/// Ending it kills the pool and its workers.
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

}  // namespace hearsay::campaign
