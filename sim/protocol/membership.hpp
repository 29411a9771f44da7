#pragma once

// A membership decides who is connected to whom while a run lasts. It is a protocol that delivers nothing, under every
// other one: a class that meets the Protocol concept, calls connect() and disconnect(), and offers
//
//   static constexpr TopologyUse kTopology;
//   void known(std::vector<NodeId>& out) const   appends the nodes that this node knows, connected or not
//   optional: static constexpr bool kFullMesh, kRepairsOnly (sim/simulation/registry.hpp)
//   optional, of Params: Duration list_delay() const, double expected_messages(double nodes, double seconds) const,
//       double expected_view(double nodes) const
//
// Its messages go by the transport of the scenario and count like any others; its draws, timers and counters are its
// own. It hears of every connection before the protocol does. It says when it learns of a node or forgets one
// (Context::learned, forgot), for join_known_s.

#include <cstdint>

namespace hearsay::protocol {

/// What a membership does with the topology.
enum class TopologyUse : std::uint8_t {
  kPeers,      ///< its links are the connections
  kNone,       ///< there must be none
  kBootstrap,  ///< it begins with the links among the nodes that are up from the start
};

}  // namespace hearsay::protocol
