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

#include "sim/chain/block_tree.hpp"
#include "sim/core/digest.hpp"
#include "sim/engine/event.hpp"
#include "sim/metrics/recorder.hpp"
#include "sim/network/faults/timeline.hpp"
#include "sim/network/latency.hpp"
#include "sim/network/loss.hpp"
#include "sim/network/nodes.hpp"
#include "sim/network/overlay.hpp"
#include "sim/network/topology.hpp"
#include "sim/network/wire.hpp"
#include "sim/protocol/context.hpp"
#include "sim/simulation/connection_ends.hpp"
#include "sim/simulation/cores.hpp"
#include "sim/simulation/outbox_lists.hpp"
#include "sim/simulation/part.hpp"
#include "sim/simulation/payloads.hpp"
#include "sim/simulation/public_list.hpp"
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

/// A topology was drawn that the scenario does not allow.
struct UnfitTopology {
  std::string message;
};

class World final : public protocol::NetworkView {
 public:
  /// Throws UnfitTopology if the draw is disconnected and the scenario does not allow it, or gives a node more peers
  /// than its inbound cap. The kinds of the membership's messages come after `protocol_kinds`, the protocol's.
  /// `protocol_connects`: it makes connections of its own.
  World(const RunSpec& spec, const RunOptions& options, const std::vector<std::string>& protocol_kinds,
        bool protocol_connects = false);

  std::span<const NodeId> peers(NodeId node) const override { return overlay.peers(node); }
  Duration link_latency(NodeId a, NodeId b) const override { return overlay.latency(a, b); }
  bool connected(NodeId node, NodeId peer) const override { return overlay.connected(node, peer); }
  std::span<const NodeId> topology_peers(NodeId node) const override { return overlay.base_peers(node); }
  void known(NodeId node, std::vector<NodeId>& out) const override;
  SimTime enlisted(NodeId node, SimTime as_of) const override { return public_list.enlisted(node, as_of); }
  Duration reconnect_delay() const override { return spec.network.reconnect_delay; }
  Duration uplink_backlog(NodeId node, SimTime now) const override;

  /// Of the message `sequence` from a to b: its own where each draws one, else the link's.
  Duration message_latency(NodeId a, NodeId b, std::uint32_t sequence) const {
    return latency.per_message() ? latency.message(a, b, sequence) : overlay.latency(a, b);
  }

  bool up(NodeId node) const { return states[index(node)].holds == 0; }
  bool nodes_can_crash() const { return !session_ends.empty(); }
  /// The ends that a node holds are gone when it goes down, and the other ends may learn of it.
  bool ends_die() const { return !spec.static_peers() || spec.network.keep_alive.ns > 0; }
  bool reliable() const { return spec.network.transport == network::Transport::kReliable; }

  /// Of the topology and the positions: the run's own unless all replications share one.
  std::uint64_t topology_seed() const;

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
  std::optional<chain::BlockTree> tree;  ///< of the blocks; none where nobody mines
  metrics::LabelNames labels;
  std::vector<protocol::ItemInfo> item_infos;
  std::vector<std::string> kinds;      ///< of messages, the protocol's, then the membership's
  std::vector<Duration> kind_latency;  ///< extra, by kind
  bool has_joiners;                    ///< some node joins late
  bool always_up;                      ///< no node crashes or joins
  std::vector<SimTime> up_since;       ///< by node: when it came up last; empty if always_up
  metrics::Recorder recorder;
  std::vector<NodeState> states;
  std::vector<std::optional<network::Sessions>> sessions;  ///< by fault; empty where nodes do not go down one by one
  /// By fault and node, where there are sessions: when the session ends that is under way, or will be once the fault
  /// begins; kNever: no end within fault and run. Empty where no node can crash.
  std::vector<std::vector<SimTime>> session_ends;
  ConnectionEnds ends;
  PublicList public_list;
  std::vector<OutboxNode> outboxes;       ///< empty unless the protocol asks for them
  PayloadSpace transfers;                 ///< of the reliable transport
  std::unique_ptr<PartNodes> membership;  ///< null where it has nothing to do; made with the run's lanes
  std::size_t edge_count = 0;
};

/// An event of the environment's: of a node, or of the whole world (target -1).
engine::Event environment_event(SimTime time, std::int64_t target, engine::EventKind kind, std::uint32_t sequence,
                                std::uint32_t payload);

}  // namespace hearsay::simulation
