#pragma once

namespace hearsay {

/// Asks for the cache line of `address`. Any address will do; nothing is read.
[[gnu::always_inline]] inline void prefetch(const void* address) {
#if defined(__x86_64__)
  // Not __builtin_prefetch: GCC takes a function that only prefetches for one without effect and drops its calls.
  asm volatile("prefetcht0 (%0)" : : "r"(address));
#else
  __builtin_prefetch(address);
#endif
}

}  // namespace hearsay
