#pragma once

// The cores of nodes, for which work waits.
//
// A job takes the core that is free first, at once or as soon as it is, first come, first served: each node is a queue
// with as many servers as it has cores. What a job takes is known when it comes, and nothing takes it back but a crash,
// so when it will be done is known too, and a job is a timer like any other. A crash, which discards timers, empties
// all cores. A node without a limit has a core for each job.
//
// A node's cores belong to whoever runs the node. O(cores) a job; 8 bytes a core and node that has a limit.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/network/nodes.hpp"

namespace hearsay::simulation {

class Cores {
 public:
  explicit Cores(std::span<const network::NodeAttributes> nodes);

  /// From `now` until a job that comes now is done; at least `work`.
  Duration until_done(NodeId node, SimTime now, Duration work) {
    if (nodes_.empty()) [[likely]]
      return work;
    return queue(node, now, work);
  }
  /// A crash.
  void clear(NodeId node, SimTime now);

  /// Offered load over the nodes with a limit: work handed to a node / (its cores x `time`). Over 1 the queue grows.
  struct Utilisation {
    std::optional<double> mean, max;  ///< empty if no node has a limit, or there was no time
  };
  Utilisation utilisation(SimTime time) const;
  std::size_t memory_bytes() const { return nodes_.capacity() * sizeof(Node) + free_.capacity() * sizeof(SimTime); }

 private:
  struct Node {
    std::uint32_t first = 0;  // of its cores, in free_
    std::uint32_t cores = 0;  // 0: unlimited
    Duration offered;
  };
  Duration queue(NodeId node, SimTime now, Duration work);

  std::vector<Node> nodes_;    // empty where none has a limit
  std::vector<SimTime> free_;  // when each core will be free
};

}  // namespace hearsay::simulation
