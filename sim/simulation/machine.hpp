#pragma once

// The state machines of the nodes, all of one class: one thread's way to call their handlers and to commit what they
// did. Nothing here knows what an event is about before or after the handler.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/metrics/figure_metrics.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/simulation/connections.hpp"
#include "sim/simulation/content.hpp"
#include "sim/simulation/drawn_network.hpp"
#include "sim/simulation/message_visits.hpp"
#include "sim/simulation/outbox.hpp"
#include "sim/simulation/reliable_transport.hpp"
#include "sim/simulation/run_thread.hpp"
#include "sim/simulation/transmission.hpp"

namespace hearsay::simulation {

/// What all threads of a run share of these machines. A node's part is used by whoever runs the node.
template <class P>
struct MachineNodes {
  /// Timers of the nodes of one lane. What a timer says lies beside its slot.
  struct LaneTimers {
    protocol::TimerTable table;
    std::vector<protocol::TimerOf<P>> contents;
  };

  MachineNodes(const World& world, const typename P::Params& p, std::uint32_t lanes)
      : params(p),
        setup(protocol::prepare<P>(p, DrawnNetwork(world))),
        states(world.attributes.size()),
        draws(world.attributes.size(), 0) {
    for (std::uint32_t l = 0; l < lanes; ++l) timers.push_back({protocol::TimerTable(world.nodes_can_crash()), {}});
  }
  /// Timers set and neither fired nor cancelled.
  std::uint64_t pending_timers() const {
    std::uint64_t pending = 0;
    for (const LaneTimers& lane : timers) pending += lane.table.pending();
    return pending;
  }

  const typename P::Params& params;
  [[no_unique_address]] const protocol::SetupOf<P> setup;
  std::vector<P> states;
  protocol::DrawPositions draws;
  std::vector<LaneTimers> timers;  ///< by lane
};

/// kPart: it is the membership's, not the protocol's.
template <class P, bool kPart = false>
class Machine {
 public:
  using Message = typename P::Message;
  using Context = protocol::Context<P>;
  using Pool = PayloadPool<Message, kPart ? kPartSlot : 0>;

  /// References must outlive it. `first_kind`: of its message kinds among all of the run.
  Machine(RunThread& thread, MachineNodes<P>& nodes, Pool& payloads, Transmission& transmission,
          Connections& connections, std::size_t first_kind = 0)
      : t_(thread),
        nodes_(nodes),
        payloads_(payloads),
        transmission_(transmission),
        connections_(connections),
        first_kind_(first_kind),
        windows_(thread.plan.windows()),
        timers_(&nodes.timers[0]),
        draws_(thread.world.seed, nodes.draws, kPart ? Stream::kMembership : Stream::kNodeProtocol) {
    effects_.setup = &nodes.setup;
  }
  /// Null for datagrams.
  void set_transport(ReliableTransport* transport) { transport_ = transport; }
  /// Null where the wire's own FIFO serves.
  void set_outbox(Outbox* outbox) { outbox_ = outbox; }

  // ------------------------------------------------------------------------------------------ events

  void on_message(const engine::Event& event, const Payload<Message>& payload) {
    call(event, [&](P& node, Context& ctx) {
      t_.states[index(target_of(event))].digest.add(payload.content);
      node.on_message(ctx, source_of(event), payload.message);
    });
  }
  void on_timer(const engine::Event& event) {
    const NodeId self = target_of(event);
    auto& timers = timers_of(self);
    const bool pending = timers.table.is_pending(event.payload);
    const protocol::TimerOf<P> timer = std::move(timers.contents[event.payload]);
    timers.table.close(event.payload);
    if (!pending) return;
    if (t_.trace != nullptr) [[unlikely]]
      t_.note(TraceEvent::kTimer, self, kNoNode);
    call(event, [&](P& node, Context& ctx) {
      add_content(t_.states[index(self)].digest, timer.content());
      if constexpr (protocol::HandlesTimers<P>) node.on_timer(ctx, timer);
    });
  }
  /// What became of a tracked send.
  void on_outcome(const engine::Event& event) {
    const NodeId self = target_of(event);
    protocol::TimerTable& table = timers_of(self).table;
    if (table.is_pending(event.payload)) {
      const Outbox::Outcome outcome = outbox_->outcome(event);
      const protocol::SendId id{table.id_of(event.payload)};
      call(event, [&]([[maybe_unused]] P& node, [[maybe_unused]] Context& ctx) {
        t_.states[index(self)].digest.add(static_cast<std::uint64_t>(event.wait_ns()));
        if constexpr (protocol::HandlesSent<P>)
          if (outcome.sent) node.on_sent(ctx, outcome.to, id);
        if constexpr (protocol::HandlesFailed<P>)
          if (!outcome.sent) node.on_failed(ctx, outcome.to, id, outcome.why);
      });
    }
    outbox_->release(self, event.payload);
  }
  void on_publish(const engine::Event& event, ItemId item) {
    call(event, [&]([[maybe_unused]] P& node, [[maybe_unused]] Context& ctx) {
      if constexpr (protocol::HandlesPublish<P>) node.on_publish(ctx, item);
    });
  }
  void on_peer_up(const engine::Event& event, NodeId peer) {
    if constexpr (protocol::HandlesPeerUp<P>) call(event, [&](P& node, Context& ctx) { node.on_peer_up(ctx, peer); });
  }
  /// Of a connection that never was only who makes connections hears.
  void on_peer_down(const engine::Event& event, NodeId peer, protocol::PeerDown why, bool was_up) {
    if constexpr (protocol::HandlesPeerDownReason<P>) {
      if (was_up || protocol::kMakesConnections<P>)
        call(event, [&](P& node, Context& ctx) { node.on_peer_down(ctx, peer, why); });
    } else if constexpr (protocol::HandlesPeerDown<P>) {
      if (was_up) call(event, [&](P& node, Context& ctx) { node.on_peer_down(ctx, peer); });
    }
  }
  bool accepts(NodeId self, NodeId from, std::uint8_t purpose) {
    if constexpr (protocol::AnswersConnect<P>) {
      const Context context(t_.world, nodes_.params, effects_, timers_of(self).table, draws_, self, t_.now);
      return std::as_const(nodes_.states[index(self)]).accepts(context, from, purpose);
    }
    return true;
  }
  /// The node is about to find the block: what that holds is written once, here.
  void fill_block(NodeId self, ItemId block) {
    if constexpr (protocol::FillsBlocks<P>) {
      const Context context(t_.world, nodes_.params, effects_, timers_of(self).table, draws_, self, t_.now);
      if (auto content = std::as_const(nodes_.states[index(self)]).block_content(context, block))
        t_.world.tree->fill(block, std::move(*content));
    }
  }
  /// The node comes up, for the first time or again, with a new state if it lost the old one.
  void start(const engine::Event& event, bool first, bool lost_state) {
    if (lost_state) nodes_.states[index(target_of(event))] = P{};
    call(event, [&]([[maybe_unused]] P& node, [[maybe_unused]] Context& ctx) {
      if constexpr (protocol::HandlesRestart<P>) {
        if (!first) {
          node.on_restart(ctx);
          return;
        }
      }
      if constexpr (protocol::HandlesStart<P>) node.on_start(ctx);
    });
  }
  /// A crash discards all timers.
  void went_down(NodeId node) { timers_of(node).table.cancel_all_of(node); }
  void leave_lane() { draws_.close(); }
  protocol::TimerTable& timer_table(NodeId node) { return timers_of(node).table; }

  void prefetch(NodeId node) const { hearsay::prefetch(&nodes_.states[index(node)]); }
  /// What this thread has counted and measured of the figures of P.
  metrics::FigureTally& figures() { return figures_; }

 private:
  using Effects = protocol::Effects<P>;

  /// Calls `handler(node, context)` for an event's target and commits its effects.
  template <class Handler>
  void call(const engine::Event& event, const Handler& handler) {
    const NodeId self = target_of(event);
    t_.digest_key(event, self);
    if (windows_) timers_ = &timers_of(self);
    Context context(t_.world, nodes_.params, effects_, timers_->table, draws_, self, t_.now);
    handler(nodes_.states[index(self)], context);
    if (!effects_.list.empty()) commit(self);
  }
  typename MachineNodes<P>::LaneTimers& timers_of(NodeId node) {
    return nodes_.timers.size() == 1 ? nodes_.timers[0]
                                     : nodes_.timers[t_.plan.division.lane_of(static_cast<std::int32_t>(node))];
  }

  void commit(NodeId self) {
    using Kind = typename Effects::Kind;
    for (std::size_t i = 0; i < effects_.list.size(); ++i) {
      const auto& effect = effects_.list[i];
      switch (effect.kind) {
        case Kind::kSend: send(self, {effects_.recipients.data() + effect.first, effect.count}, effect); break;
        case Kind::kSendAll: send(self, t_.world.overlay.peers(self), effect); break;
        case Kind::kTrackedSend:
          if constexpr (protocol::kUsesOutbox<P>) send_tracked(self, effect);
          break;
        case Kind::kCancelSend:
          if constexpr (protocol::kUsesOutbox<P>) outbox_->cancel(self, effect.first);
          break;
        case Kind::kTimer:
          set_timer(self, effect.first, effect.delay_ns, std::move(effects_.timers[effect.object]));
          break;
        case Kind::kWork: work(self, effect.first, effect.delay_ns, std::move(effects_.timers[effect.object])); break;
        case Kind::kDeliver: deliver(self, ItemId{effect.first}); break;
        case Kind::kConnect:
          connections_.connect(self, NodeId{effect.first}, static_cast<std::uint8_t>(effect.count));
          break;
        case Kind::kDisconnect: connections_.disconnect(self, NodeId{effect.first}); break;
        case Kind::kEnlist:
          if (windows_)
            t_.lane_of(self).enlisted.emplace_back(self, t_.now);
          else
            t_.world.public_list.enlist(self, t_.now);
          break;
        case Kind::kLearned: t_.lane_of(self).knowledge.push_back({t_.now, NodeId{effect.first}, 1}); break;
        case Kind::kForgot: t_.lane_of(self).knowledge.push_back({t_.now, NodeId{effect.first}, -1}); break;
        case Kind::kCount: figures_.count(effect.first, effect.count); break;
        case Kind::kMeasure: measure(effect.first, ItemId{effect.count}, Duration{effect.delay_ns}); break;
      }
    }
    effects_.clear();
  }

  void deliver(NodeId self, ItemId item) {
    t_.states[index(self)].digest.add((static_cast<std::uint64_t>(self) << 32) | static_cast<std::uint64_t>(item));
    t_.tally.delivered(item, self, t_.now);
    if (t_.world.tree) [[unlikely]]
      adopt(self, item);
    if (t_.trace != nullptr) [[unlikely]]
      t_.note(TraceEvent::kDeliver, self, kNoNode, {.item = static_cast<std::int64_t>(item)});
  }

  void adopt(NodeId self, ItemId item) {
    if (!t_.world.tree->is_block(item)) return;
    if (const auto adoption = t_.world.tree->adopt(self, item); adoption.moved) t_.head_moves.moved(adoption, t_.now);
  }

  void measure(std::uint32_t figure, ItemId item, Duration time) {
    HEARSAY_CHECK(time.ns >= 0, "nothing takes less than no time");
    if (t_.world.spec.output.measures(t_.world.item_infos[index(item)].published)) figures_.measure(figure, time);
  }

  void work(NodeId self, std::uint32_t slot, std::int64_t work_ns, protocol::TimerOf<P> timer) {
    HEARSAY_CHECK(work_ns >= 1, "what takes no time is done at once");
    set_timer(self, slot, t_.world.cores.until_done(self, t_.now, Duration{work_ns}).ns, std::move(timer));
  }
  void set_timer(NodeId self, std::uint32_t slot, std::int64_t delay_ns, protocol::TimerOf<P> timer) {
    HEARSAY_CHECK(delay_ns >= 1, "a timer is set for later, never for now");
    auto& contents = timers_->contents;
    if (slot >= contents.size()) contents.resize(slot + std::size_t{1});
    contents[slot] = std::move(timer);
    t_.calendar.push(node_event(t_.now + nanoseconds(delay_ns), self, self, t_.next_sequence(self),
                                engine::EventKind::kTimer, kPart ? engine::Step::kPart : engine::Step::kDeliver, slot));
  }

  using Effect = typename Effects::Effect;

  void send(NodeId from, std::span<const NodeId> to, const Effect& effect) {
    const Message& message = effects_.messages[effect.object];
    const NodeId except = effect.except;
    if (transmission_.silenced(from, to, except, [&] { return only_own_items(from, message); })) [[unlikely]]
      return;
    const std::uint64_t bytes = wire_bytes(message) + t_.world.spec.network.overhead_bytes;
    const bool carries_items = simulation::first_item(message) != kNoItem;
    const std::size_t kind = first_kind_ + message.index();
    if (!transmission_.conditional()) [[likely]] {
      // One serialisation time for all recipients, and nothing else to decide: one record serves them all.
      transmission_.multicast(from, to, except, payloads_.create(message, t_.now, bytes), kind, carries_items);
      return;
    }
    for (const NodeId peer : to) {
      if (peer == except) continue;
      HEARSAY_CHECK(peer != from, "a node does not send to itself");
      submit(from, peer, payloads_.create(message, t_.now, bytes), kind, carries_items, {effect.priority(), kNoHandle});
    }
  }
  void send_tracked(NodeId from, const Effect& effect) {
    const Message& message = effects_.messages[effect.object];
    const NodeId to{effect.first};
    HEARSAY_CHECK(to != from, "a node does not send to itself");
    outbox_->track(from, effect.count, to);
    if (transmission_.silenced(from, {&to, 1}, kNoNode, [&] { return only_own_items(from, message); }))
      outbox_->seem_sent(from, effect.count);
    else
      submit(from, to, payloads_.create(message, t_.now, wire_bytes(message) + t_.world.spec.network.overhead_bytes),
             first_kind_ + message.index(), simulation::first_item(message) != kNoItem,
             {effect.priority(), effect.count});
    outbox_->release(from, effect.count);
  }
  void submit(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items, const SendAsk& ask) {
    if (transport_ != nullptr)
      transport_->send(from, to, slot, kind, carries_items, ask);
    else if (outbox_ != nullptr)
      outbox_->post(from, to, slot, kind, carries_items, ask);
    else
      transmission_.send(from, to, slot, kind, carries_items);
  }
  bool only_own_items(NodeId node, const Message& message) const {
    bool any = false, own = true;
    visit_items(message, [&](const auto& carried) {
      any = true;
      own = t_.world.item_infos[index(item_of(carried))].origin == node;
      return own;
    });
    return any && own;
  }

  RunThread& t_;
  MachineNodes<P>& nodes_;
  Pool& payloads_;
  Transmission& transmission_;
  Connections& connections_;
  const std::size_t first_kind_;
  ReliableTransport* transport_ = nullptr;
  Outbox* outbox_ = nullptr;
  const bool windows_;
  typename MachineNodes<P>::LaneTimers* timers_;  // of the lane of the node whose handler runs
  protocol::NodeDraws draws_;
  Effects effects_;
  metrics::FigureTally figures_{protocol::figures_of<P>.size()};
};

}  // namespace hearsay::simulation
