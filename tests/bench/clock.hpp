#pragma once

#include <cstdint>
#include <ctime>

namespace hearsay::bench {

/// Time on the processor, which other work on the machine disturbs less than the time on the wall.
inline std::uint64_t clock_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace hearsay::bench
