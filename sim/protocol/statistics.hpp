#pragma once

// What the nodes of a protocol hold, as gauges (sim/protocol/figure.hpp). A protocol that has gauges, these or others,
// lists them in its kFigures and has the member
//
//   void gauges(const Params&, const Moment&, GaugeReadings&) const;
//
// which is asked at the samples of [output] series and once at the end of the run, and costs nothing between.
//
// `state_bytes` is a model: what a node of a real network would keep, whatever the simulator keeps instead. A
// protocol's header gives its formula, made of the sizes below, the same for all so that protocols can be compared.
//
// A peer is active if a message from it has arrived within two intervals: of the protocol's rounds, if it has any
// (`Duration round_interval() const` of its Params, optional; 0: none), else of the samples. Whatever arrives counts,
// the membership's messages too. Contacts are kept only where there are samples: 16 bytes for each node and each
// sender that it heard from within that time, O(log) a message.

#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/core/time.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/figures.hpp"

namespace hearsay::protocol {

inline constexpr Gauge kItemsHeld{"items_held", {.help = "items whose content a live node keeps"}};
inline constexpr Gauge kIdsSeen{"ids_seen", {.help = "items that a live node remembers having seen"}};
inline constexpr Gauge kStateBytes{
    "state_bytes",
    {.unit = "B", .better = Better::kLower, .help = "modelled state of a live node, by the formula of its protocol"}};
/// The gauges that all protocols share.
inline constexpr auto kHeldByNodes = figures(kItemsHeld, kIdsSeen, kStateBytes);

/// Sizes of modelled state, in bytes.
namespace modelled {
inline constexpr std::uint64_t kId = 16;    ///< an id seen: the id, 8, and when, 8
inline constexpr std::uint64_t kItem = 24;  ///< an item held, beside its content: id, origin, time and size
inline constexpr std::uint64_t kPeer = 16;  ///< a connected peer: its address, 8, and when it was last heard from, 8
inline constexpr std::uint64_t kMark = 8;   ///< an id in a list of what one peer has
}  // namespace modelled

/// When a node is looked at.
struct Moment {
  SimTime now;
  std::span<const ItemInfo> items;  ///< by ItemId
  std::size_t peers = 0;            ///< connected ones
};

template <class P>
concept HasGauges = requires(const P& node, const typename P::Params& params, const Moment& at, GaugeReadings& values) {
  node.gauges(params, at, values);
};

/// A gauge is declared that nobody reads.
template <class P>
constexpr bool has_unread_gauges() {
  for (const Figure* figure : figures_of<P>)
    if (figure->kind == FigureKind::kGauge && !HasGauges<P>) return true;
  return false;
}

}  // namespace hearsay::protocol
