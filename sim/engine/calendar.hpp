#pragma once

// The native calendar: a priority queue of events for simulations whose delays are bounded.
//
// Two rings of buckets and a heap. The near ring has 4096 buckets of 2^16 ns (66 us; horizon 0.27 s), the
// far ring 4096 buckets of 2^24 ns (17 ms; horizon 69 s); what is later waits in a binary heap. A bucket
// is an unsorted chain of 1 kB chunks, known by the place of its next event alone; when the clock reaches it,
// it is sorted once by the total order of event.hpp and then read front to back. An event pushed into the
// bucket being read goes to a small heap beside it. Far buckets are poured into near ones as the near horizon
// passes over them.
//
// Push O(1), pop O(log b) amortised for b events a bucket. Memory: 32 B an event plus at most 8 MB of
// partly filled chunks. A sorted bucket shows the future: ahead(k) lets the caller prefetch.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
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
      append(near_, static_cast<std::size_t>(bucket) & kRingMask, event);
    } else {
      push_elsewhere(event, bucket);
    }
  }

  /// Pushes what `fill` makes of an event: where it can, in its place.
  template <class Fill>
  void push_at(std::int64_t time_ns, const Fill& fill) {
    const std::int64_t bucket = time_ns >> kNearShift;
    if (bucket > current_ && bucket < near_end_) [[likely]] {
      ++size_;
      Event& event = *place_in(near_, static_cast<std::size_t>(bucket) & kRingMask);
      event.time_ns = time_ns;
      fill(event);
    } else {
      Event event;
      event.time_ns = time_ns;
      fill(event);
      push(event);
    }
  }

  /// Takes out the earliest event; nullptr if there is none, or none up to `last`. It stays where it is until
  /// the next call.
  const Event* pop(std::int64_t last = INT64_MAX) {
    if (read_ == end_ || !late_.empty()) [[unlikely]]
      return pop_elsewhere(last);
    if (read_->time_ns > last) return nullptr;
    --size_;
    return read_++;
  }

  /// Events of the bucket being read from the next one on, in order. For prefetching only: late arrivals are
  /// not among them.
  std::span<const Event> upcoming() const { return {read_, end_}; }

  /// Bytes held, free chunks included.
  std::size_t memory_bytes() const;

 private:
  static constexpr int kNearShift = 16;
  static constexpr int kFarShift = 24;
  static constexpr std::int64_t kNearPerFar = 1 << (kFarShift - kNearShift);
  static constexpr std::size_t kRing = 4096;
  static constexpr std::size_t kRingMask = kRing - 1;
  static constexpr std::size_t kChunkBytes = 1024;
  static constexpr std::size_t kChunkEvents = kChunkBytes / sizeof(Event) - 1;

  /// Aligned to its size; full ones are chained.
  struct alignas(kChunkBytes) Chunk {
    Chunk* before;  // filled earlier
    alignas(sizeof(Event)) Event events[kChunkEvents];
  };
  static_assert(sizeof(Chunk) == kChunkBytes);
  /// The place of the next event; it begins a chunk if the last chunk is full or there is none.
  struct Bucket {
    Event* next = nullptr;
    /// Where a bucket with events holds the last of them.
    Chunk* last_chunk() const {
      auto* const byte = reinterpret_cast<std::byte*>(next) - 1;
      return reinterpret_cast<Chunk*>(byte - reinterpret_cast<std::uintptr_t>(byte) % kChunkBytes);
    }
    bool at_chunk_end() const { return reinterpret_cast<std::uintptr_t>(next) % kChunkBytes == 0; }
  };
  using Bitmap = std::array<std::uint64_t, kRing / 64>;
  struct Ring {
    std::vector<Bucket> buckets = std::vector<Bucket>(kRing);
    Bitmap used{};
  };

  static std::int64_t next_used(const Bitmap& map, std::int64_t from, std::int64_t end);

  Event* place_in(Ring& ring, std::size_t slot) {
    Bucket& bucket = ring.buckets[slot];
    Event* place = bucket.next;
    if (bucket.at_chunk_end()) [[unlikely]] {
      ring.used[slot / 64] |= std::uint64_t{1} << (slot % 64);
      place = add_chunk(bucket);
    }
    bucket.next = place + 1;
    return place;
  }
  void append(Ring& ring, std::size_t slot, const Event& event) { event.store(*place_in(ring, slot)); }
  /// The first place of a new chunk behind the bucket's.
  Event* add_chunk(Bucket bucket);
  void push_elsewhere(Event event, std::int64_t bucket);  // by value: the caller's event may stay in registers
  const Event* pop_elsewhere(std::int64_t last);
  void advance();
  void extend_horizons();
  /// Events of a bucket, the latest chunk first.
  template <class Visit>
  static void for_each(Bucket bucket, Visit visit);
  void recycle(Bucket bucket);
  /// Takes a bucket out of its ring.
  static Bucket detach(Ring& ring, std::size_t slot);
  void sort_bucket(Bucket bucket);
  void spread_and_sort(Bucket bucket);

  const Event* read_ = nullptr;  // next in sorted_
  const Event* end_ = nullptr;   // of sorted_
  std::size_t size_ = 0;
  std::int64_t current_ = -1;  // near bucket being read
  std::int64_t near_end_ = 0;  // first near bucket beyond the near ring; multiple of kNearPerFar
  Ring near_;
  std::vector<Event> late_;    // min-heap: pushed into the bucket being read
  Event late_one_;             // the one of them popped last
  std::vector<Event> sorted_;  // the bucket being read
  std::int64_t far_end_ = 0;   // first far bucket beyond the far ring
  Ring far_;
  std::vector<Event> beyond_;        // min-heap by the total order
  std::vector<MemoryBlock> blocks_;  // of chunks
  Chunk* free_chunk_ = nullptr;
  Chunk* fresh_chunk_ = nullptr;  // chunks from here to the end of the last block were never used
  std::size_t fresh_left_ = 0;
  std::vector<std::uint32_t> sub_counts_;
};

}  // namespace hearsay::engine
