#pragma once

// Where the threads of a run meet between two windows.

#include <atomic>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hearsay::engine {

class Barrier {
 public:
  explicit Barrier(unsigned threads) : threads_(threads) {}

  /// Waits for all threads; the last to come calls `last()` before they go on. Who waits long sleeps, so that a thread
  /// whose core was taken away gets one.
  template <class Last>
  void meet(const Last& last) {
    const std::uint32_t phase = phase_.load(std::memory_order_relaxed);
    if (waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      last();
      waiting_.store(0, std::memory_order_relaxed);
      phase_.store(phase + 1, std::memory_order_release);
      phase_.notify_all();
      return;
    }
    constexpr int kSpins = 4000;
    for (int i = 0; i < kSpins; ++i) {
      if (phase_.load(std::memory_order_acquire) != phase) return;
#if defined(__x86_64__)
      _mm_pause();
#endif
    }
    while (phase_.load(std::memory_order_acquire) == phase) phase_.wait(phase, std::memory_order_acquire);
  }

 private:
  unsigned threads_;
  alignas(64) std::atomic<std::uint32_t> waiting_{0};
  alignas(64) std::atomic<std::uint32_t> phase_{0};
};

}  // namespace hearsay::engine
