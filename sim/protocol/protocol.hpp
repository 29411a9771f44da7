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
//   void on_message(Context<P>&, NodeId from, const Message&);
//   optional: struct Timer with content() likewise, and with it on_timer(Context<P>&, const Timer&)
//   optional, left out where they would do nothing: on_start(Context<P>&), on_publish(Context<P>&, ItemId),
//       on_restart(Context<P>&), on_peer_up(Context<P>&, NodeId), on_peer_down(Context<P>&, NodeId), or
//       on_peer_down(Context<P>&, NodeId, PeerDown) with the reason
//   optional: static constexpr bool kConnects = true, for Context::connect() and disconnect(); then also
//       bool accepts(const Context<P>&, NodeId from, std::uint8_t purpose) const: whether another's connect() is
//       answered with a yes; without it, it is
//   optional: static constexpr bool kOutbox = true, for sends that have a priority, are tracked or taken back; then
//   also
//       on_sent(Context<P>&, NodeId to, SendId) and on_failed(Context<P>&, NodeId to, SendId, SendFailure)
//   optional: std::optional<chain::BlockContent> block_content(const Context<P>&, ItemId block) const: what the block
//       holds that this node is about to find; nullopt: nobody knows. It is asked before on_publish
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
#include <optional>
#include <string_view>
#include <tuple>
#include <variant>

#include "sim/core/ids.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/params.hpp"
#include "sim/protocol/setup.hpp"
#include "sim/protocol/statistics.hpp"

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

// What a protocol needs, one concept each, so that an error names what is missing.

template <class P>
concept StartsAsNew = std::default_initializable<P>;
template <class P>
concept HasName = requires {
  { P::kName } -> std::convertible_to<std::string_view>;
  { P::kSummary } -> std::convertible_to<std::string_view>;
};
template <class P>
concept HasParams = requires(FieldList<typename P::Params>& fields) {
  P::Params::fields(fields);
};
template <class P>
concept HasMessages = detail::AllMessages<typename P::Message>::value;
template <class P>
concept HandlesMessages = requires(P node, Context<P>& ctx, NodeId from, const typename P::Message& message) {
  node.on_message(ctx, from, message);
};
template <class P>
concept SetsTimers = requires {
  typename P::Timer;
};
template <class P>
concept HandlesTimers = requires(P node, Context<P>& ctx, const TimerOf<P>& timer) {
  timer.content();
  node.on_timer(ctx, timer);
};

/// P says that it makes connections: Context::connect().
template <class P>
inline constexpr bool kMakesConnections = false;
template <class P>
requires requires { P::kConnects; }
inline constexpr bool kMakesConnections<P> = P::kConnects;

// Optional handlers. Who has one by name has it with these arguments: it is left out or called, never overlooked.

template <class P>
concept HandlesStart = requires(P node, Context<P>& ctx) {
  node.on_start(ctx);
};
template <class P>
concept HandlesPublish = requires(P node, Context<P>& ctx, ItemId item) {
  node.on_publish(ctx, item);
};
template <class P>
concept HandlesRestart = requires(P node, Context<P>& ctx) {
  node.on_restart(ctx);
};
template <class P>
concept HandlesPeerUp = requires(P node, Context<P>& ctx, NodeId peer) {
  node.on_peer_up(ctx, peer);
};
template <class P>
concept HandlesPeerDown = requires(P node, Context<P>& ctx, NodeId peer) {
  node.on_peer_down(ctx, peer);
};
template <class P>
concept HandlesPeerDownReason = requires(P node, Context<P>& ctx, NodeId peer, PeerDown why) {
  node.on_peer_down(ctx, peer, why);
};
template <class P>
concept HandlesSent = requires(P node, Context<P>& ctx, NodeId to, SendId id) {
  node.on_sent(ctx, to, id);
};
template <class P>
concept HandlesFailed = requires(P node, Context<P>& ctx, NodeId to, SendId id, SendFailure why) {
  node.on_failed(ctx, to, id, why);
};
template <class P>
concept AnswersConnect = requires(const P& node, const Context<P>& ctx, NodeId from, std::uint8_t purpose) {
  { node.accepts(ctx, from, purpose) } -> std::same_as<bool>;
};

template <class P>
concept FillsBlocks = requires(const P& node, const Context<P>& ctx, ItemId block) {
  { node.block_content(ctx, block) } -> std::same_as<std::optional<chain::BlockContent>>;
};

template <class P>
concept Protocol = StartsAsNew<P> && HasName<P> && HasParams<P> && HasMessages<P> && HandlesMessages<P> &&
    (!SetsTimers<P> || HandlesTimers<P>);

/// Does not compile if P is no protocol, and says in words what is missing.
template <class P>
consteval bool require_protocol() {
  static_assert(StartsAsNew<P>, "a node starts as P{}: a protocol has a default constructor");
  static_assert(HasName<P>, "a protocol has static constexpr std::string_view kName and kSummary");
  static_assert(HasParams<P>,
                "a protocol has struct Params with template <class Fields> static void fields(Fields&), though empty");
  static_assert(HasMessages<P>,
                "a protocol has Message, a std::variant of types with kName, wire_bytes() const and content() const");
  static_assert(HandlesMessages<P>, "a protocol has on_message(Context<P>&, NodeId from, const Message&)");
  static_assert(!SetsTimers<P> || HandlesTimers<P>,
                "a protocol with a Timer has on_timer(Context<P>&, const Timer&), and the Timer content() const");
  static_assert(
      HandlesStart<P> || !requires { &P::on_start; }, "on_start takes (Context<P>&)");
  static_assert(
      HandlesPublish<P> || !requires { &P::on_publish; }, "on_publish takes (Context<P>&, ItemId)");
  static_assert(
      SetsTimers<P> || !requires { &P::on_timer; }, "a protocol with on_timer has a Timer");
  static_assert(
      HandlesRestart<P> || !requires { &P::on_restart; }, "on_restart takes (Context<P>&)");
  static_assert(
      HandlesPeerUp<P> || !requires { &P::on_peer_up; }, "on_peer_up takes (Context<P>&, NodeId peer)");
  static_assert(
      HandlesPeerDown<P> || HandlesPeerDownReason<P> || !requires { &P::on_peer_down; },
      "on_peer_down takes (Context<P>&, NodeId peer), or (Context<P>&, NodeId peer, PeerDown why)");
  static_assert(
      HandlesSent<P> || !requires { &P::on_sent; }, "on_sent takes (Context<P>&, NodeId to, SendId)");
  static_assert(
      HandlesFailed<P> || !requires { &P::on_failed; },
      "on_failed takes (Context<P>&, NodeId to, SendId, SendFailure why)");
  static_assert(kUsesOutbox<P> || (!HandlesSent<P> && !HandlesFailed<P>),
                "a protocol with on_sent or on_failed has static constexpr bool kOutbox = true");
  static_assert(
      AnswersConnect<P> || !requires { &P::accepts; },
      "accepts takes (const Context<P>&, NodeId from, std::uint8_t purpose), is const and returns bool");
  static_assert(
      FillsBlocks<P> || !requires { &P::block_content; },
      "block_content takes (const Context<P>&, ItemId block), is const and returns std::optional<chain::BlockContent>");
  static_assert(
      HasSetup<P> || !requires { typename P::Setup; },
      "a protocol with a Setup has static Setup prepare(const Params&, const SetupView&)");
  static_assert(!has_unread_gauges<P>(),
                "a protocol with gauges has gauges(const Params&, const Moment&, GaugeReadings&) const");
  return true;
}

template <class M>
concept CarriesItems = requires(const M& m) {
  m.items();
};

}  // namespace hearsay::protocol
