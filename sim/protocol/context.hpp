#pragma once

// What a protocol sees of the world while one of its handlers runs, and the effects it records there.
//
// A handler never acts on the network: its calls are recorded, and committed in call order when it returns.
// So a protocol can be driven by the simulation, or by hand in a test (tests/support/script.hpp).
//
// A protocol can be made of others: Context::run_part() calls a handler of a part in a context of the part's own, which
// shares the node's draws, time and timers with the whole, and records its effects here in call order. Handlers of a
// part do not know that they are one. Cost: one move of each message and timer.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "sim/chain/block_tree.hpp"
#include "sim/core/check.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"
#include "sim/core/time.hpp"
#include "sim/network/nodes.hpp"
#include "sim/protocol/connections.hpp"
#include "sim/protocol/figures.hpp"
#include "sim/protocol/node_draws.hpp"
#include "sim/protocol/sends.hpp"
#include "sim/protocol/setup.hpp"
#include "sim/protocol/timers.hpp"

namespace hearsay::protocol {

/// What is known of an item from its publication on.
struct ItemInfo {
  NodeId origin = kNoNode;
  ClassId item_class{};
  SimTime published;
  std::uint64_t size_bytes = 0;
};

/// The network as handlers may look at it. One per run; what it points to outlives it.
struct NetworkView {
  std::span<const network::NodeAttributes> nodes;
  std::span<const ItemInfo> items;          ///< by ItemId; only published ones may be asked
  std::span<const std::string> classes;     ///< names of the ClassIds
  std::uint64_t seed;                       ///< of this replication
  const chain::BlockTree* chain = nullptr;  ///< null where nobody mines
  virtual std::span<const NodeId> peers(NodeId node) const = 0;
  /// Latency of the link between two nodes, as a node could have measured it.
  virtual Duration link_latency(NodeId a, NodeId b) const = 0;
  virtual bool connected(NodeId node, NodeId peer) const = 0;
  virtual std::span<const NodeId> topology_peers(NodeId node) const = 0;
  /// Appends the nodes that a node knows by the membership, connected or not.
  virtual void known(NodeId node, std::vector<NodeId>& out) const = 0;
  /// When a node was put on the public list for the last time, as of `as_of`; kNever: it was not yet.
  virtual SimTime enlisted(NodeId node, SimTime as_of) const = 0;
  virtual Duration reconnect_delay() const = 0;
  /// How long the node's uplink will be busy with what was handed to it before `now`.
  virtual Duration uplink_backlog(NodeId node, SimTime now) const = 0;

 protected:
  explicit NetworkView(std::uint64_t replication_seed = 0) : seed(replication_seed) {}
  NetworkView(const NetworkView&) = default;
  ~NetworkView() = default;
};

namespace detail {
template <class P>
struct WorkspaceOf {
  struct type {};
};
template <class P>
requires requires { typename P::Workspace; }
struct WorkspaceOf<P> {
  using type = typename P::Workspace;
};
struct NoTimer {
  auto content() const { return std::tuple(); }
};
template <class P>
struct TimerOf {
  using type = NoTimer;
};
template <class P>
requires requires { typename P::Timer; }
struct TimerOf<P> {
  using type = typename P::Timer;
};
}  // namespace detail

/// P::Timer, or that of a protocol which sets none.
template <class P>
using TimerOf = typename detail::TimerOf<P>::type;

/// Effects of one handler call, in call order.
template <class P>
struct Effects {
  enum class Kind : std::uint8_t {
    kSend,
    kSendAll,
    kTrackedSend,
    kCancelSend,
    kTimer,
    kDeliver,
    kCount,
    kMeasure,
    kWork,
    kConnect,
    kDisconnect,
    kEnlist,
    kLearned,
    kForgot
  };
  struct Effect {
    Kind kind;
    // kSend: recipients [first, first + count); kTrackedSend: recipient; kTimer, kWork, kCancelSend: slot; kDeliver:
    // item; kCount, kMeasure: place in figures_of<P>; kConnect, kDisconnect: peer; kLearned, kForgot: node
    std::uint32_t first = 0;
    std::uint32_t count = 0;    // kCount: how often; kMeasure: the item; kConnect: purpose; kTrackedSend: slot
    std::uint32_t object = 0;   // sends: index in messages; kTimer, kWork: index in timers
    NodeId except = kNoNode;    // kSendAll
    std::int64_t delay_ns = 0;  // kTimer; kWork: of a core; kMeasure: what was measured; sends: see priority()

    /// Of a send. Beside what other effects have there, so that an effect stays at half a cache line.
    Priority priority() const { return static_cast<Priority>(static_cast<std::int64_t>(Priority::kNormal) - delay_ns); }
    void set_priority(Priority p) {
      delay_ns = static_cast<std::int64_t>(Priority::kNormal) - static_cast<std::int64_t>(p);
    }
  };
  std::vector<Effect> list;
  std::vector<typename P::Message> messages;
  std::vector<TimerOf<P>> timers;
  std::vector<NodeId> recipients;
  std::vector<NodeId> scratch;  // for the handler's own use, so that it need not allocate
  std::vector<NodeId> known;    // what Context::known() shows
  [[no_unique_address]] typename detail::WorkspaceOf<P>::type workspace;  // likewise: P::Workspace, if there is one
  const SetupOf<P>* setup = nullptr;  // of the run, set by who calls the handlers, and of a part by the whole

  /// Where in `list`, from `at` on, the next kDeliver is; its size if there is none.
  std::size_t next_delivery(std::size_t at) const {
    while (at < list.size() && list[at].kind != Kind::kDeliver) ++at;
    return at;
  }
  void clear() {
    list.clear();
    messages.clear();
    timers.clear();
    recipients.clear();
  }
};

template <class P>
class Context {
 public:
  using Message = typename P::Message;
  using Timer = TimerOf<P>;
  using Params = typename P::Params;

  Context(const NetworkView& world, const Params& params, Effects<P>& effects, TimerTable& timers, NodeDraws& draws,
          NodeId self, SimTime now)
      : world_(world), params_(params), effects_(effects), timers_(timers), draws_(draws), self_(self), now_(now) {}

  SimTime now() const { return now_; }
  NodeId self() const { return self_; }
  const Params& params() const { return params_; }
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(world_.nodes.size()); }
  /// Connected peers now, in this node's own random order, which changes of membership do not reshuffle.
  std::span<const NodeId> peers() const { return world_.peers(self_); }
  const network::NodeAttributes& attributes(NodeId node) const { return world_.nodes[index(node)]; }
  const network::NodeAttributes& attributes() const { return attributes(self_); }
  Duration link_latency(NodeId peer) const { return world_.link_latency(self_, peer); }
  const ItemInfo& item(ItemId id) const { return world_.items[index(id)]; }
  const std::string& class_name(ClassId id) const { return world_.classes[index(id)]; }
  /// Whether the item is a block of the chain: a discovery of a workload of kind "mining". Only of blocks may the
  /// following be asked, and only of those that this node has heard of (sim/chain/block_tree.hpp says what they are).
  bool is_block(ItemId id) const { return world_.chain != nullptr && world_.chain->is_block(id); }
  /// The block that this node's chain ends in, when the handler was called: what it delivers moves it afterwards.
  /// kNoItem: the genesis block.
  ItemId head() const { return world_.chain != nullptr ? world_.chain->head(self_) : kNoItem; }
  /// 1 for a child of the genesis block, 0 for that.
  std::uint32_t height(ItemId block) const { return world_.chain->height(block); }
  /// kNoItem: the genesis block.
  ItemId parent(ItemId block) const { return world_.chain->parent(block); }
  /// Its coinbase among them; 0: the workload does not say.
  std::uint32_t transactions(ItemId block) const { return world_.chain->transactions(block); }
  /// What the block holds; null: nobody knows, as no miner had a mempool.
  const chain::BlockContent* content(ItemId block) const { return world_.chain->content(block); }
  /// What validation comes to.
  bool is_valid(ItemId block) const { return world_.chain->is_valid(block); }
  bool is_peer(NodeId node) const { return world_.connected(self_, node); }
  /// The peers that the topology gives this node, whoever is connected now.
  std::span<const NodeId> topology_peers() const { return world_.topology_peers(self_); }
  /// The nodes that this node knows by the membership, connected or not: those that it could connect to. In the
  /// membership's order; valid until the next call.
  std::span<const NodeId> known() {
    effects_.known.clear();
    world_.known(self_, effects_.known);
    return effects_.known;
  }
  /// How long to wait before a connection is tried again (network.reconnect_delay).
  Duration reconnect_delay() const { return world_.reconnect_delay(); }
  /// The public list, which no node keeps (a tracker, a DNS seed), as it was `ago`: when the node was put on it for the
  /// last time; kNever: it was not. What is asked with another `ago` than that of the whole run (see
  /// SharedList in protocol.hpp) has no meaning.
  SimTime enlisted(NodeId node, Duration ago) const { return world_.enlisted(node, now_ - ago); }
  /// An empty list for the handler's own use; valid until the next call of scratch().
  std::vector<NodeId>& scratch() {
    effects_.scratch.clear();
    return effects_.scratch;
  }
  /// What P::prepare() made before the run.
  const SetupOf<P>& setup() const {
    static_assert(HasSetup<P>, "a protocol that is set up has a Setup and prepare()");
    return *effects_.setup;
  }
  /// P::Workspace, one per run: what a handler finds in it is what some other left there.
  auto& workspace() { return effects_.workspace; }
  /// This node's own draws.
  KeyedDraws& rng() { return draws_.of(self_); }
  /// Draws that belong to (stream, a, b), whatever was drawn before: the same under every protocol and at any time.
  KeyedDraws draws(Stream stream, std::uint64_t a, std::uint64_t b) const {
    return KeyedDraws(world_.seed, stream, a, b);
  }
  /// A draw from [0, 1) that belongs to (stream, entity): every node that asks gets the same, at any time.
  double common_uniform(Stream stream, std::uint64_t entity) const {
    return KeyedDraws(world_.seed, stream, entity).uniform();
  }

  void send(NodeId to, Message message) {
    effects_.list.push_back({Effects<P>::Kind::kSend, static_cast<std::uint32_t>(effects_.recipients.size()), 1,
                             store(std::move(message)), kNoNode, 0});
    effects_.recipients.push_back(to);
  }
  /// One message to several peers, in the order given; it is stored once.
  void send(std::span<const NodeId> to, Message message) {
    if (to.empty()) return;
    effects_.list.push_back({Effects<P>::Kind::kSend, static_cast<std::uint32_t>(effects_.recipients.size()),
                             static_cast<std::uint32_t>(to.size()), store(std::move(message)), kNoNode, 0});
    effects_.recipients.insert(effects_.recipients.end(), to.begin(), to.end());
  }
  /// One message to all peers but `except`, in the order of peers().
  void send_all(Message message, NodeId except = kNoNode) {
    effects_.list.push_back({Effects<P>::Kind::kSendAll, 0, 0, store(std::move(message)), except, 0});
  }
  /// The same, in a class of priority.
  void send(NodeId to, Message message, Priority priority) {
    send(to, std::move(message));
    prioritise(priority);
  }
  void send(std::span<const NodeId> to, Message message, Priority priority) {
    if (to.empty()) return;
    send(to, std::move(message));
    prioritise(priority);
  }
  void send_all(Message message, NodeId except, Priority priority) {
    send_all(std::move(message), except);
    prioritise(priority);
  }
  /// Tells what becomes of the message: on_sent when its last bit has left (of its first attempt, on the reliable
  /// transport), on_failed if it does not leave or the transport gives it up, neither after a crash.
  SendId send_tracked(NodeId to, Message message, Priority priority = Priority::kNormal) {
    const SendId id{timers_.open(self_)};
    effects_.list.push_back({Effects<P>::Kind::kTrackedSend, static_cast<std::uint32_t>(to), id.handle.slot,
                             store(std::move(message)), kNoNode, 0});
    prioritise(priority);
    return id;
  }
  /// Takes a message back if no bit of it has left: on_failed, with kCancelled. Otherwise nothing happens.
  void cancel_send(SendId id) {
    static_assert(kUsesOutbox<P>, "a protocol that tracks its sends says so: static constexpr bool kOutbox = true");
    if (timers_.is_current(id.handle))
      effects_.list.push_back({Effects<P>::Kind::kCancelSend, id.handle.slot, 0, 0, kNoNode, 0});
  }
  /// How long the own uplink will be busy with what was handed to it before this handler was called, as the node can
  /// reckon it from the bytes and its own bandwidth. 0 where that is unlimited.
  Duration backlog() const { return world_.uplink_backlog(self_, now_); }
  /// Calls on_timer after `delay`, which is at least 1 ns: what is due at once is done at once.
  TimerId set_timer(Duration delay, Timer timer) {
    const TimerId id = timers_.open(self_);
    effects_.list.push_back(
        {Effects<P>::Kind::kTimer, id.slot, 0, static_cast<std::uint32_t>(effects_.timers.size()), kNoNode, delay.ns});
    effects_.timers.push_back(std::move(timer));
    return id;
  }
  /// A job for one of the node's cores, of which it takes `duration`, at least 1 ns: what takes no time is done at
  /// once. Where [[group]] cores limits them it waits for one, first come, first served. Calls on_timer when it is
  /// done. Only a crash ends it earlier, as it does timers.
  void work(Duration duration, Timer timer) {
    effects_.list.push_back({Effects<P>::Kind::kWork, timers_.open(self_).slot, 0,
                             static_cast<std::uint32_t>(effects_.timers.size()), kNoNode, duration.ns});
    effects_.timers.push_back(std::move(timer));
  }
  /// False if the timer is not pending any more.
  bool cancel_timer(TimerId id) { return timers_.cancel(id); }
  /// Asks a node for a connection: on_peer_up one round trip later, or on_peer_down with the reason. Nothing happens if
  /// there is one, or if it is asked for already. `purpose` is the protocol's own, for accepts() at the other end.
  void connect(NodeId peer, std::uint8_t purpose = 0) {
    static_assert(P::kConnects, "a protocol that makes connections says so: static constexpr bool kConnects = true");
    effects_.list.push_back({Effects<P>::Kind::kConnect, static_cast<std::uint32_t>(peer), purpose, 0, kNoNode, 0});
  }
  /// Closes this end of a connection, or takes back a connect(): on_peer_down with kClosedHere 1 ns later, and with
  /// kClosed at the other end. Nothing happens if there is none.
  void disconnect(NodeId peer) {
    static_assert(P::kConnects, "a protocol that makes connections says so: static constexpr bool kConnects = true");
    effects_.list.push_back({Effects<P>::Kind::kDisconnect, static_cast<std::uint32_t>(peer), 0, 0, kNoNode, 0});
  }
  /// A membership's: the node is among those that this node knows, or is not any more. Only nodes that join later
  /// matter, for join_known_s.
  void learned(NodeId node) {
    if (attributes(node).joins > SimTime{})
      effects_.list.push_back({Effects<P>::Kind::kLearned, static_cast<std::uint32_t>(node), 0, 0, kNoNode, 0});
  }
  void forgot(NodeId node) {
    if (attributes(node).joins > SimTime{})
      effects_.list.push_back({Effects<P>::Kind::kForgot, static_cast<std::uint32_t>(node), 0, 0, kNoNode, 0});
  }
  /// Puts this node on the public list, now.
  void enlist() { effects_.list.push_back({Effects<P>::Kind::kEnlist, 0, 0, 0, kNoNode, 0}); }
  /// This node has the item now: counts once per node and item. A block is adopted: the node's head moves to it, if it
  /// is higher.
  void deliver(ItemId item) {
    effects_.list.push_back({Effects<P>::Kind::kDeliver, static_cast<std::uint32_t>(item), 0, 0, kNoNode, 0});
  }
  /// One of the protocol's counters goes up.
  void count(FigureOf<P, Counter> counter, std::uint32_t times = 1) {
    effects_.list.push_back({Effects<P>::Kind::kCount, counter.place, times, 0, kNoNode, 0});
  }
  /// Something about the item took `time` at this node; by default from its publication until now.
  void measure(FigureOf<P, ItemTime> figure, ItemId item, Duration time) {
    effects_.list.push_back(
        {Effects<P>::Kind::kMeasure, figure.place, static_cast<std::uint32_t>(item), 0, kNoNode, time.ns});
  }
  void measure(FigureOf<P, ItemTime> figure, ItemId item_id) {
    measure(figure, item_id, now_ - item(item_id).published);
  }

  /// Calls handler(Context<Part>&) of a protocol that P is made of; what it records in `effects` is recorded here too,
  /// its timers as wrap(timer), and stays in effects.list until the next call. The messages of Part are among those of
  /// P. The part sees `peers` as the node's own, or all of them by default.
  template <class Part, class Handler, class Wrap>
  void run_part(const typename Part::Params& params, Effects<Part>& effects, const Handler& handler, const Wrap& wrap,
                std::optional<std::span<const NodeId>> peers = std::nullopt) {
    static_assert(kUsesOutbox<P> || !kUsesOutbox<Part>, "a whole has kOutbox if one of its parts has");
    HEARSAY_CHECK(!HasSetup<Part> || effects.setup != nullptr, "a whole gives its part the setup: effects.setup");
    effects.clear();
    const SomePeers some(world_, peers.value_or(std::span<const NodeId>{}));
    const NetworkView& world = peers ? static_cast<const NetworkView&>(some) : world_;
    Context<Part> part(world, params, effects, timers_, draws_, self_, now_);
    handler(part);
    for (const auto& effect : effects.list) take_over(effects, effect, wrap, peers);
  }

 private:
  /// The world of a part that sees only some of its node's peers.
  class SomePeers final : public NetworkView {
   public:
    SomePeers(const NetworkView& world, std::span<const NodeId> own) : NetworkView(world), world_(world), own_(own) {}
    std::span<const NodeId> peers(NodeId) const override { return own_; }
    Duration link_latency(NodeId a, NodeId b) const override { return world_.link_latency(a, b); }
    bool connected(NodeId node, NodeId peer) const override { return world_.connected(node, peer); }
    std::span<const NodeId> topology_peers(NodeId node) const override { return world_.topology_peers(node); }
    void known(NodeId node, std::vector<NodeId>& out) const override { world_.known(node, out); }
    SimTime enlisted(NodeId node, SimTime as_of) const override { return world_.enlisted(node, as_of); }
    Duration reconnect_delay() const override { return world_.reconnect_delay(); }
    Duration uplink_backlog(NodeId node, SimTime now) const override { return world_.uplink_backlog(node, now); }

   private:
    const NetworkView& world_;
    std::span<const NodeId> own_;
  };

  template <class Part, class Wrap>
  void take_over(Effects<Part>& from, const typename Effects<Part>::Effect& effect, const Wrap& wrap,
                 std::optional<std::span<const NodeId>> peers) {
    using Kind = typename Effects<Part>::Kind;
    const auto message = [&] {
      return std::visit([](auto& m) { return Message(std::move(m)); }, from.messages[effect.object]);
    };
    switch (effect.kind) {
      case Kind::kSend:
        send(std::span<const NodeId>(from.recipients).subspan(effect.first, effect.count), message());
        effects_.list.back().delay_ns = effect.delay_ns;
        break;
      case Kind::kSendAll:
        if (!peers) {
          send_all(message(), effect.except);
          effects_.list.back().delay_ns = effect.delay_ns;
          break;
        }
        from.scratch.clear();
        for (const NodeId peer : *peers)
          if (peer != effect.except) from.scratch.push_back(peer);
        if (from.scratch.empty()) break;
        send(from.scratch, message());
        effects_.list.back().delay_ns = effect.delay_ns;
        break;
      case Kind::kTrackedSend:
        effects_.list.push_back(
            {Effects<P>::Kind::kTrackedSend, effect.first, effect.count, store(message()), kNoNode, effect.delay_ns});
        break;
      case Kind::kCancelSend:
        effects_.list.push_back({Effects<P>::Kind::kCancelSend, effect.first, 0, 0, kNoNode, 0});
        break;
      case Kind::kTimer:
      case Kind::kWork:
        effects_.list.push_back({static_cast<typename Effects<P>::Kind>(effect.kind), effect.first, 0,
                                 static_cast<std::uint32_t>(effects_.timers.size()), kNoNode, effect.delay_ns});
        effects_.timers.push_back(wrap(from.timers[effect.object]));
        break;
      case Kind::kDeliver: deliver(ItemId{effect.first}); break;
      case Kind::kConnect:
        if constexpr (requires { Part::kConnects; })
          connect(NodeId{effect.first}, static_cast<std::uint8_t>(effect.count));
        break;
      case Kind::kDisconnect:
        if constexpr (requires { Part::kConnects; }) disconnect(NodeId{effect.first});
        break;
      case Kind::kEnlist: enlist(); break;
      case Kind::kLearned: learned(NodeId{effect.first}); break;
      case Kind::kForgot: forgot(NodeId{effect.first}); break;
      case Kind::kCount:
      case Kind::kMeasure:
        if constexpr (!figures_of<Part>.empty())
          effects_.list.push_back({static_cast<typename Effects<P>::Kind>(effect.kind),
                                   figure_places<P, Part>[effect.first], effect.count, 0, kNoNode, effect.delay_ns});
        break;
    }
  }

  /// Of the send that was recorded last.
  void prioritise(Priority priority) {
    static_assert(kUsesOutbox<P>, "a protocol that orders its sends says so: static constexpr bool kOutbox = true");
    effects_.list.back().set_priority(priority);
  }
  std::uint32_t store(Message message) {
    effects_.messages.push_back(std::move(message));
    return static_cast<std::uint32_t>(effects_.messages.size() - 1);
  }
  const NetworkView& world_;
  const Params& params_;
  Effects<P>& effects_;
  TimerTable& timers_;
  NodeDraws& draws_;
  NodeId self_;
  SimTime now_;
};

}  // namespace hearsay::protocol
