#pragma once

// Samples over time and the figures that a run makes of them: what nodes hold (sim/protocol/statistics.hpp), and whom
// they have heard from.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/statistics.hpp"

namespace hearsay::simulation {

/// Who has been heard from lately.
class Contacts {
 public:
  Contacts(std::uint32_t nodes, Duration window) : last_(nodes), window_(window) {}
  void heard(NodeId node, NodeId from, SimTime now);
  void forget(NodeId node) { last_[index(node)].clear(); }
  /// How many of `peers` the node heard from in [now - window, now]. What is older is dropped.
  std::size_t active(NodeId node, std::span<const NodeId> peers, SimTime now);

 private:
  std::vector<std::vector<std::pair<NodeId, SimTime>>> last_;  // by node; sorted by sender
  Duration window_;
};

/// Means over the nodes of a sample, and the figures of a run over its samples.
class StateFigures {
 public:
  static constexpr std::size_t kColumns = 5;
  static std::vector<std::string> columns() {
    return {"items_held", "ids_seen", "peers", "active_peers", "state_bytes"};
  }

  void add(const protocol::NodeStatistics& node, std::size_t peers, std::size_t active);
  /// Ends a sample: the means, in the order of columns(); NaN where no node was added.
  std::array<double, kColumns> take();
  /// state_bytes_mean and state_bytes_max; null if no node was ever added.
  std::vector<std::pair<std::string, std::optional<double>>> metrics() const;

 private:
  std::array<double, kColumns> sums_{};
  std::uint64_t nodes_ = 0;
  double means_ = 0;  // of the samples' mean state_bytes
  std::uint64_t samples_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace hearsay::simulation
