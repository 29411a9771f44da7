#include "sim/campaign/pool.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/units.hpp"

namespace hearsay::campaign {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};

class Pool {
 public:
  Pool(const PoolOptions& options, const RunFunction& run, const Work& work, const InterruptGuard& guard)
      : options_(options), run_(run), work_(work), guard_(guard), slots_(std::max(options.jobs, 1u)) {}

  void carry_out() {
    while (!guard_.interrupted() && !work_.done()) {
      give_work();
      work_.idle();
      if (work_.done()) break;
      wait();
      for (Slot& slot : slots_) {
        if (slot.run) look_after(slot);
      }
    }
    work_.idle();
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

  void give_work() {
    for (Slot& slot : slots_) {
      if (slot.run) continue;
      slot.run = work_.next();
      if (!slot.run) return;
      if (!slot.worker || !slot.worker->start(*slot.run)) {
        hire(slot);
        slot.worker->start(*slot.run);
      }
      slot.deadline =
          options_.timeout ? Clock::now() + std::chrono::nanoseconds(options_.timeout->ns) : Clock::time_point::max();
    }
  }

  /// Sleeps until a worker says something, a deadline, more work or the next tick.
  void wait() {
    fds_.clear();
    auto soonest = Clock::now() + kTick;
    for (const Slot& slot : slots_) {
      if (!slot.run) continue;
      fds_.push_back({slot.worker->fd(), POLLIN, 0});
      soonest = std::min(soonest, slot.deadline);
    }
    if (options_.more_work_fd >= 0) fds_.push_back({options_.more_work_fd, POLLIN, 0});
    HEARSAY_CHECK(!fds_.empty(), "no run is in flight, none is to be started, and yet the work is not done");
    const std::chrono::nanoseconds sleep = std::max<Clock::duration>(soonest - Clock::now(), Clock::duration::zero());
    const timespec limit{0, sleep.count()};  // below a second
    if (::ppoll(fds_.data(), fds_.size(), &limit, &guard_.wait_mask()) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waiting for the worker processes");
    }
  }

  void look_after(Slot& slot) {
    if (std::optional<Reply> reply = slot.worker->receive()) {
      if (!reply->result) return fail(slot, RunStatus::kCrashed, std::move(reply->error));
      const RunStatus status = reply->result->failed ? RunStatus::kRefused : RunStatus::kDone;
      work_.finished(*std::exchange(slot.run, std::nullopt), status, std::move(*reply->result));
    } else if (Clock::now() >= slot.deadline) {
      fail(slot, RunStatus::kTimedOut,
           fmt::format("took longer than run.timeout = {}", format_duration(*options_.timeout)));
    }
  }

  void fail(Slot& slot, RunStatus status, std::string why) {
    slot.worker.reset();
    metrics::RunResult result;
    result.failed = true;
    result.failure = std::move(why);
    work_.finished(*std::exchange(slot.run, std::nullopt), status, std::move(result));
  }

  const PoolOptions& options_;
  const RunFunction& run_;
  const Work& work_;
  const InterruptGuard& guard_;
  std::vector<Slot> slots_;
  std::vector<pollfd> fds_;
};

}  // namespace

void run_in_pool(const PoolOptions& options, const RunFunction& run, const Work& work, const InterruptGuard& guard) {
  Pool(options, run, work, guard).carry_out();
}

unsigned usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
  return std::max(std::thread::hardware_concurrency(), 1u);  // more than a cpu_set_t holds
}

}  // namespace hearsay::campaign
