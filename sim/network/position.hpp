#pragma once

// A node's point in the unit square: one for the geometric topology and the euclidean latency, so that near
// nodes are both linked and quick to reach.

#include <cstdint>

#include "sim/core/random.hpp"

namespace hearsay::network {

struct Position {
  double x = 0;  ///< in [0, 1)
  double y = 0;
};

inline Position position_of(std::uint64_t seed, std::uint32_t node) {
  KeyedDraws draws(seed, Stream::kPosition, node);
  const double x = draws.uniform();
  return {x, draws.uniform()};
}

}  // namespace hearsay::network
