#include "sim/engine/calendar.hpp"

#include <algorithm>
#include <bit>
#include <functional>

#include "sim/core/check.hpp"

namespace hearsay::engine {

Calendar::Calendar() : near_(kRing), far_(kRing) { extend_horizons(); }

void Calendar::add_chunk(Bucket& bucket) {
  std::uint32_t c = free_chunk_;
  if (c != kNone) {
    free_chunk_ = next_chunk_[c];
  } else {
    c = fresh_chunk_++;
    if (c / kChunksPerBlock == blocks_.size()) {
      blocks_.push_back(allocate_block());
      next_chunk_.resize(blocks_.size() * kChunksPerBlock);
    }
  }
  next_chunk_[c] = bucket.head;
  bucket.head = c;
}

void Calendar::push_elsewhere(Event event, std::int64_t bucket) {
  if (bucket <= current_) {
    late_.push_back(event);
    std::push_heap(late_.begin(), late_.end(), std::greater<>());
    return;
  }
  const std::int64_t far = event.time_ns >> kFarShift;
  if (far < far_end_) {
    append(far_[static_cast<std::size_t>(far) & kRingMask], event);
    mark(far_used_, static_cast<std::size_t>(far) & kRingMask);
    return;
  }
  beyond_.push_back(event);
  std::push_heap(beyond_.begin(), beyond_.end(), std::greater<>());
}

Event Calendar::pop() {
  const Event& next = top();
  const Event event = next;
  if (!late_.empty() && &next == &late_.front()) {
    std::pop_heap(late_.begin(), late_.end(), std::greater<>());
    late_.pop_back();
  } else {
    ++read_;
  }
  --size_;
  return event;
}

std::int64_t Calendar::next_used(const Bitmap& map, std::int64_t from, std::int64_t end) {
  for (std::int64_t i = from; i < end;) {
    const auto slot = static_cast<std::size_t>(i) & kRingMask;
    const std::uint64_t word = map[slot / 64] >> (slot % 64);
    if (word != 0) {
      const std::int64_t found = i + std::countr_zero(word);
      return found < end ? found : end;
    }
    i += 64 - static_cast<std::int64_t>(slot % 64);
  }
  return end;
}

void Calendar::advance() {
  HEARSAY_CHECK(size_ > 0, "an empty calendar has no next event");
  std::int64_t next = next_used(near_used_, current_ + 1, near_end_);
  while (next == near_end_) {
    // Nothing near: jump to the far bucket, or to the event beyond, that comes first, and pour it in.
    const std::int64_t far_from = near_end_ / kNearPerFar;
    const std::int64_t far = next_used(far_used_, far_from, far_end_);
    const std::int64_t target = far < far_end_ ? far : beyond_.front().time_ns >> kFarShift;
    current_ = target * kNearPerFar - 1;
    near_end_ = target * kNearPerFar;
    extend_horizons();
    next = next_used(near_used_, current_ + 1, near_end_);
  }
  current_ = next;
  const auto slot = static_cast<std::size_t>(current_) & kRingMask;
  sort_bucket(near_[slot]);
  clear(near_used_, slot);
  extend_horizons();
}

// Keeps near_end_ within one ring of current_ and far_end_ within one ring of near_end_, pouring what the
// horizons pass over into the finer structure.
void Calendar::extend_horizons() {
  while (near_end_ + kNearPerFar - (current_ + 1) <= static_cast<std::int64_t>(kRing)) {
    const std::int64_t far = near_end_ / kNearPerFar;
    far_end_ = std::max(far_end_, far);
    near_end_ += kNearPerFar;
    const auto slot = static_cast<std::size_t>(far) & kRingMask;
    if (far < far_end_ && far_[slot].count > 0) {
      drain(far_[slot], [this](const Event& event) {
        const auto near_slot = static_cast<std::size_t>(event.time_ns >> kNearShift) & kRingMask;
        append(near_[near_slot], event);
        mark(near_used_, near_slot);
      });
      clear(far_used_, slot);
    }
  }
  const std::int64_t far_limit = near_end_ / kNearPerFar + static_cast<std::int64_t>(kRing);
  if (far_limit <= far_end_) return;
  far_end_ = far_limit;
  while (!beyond_.empty() && (beyond_.front().time_ns >> kFarShift) < far_end_) {
    std::pop_heap(beyond_.begin(), beyond_.end(), std::greater<>());
    const Event event = beyond_.back();
    beyond_.pop_back();
    --size_;
    push(event);
  }
}

template <class Visit>
void Calendar::drain(Bucket& bucket, Visit visit) {
  // Detach before visiting: a visit may take chunks for another bucket.
  std::uint32_t c = bucket.head;
  std::uint32_t fill = (bucket.count - 1) % kChunkEvents + 1;
  bucket = Bucket{};
  while (c != kNone) {
    const Event* events = chunk(c);
    for (std::uint32_t i = 0; i < fill; ++i) visit(events[i]);
    fill = kChunkEvents;
    const std::uint32_t next = next_chunk_[c];
    next_chunk_[c] = free_chunk_;
    free_chunk_ = c;
    c = next;
  }
}

void Calendar::sort_bucket(Bucket& bucket) {
  const std::uint32_t n = bucket.count;
  sorted_.resize(n);
  read_ = 0;
  constexpr std::uint32_t kSmall = 24;
  if (n <= kSmall) {
    std::size_t out = 0;
    drain(bucket, [&](const Event& event) { sorted_[out++] = event; });
    std::sort(sorted_.begin(), sorted_.end());
    return;
  }
  // Spread over sub-buckets of about eight events by time (counting sort), then sort each.
  const int bits = std::min(static_cast<int>(std::bit_width(n / 8)), 14);
  const int shift = kNearShift - bits;
  const auto sub_of = [shift, bits](const Event& event) {
    return static_cast<std::size_t>(event.time_ns >> shift) & ((std::size_t{1} << bits) - 1);
  };
  sub_counts_.assign((std::size_t{1} << bits) + 1, 0);
  std::uint32_t fill = (n - 1) % kChunkEvents + 1;
  for (std::uint32_t c = bucket.head; c != kNone; c = next_chunk_[c], fill = kChunkEvents) {
    const Event* events = chunk(c);
    for (std::uint32_t i = 0; i < fill; ++i) ++sub_counts_[sub_of(events[i]) + 1];
  }
  for (std::size_t i = 1; i < sub_counts_.size(); ++i) sub_counts_[i] += sub_counts_[i - 1];
  drain(bucket, [&](const Event& event) { sorted_[sub_counts_[sub_of(event)]++] = event; });
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i + 1 < sub_counts_.size(); ++i) {
    const std::uint32_t end = sub_counts_[i];  // after the spread, entry i is the end of sub-bucket i
    if (end - begin > 1) std::sort(sorted_.begin() + begin, sorted_.begin() + end);
    begin = end;
  }
}

std::size_t Calendar::memory_bytes() const {
  return blocks_.size() * kChunksPerBlock * (kChunkEvents * sizeof(Event) + sizeof(std::uint32_t)) +
         (sorted_.capacity() + late_.capacity() + beyond_.capacity()) * sizeof(Event) + 2 * kRing * sizeof(Bucket);
}

}  // namespace hearsay::engine
