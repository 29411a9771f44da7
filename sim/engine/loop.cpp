#include "sim/engine/loop.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "sim/core/check.hpp"
#include "sim/engine/barrier.hpp"

namespace hearsay::engine {

SimTime run_in_order(Worker& worker, Conductor& conductor, SimTime last, bool watch) {
  for (;;) {
    const SimTime cut = std::min(conductor.next(), last + nanoseconds(1));
    if (worker.drain(cut.ns - 1, watch)) return worker.now();
    if (cut > last) return last;
    conductor.act(cut);
  }
}

namespace {

class Windows {
 public:
  Windows(std::span<Worker* const> workers, const Division& division, Conductor& conductor, SimTime last, bool watch)
      : workers_(workers),
        division_(division),
        conductor_(conductor),
        last_(last),
        watch_(watch),
        barrier_(static_cast<unsigned>(workers.size())),
        lists_(workers.size()),
        kept_(division.lanes) {}

  SimTime run() {
    choose();
    std::vector<std::thread> threads;
    try {
      for (std::size_t w = 1; w < workers_.size(); ++w) threads.emplace_back([this, w] { begin(w); });
    } catch (const std::system_error&) {
      // The machine has no more threads. Those that wait already go home, and the caller hears of it.
      gate_ = Gate::kShut;
      gate_.notify_all();
      for (std::thread& thread : threads) thread.join();
      throw;
    }
    gate_ = Gate::kOpen;
    gate_.notify_all();
    work(0);
    for (std::thread& thread : threads) thread.join();
    if (failure_) std::rethrow_exception(failure_);
    return end_;
  }

 private:
  enum class Gate : std::uint8_t { kWait, kOpen, kShut };

  /// What all threads run together: the part [begin, end) of a window.
  struct Part {
    std::int64_t slot = -1;
    SimTime begin, end;
    bool opens = true;    // the first part of its window
    bool is_cut = false;  // not the whole window: lanes keep their buckets
  };

  SimTime begin_of(std::int64_t slot) const { return {slot << division_.window_shift}; }
  SimTime end_of(std::int64_t slot) const { return {(slot + 1) << division_.window_shift}; }
  Calendar& calendar(std::size_t worker) { return workers_[worker]->calendar(); }

  /// A thread begins once all others are there.
  void begin(std::size_t w) {
    gate_.wait(Gate::kWait);
    if (gate_ == Gate::kOpen) work(w);
  }

  void work(std::size_t w) {
    while (!done_) {
      try {
        if (!failed_.load(std::memory_order_relaxed)) run_part(w);
      } catch (...) {
        const std::lock_guard lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
        failed_ = true;
      }
      barrier_.meet([this] {
        try {
          failed_ ? stop({}) : choose();
        } catch (...) {
          failure_ = std::current_exception();
          stop({});
        }
      });
    }
  }

  void stop(SimTime end) {
    end_ = end;
    done_ = true;
  }

  void run_part(std::size_t w) {
    Worker& worker = *workers_[w];
    worker.begin_window(part_.begin, parity_);
    Calendar& own = worker.calendar();
    if (part_.opens) own.open(part_.slot);
    const std::uint32_t batch =
        std::clamp<std::uint32_t>(division_.lanes / (static_cast<std::uint32_t>(workers_.size()) * 8), 1, 16);
    for (std::uint32_t first; (first = claimed_.fetch_add(batch, std::memory_order_relaxed)) < division_.lanes;) {
      for (std::uint32_t lane = first; lane < std::min(first + batch, division_.lanes); ++lane) run_lane(worker, lane);
    }
    own.read_lane(Calendar::kAnyLane);
  }

  void run_lane(Worker& worker, std::uint32_t lane) {
    Calendar& own = worker.calendar();
    own.read_lane(lane);
    if (part_.opens) {
      thread_local std::vector<EventList*> lists;
      lists.clear();
      for (std::size_t w = 0; w < workers_.size(); ++w)
        if (EventList& list = calendar(w).list(part_.slot, lane); !list.empty()) lists.push_back(&list);
      if (lists.empty() && !part_.is_cut) return;
      own.bucket().load(lists, division_.window_shift, own.chunks());
    } else {
      std::swap(own.bucket(), kept_[lane]);
    }
    worker.drain(part_.end.ns - 1, false);
    worker.leave_lane();
    if (part_.is_cut) std::swap(own.bucket(), kept_[lane]);
  }

  // ------------------------------------------------------------------- between parts, by one thread

  /// What comes next; runs it at once where it is for one thread.
  void choose() {
    claimed_.store(0, std::memory_order_relaxed);
    parity_ ^= 1;
    if (part_.slot >= 0) conductor_.settle();
    if (part_.slot >= 0 && part_.end < std::min(end_of(part_.slot), last_ + nanoseconds(1))) {
      begin_rest();
      return;
    }
    while (!done_) {
      if (part_.end > last_) return stop(last_);
      std::int64_t slot = conductor_.next().ns >> division_.window_shift;
      for (std::size_t w = 0; w < workers_.size(); ++w) slot = std::min(slot, calendar(w).next_slot());
      if (slot > last_.ns >> division_.window_shift) return stop(last_);
      for (std::size_t w = 0; w < workers_.size(); ++w) calendar(w).reach(slot);
      conductor_.prepare(end_of(slot));
      if (conductor_.next() == begin_of(slot)) conductor_.act(begin_of(slot));
      part_ = {.slot = slot, .begin = begin_of(slot), .end = cut_before(end_of(slot))};
      part_.is_cut = part_.end < end_of(slot) && part_.end <= last_;
      if (!watch_ || !conductor_.may_end(end_of(slot), due_in(slot))) return;
      run_joined();
    }
  }

  SimTime cut_before(SimTime end) const { return std::min({end, conductor_.next(), last_ + nanoseconds(1)}); }

  /// The window goes on after a cut.
  void begin_rest() {
    conductor_.act(part_.end);
    // What was published to this very window goes to the lanes that it is for.
    workers_[0]->calendar().bucket().take_late(
        [this](const Event& event) { kept_[division_.lane_of(event.target)].push_late(event); });
    part_.begin = part_.end;
    part_.end = cut_before(end_of(part_.slot));
    part_.opens = false;
  }

  std::size_t due_in(std::int64_t slot) {
    std::size_t due = 0;
    for (std::size_t w = 0; w < workers_.size(); ++w) due += calendar(w).at_most_in(slot);
    return due;
  }

  /// The whole window by one thread, in the total order, with an eye on the end.
  void run_joined() {
    conductor_.settle_all();
    Worker& worker = *workers_[0];
    Calendar& own = worker.calendar();
    worker.begin_window(part_.begin, parity_);
    lists_.clear();
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      calendar(w).open(part_.slot);
      for (std::uint32_t lane = 0; lane < division_.lanes; ++lane)
        if (EventList& list = calendar(w).list(part_.slot, lane); !list.empty()) lists_.push_back(&list);
    }
    own.bucket().load(lists_, division_.window_shift, own.chunks());
    const SimTime end = std::min(end_of(part_.slot), last_ + nanoseconds(1));
    for (SimTime cut = cut_before(end);; cut = cut_before(end)) {
      if (worker.drain(cut.ns - 1, true)) return stop(worker.now());
      if (cut == end) break;
      conductor_.act(cut);
    }
    worker.leave_lane();
    part_.end = end;
  }

  std::span<Worker* const> workers_;
  const Division& division_;
  Conductor& conductor_;
  SimTime last_;
  bool watch_;
  Barrier barrier_;
  Part part_;
  unsigned parity_ = 1;
  std::vector<EventList*> lists_;
  std::vector<Bucket> kept_;  // by lane, in a window that is cut
  std::atomic<Gate> gate_{Gate::kWait};
  bool done_ = false;
  SimTime end_;
  alignas(64) std::atomic<std::uint32_t> claimed_{0};
  std::atomic<bool> failed_{false};
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
};

}  // namespace

SimTime run_in_windows(std::span<Worker* const> workers, const Division& division, Conductor& conductor, SimTime last,
                       bool watch) {
  return Windows(workers, division, conductor, last, watch).run();
}

}  // namespace hearsay::engine
