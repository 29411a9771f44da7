#pragma once

// The public list: a service that no node keeps (a tracker, a DNS seed). A node puts itself on it; others read it as it
// was some time ago. Where several threads run, what they put on it is noted by lane, and enters between two windows:
// nobody asks for anything later than a window's begin, as windows are no longer than the list is old.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"

namespace hearsay::simulation {

class PublicList {
 public:
  /// `nodes` = 0: nobody uses it.
  explicit PublicList(std::size_t nodes) : times_(nodes) {}

  /// Times of one node never go back.
  void enlist(NodeId node, SimTime at) { times_[index(node)].push_back(at); }
  /// The last time up to `as_of`; kNever: none.
  SimTime enlisted(NodeId node, SimTime as_of) const {
    const auto& all = times_[index(node)];
    const auto after = std::upper_bound(all.begin(), all.end(), as_of);
    return after == all.begin() ? kNever : *(after - 1);
  }
  std::size_t memory_bytes() const {
    std::size_t bytes = times_.capacity() * sizeof(times_[0]);
    for (const auto& all : times_) bytes += all.capacity() * sizeof(SimTime);
    return bytes;
  }

 private:
  std::vector<std::vector<SimTime>> times_;  // by node, ascending
};

}  // namespace hearsay::simulation
