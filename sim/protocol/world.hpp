#pragma once

// All of a run that does not depend on the protocol: the network, the schedule, the faults, the recorder,
// and the state of the nodes as far as it is not the protocol's. Simulation<P> drives it.

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/calendar.hpp"
#include "sim/membership/membership.hpp"
#include "sim/metrics/recorder.hpp"
#include "sim/network/churn.hpp"
#include "sim/network/faults.hpp"
#include "sim/network/latency.hpp"
#include "sim/network/loss.hpp"
#include "sim/network/nodes.hpp"
#include "sim/network/overlay.hpp"
#include "sim/network/topology.hpp"
#include "sim/network/wire.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/run_spec.hpp"
#include "sim/workload/spec.hpp"

namespace hearsay::protocol {

/// Transfers that a crash destroys: those whose last bit had not left. Kept only where nodes can crash.
class UplinkBacklog {
 public:
  explicit UplinkBacklog(std::uint32_t nodes) : queued_(nodes), discarded_(nodes) {}
  void add(NodeId from, std::uint32_t sequence, SimTime now, SimTime done);
  void crash(NodeId node, SimTime now);
  /// The message never left its sender.
  bool was_discarded(NodeId from, std::uint32_t sequence) const;

 private:
  struct Transfer {
    std::uint32_t sequence;
    SimTime done;
  };
  std::vector<std::deque<Transfer>> queued_;
  std::vector<std::vector<std::uint32_t>> discarded_;  // ascending sequences
};

struct NodeState {
  std::uint32_t sequence = 0;  ///< over sends and timers, in call order
  std::uint16_t holds = 1;     ///< reasons why it is down; 0: up
  bool started = false;
  bool lost_state = false;  ///< since it went down
};

class World final : public Surroundings {
 public:
  /// Throws DisconnectedTopology if the draw is disconnected and the scenario does not allow it. The kinds of the
  /// membership's messages come after `protocol_kinds`, the protocol's.
  World(const RunSpec& spec, const RunOptions& options, const std::vector<std::string>& protocol_kinds);

  std::span<const NodeId> peers(NodeId node) const override { return overlay.peers(node); }
  Duration link_latency(NodeId a, NodeId b) const override { return overlay.latency(a, b); }

  bool up(NodeId node) const { return states[index(node)].holds == 0; }
  bool nodes_can_crash() const { return backlog != nullptr; }

  /// In the order of membership_columns().
  std::array<double, 2> membership_samples() const;
  static std::vector<std::string> membership_columns() { return {"view_size_mean", "stale_view_share"}; }
  std::vector<std::pair<std::string, std::optional<double>>> membership_metrics() const;

  /// The simulator's memory for the nodes, their connections and what they know of each other, in bytes.
  std::size_t memory_of_nodes() const;

  /// Pushes the starts of the nodes, the publications and the beginnings and ends of faults.
  void push_environment();
  engine::Event environment_event(SimTime time, std::int64_t target, engine::EventKind kind, std::uint32_t sequence,
                                  std::uint32_t payload) const;

  const RunSpec& spec;
  std::vector<network::NodeAttributes> attributes;
  network::Graph graph;  ///< emptied once the overlay is made
  network::LatencyModel latency;
  network::Overlay overlay;
  network::FaultTimeline faults;
  network::LossModel loss;
  network::Wire wire;
  workload::Schedule schedule;
  metrics::LabelNames labels;
  std::vector<ItemInfo> item_infos;
  metrics::Recorder recorder;
  engine::Calendar calendar;
  std::vector<NodeState> states;
  std::unique_ptr<UplinkBacklog> backlog;               ///< null where no node can crash
  std::vector<std::unique_ptr<network::Churn>> churns;  ///< by fault; null where it is no churn
  std::unique_ptr<membership::Membership> membership;   ///< null where it is static
  std::vector<Duration> kind_latency;                   ///< extra, by message kind
  bool always_up;                                       ///< no node crashes or joins
  std::size_t edge_count = 0;
  std::uint64_t publications_left = 0;
  std::uint64_t starts_left = 0;  ///< nodes that are up from the start and whose on_start is still to come
};

/// A topology came out disconnected.
struct DisconnectedTopology {
  std::vector<std::uint32_t> component_sizes;
  std::string message() const;
};

/// Shortest-path delays from `origin` through the links' latencies, in ns; -1: unreachable. Boost.Graph.
std::vector<std::int64_t> dijkstra_bound(const network::Overlay& overlay, NodeId origin);

}  // namespace hearsay::protocol
