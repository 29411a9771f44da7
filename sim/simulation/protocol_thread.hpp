#pragma once

// One thread of a run, as far as it knows the protocol: it takes events from its calendar, calls handlers and commits
// their effects.

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/simulation/content.hpp"
#include "sim/simulation/membership_traffic.hpp"
#include "sim/simulation/message_visits.hpp"
#include "sim/simulation/reliable_transport.hpp"
#include "sim/simulation/run_control.hpp"
#include "sim/simulation/samples.hpp"

namespace hearsay::simulation {

/// What all threads of a run share of the protocol. A node's part is used by whoever runs the node.
template <protocol::Protocol P>
struct Nodes {
  Nodes(const World& world, const typename P::Params& p, std::size_t lanes)
      : params(p), states(world.attributes.size()), draws(world.attributes.size(), 0), timers(lanes) {}
  const typename P::Params& params;
  std::vector<P> states;
  protocol::DrawPositions draws;
  std::vector<std::vector<typename P::Timer>> timers;  ///< by lane and slot
  std::unique_ptr<Contacts> contacts;                  ///< null without samples
};

template <protocol::Protocol P>
class ProtocolThread final : public engine::Worker, public NodeSide {
 public:
  ProtocolThread(World& world, std::vector<Lane>& lanes, const LanePlan& plan, const RunOptions& options,
                 PayloadSpace& space, Nodes<P>& nodes, RunControl& control)
      : t_(world, lanes, plan, options),
        nodes_(nodes),
        control_(control),
        payloads_(space, release_mode(world, plan)),
        windows_(plan.windows()),
        lane_(&lanes[0]),
        draws_(world.seed, nodes.draws),
        transmission_(t_, payloads_, *this),
        lifecycle_(t_, transmission_, *this),
        seed_(world.spec.seed),
        replay_(options.replay) {
    if (world.membership) membership_.emplace(t_, payloads_, transmission_, std::variant_size_v<Message>);
    if (world.reliable())
      transport_.emplace(t_, payloads_, transmission_, *this, membership_ ? &*membership_ : nullptr);
    if (membership_ && transport_) membership_->set_transport(&*transport_);
    lifecycle_.tell(transport_ ? &*transport_ : nullptr, membership_ ? &*membership_ : nullptr);
  }

  RunThread& kernel() { return t_; }
  Lifecycle& lifecycle() { return lifecycle_; }
  /// Null where there is none.
  const ReliableTransport* transport() const { return transport_ ? &*transport_ : nullptr; }
  const MembershipTraffic* membership() const { return membership_ ? &*membership_ : nullptr; }
  const std::array<std::uint64_t, protocol::counter_count<P>()>& counters() const { return counters_; }

  // ------------------------------------------------------------------------------- engine::Worker
  engine::Calendar& calendar() override { return t_.calendar; }
  SimTime now() const override { return t_.now; }
  void begin_window(SimTime begin, unsigned parity) override {
    payloads_.free_before(begin);
    t_.world.recorder.fold(control_.number_of(t_), parity ^ 1);
    t_.tally.begin_window(parity);
  }
  void leave_lane() override { draws_.close(); }

  bool drain(std::int64_t last, bool watch) override {
    CheckContext& check = check_context();
    if (check.seed != seed_ || check.replay != replay_) {
      check.seed = seed_;
      check.replay = replay_;
    }
    window_ = nullptr;
    std::int64_t latest = INT64_MIN;
    // Who watches the end runs alone, so what the others have sent stays on its way.
    const std::int64_t elsewhere = watch ? control_.in_flight() - t_.in_flight : 0;
    while (const Event* const next = t_.calendar.pop(last)) {
      const Event& event = *next;
      HEARSAY_CHECK(event.time_ns >= latest, "time does not go backwards");
      latest = event.time_ns;
      t_.now = SimTime{latest};
      check.time_ns = latest;
      check.node = event.target;
      ++t_.events;
      prefetch_ahead();
      dispatch(event);
      if (watch && t_.in_flight + elsewhere == t_.membership_in_flight && control_.over()) return true;
    }
    check.time_ns = -1;
    return false;
  }

 private:
  using Event = engine::Event;
  using EventKind = engine::EventKind;
  using Step = engine::Step;
  using Message = typename P::Message;
  using Effects = protocol::Effects<P>;
  using Context = protocol::Context<P>;

  static Release release_mode(const World& world, const LanePlan& plan) {
    if (plan.threads == 1) return Release::kCounted;
    return world.wire.any_claims() ? Release::kShared : Release::kByWindow;
  }

  // ------------------------------------------------------------------------------------- prefetching

  // A sorted bucket shows the future: fetch what the coming events will touch in three steps, each line so early that
  // what is needed to find the next one is there by then. The first events of a bucket go through the steps together.
  void prefetch_ahead() {
    const std::span<const Event> coming = t_.calendar.upcoming();
    constexpr std::size_t kPayload = 20, kItem = 12, kPeers = 6;
    if (coming.data() != window_) [[unlikely]] {
      for (std::size_t k = 0; k < std::min(kPayload, coming.size()); ++k) prefetch_payload(coming[k]);
      for (std::size_t k = 0; k < std::min(kItem, coming.size()); ++k) prefetch_item(coming[k]);
      for (std::size_t k = 0; k < std::min(kPeers, coming.size()); ++k) prefetch_peers(coming[k]);
    }
    window_ = coming.data() + 1;
    if (coming.size() > kPayload) prefetch_payload(coming[kPayload]);
    if (coming.size() > kItem) prefetch_item(coming[kItem]);
    if (coming.size() > kPeers) prefetch_peers(coming[kPeers]);
  }
  void prefetch_payload(const Event& e) {
    if (e.kind != EventKind::kMessage || e.step > Step::kFirstBit) return;
    payloads_.prefetch(e.payload);
    const NodeId target = target_of(e);
    hearsay::prefetch(&nodes_.states[index(target)]);
    hearsay::prefetch(&t_.states[index(target)]);
    if (e.step == Step::kFirstBit) t_.world.wire.prefetch(target);
  }
  void prefetch_item(const Event& e) {
    if (e.kind != EventKind::kMessage || e.step != Step::kDeliver) return;
    if (const ItemId item = first_carried(payloads_[e.payload]); item != kNoItem)
      t_.world.recorder.prefetch(item, target_of(e));
  }
  void prefetch_peers(const Event& e) {
    if (e.kind != EventKind::kMessage || e.step != Step::kDeliver) return;
    const NodeId target = target_of(e);
    // Most copies of an item find it there already, and nothing is sent then.
    if (const ItemId item = first_carried(payloads_[e.payload]); item != kNoItem) {
      if (t_.world.recorder.received_before(item, target)) return;
      t_.world.recorder.prefetch(item, source_of(e));  // for its hops
    }
    t_.world.overlay.prefetch_peers(target);
    t_.world.wire.prefetch(target);
  }
  static ItemId first_carried(const Payload<Message>& payload) {
    if (payload.is_membership()) [[unlikely]]
      return kNoItem;
    return simulation::first_item(payload.message);
  }

  // ------------------------------------------------------------------------------------------ events

  void dispatch(const Event& event) {
    switch (event.kind) {
      case EventKind::kMessage: on_wire(event); break;
      case EventKind::kTimer: on_timer(event); break;
      case EventKind::kPublication: on_publication(event); break;
      case EventKind::kFault: lifecycle_.on_session_end(event); break;
      case EventKind::kRestart: lifecycle_.on_restart(event); break;
      case EventKind::kPeerDown:
      case EventKind::kPeerUp: on_peer_change(event); break;
    }
  }

  void on_wire(const Event& event) {
    switch (event.step) {
      case Step::kDeliver:
      case Step::kCutShort: on_message(event); break;
      case Step::kFirstBit:
      case Step::kFirstBitCutShort:
        if (const auto delivery = transmission_.first_bit(event)) on_message(*delivery);
        break;
      case Step::kAck: transport_->on_ack(event); break;
      case Step::kTimeout: transport_->on_timeout(event); break;
      case Step::kReconnect: transport_->on_reconnect(event); break;
      case Step::kMembership: HEARSAY_CHECK(false, "only timers have this step");
    }
  }

  void on_message(const Event& event) {
    Payload<Message>& payload = payloads_[event.payload];
    if (transmission_.destructive()) [[unlikely]] {
      if (!transmission_.survives(event, payload, transport_ && transport_->is_broken(payload))) {
        lose(event, payload);
        return;
      }
    }
    transmission_.received(event, payload);
    const NodeId to = target_of(event), from = source_of(event);
    if (nodes_.contacts) [[unlikely]]
      nodes_.contacts->heard(to, from, t_.now);
    if (!payload.plain()) [[unlikely]] {
      if (payload.is_membership()) {
        membership_->on_message(event);
        return;
      }
      if (!transport_->accept(event, payload.transfer())) {
        payloads_.release(event.payload);
        return;
      }
    }
    visit_items(
        payload.message, [&](ItemId item) __attribute__((always_inline)) {
          t_.tally.receipt(item, to, from);
          return true;
        });
    call(event, [&](P& node, Context& ctx) {
      t_.states[index(to)].digest.add(payload.content);
      node.on_message(ctx, from, payload.message);
    });
    payloads_.release(event.payload, payload);
  }

  /// A message that did not survive its way.
  void lose(const Event& event, const PayloadHeader& payload) {
    if (payload.is_membership()) membership_->lost(payload);
    const std::uint32_t transfer = payload.transfer();
    payloads_.release(event.payload);
    if (transfer != kNoTransfer) transport_->lost(transfer);
  }

  void on_timer(const Event& event) {
    if (event.step == Step::kMembership) [[unlikely]] {
      membership_->on_timer(event);
      return;
    }
    const NodeId node = target_of(event);
    protocol::TimerTable& table = t_.lane_of(node).timers;
    const bool pending = table.is_pending(event.payload);
    const typename P::Timer timer = std::move(contents_of(node)[event.payload]);
    table.close(event.payload);
    if (!pending) return;
    if (t_.trace != nullptr) [[unlikely]]
      t_.note(TraceEvent::kTimer, node, kNoNode);
    call(event, [&](P& p, Context& ctx) {
      add_content(t_.states[index(node)].digest, timer.content());
      p.on_timer(ctx, timer);
    });
  }

  void on_publication(const Event& event) {
    const NodeId node = target_of(event);
    const ItemId item{event.payload};
    --t_.publications_left;
    if (!t_.world.up(node)) {
      t_.tally.publication_skipped();
      return;
    }
    t_.tally.published(item, t_.now);
    if (t_.trace != nullptr) [[unlikely]]
      t_.note(TraceEvent::kPublish, node, kNoNode,
              {.item = event.payload, .bytes = t_.world.item_infos[event.payload].size_bytes});
    call(event, [&](P& p, Context& ctx) { p.on_publish(ctx, item); });
  }

  void on_peer_change(const Event& event) {
    const NodeId node = target_of(event), peer{event.payload};
    if (!t_.world.up(node)) return;
    const bool is_up = event.kind == EventKind::kPeerUp;
    if (membership_ && !membership_->change_peer(node, peer, is_up)) return;
    if (t_.trace != nullptr) [[unlikely]]
      t_.note(is_up ? TraceEvent::kPeerUp : TraceEvent::kPeerDown, node, peer);
    peer_changed(event, peer, is_up);
  }

  // ---------------------------------------------------------------------------------------- NodeSide

  void start(const Event& event, bool first, bool lost_state) override {
    const NodeId node = target_of(event);
    if (lost_state) {
      nodes_.states[index(node)] = P{};
      if (nodes_.contacts) nodes_.contacts->forget(node);
    }
    call(event, [&](P& p, Context& ctx) {
      if constexpr (requires { p.on_restart(ctx); }) {
        if (!first) {
          p.on_restart(ctx);
          return;
        }
      }
      p.on_start(ctx);
    });
  }
  void peer_changed(const Event& event, NodeId peer, bool is_up) {
    if constexpr (requires(P & p, Context & ctx) { p.on_peer_up(ctx, peer); })
      if (is_up) call(event, [&](P& p, Context& ctx) { p.on_peer_up(ctx, peer); });
    if constexpr (requires(P & p, Context & ctx) { p.on_peer_down(ctx, peer); })
      if (!is_up) call(event, [&](P& p, Context& ctx) { p.on_peer_down(ctx, peer); });
  }
  std::size_t message_kind(std::uint32_t slot) const override {
    const Payload<Message>& payload = payloads_[slot];
    return payload.is_membership() ? membership_->message_kind(payload) : payload.message.index();
  }
  std::int64_t first_item(std::uint32_t slot) const override {
    const ItemId item = first_carried(payloads_[slot]);
    return item == kNoItem ? -1 : static_cast<std::int64_t>(item);
  }

  // ----------------------------------------------------------------------------- handlers and effects

  /// Calls `handler(node, context)` for an event's target and commits its effects.
  template <class Handler>
  void call(const Event& event, const Handler& handler) {
    const NodeId self = target_of(event);
    t_.digest_key(event, self);
    if (windows_) lane_ = &t_.lane_of(self);
    Context context(t_.world, nodes_.params, effects_, lane_->timers, draws_, self, t_.now);
    handler(nodes_.states[index(self)], context);
    if (!effects_.list.empty()) commit(self);
  }

  void commit(NodeId self) {
    using Kind = typename Effects::Kind;
    for (std::size_t i = 0; i < effects_.list.size(); ++i) {
      const auto& effect = effects_.list[i];
      switch (effect.kind) {
        case Kind::kSend:
          send(self, {effects_.recipients.data() + effect.first, effect.count}, kNoNode,
               effects_.messages[effect.object], false);
          break;
        case Kind::kSendAll:
          send(self, t_.world.overlay.peers(self), effect.except, effects_.messages[effect.object],
               t_.world.overlay.unchanged(self));
          break;
        case Kind::kTimer:
          set_timer(self, effect.first, effect.delay_ns, std::move(effects_.timers[effect.object]));
          break;
        case Kind::kDeliver: deliver(self, ItemId{effect.first}); break;
        case Kind::kCount: counters_[effect.first] += effect.count; break;
      }
    }
    effects_.clear();
  }

  void deliver(NodeId self, ItemId item) {
    t_.states[index(self)].digest.add((static_cast<std::uint64_t>(self) << 32) | static_cast<std::uint64_t>(item));
    t_.tally.delivered(item, self, t_.now);
    if (t_.trace != nullptr) [[unlikely]]
      t_.note(TraceEvent::kDeliver, self, kNoNode, {.item = static_cast<std::int64_t>(item)});
  }

  void set_timer(NodeId self, std::uint32_t slot, std::int64_t delay_ns, typename P::Timer timer) {
    HEARSAY_CHECK(delay_ns >= 1, "a timer is set for later, never for now");
    auto& contents = contents_of(self);
    if (slot >= contents.size()) contents.resize(slot + std::size_t{1});
    contents[slot] = std::move(timer);
    t_.calendar.push(node_event(t_.now + nanoseconds(delay_ns), self, self, t_.next_sequence(self), EventKind::kTimer,
                                Step::kDeliver, slot));
  }
  std::vector<typename P::Timer>& contents_of(NodeId node) {
    return nodes_.timers[t_.plan.division.lane_of(static_cast<std::int32_t>(node))];
  }

  void send(NodeId from, std::span<const NodeId> to, NodeId except, const Message& message, bool base_order) {
    if (transmission_.silenced(from, to, except, [&] { return only_own_items(from, message); })) [[unlikely]]
      return;
    const std::uint64_t bytes = wire_bytes(message) + t_.world.spec.network.overhead_bytes;
    const bool carries_items = simulation::first_item(message) != kNoItem;
    const std::size_t kind = message.index();
    if (!transmission_.conditional()) [[likely]] {
      // One serialisation time for all recipients, and nothing else to decide: one record serves them all.
      transmission_.multicast(from, to, except, payloads_.create(message, t_.now, bytes), kind, carries_items,
                              base_order);
      return;
    }
    for (const NodeId peer : to) {
      if (peer == except) continue;
      HEARSAY_CHECK(peer != from, "a node does not send to itself");
      const std::uint32_t slot = payloads_.create(message, t_.now, bytes);
      if (transport_)
        transport_->send(from, peer, slot, kind, carries_items);
      else
        transmission_.send(from, peer, slot, kind, carries_items);
    }
  }
  bool only_own_items(NodeId node, const Message& message) const {
    bool any = false, own = true;
    visit_items(message, [&](ItemId item) {
      any = true;
      own = t_.world.item_infos[index(item)].origin == node;
      return own;
    });
    return any && own;
  }

  RunThread t_;
  Nodes<P>& nodes_;
  RunControl& control_;
  PayloadPool<Message> payloads_;
  const bool windows_;
  Lane* lane_;  // of the node whose handler runs
  protocol::NodeDraws draws_;
  Effects effects_;
  Transmission transmission_;
  Lifecycle lifecycle_;
  std::optional<MembershipTraffic> membership_;
  std::optional<ReliableTransport> transport_;
  std::uint64_t seed_;
  std::string replay_;
  const Event* window_ = nullptr;  // the next event, if it is in the same bucket as the last
  std::array<std::uint64_t, protocol::counter_count<P>()> counters_{};
};

}  // namespace hearsay::simulation
