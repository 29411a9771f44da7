#include "sim/core/freed_memory.hpp"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace hearsay {

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kLargestOnTheHeap = 32 << 20;  // glibc's own limit; what is larger is mapped by itself and given back
  mallopt(M_MMAP_THRESHOLD, kLargestOnTheHeap);
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(kMostFreedMemory));
#endif
}

}  // namespace hearsay
