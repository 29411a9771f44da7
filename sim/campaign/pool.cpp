#include "sim/campaign/pool.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include "sim/core/units.hpp"

namespace hearsay::campaign {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};

class Pool {
 public:
  Pool(std::uint64_t runs, const PoolOptions& options, const RunFunction& run, const PoolEvents& events,
       const InterruptGuard& guard)
      : runs_(runs), options_(options), run_(run), events_(events), guard_(guard) {}

  void work() {
    const auto jobs = std::min<std::uint64_t>(std::max(options_.jobs, 1u), runs_);
    slots_.reserve(jobs);
    for (std::uint64_t i = 0; i < jobs; ++i) hire(slots_.emplace_back());
    for (Slot& slot : slots_) give_work(slot);
    while (!guard_.interrupted() && wait()) {
      for (Slot& slot : slots_) {
        if (slot.run) look_after(slot);
      }
      events_.waiting();
    }
  }

 private:
  struct Slot {
    std::optional<Worker> worker;
    std::optional<std::uint64_t> run;  // in flight
    Clock::time_point deadline;
  };

  void hire(Slot& slot) {
    slot.worker.reset();  // the old process first: the machine's memory may not do for both
    slot.worker.emplace(run_, [this] {
      guard_.become_worker();
      for (Slot& other : slots_) {
        if (other.worker) other.worker->forget();
      }
    });
  }

  void give_work(Slot& slot) {
    slot.run.reset();
    if (next_ == runs_) return;
    slot.run = next_++;
    events_.started(*slot.run);
    if (!slot.worker->start(*slot.run)) {
      hire(slot);
      slot.worker->start(*slot.run);
    }
    slot.deadline = Clock::time_point::max();
    if (options_.timeout) slot.deadline = Clock::now() + std::chrono::nanoseconds(options_.timeout->ns);
  }

  /// Sleeps until a worker says something, a deadline or the next tick. False when no run is left.
  bool wait() {
    std::vector<pollfd> fds;
    auto soonest = Clock::now() + kTick;
    for (const Slot& slot : slots_) {
      if (!slot.run) continue;
      fds.push_back({slot.worker->fd(), POLLIN, 0});
      soonest = std::min(soonest, slot.deadline);
    }
    if (fds.empty()) return false;
    const std::chrono::nanoseconds sleep = std::max<Clock::duration>(soonest - Clock::now(), Clock::duration::zero());
    const timespec limit{0, sleep.count()};  // below a second
    if (::ppoll(fds.data(), fds.size(), &limit, &guard_.wait_mask()) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waiting for the worker processes");
    }
    return true;
  }

  void look_after(Slot& slot) {
    if (std::optional<Reply> reply = slot.worker->receive()) {
      finish(slot, std::move(*reply));
    } else if (Clock::now() >= slot.deadline) {
      fail(slot, RunStatus::kTimedOut,
           fmt::format("took longer than run.timeout = {}", format_duration(*options_.timeout)));
    }
  }

  void finish(Slot& slot, Reply reply) {
    if (!reply.result) return fail(slot, RunStatus::kCrashed, std::move(reply.error));
    const std::uint64_t run = *slot.run;
    give_work(slot);  // the worker first, then the bookkeeping
    const RunStatus status = reply.result->failed ? RunStatus::kRefused : RunStatus::kDone;
    events_.finished(run, status, std::move(*reply.result));
  }

  void fail(Slot& slot, RunStatus status, std::string why) {
    metrics::RunResult result;
    result.failed = true;
    result.failure = std::move(why);
    events_.finished(*slot.run, status, std::move(result));
    slot.run.reset();
    if (next_ == runs_) return;
    hire(slot);
    give_work(slot);
  }

  std::uint64_t runs_;
  std::uint64_t next_ = 0;
  const PoolOptions& options_;
  const RunFunction& run_;
  const PoolEvents& events_;
  const InterruptGuard& guard_;
  std::vector<Slot> slots_;
};

}  // namespace

void run_in_pool(std::uint64_t runs, const PoolOptions& options, const RunFunction& run, const PoolEvents& events,
                 const InterruptGuard& guard) {
  Pool(runs, options, run, events, guard).work();
}

}  // namespace hearsay::campaign
