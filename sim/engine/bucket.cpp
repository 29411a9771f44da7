#include "sim/engine/bucket.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace hearsay::engine {

// Two walks over the lists: one counts how many events fall into each part of the time, the next puts them there; then
// each part, of about eight events, is sorted. How many events there are is not known before the first walk, so the
// number of parts follows the bucket before.
void Bucket::load(std::span<EventList* const> lists, int shift, ChunkPool& pool) {
  const int bits = std::min({static_cast<int>(std::bit_width(loaded_ / 8)), 14, shift});
  const int drop = shift - bits;
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  const auto part_of = [drop, mask](const Event& event) {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(event.time_ns) >> drop) & mask);
  };
  counts_.assign((std::size_t{1} << bits) + 1, 0);
  for (const EventList* list : lists) list->for_each([&](const Event& event) { ++counts_[part_of(event) + 1]; });
  for (std::size_t i = 1; i < counts_.size(); ++i) counts_[i] += counts_[i - 1];
  loaded_ = counts_.back();
  if (loaded_ > sorted_.size()) sorted_.resize(loaded_ + loaded_ / 4);
  Event* const out = sorted_.data();
  for (const EventList* list : lists)
    list->for_each([&](const Event& event) { out[counts_[part_of(event)]++] = event; });
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i + 1 < counts_.size(); ++i) {
    const std::uint32_t end = counts_[i];  // after the spread, entry i is the end of part i
    if (end - begin > 1) std::sort(out + begin, out + end);
    begin = end;
  }
  for (EventList* list : lists) list->recycle(pool);
  read_ = out;
  end_ = out + loaded_;
}

void Bucket::push_late(const Event& event) {
  late_.push_back(event);
  std::push_heap(late_.begin(), late_.end(), std::greater<>());
}

const Event* Bucket::pop_slowly(std::int64_t last) {
  if (late_.empty()) return nullptr;
  if (read_ != end_ && *read_ < late_.front()) {
    if (read_->time_ns > last) return nullptr;
    return read_++;
  }
  if (late_.front().time_ns > last) return nullptr;
  std::pop_heap(late_.begin(), late_.end(), std::greater<>());
  late_one_ = late_.back();
  late_.pop_back();
  return &late_one_;
}

}  // namespace hearsay::engine
