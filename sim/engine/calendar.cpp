#include "sim/engine/calendar.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

#include "sim/core/check.hpp"

namespace hearsay::engine {

Calendar::Calendar() { extend_horizons(); }

Event* Calendar::add_chunk(Bucket bucket) {
  Chunk* chunk = free_chunk_;
  if (chunk != nullptr) {
    free_chunk_ = chunk->before;
  } else {
    if (fresh_left_ == 0) {
      blocks_.push_back(allocate_block());
      fresh_chunk_ = reinterpret_cast<Chunk*>(blocks_.back().get());
      fresh_left_ = kBlockBytes / sizeof(Chunk);
    }
    chunk = fresh_chunk_++;
    --fresh_left_;
  }
  chunk->before = bucket.next == nullptr ? nullptr : bucket.last_chunk();
  return chunk->events;
}

void Calendar::push_elsewhere(Event event, std::int64_t bucket) {
  if (bucket <= current_) {
    late_.push_back(event);
    std::push_heap(late_.begin(), late_.end(), std::greater<>());
    return;
  }
  const std::int64_t far = event.time_ns >> kFarShift;
  if (far < far_end_) {
    append(far_, static_cast<std::size_t>(far) & kRingMask, event);
    return;
  }
  beyond_.push_back(event);
  std::push_heap(beyond_.begin(), beyond_.end(), std::greater<>());
}

// The bucket being read is at its end, or events came late to it.
const Event* Calendar::pop_elsewhere(std::int64_t last) {
  if (size_ == 0) return nullptr;
  if (late_.empty()) {
    advance();
    return pop(last);
  }
  if (read_ != end_ && *read_ < late_.front()) {
    if (read_->time_ns > last) return nullptr;
    --size_;
    return read_++;
  }
  if (late_.front().time_ns > last) return nullptr;
  std::pop_heap(late_.begin(), late_.end(), std::greater<>());
  late_one_ = late_.back();
  late_.pop_back();
  --size_;
  return &late_one_;
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
  std::int64_t next = next_used(near_.used, current_ + 1, near_end_);
  while (next == near_end_) {
    // Nothing near: jump to the far bucket, or to the event beyond, that comes first, and pour it in.
    const std::int64_t far_from = near_end_ / kNearPerFar;
    const std::int64_t far = next_used(far_.used, far_from, far_end_);
    const std::int64_t target = far < far_end_ ? far : beyond_.front().time_ns >> kFarShift;
    current_ = target * kNearPerFar - 1;
    near_end_ = target * kNearPerFar;
    extend_horizons();
    next = next_used(near_.used, current_ + 1, near_end_);
  }
  current_ = next;
  sort_bucket(detach(near_, static_cast<std::size_t>(current_) & kRingMask));
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
    if (far < far_end_ && far_.buckets[slot].next != nullptr) {
      const Bucket bucket = detach(far_, slot);
      for_each(bucket, [this](const Event& event) {
        append(near_, static_cast<std::size_t>(event.time_ns >> kNearShift) & kRingMask, event);
      });
      recycle(bucket);
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

Calendar::Bucket Calendar::detach(Ring& ring, std::size_t slot) {
  ring.used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  return std::exchange(ring.buckets[slot], Bucket{});
}

template <class Visit>
void Calendar::for_each(Bucket bucket, Visit visit) {
  const Event* end = bucket.next;
  for (Chunk* chunk = bucket.last_chunk(); chunk != nullptr; chunk = chunk->before) {
    for (const Event* event = chunk->events; event != end; ++event) visit(*event);
    if (chunk->before != nullptr) end = chunk->before->events + kChunkEvents;
  }
}

void Calendar::recycle(Bucket bucket) {
  Chunk* const last = bucket.last_chunk();
  Chunk* first = last;
  while (first->before != nullptr) first = first->before;
  first->before = free_chunk_;
  free_chunk_ = last;
}

void Calendar::sort_bucket(Bucket bucket) {
  std::size_t n = 0;
  for (const Chunk* chunk = bucket.last_chunk(); chunk != nullptr; chunk = chunk->before) n += kChunkEvents;
  n -= static_cast<std::size_t>(bucket.last_chunk()->events + kChunkEvents - bucket.next);
  sorted_.resize(n);
  constexpr std::size_t kSmall = 24;
  if (n <= kSmall) {
    std::size_t out = 0;
    for_each(bucket, [&](const Event& event) { sorted_[out++] = event; });
    std::sort(sorted_.begin(), sorted_.end());
  } else {
    spread_and_sort(bucket);
  }
  recycle(bucket);
  read_ = sorted_.data();
  end_ = read_ + n;
}

// Spreads over sub-buckets of about eight events by time (counting sort), then sorts each.
void Calendar::spread_and_sort(Bucket bucket) {
  const int bits = std::min(static_cast<int>(std::bit_width(sorted_.size() / 8)), 14);
  const int shift = kNearShift - bits;
  const auto sub_of = [shift, bits](const Event& event) {
    return static_cast<std::size_t>(event.time_ns >> shift) & ((std::size_t{1} << bits) - 1);
  };
  sub_counts_.assign((std::size_t{1} << bits) + 1, 0);
  for_each(bucket, [&](const Event& event) { ++sub_counts_[sub_of(event) + 1]; });
  for (std::size_t i = 1; i < sub_counts_.size(); ++i) sub_counts_[i] += sub_counts_[i - 1];
  for_each(bucket, [&](const Event& event) { sorted_[sub_counts_[sub_of(event)]++] = event; });
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i + 1 < sub_counts_.size(); ++i) {
    const std::uint32_t end = sub_counts_[i];  // after the spread, entry i is the end of sub-bucket i
    if (end - begin > 1) std::sort(sorted_.begin() + begin, sorted_.begin() + end);
    begin = end;
  }
}

std::size_t Calendar::memory_bytes() const {
  return blocks_.size() * kBlockBytes + (sorted_.capacity() + late_.capacity() + beyond_.capacity()) * sizeof(Event) +
         2 * kRing * sizeof(Bucket);
}

}  // namespace hearsay::engine
