#include "sim/simulation/reliable_transfers.hpp"

#include <new>

namespace hearsay::simulation {

std::uint32_t TransferPool::create() {
  std::uint32_t slot = 0;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (fresh_left_ == 0) {
      fresh_ = space_.add_block();
      fresh_left_ = 1u << space_.block_bits();
    }
    --fresh_left_;
    slot = fresh_++;
  }
  new (space_.address(slot)) Transfer();
  return slot;
}

}  // namespace hearsay::simulation
