#pragma once

// Ctrl-C and SIGTERM as a request to stop that is looked at only where the program waits.

#include <csignal>

namespace hearsay::campaign {

/// While it lives, SIGINT and SIGTERM are blocked but during ppoll() with wait_mask(), and only set a flag.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool interrupted() const;
  const sigset_t& wait_mask() const { return before_; }

  /// In a forked worker: Ctrl-C is the parent's business, everything else is as before the guard.
  void become_worker() const;

 private:
  sigset_t before_{};
  struct sigaction before_int_ {};
  struct sigaction before_term_ {};
};

}  // namespace hearsay::campaign
