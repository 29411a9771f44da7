#include "sim/campaign/interrupt.hpp"

namespace hearsay::campaign {
namespace {

// A signal handler can reach nothing but a static.
volatile std::sig_atomic_t interrupt_seen = 0;

void on_interrupt(int) { interrupt_seen = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupt_seen = 0;
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  sigprocmask(SIG_BLOCK, &stops, &before_);
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGTERM, &action, &before_term_);
}

InterruptGuard::~InterruptGuard() {
  // In this order, so that a signal that came while the results were written ends in our handler.
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

bool InterruptGuard::interrupted() const {
  sigset_t pending;
  sigpending(&pending);
  return interrupt_seen != 0 || sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

void InterruptGuard::become_worker() const {
  leave_to_others();
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

void InterruptGuard::leave_to_others() {
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
}

}  // namespace hearsay::campaign
