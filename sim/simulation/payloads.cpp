#include "sim/simulation/payloads.hpp"

#include <functional>

namespace hearsay::simulation {

std::uint32_t PayloadStore::add_record() {
  if (fresh_left_ == 0) {
    fresh_ = space_.add_block();
    firsts_.push_back(fresh_);
    fresh_left_ = 1u << space_.block_bits();
  }
  --fresh_left_;
  construct(space_.address(fresh_));
  return mark_ | fresh_++;
}

void PayloadStore::free_after(std::uint32_t slot, SimTime last) {
  const std::int64_t step = last.ns >> kStep;
  if (step < freed_to_ + kSteps) [[likely]] {
    if (ending_.empty()) ending_.resize(static_cast<std::size_t>(kSteps));
    ending_[static_cast<std::size_t>(std::max(step, freed_to_) % kSteps)].push_back(slot);
    return;
  }
  beyond_.emplace_back(step, slot);
  std::push_heap(beyond_.begin(), beyond_.end(), std::greater<>());
}

void PayloadStore::free_before(SimTime now) {
  const std::int64_t step = now.ns >> kStep;  // this one is not over
  if (step <= freed_to_) return;
  if (!ending_.empty()) {
    for (std::int64_t s = freed_to_; s < std::min(step, freed_to_ + kSteps); ++s) {
      auto& slots = ending_[static_cast<std::size_t>(s % kSteps)];
      for (const std::uint32_t slot : slots) recycle(slot);
      slots.clear();
    }
  }
  freed_to_ = step;
  while (!beyond_.empty() && beyond_.front().first < step + kSteps) {
    std::pop_heap(beyond_.begin(), beyond_.end(), std::greater<>());
    const auto [last, slot] = beyond_.back();
    beyond_.pop_back();
    if (last < step)
      recycle(slot);
    else
      free_after(slot, SimTime{last << kStep});
  }
}

}  // namespace hearsay::simulation
