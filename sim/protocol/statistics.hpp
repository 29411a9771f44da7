#pragma once

// What the nodes of a protocol hold, as figures over time: the optional member
//
//   NodeStatistics statistics(const Params&, const Moment&) const;
//
// of a protocol is asked at the samples of [output] series and once at the end of the run, and costs nothing between.
//
// `state_bytes` is a model: what a node of a real network would keep, whatever the simulator keeps instead. A
// protocol's header gives its formula, made of the sizes below, the same for all so that protocols can be compared.
//
// A peer is active if a message from it has arrived within two intervals: of the protocol's rounds, if it has any
// (`Duration round_interval() const` of its Params, optional; 0: none), else of the samples. Whatever arrives counts,
// the membership's messages too. Contacts are kept only where there are samples: 16 bytes for each node and each
// sender that it heard from within that time, O(log) a message.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/context.hpp"

namespace hearsay::protocol {

/// Sizes of modelled state, in bytes.
namespace modelled {
inline constexpr std::uint64_t kId = 16;    ///< an id seen: the id, 8, and when, 8
inline constexpr std::uint64_t kItem = 24;  ///< an item held, beside its content: id, origin, time and size
inline constexpr std::uint64_t kPeer = 16;  ///< a connected peer: its address, 8, and when it was last heard from, 8
inline constexpr std::uint64_t kMark = 8;   ///< an id in a list of what one peer has
}  // namespace modelled

/// Of one node, at one time.
struct NodeStatistics {
  std::uint64_t items_held = 0;  ///< whose content the node keeps
  std::uint64_t ids_seen = 0;
  std::uint64_t state_bytes = 0;  ///< modelled
};

/// When a node is looked at.
struct Moment {
  SimTime now;
  std::span<const ItemInfo> items;  ///< by ItemId
  std::size_t peers = 0;            ///< connected ones
};

template <class P>
concept HasStatistics = requires(const P& node, const typename P::Params& params, const Moment& moment) {
  { node.statistics(params, moment) } -> std::same_as<NodeStatistics>;
};

}  // namespace hearsay::protocol
