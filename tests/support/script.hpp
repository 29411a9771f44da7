#pragma once

// A script drives the nodes of one protocol by hand: no network, no clock, no calendar. Whatever a node sends
// waits until the test delivers or loses it; time passes when the test says so, and timers fire on the way.
//
//   Script<Flood> s({}, peers_of_line(3));
//   const ItemId item = s.publish(0);
//   s.expect_message(0, 1, Flood::Item{item, 1, 1000});
//   s.deliver(0, 1);
//   s.expect_delivered(1, item);
//   s.expect_message<Flood::Item>(1, 2, [](const auto& copy) { return copy.hops == 2; });
//   s.expect_no_message();          // nothing was sent but what was expected or delivered
//   s.advance(seconds(1));          // fires the timers of that second in order
//   s.restart(1);                   // loses its state and its timers
//
// A node that makes connections has asked for them, no more, until the test says what comes of it:
//
//   EXPECT_THAT(s.connects(0), ElementsAre(2));         // since the script asked last
//   s.connect(0, 2);                                    // both ends are up
//   s.disconnect(0, 2);                                 // 0 closes it
//   s.disconnect(0, 3, protocol::PeerDown::kRefused);   // 0 asked in vain
//
// So with what becomes of a tracked send:
//
//   s.sent(0, 1);                                        // the last bit of its message has left; it is still on its
//   way s.fail(0, 1, protocol::SendFailure::kBroken);        // given up, whether the message arrives or not
//   EXPECT_THAT(s.cancels(0), ElementsAre(1));           // whom the messages were for that 0 wants back
//   s.fail(0, 1);                                        // it gets this one back: it is not on its way any more
//
// Nodes start, in order of their ids, when the script first does something, so attributes and latencies can be set
// before; one that joins later starts once the script has advanced to that time. A failed expectation is reported at
// the line of the script. The rules of the simulation hold: effects are committed when a handler returns, timers are
// ordered by (time, node, the node's sequence), each node has its own draws. Only a test includes this file (it needs
// GoogleTest).

#include <gtest/gtest.h>

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "sim/chain/block_tree.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/protocol/statistics.hpp"
#include "sim/simulation/cores.hpp"
#include "tests/support/peers.hpp"

namespace hearsay::test {

/// What a script publishes, besides who does.
struct Publish {
  std::uint64_t bytes = 1000;
  std::string_view item_class{};
  std::optional<std::uint32_t> transactions{};  ///< it is a block, found by the node on its chain; 0: not said how many
  bool valid = true;                            ///< of a block
};

template <protocol::Protocol P>
class Script final : private protocol::NetworkView {
 public:
  using Message = typename P::Message;
  using Params = typename P::Params;
  using Timer = protocol::TimerOf<P>;
  using Where = std::source_location;

  /// `peers[n]`: the peers of node n, in its own order: those that the topology gives it. Where one of both joins
  /// later, and connections can be made, they are not connected yet.
  Script(Params params, const PeerLists& peers, std::uint64_t seed = 1)
      : NetworkView(seed),
        params_(std::move(params)),
        positions_(peers.size(), 0),
        draws_(seed, positions_),
        attributes_(peers.size()),
        classes_{""},
        nodes_(peers.size()),
        states_(peers.size()),
        tree_(0, peers.size()) {
    for (std::size_t n = 0; n < peers.size(); ++n)
      for (const unsigned peer : peers[n]) states_[n].topology.push_back(NodeId{peer});
    NetworkView::nodes = attributes_;
    NetworkView::classes = classes_;
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  // ------------------------------------------------------------------------------------- the stage

  network::NodeAttributes& attributes(unsigned node) { return attributes_[node]; }
  /// Names of the groups, for what a protocol is set up from; who is in which, the attributes say.
  void set_groups(std::vector<std::string> names) { groups_ = std::move(names); }
  void set_latency(unsigned a, unsigned b, Duration latency) { latencies_[std::minmax(a, b)] = latency; }
  SimTime now() const { return now_; }
  const P& node(unsigned id) const { return nodes_[id]; }
  /// What Context::known() says; of a node that nobody set it for: its peers. A membership says itself whom it knows.
  void set_known(unsigned node, const std::vector<unsigned>& known) {
    auto& list = states_[node].known.emplace();
    for (const unsigned other : known) list.push_back(NodeId{other});
  }
  /// Puts a node on the public list. Times of one node do not go back.
  void enlist(unsigned node, SimTime at) { states_[node].listed.push_back(at); }
  /// What Context::backlog() says.
  void set_backlog(unsigned node, Duration backlog) { states_[node].backlog = backlog; }
  /// What Context::reconnect_delay() says.
  static constexpr Duration kReconnectDelay = seconds(30);
  const Params& params() const { return params_; }

  // ------------------------------------------------------------------------------------ what happens

  /// Calls on_start of every node that has not started and is there by now; otherwise the first event does it.
  void start() {
    if (!std::exchange(begun_, true)) connect_topology();
    for (unsigned n = 0; n < nodes_.size(); ++n)
      if (attributes_[n].joins <= now_ && !std::exchange(states_[n].started, true))
        call(n, []([[maybe_unused]] P& p, [[maybe_unused]] auto& ctx) {
          if constexpr (protocol::HandlesStart<P>) p.on_start(ctx);
        });
  }

  ItemId publish(unsigned node, const Publish& what = {}) {
    start();
    const auto item = static_cast<ItemId>(items_.size());
    items_.push_back({NodeId{node}, class_id(what.item_class), now_, what.bytes});
    NetworkView::items = items_;
    tree_.add_item();
    if (what.transactions) {
      NetworkView::chain = &tree_;
      tree_.declare(item, *what.transactions, what.valid);
      if constexpr (protocol::FillsBlocks<P>)
        call(node, [&](P& p, auto& ctx) {
          if (auto content = p.block_content(ctx, item)) tree_.fill(item, std::move(*content));
        });
      tree_.discover(item, NodeId{node});
    }
    call(node, [item]([[maybe_unused]] P& p, [[maybe_unused]] auto& ctx) {
      if constexpr (protocol::HandlesPublish<P>) p.on_publish(ctx, item);
    });
    return item;
  }

  /// Hands over the oldest message on its way from one node to the other, and returns it.
  Message deliver(unsigned from, unsigned to, Where where = Where::current()) {
    const std::optional<Message> message = take(from, to, where);
    if (!message) return Message{};
    call(to, [&](P& p, auto& ctx) { p.on_message(ctx, NodeId{from}, *message); });
    return *message;
  }
  /// Hands over everything, the oldest first, and what is sent in response, until nothing is on its way.
  void deliver_all(Where where = Where::current()) {
    for (int count = 0; !in_flight_.empty(); ++count) {
      if (count == 100'000) return fail(where, "the nodes never stop sending");
      const Flying& next = in_flight_.front();
      deliver(static_cast<unsigned>(next.from), static_cast<unsigned>(next.to), where);
    }
  }
  /// A message arrives that no node of the script sent.
  void hand(unsigned from, unsigned to, const Message& message) {
    start();
    call(to, [&](P& p, auto& ctx) { p.on_message(ctx, NodeId{from}, message); });
  }
  /// The oldest message from one node to the other never arrives.
  void lose(unsigned from, unsigned to, Where where = Where::current()) { take(from, to, where); }
  void lose_all() { in_flight_.clear(); }

  /// Time passes; timers due up to and at its end fire in order.
  void advance(Duration by) {
    start();
    const SimTime end = now_ + by;
    while (!timers_.empty() && timers_.begin()->first.time <= end) {
      const auto [due, set] = *timers_.begin();
      timers_.erase(timers_.begin());
      now_ = due.time;
      const bool pending = table_.is_pending(set.slot);
      table_.close(set.slot);
      if (pending)
        call(due.node, [&timer = set.timer]([[maybe_unused]] P& p, [[maybe_unused]] auto& ctx) {
          if constexpr (protocol::HandlesTimers<P>) p.on_timer(ctx, timer);
        });
    }
    now_ = end;
    start();
  }
  /// Until the next timer of a node fires.
  void advance_to_timer_of(unsigned node, Where where = Where::current()) {
    start();
    for (const auto& [due, set] : timers_)
      if (due.node == node && table_.is_pending(set.slot)) return advance(due.time - now_);
    fail(where, "node " + std::to_string(node) + " has set no timer");
  }

  /// A crash and a restart in one: timers die, the ends of connections that a maker of connections held, and the state
  /// unless `lose_state` is false.
  void restart(unsigned node, bool lose_state = true) {
    start();
    table_.cancel_all_of(NodeId{node});
    if (cores_) cores_->clear(NodeId{node}, now_);
    if (protocol::kMakesConnections<P>) states_[node].peers.clear();
    if (lose_state) {
      nodes_[node] = P{};
      tree_.forget(NodeId{node});
      states_[node].knows.clear();
    }
    call(node, []([[maybe_unused]] P& p, [[maybe_unused]] auto& ctx) {
      if constexpr (protocol::HandlesRestart<P>)
        p.on_restart(ctx);
      else if constexpr (protocol::HandlesStart<P>)
        p.on_start(ctx);
    });
  }

  /// A connection is up at both ends, first at b: it says yes to what a asked for.
  void connect(unsigned a, unsigned b) {
    start();
    peer_up(b, a);
    peer_up(a, b);
  }
  /// A connection ends. kClosed: a closes it. kRefused, kNoAnswer: a alone hears that there is none. Else both hear
  /// why.
  void disconnect(unsigned a, unsigned b, protocol::PeerDown why = protocol::PeerDown::kClosed) {
    start();
    peer_down(a, b, why == protocol::PeerDown::kClosed ? protocol::PeerDown::kClosedHere : why);
    if (!protocol::never_connected(why)) peer_down(b, a, why);
  }
  /// One end alone.
  void peer_up(unsigned node, unsigned peer) {
    start();
    states_[node].peers.push_back(NodeId{peer});
    call(node, [peer = NodeId{peer}](P& p, auto& ctx) {
      if constexpr (requires { p.on_peer_up(ctx, peer); }) p.on_peer_up(ctx, peer);
    });
  }
  void peer_down(unsigned node, unsigned peer, protocol::PeerDown why) {
    start();
    std::erase(states_[node].peers, NodeId{peer});
    call(node, [peer = NodeId{peer}, why](P& p, auto& ctx) {
      if constexpr (requires { p.on_peer_down(ctx, peer, why); })
        p.on_peer_down(ctx, peer, why);
      else if constexpr (requires { p.on_peer_down(ctx, peer); })
        p.on_peer_down(ctx, peer);
    });
  }

  /// The last bit of a tracked message from one node to the other has left, of the first one that had not yet.
  void sent(unsigned from, unsigned to, Where where = Where::current()) {
    Tracked* const tracked = next_tracked(
        from, to, [](const Tracked& t) { return !t.sent; }, where);
    if (tracked == nullptr) return;
    tracked->sent = true;
    call(from, [to = NodeId{to}, id = tracked->id]([[maybe_unused]] P& p, [[maybe_unused]] auto& ctx) {
      if constexpr (protocol::HandlesSent<P>) p.on_sent(ctx, to, id);
    });
  }
  /// The first one has failed; kCancelled: the first that was cancelled, which is not on its way any more.
  void fail(unsigned from, unsigned to, protocol::SendFailure why = protocol::SendFailure::kCancelled,
            Where where = Where::current()) {
    const bool cancelled = why == protocol::SendFailure::kCancelled;
    Tracked* const tracked = next_tracked(
        from, to, [&](const Tracked& t) { return !cancelled || t.cancelled; }, where);
    if (tracked == nullptr) return;
    const protocol::SendId id = tracked->id;
    if (cancelled) std::erase_if(in_flight_, [&](const Flying& f) { return f.handle == id.handle.slot; });
    call(from, [to = NodeId{to}, id, why]([[maybe_unused]] P& p, [[maybe_unused]] auto& ctx) {
      if constexpr (protocol::HandlesFailed<P>) p.on_failed(ctx, to, id, why);
    });
    table_.close(id.handle.slot);
    tracked_.erase(id.handle.slot);
  }

  // ------------------------------------------------------------------------------------ expectations

  /// The oldest message from one node to the other that no expectation has met yet is this one. It stays on its way.
  void expect_message(unsigned from, unsigned to, const Message& expected, Where where = Where::current()) {
    Flying* message = next_unexpected(from, to, where);
    if (message != nullptr && !same(message->message, expected))
      fail(where,
           "expected " + describe(expected) + " from " + route(from, to) + ", but it is " + describe(message->message));
  }
  /// The same, by kind and predicate; returns it (a default one if there is none).
  template <class M, class Predicate>
  requires std::predicate<Predicate, const M&> M expect_message(unsigned from, unsigned to, Predicate predicate,
                                                                Where where = Where::current()) {
    Flying* message = next_unexpected(from, to, where);
    if (message == nullptr) return M{};
    const M* content = std::get_if<M>(&message->message);
    if (content == nullptr || !predicate(*content)) {
      fail(where, "expected another " + std::string(M::kName) + " from " + route(from, to) + ", but it is " +
                      describe(message->message));
      return content == nullptr ? M{} : *content;
    }
    return *content;
  }
  template <class M>
  M expect_message(unsigned from, unsigned to, Where where = Where::current()) {
    return expect_message<M>(
        from, to, [](const M&) { return true; }, where);
  }
  /// Every message on its way was expected.
  void expect_no_message(Where where = Where::current()) {
    start();
    for (const Flying& flying : in_flight_)
      if (!flying.expected)
        fail(where, "nobody expected " + describe(flying.message) + " from " +
                        route(static_cast<unsigned>(flying.from), static_cast<unsigned>(flying.to)));
  }
  void expect_no_message(unsigned from, unsigned to, Where where = Where::current()) {
    start();
    for (const Flying& flying : in_flight_)
      if (!flying.expected && flying.from == NodeId{from} && flying.to == NodeId{to})
        fail(where, "nobody expected " + describe(flying.message) + " from " + route(from, to));
  }
  void expect_delivered(unsigned node, ItemId item, Where where = Where::current()) {
    if (deliveries(node, item) == 0)
      fail(where, "node " + std::to_string(node) + " has not delivered item " + std::to_string(index(item)));
  }
  void expect_not_delivered(unsigned node, ItemId item, Where where = Where::current()) {
    if (deliveries(node, item) > 0)
      fail(where, "node " + std::to_string(node) + " has delivered item " + std::to_string(index(item)));
  }
  void expect_no_timer(Where where = Where::current()) {
    start();
    if (table_.pending() > 0) fail(where, std::to_string(table_.pending()) + " timers are still set");
  }

  /// How often a node delivered an item.
  std::size_t deliveries(unsigned node, ItemId item) const { return delivered_.count({node, item}); }
  /// Whom a node has asked for a connection since the script asked last, in order.
  std::vector<unsigned> connects(unsigned node) {
    start();
    return std::exchange(states_[node].connects, {});
  }
  /// Whose connection a node has closed since the script asked last, in order.
  std::vector<unsigned> disconnects(unsigned node) {
    start();
    return std::exchange(states_[node].disconnects, {});
  }
  /// The purpose of the latest connect() of a node.
  std::uint8_t purpose(unsigned node) const { return states_[node].purpose; }
  /// Whether a node says yes to another's connect().
  bool accepts(unsigned node, unsigned from, std::uint8_t purpose = 0) {
    start();
    const protocol::Context<P> context(*this, params_, effects_, table_, draws_, NodeId{node}, now_);
    return std::as_const(nodes_[node]).accepts(context, NodeId{from}, purpose);
  }
  /// Whom a node's context says that it knows.
  std::vector<unsigned> known(unsigned node) {
    start();
    std::vector<NodeId> list;
    known(NodeId{node}, list);
    std::vector<unsigned> nodes;
    for (const NodeId other : list) nodes.push_back(static_cast<unsigned>(other));
    return nodes;
  }
  /// Whom the messages are for that a node has cancelled since the script asked last, in order.
  std::vector<unsigned> cancels(unsigned node) {
    start();
    return std::exchange(states_[node].cancels, {});
  }
  /// Of the oldest message from one node to the other.
  protocol::Priority priority(unsigned from, unsigned to, Where where = Where::current()) {
    start();
    for (const Flying& flying : in_flight_)
      if (flying.from == NodeId{from} && flying.to == NodeId{to}) return flying.priority;
    fail(where, "there is no message from " + route(from, to));
    return {};
  }
  /// Who has a message from `from` on its way, in the order of the sends.
  std::vector<unsigned> recipients(unsigned from) const {
    std::vector<unsigned> to;
    for (const Flying& flying : in_flight_)
      if (flying.from == NodeId{from}) to.push_back(static_cast<unsigned>(flying.to));
    return to;
  }
  /// What a node's gauges say now, in the order of the protocol's figures.
  std::vector<double> gauges(unsigned node) const {
    protocol::GaugeReadings readings(protocol::figures_of<P>);
    nodes_[node].gauges(params_, {now_, items_, states_[node].peers.size()}, readings);
    return {readings.values().begin(), readings.values().end()};
  }
  /// How often the protocol or one of its parts counted something, at all nodes.
  std::uint64_t counted(const protocol::Counter& counter) const {
    const auto found = counted_.find(&counter);
    return found == counted_.end() ? 0 : found->second;
  }
  /// What it measured of an item at a node, in order.
  std::vector<Duration> measured(unsigned node, const protocol::ItemTime& figure, ItemId item) const {
    const auto found = measured_.find({node, &figure, item});
    return found == measured_.end() ? std::vector<Duration>{} : found->second;
  }
  std::size_t in_flight() const { return in_flight_.size(); }
  std::uint64_t pending_timers() const { return table_.pending(); }

 private:
  struct Flying {
    NodeId from, to;
    Message message;
    protocol::Priority priority{};
    std::uint32_t handle = kUntracked;
    bool expected = false;
  };
  static constexpr std::uint32_t kUntracked = 0xffff'ffff;
  struct Tracked {
    unsigned from = 0, to = 0;
    protocol::SendId id;
    bool sent = false, cancelled = false;
  };
  struct Due {
    SimTime time;
    unsigned node = 0;
    std::uint32_t sequence = 0;
    friend auto operator<=>(const Due&, const Due&) = default;
  };
  struct Set {
    std::uint32_t slot;
    Timer timer;
  };
  struct State {
    std::vector<NodeId> topology, peers;
    std::uint32_t sequence = 0;
    bool started = false;
    std::vector<unsigned> connects, disconnects, cancels;
    Duration backlog;
    std::uint8_t purpose = 0;
    std::optional<std::vector<NodeId>> known;  // as the test set it
    std::set<NodeId> knows;                    // of those that join later, as the node has said
    std::vector<SimTime> listed;
  };

  /// What the protocol is set up from, at the first call: the peers, attributes and latencies that the script has then.
  class Drawn final : public protocol::SetupView {
   public:
    explicit Drawn(const Script& script) : SetupView(script.seed), script_(script) {
      nodes = script.attributes_;
      groups = script.groups_;
    }
    std::span<const NodeId> neighbours(NodeId node) const override { return script_.peers(node); }
    Duration link_latency(NodeId a, NodeId b) const override { return script_.link_latency(a, b); }
    network::Position position(NodeId node) const override {
      return network::position_of(seed, static_cast<std::uint32_t>(node));
    }

   private:
    const Script& script_;
  };

  std::span<const NodeId> peers(NodeId node) const override { return states_[index(node)].peers; }
  Duration link_latency(NodeId a, NodeId b) const override {
    const auto found = latencies_.find(std::minmax(static_cast<unsigned>(a), static_cast<unsigned>(b)));
    return found == latencies_.end() ? milliseconds(10) : found->second;
  }
  bool connected(NodeId node, NodeId peer) const override {
    const auto& list = states_[index(node)].peers;
    return std::find(list.begin(), list.end(), peer) != list.end();
  }
  std::span<const NodeId> topology_peers(NodeId node) const override { return states_[index(node)].topology; }
  void known(NodeId node, std::vector<NodeId>& out) const override {
    const State& state = states_[index(node)];
    if constexpr (requires(const P& p) { p.known(out); }) {
      nodes_[index(node)].known(out);
    } else {
      const auto& list = state.known ? *state.known : state.peers;
      out.insert(out.end(), list.begin(), list.end());
    }
  }
  SimTime enlisted(NodeId node, SimTime as_of) const override {
    SimTime last = kNever;
    for (const SimTime at : states_[index(node)].listed)
      if (at <= as_of) last = at;
    return last;
  }
  Duration reconnect_delay() const override { return kReconnectDelay; }
  Duration uplink_backlog(NodeId node, SimTime) const override { return states_[index(node)].backlog; }

  void connect_topology() {
    const auto late = [this](std::size_t n) { return attributes_[n].joins > SimTime{}; };
    for (std::size_t n = 0; n < states_.size(); ++n)
      for (const NodeId peer : states_[n].topology)
        if (!protocol::kMakesConnections<P> || (!late(n) && !late(index(peer)))) states_[n].peers.push_back(peer);
  }

  ClassId class_id(std::string_view name) {
    const auto found = std::find(classes_.begin(), classes_.end(), name);
    const auto id = static_cast<ClassId>(found - classes_.begin());
    if (found == classes_.end()) {
      classes_.emplace_back(name);
      NetworkView::classes = classes_;
    }
    return id;
  }

  template <class Handler>
  void call(unsigned self, Handler handler) {
    effects_.clear();
    if (!setup_) effects_.setup = &setup_.emplace(protocol::prepare<P>(params_, Drawn(*this)));
    protocol::Context<P> context(*this, params_, effects_, table_, draws_, NodeId{self}, now_);
    handler(nodes_[self], context);
    commit(self);
  }

  void commit(unsigned self) {
    using Kind = typename protocol::Effects<P>::Kind;
    for (const auto& effect : effects_.list) {
      switch (effect.kind) {
        case Kind::kSend:
          for (std::uint32_t i = 0; i < effect.count; ++i) send(self, effects_.recipients[effect.first + i], effect);
          break;
        case Kind::kSendAll:
          for (const NodeId peer : states_[self].peers)
            if (peer != effect.except) send(self, peer, effect);
          break;
        case Kind::kTrackedSend:
          tracked_[effect.count] = {self, effect.first, protocol::SendId{table_.id_of(effect.count)}};
          send(self, NodeId{effect.first}, effect, effect.count);
          break;
        case Kind::kCancelSend:
          states_[self].cancels.push_back(tracked_[effect.first].to);
          tracked_[effect.first].cancelled = true;
          break;
        case Kind::kTimer: {
          EXPECT_GE(effect.delay_ns, 1) << "a timer is set for later, never for now";
          timers_.insert({Due{now_ + nanoseconds(effect.delay_ns), self, states_[self].sequence++},
                          Set{effect.first, effects_.timers[effect.object]}});
          break;
        }
        case Kind::kWork: {
          EXPECT_GE(effect.delay_ns, 1) << "what takes no time is done at once";
          if (!cores_) cores_.emplace(attributes_);
          const Duration wait = cores_->until_done(NodeId{self}, now_, Duration{effect.delay_ns});
          timers_.insert(
              {Due{now_ + wait, self, states_[self].sequence++}, Set{effect.first, effects_.timers[effect.object]}});
          break;
        }
        case Kind::kDeliver:
          delivered_.insert({self, ItemId{effect.first}});
          if (tree_.is_block(ItemId{effect.first})) tree_.adopt(NodeId{self}, ItemId{effect.first});
          break;
        case Kind::kCount: counted_[protocol::figures_of<P>[effect.first]] += effect.count; break;
        case Kind::kMeasure:
          EXPECT_GE(effect.delay_ns, 0) << "nothing takes less than no time";
          measured_[{self, protocol::figures_of<P>[effect.first], ItemId { effect.count }}].push_back(
              {effect.delay_ns});
          break;
        case Kind::kConnect:
          EXPECT_NE(effect.first, self) << "a node does not connect to itself";
          states_[self].connects.push_back(effect.first);
          states_[self].purpose = static_cast<std::uint8_t>(effect.count);
          break;
        case Kind::kDisconnect: states_[self].disconnects.push_back(effect.first); break;
        case Kind::kEnlist: states_[self].listed.push_back(now_); break;
        case Kind::kLearned:
          EXPECT_TRUE(states_[self].knows.insert(NodeId{effect.first}).second)
              << "node " << self << " learns of node " << effect.first << ", which it knows";
          break;
        case Kind::kForgot:
          EXPECT_EQ(states_[self].knows.erase(NodeId{effect.first}), 1u)
              << "node " << self << " forgets node " << effect.first << ", which it does not know";
          break;
      }
    }
  }

  void send(unsigned self, NodeId to, const typename protocol::Effects<P>::Effect& effect,
            std::uint32_t handle = kUntracked) {
    EXPECT_NE(to, NodeId{self}) << "a node does not send to itself";
    in_flight_.push_back({NodeId{self}, to, effects_.messages[effect.object], effect.priority(), handle});
    ++states_[self].sequence;
  }

  std::optional<Message> take(unsigned from, unsigned to, Where where) {
    start();
    const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                    [&](const Flying& f) { return f.from == NodeId{from} && f.to == NodeId{to}; });
    if (found == in_flight_.end()) {
      fail(where, "there is no message from " + route(from, to));
      return std::nullopt;
    }
    Message message = std::move(found->message);
    in_flight_.erase(found);
    return message;
  }

  template <class Which>
  Tracked* next_tracked(unsigned from, unsigned to, const Which& which, Where where) {
    start();
    // In the order of their slots.
    for (auto& [slot, tracked] : tracked_)
      if (tracked.from == from && tracked.to == to && table_.is_pending(slot) && which(tracked)) return &tracked;
    fail(where, "there is no such tracked message from " + route(from, to));
    return nullptr;
  }

  Flying* next_unexpected(unsigned from, unsigned to, Where where) {
    start();
    for (Flying& flying : in_flight_) {
      if (flying.expected || flying.from != NodeId{from} || flying.to != NodeId{to}) continue;
      flying.expected = true;
      return &flying;
    }
    fail(where, "there is no message from " + route(from, to));
    return nullptr;
  }

  static bool same(const Message& a, const Message& b) {
    if (a.index() != b.index()) return false;
    return std::visit([&b](const auto& m) { return m.content() == std::get<std::decay_t<decltype(m)>>(b).content(); },
                      a);
  }
  static std::string describe(const Message& message) {
    return std::visit(
        [](const auto& m) {
          return std::string(m.kName) +
                 std::apply(
                     [](const auto&... field) { return "(" + (std::string() + ... + (show(field) + " ")) + ")"; },
                     m.content());
        },
        message);
  }
  template <class T>
  static std::string show(const T& value) {
    if constexpr (std::is_enum_v<T>)
      return std::to_string(static_cast<std::uint64_t>(value));
    else if constexpr (std::is_arithmetic_v<T>)
      return std::to_string(value);
    else if constexpr (requires { value.ns; })
      return std::to_string(value.ns) + "ns";
    else if constexpr (requires { value.begin(); }) {
      std::string text = "[";
      for (const auto& element : value) text += show(element) + " ";
      return text + "]";
    } else if constexpr (requires { value.content(); }) {
      return std::apply([](const auto&... field) { return "{" + (std::string() + ... + (show(field) + " ")) + "}"; },
                        value.content());
    } else {
      return "?";
    }
  }
  static std::string route(unsigned from, unsigned to) { return std::to_string(from) + " to " + std::to_string(to); }
  static void fail(Where where, const std::string& text) {
    ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << text;
  }

  Params params_;
  std::optional<protocol::SetupOf<P>> setup_;
  protocol::DrawPositions positions_;
  protocol::NodeDraws draws_;
  std::vector<network::NodeAttributes> attributes_;
  std::vector<std::string> classes_, groups_;
  std::vector<protocol::ItemInfo> items_;
  std::vector<P> nodes_;
  std::vector<State> states_;
  chain::BlockTree tree_;
  std::map<std::pair<unsigned, unsigned>, Duration> latencies_;
  protocol::Effects<P> effects_;
  protocol::TimerTable table_;
  std::map<Due, Set> timers_;
  std::deque<Flying> in_flight_;
  std::map<std::uint32_t, Tracked> tracked_;  // by slot
  std::multiset<std::pair<unsigned, ItemId>> delivered_;
  std::optional<simulation::Cores> cores_;                    // from the first job on
  std::map<const protocol::Figure*, std::uint64_t> counted_;  // looked up only
  std::map<std::tuple<unsigned, const protocol::Figure*, ItemId>, std::vector<Duration>> measured_;  // likewise
  SimTime now_;
  bool begun_ = false;
};

}  // namespace hearsay::test
