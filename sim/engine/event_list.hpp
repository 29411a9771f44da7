#pragma once

// Unsorted lists of events in chunks of 1 kB. A list is known by the place of its next event alone, 8 bytes, so that
// there can be very many of them; the chunks come from a pool and go back to a pool, not necessarily the same one.
//
// Append O(1). A pool belongs to one thread; a list to whoever may append to it or take it.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/core/memory_block.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/engine/event.hpp"

namespace hearsay::engine {

inline constexpr std::size_t kChunkBytes = 1024;

/// Aligned to its size; full ones are chained.
struct alignas(kChunkBytes) EventChunk {
  static constexpr std::size_t kEvents = kChunkBytes / sizeof(Event) - 1;
  EventChunk* before;  // filled earlier
  alignas(sizeof(Event)) Event events[kEvents];
};
static_assert(sizeof(EventChunk) == kChunkBytes);

class ChunkPool {
 public:
  EventChunk* take() {
    if (free_ != nullptr) [[likely]]
      return std::exchange(free_, free_->before);
    if (fresh_left_ == 0) {
      blocks_.push_back(allocate_block());
      fresh_ = reinterpret_cast<EventChunk*>(blocks_.back().get());
      fresh_left_ = kBlockBytes / sizeof(EventChunk);
    }
    --fresh_left_;
    return fresh_++;
  }
  /// A chain from `last` back to `first`.
  void give_back(EventChunk* first, EventChunk* last) {
    first->before = free_;
    free_ = last;
  }
  std::size_t memory_bytes() const { return blocks_.size() * kBlockBytes; }

 private:
  std::vector<MemoryBlock> blocks_;
  EventChunk* free_ = nullptr;
  EventChunk* fresh_ = nullptr;  // chunks from here to the end of the last block were never used
  std::size_t fresh_left_ = 0;
};

class EventList {
 public:
  bool empty() const { return next_ == nullptr; }
  /// The next event begins a chunk.
  bool needs_chunk() const { return reinterpret_cast<std::uintptr_t>(next_) % kChunkBytes == 0; }
  /// Where the next event goes; it begins a chunk if the last chunk is full or there is none.
  [[gnu::always_inline]] Event* place(ChunkPool& pool) {
    Event* at = next_;
    if (needs_chunk()) [[unlikely]]
      at = begin_chunk(pool);
    next_ = at + 1;
    return at;
  }
  /// The latest chunk first.
  template <class Visit>
  void for_each(const Visit& visit) const {
    if (empty()) return;
    const Event* end = next_;
    for (const EventChunk* chunk = last_chunk(); chunk != nullptr; chunk = chunk->before) {
      if (chunk->before != nullptr) hearsay::prefetch(chunk->before);
      for (const Event* event = chunk->events; event != end; ++event) visit(*event);
      if (chunk->before != nullptr) end = chunk->before->events + EventChunk::kEvents;
    }
  }
  /// Empties the list.
  void recycle(ChunkPool& pool) {
    if (empty()) return;
    EventChunk* const last = last_chunk();
    EventChunk* first = last;
    while (first->before != nullptr) first = first->before;
    pool.give_back(first, last);
    next_ = nullptr;
  }

 private:
  [[gnu::noinline]] Event* begin_chunk(ChunkPool& pool) {
    EventChunk* const chunk = pool.take();
    chunk->before = next_ == nullptr ? nullptr : last_chunk();
    return chunk->events;
  }
  EventChunk* last_chunk() const {
    auto* const byte = reinterpret_cast<std::byte*>(next_) - 1;
    return reinterpret_cast<EventChunk*>(byte - reinterpret_cast<std::uintptr_t>(byte) % kChunkBytes);
  }
  Event* next_ = nullptr;
};

}  // namespace hearsay::engine
