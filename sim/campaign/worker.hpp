#pragma once

// A worker process: forked once, it gets run numbers and gives back results, over one socket pair, until the
// socket closes. Frames to the worker: the run number (8 bytes). Frames back: the length of what follows
// (8 bytes), one byte that tells a result from the text of an exception, the bytes.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

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
  ~Worker();
  Worker(Worker&& other) noexcept;
  Worker& operator=(const Worker&) = delete;

  int fd() const { return fd_; }
  /// Closes a copy of the handle in another worker's process, which would keep this one's socket open.
  void forget();

  /// Hands over a run; false if the worker is dead already, so that the run needs another one.
  bool start(std::uint64_t run) const;
  /// Reads what is there. Nothing yet: no value.
  std::optional<Reply> receive();
  void kill() const;

 private:
  std::optional<Reply> take_frame();
  std::string cause_of_death();

  pid_t pid_ = -1;
  int fd_ = -1;
  std::vector<std::uint8_t> received_;
};

}  // namespace hearsay::campaign
