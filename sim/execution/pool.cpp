#include "sim/execution/pool.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <functional>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/units.hpp"
#include "sim/metrics/result.hpp"
#include "sim/results/codec.hpp"

namespace hearsay::execution {
namespace {

// A worker process: forked once, it gets run numbers and gives back results until its socket closes. Frames to the
// worker: the run number as tag. Frames back: the tag tells a result from the text of an exception.

constexpr std::uint64_t kResult = 0;
constexpr std::uint64_t kException = 1;

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

/// Each run's peak memory is its own, although one process carries out many (but for what it keeps of the runs before,
/// sim/core/freed_memory.hpp).
void reset_peak_memory() {
  if (std::FILE* file = std::fopen("/proc/self/clear_refs", "w")) {
    std::fputs("5", file);
    std::fclose(file);
  }
}

std::pair<std::uint64_t, std::vector<std::uint8_t>> carry_out(const RunFunction& run, std::uint64_t number) {
  try {
    reset_peak_memory();
    metrics::RunResult result = run(number);
    result.performance.peak_rss_bytes = peak_memory_bytes();
    return {kResult, results::encode(result)};
  } catch (const std::bad_alloc&) {
    constexpr std::string_view text = "out of memory";
    return {kException, {text.begin(), text.end()}};
  } catch (const std::exception& error) {
    const std::string_view text = error.what();
    return {kException, {text.begin(), text.end()}};
  }
}

void carry_out_orders(int fd, const RunFunction& run) {
  FrameReader reader;
  for (bool open = true; open;) {
    pollfd readable{fd, POLLIN, 0};
    if (::poll(&readable, 1, -1) < 0 && errno != EINTR) return;
    open = reader.read(fd);
    while (const std::optional<Frame> order = reader.take()) {
      const auto [kind, body] = carry_out(run, order->tag);
      if (!send_frame(fd, kind, body)) return;
    }
  }
}

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

  bool is_stopped() const { return process_.is_stopped(); }
  /// Hands over a run; false if the worker is dead already, so that the run needs another one.
  bool start(std::uint64_t run) const { return process_.send(run, {}); }
  /// Reads what is there. Nothing yet: no value.
  std::optional<Reply> receive();

 private:
  ChildProcess process_;
  FrameReader reader_;
};

Worker::Worker(const RunFunction& run, const std::function<void()>& in_child)
    : process_([&](int fd) {
        in_child();
        carry_out_orders(fd, run);
      }) {}

std::optional<Reply> Worker::receive() {
  const bool alive = reader_.read(process_.fd());
  const std::optional<Frame> frame = reader_.take();
  if (!frame) return alive ? std::nullopt : std::optional(Reply{std::nullopt, process_.cause_of_death()});
  if (frame->tag == kException) return Reply{std::nullopt, {frame->body.begin(), frame->body.end()}};
  return Reply{results::decode(frame->body), {}};
}

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};
/// More than this between two looks at the workers is time in which this process was stopped, or kept from looking.
constexpr std::chrono::milliseconds kLongestLook{250};

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
      pass_time();
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
    std::chrono::nanoseconds used{0};  // of the limit
  };

  /// Counts the time since the last look towards the limits of the runs in flight: not while this process or the worker
  /// was stopped.
  void pass_time() {
    if (!options_.timeout) return;
    const auto now = Clock::now();
    if (now - looked_at_ < kTick / 2) return;
    const auto passed = std::min<Clock::duration>(now - looked_at_, kLongestLook);
    looked_at_ = now;
    for (Slot& slot : slots_) {
      if (slot.run && !slot.worker->is_stopped()) slot.used += passed;
    }
  }
  std::chrono::nanoseconds left(const Slot& slot) const {
    return std::chrono::nanoseconds(options_.timeout->ns) - slot.used;
  }

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
      // What has passed since the last look, at most half a tick, is not this run's.
      slot.used = -std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::min<Clock::duration>(Clock::now() - looked_at_, kLongestLook));
    }
  }

  /// Sleeps until a worker says something, a deadline, more work or the next tick.
  void wait() {
    fds_.clear();
    std::chrono::nanoseconds sleep = kTick;
    for (const Slot& slot : slots_) {
      if (!slot.run) continue;
      fds_.push_back({slot.worker->fd(), POLLIN, 0});
      if (options_.timeout) sleep = std::clamp<std::chrono::nanoseconds>(left(slot), kTick / 2, sleep);
    }
    if (options_.more_work_fd >= 0) fds_.push_back({options_.more_work_fd, POLLIN, 0});
    HEARSAY_CHECK(!fds_.empty(), "no run is in flight, none is to be started, and yet the work is not done");
    const timespec limit{0, sleep.count()};  // below a second
    if (::ppoll(fds_.data(), fds_.size(), &limit, &guard_.wait_mask()) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waiting for the worker processes");
    }
  }

  void look_after(Slot& slot) {
    if (std::optional<Reply> reply = slot.worker->receive()) {
      if (!reply->result) return fail(slot, results::RunStatus::kCrashed, std::move(reply->error));
      const results::RunStatus status =
          reply->result->failed ? results::RunStatus::kRefused : results::RunStatus::kDone;
      work_.finished(*std::exchange(slot.run, std::nullopt), status, std::move(*reply->result));
    } else if (options_.timeout && left(slot).count() <= 0) {
      fail(slot, results::RunStatus::kTimedOut,
           fmt::format("took longer than run.timeout = {}", format_duration(*options_.timeout)));
    }
  }

  void fail(Slot& slot, results::RunStatus status, std::string why) {
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
  Clock::time_point looked_at_ = Clock::now();
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

std::uint64_t monotonic_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

namespace {

/// The status in front of the result.
std::vector<std::uint8_t> pack(results::RunStatus status, const metrics::RunResult& result) {
  std::vector<std::uint8_t> bytes = results::encode(result);
  bytes.insert(bytes.begin(), static_cast<std::uint8_t>(status));
  return bytes;
}

/// The other end of the socket, as work for a pool.
class Orders {
 public:
  explicit Orders(int fd) : fd_(fd) {}

  Work work() {
    return {.next = [this] { return next(); },
            .done =
                [this] {
                  look();
                  return !open_;
                },
            .finished =
                [this](std::uint64_t run, results::RunStatus status, metrics::RunResult&& result) {
                  open_ = send_frame(fd_, run, pack(status, result)) && open_;
                },
            .idle = [] {}};
  }

 private:
  void look() {
    open_ = reader_.read(fd_) && open_;
    while (const auto order = reader_.take()) waiting_.push_back(order->tag);
  }

  std::optional<std::uint64_t> next() {
    look();
    if (waiting_.empty()) return std::nullopt;
    const std::uint64_t run = waiting_.front();
    waiting_.pop_front();
    return run;
  }

  int fd_;
  bool open_ = true;
  FrameReader reader_;
  std::deque<std::uint64_t> waiting_;
};

void drive_pool(int fd, const PoolOptions& options, const RunFunction& run) {
  const InterruptGuard guard;
  InterruptGuard::leave_to_others();  // who orders the runs also says when to stop
  PoolOptions with_orders = options;
  with_orders.more_work_fd = fd;
  try {
    run_in_pool(with_orders, run, Orders(fd).work(), guard);
  } catch (const std::exception& error) {
    fmt::print(stderr, "hearsay: {}\n", error.what());
    throw;
  }
}

}  // namespace

UnpackedRun unpack(std::span<const std::uint8_t> bytes) {
  if (bytes.empty() || bytes[0] > static_cast<std::uint8_t>(results::RunStatus::kTimedOut)) {
    throw std::runtime_error("what came back for a run is no result");
  }
  return {static_cast<results::RunStatus>(bytes[0]), results::decode(bytes.subspan(1))};
}

PoolProcess::PoolProcess(const PoolOptions& options, const RunFunction& run)
    : process_([&](int fd) { drive_pool(fd, options, run); }) {}

std::optional<PackedRun> PoolProcess::receive() {
  const bool alive = reader_.read(process_.fd());
  if (std::optional<Frame> frame = reader_.take()) return PackedRun{frame->tag, std::move(frame->body)};
  if (!alive) throw std::runtime_error("the pool of workers has died: " + process_.cause_of_death());
  return std::nullopt;
}

}  // namespace hearsay::execution
