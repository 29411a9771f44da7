#pragma once

// Large blocks on huge pages: the simulator's arrays are read at random, and a miss of the address translation
// costs as much as one of the cache. Where the system does not offer them nothing happens.

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace hearsay {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

struct FreeBlock {
  void operator()(void* block) const { std::free(block); }
};
using RawBlock = std::unique_ptr<std::byte, FreeBlock>;

/// Uninitialised memory of a multiple of 2 MB, aligned to it; untouched pages cost nothing. `huge` asks for huge
/// pages, which are faulted in whole: not for the first block of a small run.
inline RawBlock allocate_block(std::size_t bytes, bool huge) {
  auto* block = static_cast<std::byte*>(std::aligned_alloc(kHugePage, bytes));
  if (block == nullptr) throw std::bad_alloc();
#if defined(__linux__)
  if (huge) madvise(block, bytes, MADV_HUGEPAGE);
#endif
  return RawBlock(block);
}

/// Asks for huge pages under a large array that was not touched yet.
inline void advise_huge([[maybe_unused]] const void* data, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
  if (bytes < 2 * kHugePage) return;
  const auto begin = (reinterpret_cast<std::size_t>(data) + kHugePage - 1) / kHugePage * kHugePage;
  const auto end = (reinterpret_cast<std::size_t>(data) + bytes) / kHugePage * kHugePage;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

/// Room for `n` elements on huge pages, before the first of them is written.
template <class Vector>
void reserve_huge(Vector& vector, std::size_t n) {
  vector.reserve(n);
  advise_huge(vector.data(), n * sizeof(typename Vector::value_type));
}

}  // namespace hearsay
