#pragma once

#include <sys/resource.h>

namespace hearsay::bench {

/// The most memory this process has held so far, in bytes.
inline double peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

}  // namespace hearsay::bench
