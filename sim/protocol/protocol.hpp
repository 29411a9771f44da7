#pragma once

// What a class must offer to be a protocol. An object is the state of one node; it starts as P{} and starts
// anew as P{} after a crash that loses state. See protocols/flood.hpp for a complete example.
//
//   static constexpr std::string_view kName, kSummary;
//   struct Params   with `fields` (sim/protocol/params.hpp)
//   using Message = std::variant<A, B, ...>; each alternative has
//       static constexpr std::string_view kName;
//       std::uint64_t wire_bytes() const;
//       auto content() const                 what distinguishes it, for the digest: a tuple (std::tie) of integers,
//                                            ids, times and vectors of those
//       auto items() const, optional         a range of what it carries of items: the ItemIds of whole ones, or Pieces
//                                            (sim/core/piece.hpp)
//   struct Timer    with content() likewise
//   void on_start(Context<P>&); on_publish(Context<P>&, ItemId); on_message(Context<P>&, NodeId from, const Message&);
//   void on_timer(Context<P>&, const Timer&);
//   optional: on_restart(Context<P>&), on_peer_up(Context<P>&, NodeId), on_peer_down(Context<P>&, NodeId), or
//       on_peer_down(Context<P>&, NodeId, PeerDown) with the reason
//   optional: static constexpr bool kConnects = true, for Context::connect() and disconnect(); then also
//       bool accepts(const Context<P>&, NodeId from, std::uint8_t purpose) const: whether another's connect() is
//       answered with a yes; without it, it is
//   optional: static constexpr auto kFigures, what it counts and measures (sim/protocol/figure.hpp)
//   optional: gauges (sim/protocol/statistics.hpp)
//   optional: struct Setup and prepare(), made of the network before the run (sim/protocol/setup.hpp)
//   optional: using Parts = std::tuple<A, B>, the protocols that it is made of (Context::run_part)
//   optional: std::size_t memory_bytes() const, the simulator's own memory for the node beside sizeof(P)
//
// One run may be worked on by several threads, each with nodes of its own. So a handler touches its own node, and what
// nobody changes; what the nodes of a run share (items) is written by the environment alone. A static or a pointer from
// node to node is neither; P::Workspace holds nothing from one call to the next that a result depends on.

#include <concepts>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <variant>

#include "sim/core/ids.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/params.hpp"

namespace hearsay::protocol {

/// The one alternative of the Message of a protocol that sends none.
struct NoMessage {
  static constexpr std::string_view kName = "none";
  std::uint64_t wire_bytes() const { return 0; }
  auto content() const { return std::tuple<>(); }
};

namespace detail {

template <class M>
concept AMessage = requires(const M& m) {
  { M::kName } -> std::convertible_to<std::string_view>;
  { m.wire_bytes() } -> std::convertible_to<std::uint64_t>;
  m.content();
};

template <class V>
struct AllMessages : std::false_type {};
template <class... M>
struct AllMessages<std::variant<M...>> : std::bool_constant<(AMessage<M> && ...)> {};

}  // namespace detail

template <class P>
concept Protocol = std::default_initializable<P> && detail::AllMessages<typename P::Message>::value &&
    requires(P node, Context<P>& ctx, ItemId item, NodeId peer, const typename P::Message& message,
             const typename P::Timer& timer) {
  { P::kName } -> std::convertible_to<std::string_view>;
  { P::kSummary } -> std::convertible_to<std::string_view>;
  typename P::Params;
  timer.content();
  node.on_start(ctx);
  node.on_publish(ctx, item);
  node.on_message(ctx, peer, message);
  node.on_timer(ctx, timer);
};

/// P says that it makes connections: Context::connect().
template <class P>
inline constexpr bool kMakesConnections = false;
template <class P>
requires requires { P::kConnects; }
inline constexpr bool kMakesConnections<P> = P::kConnects;

template <class M>
concept CarriesItems = requires(const M& m) {
  m.items();
};

}  // namespace hearsay::protocol
