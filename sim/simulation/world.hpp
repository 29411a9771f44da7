#pragma once

// All of a run that does not depend on the protocol: the network, the schedule, the faults, the recorder, and the state
// of the nodes as far as it is not the protocol's.
//
// Several threads may run one world (lanes.hpp). Then what belongs to a node is changed by whoever runs that node, and
// by nobody else; the rest does not change while a window runs.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/digest.hpp"
#include "sim/engine/event.hpp"
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
#include "sim/simulation/cores.hpp"
#include "sim/simulation/run_spec.hpp"
#include "sim/workload/spec.hpp"

namespace hearsay::simulation {

struct NodeState {
  Digest digest;               ///< of its handler calls and deliveries, in their order
  std::uint32_t sequence = 0;  ///< over sends and timers, in call order
  std::uint16_t holds = 1;     ///< reasons why it is down; 0: up
  bool started = false;
  bool lost_state = false;  ///< since it went down
};

/// A topology came out disconnected.
struct DisconnectedTopology {
  std::vector<std::uint32_t> component_sizes;
  std::string message() const;
};

class World final : public protocol::NetworkView {
 public:
  /// Throws DisconnectedTopology if the draw is disconnected and the scenario does not allow it. The kinds of the
  /// membership's messages come after `protocol_kinds`, the protocol's.
  World(const RunSpec& spec, const RunOptions& options, const std::vector<std::string>& protocol_kinds);

  std::span<const NodeId> peers(NodeId node) const override { return overlay.peers(node); }
  Duration link_latency(NodeId a, NodeId b) const override { return overlay.latency(a, b); }

  bool up(NodeId node) const { return states[index(node)].holds == 0; }
  bool nodes_can_crash() const { return !session_ends.empty(); }
  bool reliable() const { return spec.network.transport == network::Transport::kReliable; }

  /// When a node that is up now will go down next; kNever: not that is known. Faults ask nobody, so it is certain.
  SimTime next_crash(NodeId node, SimTime now) const;

  /// A fault takes the node down at `at` together with others, not the end of its own session.
  bool crash_of_many(NodeId node, SimTime at) const;

  /// Of everything that handlers did, whoever ran them.
  std::uint64_t digest() const;

  /// The simulator's memory for the nodes, their connections and what they know of each other, in bytes.
  std::size_t memory_of_nodes() const;

  const RunSpec& spec;
  std::vector<network::NodeAttributes> attributes;
  network::Graph graph;  ///< emptied once the overlay is made
  network::LatencyModel latency;
  network::Overlay overlay;
  const network::FaultTimeline faults;
  const network::LossModel loss;
  network::Wire wire;
  Cores cores;
  workload::Schedule schedule;
  metrics::LabelNames labels;
  std::vector<protocol::ItemInfo> item_infos;
  std::vector<std::string> kinds;      ///< of messages, the protocol's, then the membership's
  std::vector<Duration> kind_latency;  ///< extra, by kind
  bool always_up;                      ///< no node crashes or joins
  metrics::Recorder recorder;
  std::vector<NodeState> states;
  std::vector<std::unique_ptr<network::Churn>> churns;  ///< by fault; null where it is no churn
  /// By fault and node, where it is churn: when the session ends that is under way, or will be once the fault begins;
  /// kNever: no end within fault and run. Empty where no node can crash.
  std::vector<std::vector<SimTime>> session_ends;
  std::unique_ptr<membership::Membership> membership;  ///< null where it is static
  std::size_t edge_count = 0;
};

/// An event of the environment's: of a node, or of the whole world (target -1).
engine::Event environment_event(SimTime time, std::int64_t target, engine::EventKind kind, std::uint32_t sequence,
                                std::uint32_t payload);

}  // namespace hearsay::simulation
