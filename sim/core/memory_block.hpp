#pragma once

// Uninitialised memory in blocks of 2 MB, for pools whose records never move. Pages that are not touched cost nothing,
// so a small run pays for what it uses. (Asking for huge pages was measured and made a flood of 100,000 nodes slower.)

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace hearsay {

inline constexpr std::size_t kBlockBytes = std::size_t{2} << 20;

struct FreeBlock {
  void operator()(void* block) const { std::free(block); }
};
using MemoryBlock = std::unique_ptr<std::byte, FreeBlock>;

/// kBlockBytes, aligned to a page.
inline MemoryBlock allocate_block() {
  auto* block = static_cast<std::byte*>(std::aligned_alloc(4096, kBlockBytes));
  if (block == nullptr) throw std::bad_alloc();
  return MemoryBlock(block);
}

}  // namespace hearsay
