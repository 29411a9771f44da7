#pragma once

// Samples over time and the figures that a run makes of them: the gauges of a protocol (sim/protocol/statistics.hpp),
// and whom its nodes have heard from.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/metrics/figure_metrics.hpp"
#include "sim/protocol/figures.hpp"

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
class GaugeFigures {
 public:
  /// Those of a protocol or part; the ones that are no gauges are left out. `with_peers`: peers and active peers of the
  /// nodes beside them.
  GaugeFigures(std::span<const protocol::Figure* const> figures, bool with_peers);
  /// The names of the gauges, then those of the peers.
  std::vector<std::string> columns() const;

  /// For the next node to write to, and to be given to add().
  protocol::GaugeReadings& blank() {
    readings_.clear();
    return readings_;
  }
  void add(const protocol::GaugeReadings& node, std::size_t peers, std::size_t active);
  /// Ends a sample: the means, in the order of columns(); NaN where no node was added.
  std::vector<double> take();
  /// Adds mean and maximum of each gauge; null if no node was ever added.
  void put_metrics(metrics::NamedValues& metrics) const;

 private:
  struct Gauge {
    double means = 0;  // of the samples, their sum
    double most = 0;
  };
  protocol::GaugeReadings readings_;
  bool with_peers_;
  std::vector<Gauge> gauges_;
  std::vector<double> sums_;  // of the sample under way, by column
  std::uint64_t nodes_ = 0;   // in it
  std::uint64_t samples_ = 0;
};

}  // namespace hearsay::simulation
