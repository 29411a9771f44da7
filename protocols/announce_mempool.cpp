#include "protocols/announce_mempool.hpp"

#include <algorithm>
#include <functional>

#include "sim/core/check.hpp"

namespace hearsay::protocols::announce {

void Mempool::insert(ItemId id, std::uint64_t bytes, const MempoolLimits& limits, double fee_rate, SimTime now) {
  HEARSAY_CHECK(held_.insert(id), "a mempool holds an item once");
  ++count_;
  bytes_ += bytes;
  if (!limits.by_age() && !limits.by_fee()) return;
  if (!order_) order_ = std::make_unique<Order>();
  if (limits.by_age()) {
    order_->since[id] = now;
    order_->by_age.push_back({now, id});
  }
  if (limits.by_fee()) {
    order_->by_fee.emplace_back(fee_rate, id);
    std::push_heap(order_->by_fee.begin(), order_->by_fee.end(), std::greater<>());
  }
}

bool Mempool::erase(ItemId id, std::uint64_t bytes) {
  if (!held_.erase(id)) return false;
  --count_;
  bytes_ -= bytes;
  if (order_) {
    order_->since.erase(id);
    tidy();
  }
  return true;
}

bool Mempool::is_current(const Aged& aged) const {
  const auto found = order_->since.find(aged.id);
  return found != order_->since.end() && found->second == aged.since;
}

ItemId Mempool::first_to_go(const MempoolLimits& limits) {
  HEARSAY_CHECK(count_ > 0, "nothing is held that could go");
  if (limits.eviction == Eviction::kOldest) return oldest()->id;
  // An item that has gone and come again is named twice, with the same fee rate.
  auto& heap = order_->by_fee;
  while (!held_.contains(heap.front().second)) {
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    heap.pop_back();
  }
  return heap.front().second;
}

std::optional<Mempool::Aged> Mempool::oldest() {
  if (!order_) return std::nullopt;
  auto& queue = order_->by_age;
  while (!queue.empty() && !is_current(queue.front())) queue.pop_front();
  if (queue.empty()) return std::nullopt;
  return queue.front();
}

/// Keeps the lists at most about twice as long as what is held.
void Mempool::tidy() {
  const std::size_t most = 2 * count_ + 64;
  if (order_->by_age.size() > most) std::erase_if(order_->by_age, [&](const Aged& aged) { return !is_current(aged); });
  if (order_->by_fee.size() > most) {
    std::erase_if(order_->by_fee, [&](const auto& entry) { return !held_.contains(entry.second); });
    std::make_heap(order_->by_fee.begin(), order_->by_fee.end(), std::greater<>());
  }
}

std::size_t Mempool::memory_bytes() const {
  if (!order_) return held_.memory_bytes();
  constexpr std::size_t kBucketAndLink = 2 * sizeof(void*);
  return held_.memory_bytes() + sizeof(Order) + order_->by_age.size() * sizeof(Aged) +
         order_->since.size() * (sizeof(std::pair<const ItemId, SimTime>) + kBucketAndLink) +
         order_->by_fee.capacity() * sizeof(std::pair<double, ItemId>);
}

}  // namespace hearsay::protocols::announce
