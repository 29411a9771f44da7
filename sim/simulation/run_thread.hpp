#pragma once

// What one thread of a run has for itself: its calendar, its counts, its clock. The parts of the kernel (transmission,
// lifecycle, ...) work on it; the protocol's side is behind NodeSide.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/chain/history.hpp"
#include "sim/core/piece.hpp"
#include "sim/engine/calendar.hpp"
#include "sim/engine/loop.hpp"
#include "sim/metrics/tally.hpp"
#include "sim/network/faults/timeline.hpp"
#include "sim/network/wire.hpp"
#include "sim/protocol/connections.hpp"
#include "sim/simulation/lanes.hpp"
#include "sim/simulation/payloads.hpp"
#include "sim/simulation/trace.hpp"
#include "sim/simulation/world.hpp"

namespace hearsay::simulation {

/// What the kernel cannot do without knowing the protocol. All of it is rare.
class NodeSide {
 public:
  virtual ~NodeSide() = default;
  /// A node comes up: calls on_start, or on_restart if it was up before, with a new state if it lost the old one.
  virtual void start(const engine::Event& event, bool first, bool lost_state) = 0;
  virtual void went_down(NodeId node) = 0;
  /// An end of a connection of the event's target is up or down.
  virtual void peer_up(const engine::Event& event, NodeId peer) = 0;
  virtual void peer_down(const engine::Event& event, NodeId peer, protocol::PeerDown why, bool was_up) = 0;
  /// Whether a connection that `from` asks for is answered with a yes.
  virtual bool accepts(NodeId self, NodeId from, std::uint8_t purpose) = 0;
  /// Kind of the protocol's message in a record, and what it carries of items, whole ones as single pieces; until the
  /// next call.
  virtual std::size_t message_kind(std::uint32_t slot) const = 0;
  virtual std::span<const Piece> carried(std::uint32_t slot) = 0;
  /// In which the handles of the node's tracked sends have their slots.
  virtual protocol::TimerTable& timer_table(NodeId node) = 0;
};

/// What of a trace record is not who, when and what.
struct TraceDetail {
  std::string_view message_kind{};
  std::int64_t item = -1;
  std::uint64_t bytes = 0;
  std::uint32_t sequence = 0;
  std::string_view text{};
  std::span<const Piece> carried{};
};

struct RunThread {
  /// References must outlive it.
  RunThread(World& w, std::vector<Lane>& all_lanes, const LanePlan& lane_plan, const RunOptions& options);

  World& world;
  NodeState* const states;  ///< the world's
  std::vector<Lane>& lanes;
  const LanePlan& plan;
  engine::Calendar calendar;
  metrics::Tally tally;
  chain::HeadMoves head_moves;
  network::FaultTally fault_tally;
  network::WireUse wire_use;
  TraceSink* trace;
  const bool awaits_items_only;  ///< until = "covered"

  SimTime now;
  std::uint64_t events = 0;
  // Changes that this thread made; their sums over all threads are what is meant.
  std::int64_t in_flight = 0;
  std::int64_t bytes_in_flight = 0;
  /// Of in_flight: what the end of the run does not wait for. The membership's messages, and with until = "covered"
  /// those that carry no item.
  std::int64_t unawaited_in_flight = 0;
  std::int64_t publications_left = 0;
  std::int64_t starts_left = 0;  ///< nodes that are up from the start and whose on_start is still to come

  Lane& lane_of(NodeId node) {
    if (lanes.size() == 1) return lanes[0];
    return lane_among_several(node);
  }
  Lane& lane_among_several(NodeId node) { return lanes[plan.division.lane_of(static_cast<std::int32_t>(node))]; }
  std::uint32_t next_sequence(NodeId node) { return states[index(node)].sequence++; }
  /// A handler of this node is called: the key of the event enters the node's digest.
  void digest_key(const engine::Event& event, NodeId node) {
    states[index(node)].digest.add(
        Digest::mix(static_cast<std::uint64_t>(event.time_ns),
                    (static_cast<std::uint64_t>(static_cast<std::uint32_t>(event.target)) << 32) |
                        static_cast<std::uint32_t>(event.source)) ^
        Digest::mix(event.sequence, static_cast<std::uint64_t>(event.kind)));
  }
  void note(TraceEvent what, NodeId node, NodeId peer, const TraceDetail& detail = {}) const;
};

/// An event that a node causes at a node.
engine::Event node_event(SimTime time, NodeId target, NodeId source, std::uint32_t sequence, engine::EventKind kind,
                         engine::Step step, std::uint32_t payload);

inline NodeId target_of(const engine::Event& event) { return NodeId{static_cast<std::uint32_t>(event.target)}; }
inline NodeId source_of(const engine::Event& event) { return NodeId{static_cast<std::uint32_t>(event.source)}; }

}  // namespace hearsay::simulation
