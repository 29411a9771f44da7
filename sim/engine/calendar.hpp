#pragma once

// The native calendar: a priority queue of events for simulations whose delays are bounded.
//
// Two rings of buckets and a heap. The near ring has 4096 buckets of 2^16 ns (66 us; horizon 0.27 s), the
// far ring 4096 buckets of 2^24 ns (17 ms; horizon 69 s); what is later waits in a binary heap. A bucket
// is an unsorted chain of 1 kB chunks; when the clock reaches it, it is sorted once by the total order of
// event.hpp and then read front to back. An event pushed into the bucket being read goes to a small heap
// beside it. Far buckets are poured into near ones as the near horizon passes over them.
//
// Push O(1), pop O(log b) amortised for b events a bucket. Memory: 32 B an event plus at most 8 MB of
// partly filled chunks. A sorted bucket shows the future: ahead(k) lets the caller prefetch.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/core/memory_block.hpp"
#include "sim/engine/event.hpp"

namespace hearsay::engine {

class Calendar {
 public:
  Calendar();

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// `event` must not come before the event popped last.
  void push(const Event& event) {
    ++size_;
    const std::int64_t bucket = event.time_ns >> kNearShift;
    if (bucket > current_ && bucket < near_end_) [[likely]] {
      append(near_[static_cast<std::size_t>(bucket) & kRingMask], event);
      mark(near_used_, static_cast<std::size_t>(bucket) & kRingMask);
    } else {
      push_elsewhere(event, bucket);
    }
  }

  /// The earliest event; the calendar must not be empty.
  const Event& top() {
    if (read_ == sorted_.size() && late_.empty()) advance();
    if (!late_.empty() && (read_ == sorted_.size() || late_.front() < sorted_[read_])) return late_.front();
    return sorted_[read_];
  }
  Event pop();

  /// The k-th event after the next one in the bucket being read, or nullptr. For prefetching only: late
  /// arrivals are not counted.
  const Event* ahead(std::size_t k) const { return read_ + k < sorted_.size() ? &sorted_[read_ + k] : nullptr; }

  /// Bytes held, free chunks included.
  std::size_t memory_bytes() const;

 private:
  static constexpr int kNearShift = 16;
  static constexpr int kFarShift = 24;
  static constexpr std::int64_t kNearPerFar = 1 << (kFarShift - kNearShift);
  static constexpr std::size_t kRing = 4096;
  static constexpr std::size_t kRingMask = kRing - 1;
  static constexpr std::uint32_t kChunkEvents = 32;
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static constexpr std::uint32_t kChunksPerBlock = kBlockBytes / (kChunkEvents * sizeof(Event));

  struct Bucket {
    std::uint32_t head = kNone;  // the only chunk that may be partly filled
    std::uint32_t count = 0;
  };
  using Bitmap = std::array<std::uint64_t, kRing / 64>;

  static void mark(Bitmap& map, std::size_t i) { map[i / 64] |= std::uint64_t{1} << (i % 64); }
  static void clear(Bitmap& map, std::size_t i) { map[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  static std::int64_t next_used(const Bitmap& map, std::int64_t from, std::int64_t end);

  Event* chunk(std::uint32_t c) {
    return reinterpret_cast<Event*>(blocks_[c / kChunksPerBlock].get()) +
           std::size_t{c % kChunksPerBlock} * kChunkEvents;
  }
  void append(Bucket& bucket, const Event& event) {
    const std::uint32_t fill = bucket.count % kChunkEvents;
    if (fill == 0) add_chunk(bucket);
    event.store(chunk(bucket.head)[fill]);
    ++bucket.count;
  }
  void add_chunk(Bucket& bucket);
  void push_elsewhere(Event event, std::int64_t bucket);  // by value: the caller's event may stay in registers
  void advance();
  void extend_horizons();
  template <class Visit>
  void drain(Bucket& bucket, Visit visit);
  void sort_bucket(Bucket& bucket);

  std::vector<Event> sorted_;  // the bucket being read
  std::size_t read_ = 0;
  std::vector<Event> late_;  // min-heap: pushed into the bucket being read
  std::size_t size_ = 0;
  std::int64_t current_ = -1;  // near bucket being read
  std::int64_t near_end_ = 0;  // first near bucket beyond the near ring; multiple of kNearPerFar
  std::int64_t far_end_ = 0;   // first far bucket beyond the far ring
  std::vector<Bucket> near_, far_;
  Bitmap near_used_{}, far_used_{};
  std::vector<Event> beyond_;        // min-heap by the total order
  std::vector<MemoryBlock> blocks_;  // of chunks; Event is trivial
  std::vector<std::uint32_t> next_chunk_;
  std::uint32_t free_chunk_ = kNone;
  std::uint32_t fresh_chunk_ = 0;  // chunks from here on were never used
  std::vector<std::uint32_t> sub_counts_;
};

}  // namespace hearsay::engine
