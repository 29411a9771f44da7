#pragma once

// The native calendar: a priority queue of events for simulations whose delays are bounded.
//
// Two rings of buckets and a heap. The near ring has 4096 buckets of 2^16 ns (66 us; horizon 0.27 s), each bucket of
// the far ring covers 256 near ones (17 ms; horizon 69 s); what is later waits in a binary heap. A bucket is an
// unsorted list (event_list.hpp); when the clock reaches it, it is sorted once by the total order of event.hpp and then
// read front to back. Far buckets are poured into near ones as the near horizon passes over them.
//
// With lanes (division.hpp) a near bucket is one window, and has a list for each lane. Every thread has a calendar of
// its own, which it alone pushes to; a lane's window is read by whoever runs the lane, from the lists that all
// calendars have for it. So the threads share nothing but lists that nobody appends to any more, and hand over at the
// end of a window.
//
// Push O(1), pop O(log b) amortised for b events a bucket. Memory: 32 B an event plus 1 kB for each list in use.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/engine/bucket.hpp"
#include "sim/engine/division.hpp"
#include "sim/engine/event.hpp"
#include "sim/engine/event_list.hpp"

namespace hearsay::engine {

class Calendar {
 public:
  /// One lane.
  Calendar();
  /// One thread's calendar of several; `division` must outlive it.
  explicit Calendar(const Division& division);
  Calendar(const Calendar&) = delete;
  Calendar& operator=(const Calendar&) = delete;

  /// `event` must not come before the event popped last.
  void push(const Event& event) {
    push_at(event.time_ns, event.target, [&](Event& to) { event.store(to); });
  }
  /// Pushes what `fill` makes of an event: where it can, in its place.
  template <class Fill>
  [[gnu::always_inline]] void push_at(std::int64_t time_ns, std::int32_t target, const Fill& fill) {
    const std::int64_t slot = time_ns >> shift_;
    if (slot > current_ && slot < near_end_) [[likely]] {
      Event& event = *place(static_cast<std::size_t>(slot) & near_mask_, target);
      event.time_ns = time_ns;
      fill(event);
    } else {
      Event event;
      event.time_ns = time_ns;
      fill(event);
      push_elsewhere(event, slot);
    }
  }

  /// Takes out the earliest event; nullptr if there is none, or none up to `last`; with lanes, none in the window being
  /// read. It stays where it is until the next call.
  const Event* pop(std::int64_t last = INT64_MAX) {
    const Event* const event = bucket_.pop(last);
    if (event == nullptr) [[unlikely]]
      return pop_elsewhere(last);
    return event;
  }
  /// Events of the bucket being read from the next one on, in order, but for late arrivals. For prefetching only.
  std::span<const Event> upcoming() const { return bucket_.upcoming(); }
  /// Nothing is left, neither to read nor waiting.
  bool empty() const;

  // ------------------------------------------------------------------------------------------ lanes

  /// No event that waits lies in an earlier slot; INT64_MAX: none waits.
  std::int64_t next_slot() const;
  /// From here on the events of `slot` are all in its lists.
  void reach(std::int64_t slot);
  /// From now on `slot` is being read: what is pushed into it is late, and must be for the lane being read.
  void open(std::int64_t slot);
  /// At least as many as the events that wait in `slot`, and at most 31 more for each list.
  std::size_t at_most_in(std::int64_t slot) const;
  EventList& list(std::int64_t slot, std::uint32_t lane) {
    return near_lists_[(static_cast<std::size_t>(slot) & near_mask_) * division_.lanes + lane];
  }
  Bucket& bucket() { return bucket_; }
  ChunkPool& chunks() { return chunks_; }
  int shift() const { return shift_; }
  /// The lane being read; kAnyLane: all of them as one.
  void read_lane(std::uint32_t lane) { lane_ = lane; }
  static constexpr std::uint32_t kAnyLane = 0xffff'ffff;

  /// Bytes held, free chunks included.
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kFarSlots = 4096;
  static constexpr std::size_t kFarMask = kFarSlots - 1;

  [[gnu::always_inline]] Event* place(std::size_t near, std::int32_t target) {
    EventList& list = near_lists_[lanes_ == 1 ? near : near * lanes_ + division_.lane_of(target)];
    if (list.needs_chunk()) [[unlikely]]
      begin_chunk(near);
    return list.place(chunks_);
  }
  void begin_chunk(std::size_t near);
  void push_elsewhere(Event event, std::int64_t slot);  // by value: the caller's event may stay in registers
  const Event* pop_elsewhere(std::int64_t last);
  bool advance(std::int64_t last);
  void extend_horizons();
  std::int64_t next_near() const;

  static const Division& whole();

  const Division& division_;
  std::size_t lanes_;
  int shift_;              // a near bucket covers 2^shift_ ns
  std::size_t near_mask_;  // number of near buckets - 1
  int far_shift_;          // a far bucket covers 2^far_shift_ near ones
  bool windowed_;
  std::uint32_t lane_ = kAnyLane;
  std::int64_t current_ = -1;  // near bucket being read
  std::int64_t near_end_ = 0;  // first one beyond the near ring; multiple of 2^far_shift_
  std::int64_t far_end_ = 0;   // first far bucket beyond the far ring
  Bucket bucket_;
  ChunkPool chunks_;
  std::vector<EventList> near_lists_;  // by bucket, then lane
  std::vector<std::uint64_t> near_used_;
  std::vector<std::uint32_t> near_chunks_;  // in use, by bucket; windowed only
  std::vector<EventList> far_lists_;
  std::vector<std::uint64_t> far_used_;
  std::vector<Event> beyond_;  // min-heap by the total order
};

}  // namespace hearsay::engine
