#include "sim/protocol/seen_set.hpp"

#include <bit>

namespace hearsay::protocol {

void SeenSet::sweep(SimTime now, const SeenLimits& limits) {
  if (!limits.ttl) return;
  auto& oldest = limited_->oldest;
  while (!oldest.empty() && oldest.front().first + *limits.ttl <= now) {
    limited_->since.erase(oldest.front().second);
    oldest.pop_front();
  }
}

bool SeenSet::insert_limited(ItemId item, SimTime now, const SeenLimits& limits) {
  if (!limited_) limited_ = std::make_unique<Limited>();
  sweep(now, limits);
  if (!limited_->since.try_emplace(item, now).second) return false;
  limited_->oldest.emplace_back(now, item);
  if (limits.capacity && limited_->oldest.size() > *limits.capacity) {
    limited_->since.erase(limited_->oldest.front().second);
    limited_->oldest.pop_front();
  }
  return true;
}

bool SeenSet::contains(ItemId item, SimTime now, const SeenLimits& limits) {
  if (!limits.unlimited()) {
    if (!limited_) return false;
    sweep(now, limits);
    return limited_->since.contains(item);
  }
  if (index(item) < 64) return (first_ >> index(item)) & 1;
  const std::size_t at = index(item) / 64 - 1;
  return more_ && at < more_->size() && (((*more_)[at] >> (index(item) % 64)) & 1);
}

std::size_t SeenSet::size() const {
  if (limited_) return limited_->oldest.size();
  std::size_t count = static_cast<std::size_t>(std::popcount(first_));
  if (more_)
    for (const std::uint64_t word : *more_) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

std::size_t SeenSet::memory_bytes() const {
  std::size_t bytes = more_ ? sizeof(*more_) + more_->capacity() * sizeof(std::uint64_t) : 0;
  // A map's node holds a link beside the pair, and each has a bucket.
  if (limited_)
    bytes += sizeof(Limited) + limited_->oldest.size() * (sizeof(std::pair<SimTime, ItemId>) +
                                                          sizeof(std::pair<ItemId, SimTime>) + 2 * sizeof(void*));
  return bytes;
}

}  // namespace hearsay::protocol
