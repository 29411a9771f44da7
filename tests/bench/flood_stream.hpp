#pragma once

// The event stream of a flood, without the simulator: what the bare calendar is driven with, to compare the kernel
// with.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/event.hpp"

namespace hearsay::bench {

/// The pushes of a flood of 10 items of 1 kB, in order, and how many follow each pop.
struct FloodStream {
  std::vector<engine::Event> pushes;
  std::vector<std::uint8_t> after_pop;
  std::size_t at_start = 0;
};

/// On a random 8-regular graph with the links and uplinks of the flood benchmarks.
FloodStream flood_stream(std::uint32_t nodes);

/// Drives a calendar with it; returns the digest of the times.
std::uint64_t replay(const FloodStream& stream);

}  // namespace hearsay::bench
