#pragma once

// The events of one stretch of time, being read in order. What comes late, while the bucket is read, waits in a small
// heap beside it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/engine/event_list.hpp"

namespace hearsay::engine {

class Bucket {
 public:
  /// Replaces what was read to its end by the events of `lists`, sorted; the lists are emptied into `pool`. All lie
  /// within [k 2^shift, (k + 1) 2^shift) for one k.
  void load(std::span<EventList* const> lists, int shift, ChunkPool& pool);

  void push_late(const Event& event);
  bool empty() const { return read_ == end_ && late_.empty(); }

  /// Takes out the earliest event; nullptr if there is none, or none up to `last`. It stays where it is until the next
  /// call.
  const Event* pop(std::int64_t last) {
    if (read_ == end_ || !late_.empty()) [[unlikely]]
      return pop_slowly(last);
    if (read_->time_ns > last) return nullptr;
    return read_++;
  }
  /// The events from the next one on, in order. For prefetching only: what came late is not among them.
  std::span<const Event> upcoming() const { return {read_, end_}; }

  /// Hands everything that came late to `visit`, in no particular order.
  template <class Visit>
  void take_late(const Visit& visit) {
    for (const Event& event : late_) visit(event);
    late_.clear();
  }
  std::size_t memory_bytes() const { return (sorted_.capacity() + late_.capacity()) * sizeof(Event); }

 private:
  const Event* pop_slowly(std::int64_t last);

  const Event* read_ = nullptr;  // next in sorted_
  const Event* end_ = nullptr;
  std::vector<Event> sorted_;
  std::vector<Event> late_;  // min-heap
  Event late_one_;           // the one of them popped last
  std::vector<std::uint32_t> counts_;
  std::size_t loaded_ = 0;  // by the last load()
};

}  // namespace hearsay::engine
