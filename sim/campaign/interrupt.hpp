#pragma once

// Ctrl-C and SIGTERM as a request to stop. They end waiting, and are looked at between two steps of work, never within
// one. A batch system, or mpirun, sends them to all processes of a campaign at once, so that all but the one that has
// the results leave them to it.

#include <csignal>

namespace hearsay::campaign {

/// While it lives, SIGINT and SIGTERM are blocked but during ppoll() with wait_mask(), and only set a flag.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Also if the signal is still waiting to be let through.
  bool interrupted() const;
  const sigset_t& wait_mask() const { return before_; }

  /// In a forked worker: stopping is the parent's business, everything else is as before the guard.
  void become_worker() const;
  /// The same for a process without a guard.
  static void leave_to_others();

 private:
  sigset_t before_{};
  struct sigaction before_int_ {};
  struct sigaction before_term_ {};
};

}  // namespace hearsay::campaign
