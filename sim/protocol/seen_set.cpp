#include "sim/protocol/seen_set.hpp"

#include <bit>

namespace hearsay::protocol {

void SeenSet::sweep(SimTime now, const SeenLimits& limits) {
  if (!limits.ttl) return;
  auto& oldest = rest_->limited->oldest;
  while (!oldest.empty() && oldest.front().first + *limits.ttl <= now) {
    rest_->limited->since.erase(oldest.front().second);
    oldest.pop_front();
  }
}

bool SeenSet::insert_limited(ItemId item, SimTime now, const SeenLimits& limits) {
  if (!rest_) rest_ = std::make_unique<Rest>();
  if (!rest_->limited) rest_->limited.emplace();
  sweep(now, limits);
  auto& [since, oldest] = *rest_->limited;
  if (!since.try_emplace(item, now).second) return false;
  oldest.emplace_back(now, item);
  if (limits.capacity && oldest.size() > *limits.capacity) {
    since.erase(oldest.front().second);
    oldest.pop_front();
  }
  return true;
}

bool SeenSet::contains(ItemId item, SimTime now, const SeenLimits& limits) {
  if (!limits.unlimited()) {
    if (!rest_ || !rest_->limited) return false;
    sweep(now, limits);
    return rest_->limited->since.contains(item);
  }
  const std::size_t word = index(item) / 64;
  if (word < floor_) return true;
  if (word == floor_) return (first_ >> (index(item) % 64)) & 1;
  const std::size_t at = word - floor_ - 1;
  return rest_ && at < rest_->words.size() && ((rest_->words[at] >> (index(item) % 64)) & 1);
}

void SeenSet::raise_floor() {
  while (first_ == ~std::uint64_t{0}) {
    ++floor_;
    first_ = 0;
    if (!rest_) return;
    first_ = rest_->words.front();
    rest_->words.pop_front();
    if (rest_->words.empty()) rest_.reset();
  }
}

std::size_t SeenSet::size() const {
  if (rest_ && rest_->limited) return rest_->limited->oldest.size();
  std::size_t count = std::size_t{64} * floor_ + static_cast<std::size_t>(std::popcount(first_));
  if (rest_)
    for (const std::uint64_t word : rest_->words) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

std::size_t SeenSet::memory_bytes() const {
  if (!rest_) return 0;
  // A deque has blocks of 512 bytes and a table of them; a map's node holds a link beside the pair, and each has a
  // bucket.
  std::size_t bytes = sizeof(Rest) + 64 + (rest_->words.size() / 64 + 1) * 512;
  if (rest_->limited)
    bytes += rest_->limited->oldest.size() *
             (sizeof(std::pair<SimTime, ItemId>) + sizeof(std::pair<ItemId, SimTime>) + 2 * sizeof(void*));
  return bytes;
}

}  // namespace hearsay::protocol
