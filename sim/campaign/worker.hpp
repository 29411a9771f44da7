#pragma once

// A worker process: forked once, it gets run numbers and gives back results until its socket closes. Frames to the
// worker: the run number as tag. Frames back: the tag tells a result from the text of an exception.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "sim/campaign/child_process.hpp"
#include "sim/metrics/result.hpp"

namespace hearsay::campaign {

/// Carries out run number `run` of the plan. Called in a worker.
using RunFunction = std::function<metrics::RunResult(std::uint64_t run)>;

/// What came back for one run: a result, or why there is none.
struct Reply {
  std::optional<metrics::RunResult> result;
  std::string error;
};

/// The parent's handle of one worker. Ending it kills the process.
class Worker {
 public:
  /// Forks. `in_child` is called first thing in the child. Throws std::system_error.
  Worker(const RunFunction& run, const std::function<void()>& in_child);

  int fd() const { return process_.fd(); }
  /// Closes a copy of the handle in another worker's process, which would keep this one's socket open.
  void forget() { process_.forget(); }

  /// Hands over a run; false if the worker is dead already, so that the run needs another one.
  bool start(std::uint64_t run) const { return process_.send(run, {}); }
  /// Reads what is there. Nothing yet: no value.
  std::optional<Reply> receive();

 private:
  ChildProcess process_;
  FrameReader reader_;
};

}  // namespace hearsay::campaign
