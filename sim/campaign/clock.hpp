#pragma once

// The wall clock, for what is measured about a run and never part of it.

#include <chrono>
#include <cstdint>

namespace hearsay::campaign {

inline std::uint64_t monotonic_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

}  // namespace hearsay::campaign
