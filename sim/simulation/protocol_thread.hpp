#pragma once

// One thread of a run, as far as it knows the protocol: it takes events from its calendar and sends each where it
// belongs.

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
#include "sim/simulation/machine.hpp"
#include "sim/simulation/message_visits.hpp"
#include "sim/simulation/outbox.hpp"
#include "sim/simulation/part.hpp"
#include "sim/simulation/reliable_transport.hpp"
#include "sim/simulation/run_control.hpp"
#include "sim/simulation/samples.hpp"

namespace hearsay::simulation {

template <protocol::Protocol P>
class ProtocolThread final : public engine::Worker, public NodeSide {
 public:
  ProtocolThread(World& world, std::vector<Lane>& lanes, const LanePlan& plan, const RunOptions& options,
                 PayloadSpace& space, MachineNodes<P>& nodes, Contacts* contacts, RunControl& control)
      : t_(world, lanes, plan, options),
        control_(control),
        contacts_(contacts),
        pool_(space, release_mode(world, plan)),
        payloads_(pool_),
        transmission_(t_, payloads_, *this),
        connections_(t_, *this),
        lifecycle_(t_, transmission_, connections_, *this),
        machine_(t_, nodes, pool_, transmission_, connections_),
        seed_(world.spec.seed),
        replay_(options.replay) {
    if (world.membership != nullptr)
      membership_ = world.membership->make_thread(t_, payloads_, transmission_, connections_, release_mode(world, plan),
                                                  std::variant_size_v<Message>);
    if constexpr (protocol::kUsesOutbox<P>) {
      outbox_.emplace(t_, payloads_, transmission_, *this);
      machine_.set_outbox(&*outbox_);
      if (membership_) membership_->set_outbox(&*outbox_);
    }
    if (!world.reliable()) return;
    transport_.emplace(t_, world.transfers, payloads_, transmission_, connections_);
    connections_.set_transport(&*transport_);
    machine_.set_transport(&*transport_);
    if (membership_) membership_->set_transport(&*transport_);
    if (!outbox_) return;
    outbox_->set_transport(&*transport_);
    transport_->set_outbox(&*outbox_);
  }

  RunThread& kernel() { return t_; }
  Lifecycle& lifecycle() { return lifecycle_; }
  Machine<P>& machine() { return machine_; }
  /// Null where it has nothing to do.
  Part* membership() { return membership_.get(); }

  // ------------------------------------------------------------------------------- engine::Worker
  engine::Calendar& calendar() override { return t_.calendar; }
  SimTime now() const override { return t_.now; }
  void begin_window(SimTime begin, unsigned parity) override {
    pool_.free_before(begin);
    if (membership_) membership_->payloads().free_before(begin);
    t_.world.recorder.fold(control_.number_of(t_), parity ^ 1);
    t_.tally.begin_window(parity);
  }
  void leave_lane() override {
    machine_.leave_lane();
    if (membership_) membership_->leave_lane();
  }

  bool drain(std::int64_t last, bool watch) override {
    CheckContext& check = check_context();
    if (check.seed != seed_ || check.replay != replay_) {
      check.seed = seed_;
      check.replay = replay_;
    }
    window_ = nullptr;
    std::int64_t latest = INT64_MIN;
    // Who watches the end runs alone, so what the others have sent stays on its way.
    const std::int64_t elsewhere = watch ? control_.awaited() - (t_.in_flight - t_.unawaited_in_flight) : 0;
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
      if (watch && t_.in_flight + elsewhere == t_.unawaited_in_flight && control_.over()) return true;
    }
    check.time_ns = -1;
    return false;
  }

 private:
  using Event = engine::Event;
  using EventKind = engine::EventKind;
  using Step = engine::Step;
  using Message = typename P::Message;

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
    if (is_of_part(e.payload)) return;
    pool_.prefetch(e.payload);
    const NodeId target = target_of(e);
    machine_.prefetch(target);
    hearsay::prefetch(&t_.states[index(target)]);
    if (e.step == Step::kFirstBit) t_.world.wire.prefetch(target);
  }
  void prefetch_item(const Event& e) {
    if (e.kind != EventKind::kMessage || e.step != Step::kDeliver) return;
    if (const ItemId item = first_carried(e.payload); item != kNoItem) t_.world.recorder.prefetch(item, target_of(e));
  }
  void prefetch_peers(const Event& e) {
    if (e.kind != EventKind::kMessage || e.step != Step::kDeliver) return;
    const NodeId target = target_of(e);
    // Most copies of an item find it there already, and nothing is sent then.
    if (const ItemId item = first_carried(e.payload); item != kNoItem) {
      if (t_.world.recorder.received_before(item, target)) return;
      t_.world.recorder.prefetch(item, source_of(e));  // for its hops
    }
    t_.world.overlay.prefetch_peers(target);
    t_.world.wire.prefetch(target);
  }
  ItemId first_carried(std::uint32_t slot) const {
    if (is_of_part(slot)) [[unlikely]]
      return kNoItem;
    return simulation::first_item(pool_[slot].message);
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
      case EventKind::kPeerUp: connections_.on_event(event); break;
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
      case Step::kRequest:
      case Step::kPart:
      case Step::kUplinkFree:
      case Step::kOutcome: HEARSAY_CHECK(false, "no message has this step");
    }
  }

  void on_message(const Event& event) {
    if (is_of_part(event.payload)) [[unlikely]] {
      on_part_message(event);
      return;
    }
    Payload<Message>& payload = pool_[event.payload];
    if (!arrives(event, payload)) return;
    visit_items(
        payload.message, [&](const auto& carried) __attribute__((always_inline)) {
          t_.tally.receipt(carried, target_of(event), source_of(event));
          return true;
        });
    machine_.on_message(event, payload);
    pool_.release(event.payload, payload);
  }
  void on_part_message(const Event& event) {
    if (!arrives(event, payloads_[event.payload])) return;
    membership_->on_message(event);
    payloads_.release(event.payload);
  }
  /// Whether a message has survived its way and goes to a handler. If not, its record is released.
  [[gnu::always_inline]] bool arrives(const Event& event, PayloadHeader& payload) {
    if (transmission_.destructive()) [[unlikely]] {
      if (!transmission_.survives(event, payload, transport_ && transport_->is_broken(event, payload))) {
        const std::uint32_t transfer = payload.transfer();
        payloads_.release(event.payload);
        if (transfer != kNoTransfer) transport_->lost(transfer);
        return false;
      }
    }
    transmission_.received(event, payload, [&] { return first_carried(event.payload) != kNoItem; });
    if (contacts_ != nullptr) [[unlikely]]
      contacts_->heard(target_of(event), source_of(event), t_.now);
    if (!payload.plain()) [[unlikely]] {
      if (!transport_->accept(event, payload.transfer())) {
        payloads_.release(event.payload);
        return false;
      }
    }
    return true;
  }

  void on_timer(const Event& event) {
    if (event.step == Step::kDeliver) [[likely]]
      machine_.on_timer(event);
    else if (event.step == Step::kPart)
      membership_->on_timer(event);
    else if (event.step == Step::kUplinkFree)
      outbox_->on_uplink_free(event);
    else
      machine_.on_outcome(event);
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
    if (t_.world.tree && t_.world.tree->is_block(item)) {
      machine_.fill_block(node, item);
      if (t_.world.tree->is_valid(item)) t_.head_moves.left(t_.world.tree->head(node), t_.now);
      t_.world.tree->discover(item, node);
    }
    if (t_.trace != nullptr) [[unlikely]]
      t_.note(TraceEvent::kPublish, node, kNoNode,
              {.item = event.payload, .bytes = t_.world.item_infos[event.payload].size_bytes});
    machine_.on_publish(event, item);
  }

  // ---------------------------------------------------------------------------------------- NodeSide

  void start(const Event& event, bool first, bool lost_state) override {
    if (lost_state && contacts_ != nullptr) contacts_->forget(target_of(event));
    if (lost_state && t_.world.tree) t_.world.tree->forget(target_of(event));
    machine_.start(event, first, lost_state);
    if (membership_) membership_->start(event, first, lost_state);
  }
  void went_down(NodeId node) override {
    if (t_.world.tree) t_.head_moves.left(t_.world.tree->head(node), t_.now);
    machine_.went_down(node);
    if (membership_) membership_->went_down(node);
    if (transport_) transport_->went_down(node);
    if (outbox_) outbox_->went_down(node);
  }
  void peer_up(const Event& event, NodeId peer) override {
    if (membership_) membership_->peer_up(event, peer);
    machine_.on_peer_up(event, peer);
  }
  void peer_down(const Event& event, NodeId peer, protocol::PeerDown why, bool was_up) override {
    if (membership_) membership_->peer_down(event, peer, why, was_up);
    machine_.on_peer_down(event, peer, why, was_up);
  }
  bool accepts(NodeId self, NodeId from, std::uint8_t purpose) override {
    return (!membership_ || membership_->accepts(self, from, purpose)) && machine_.accepts(self, from, purpose);
  }
  std::size_t message_kind(std::uint32_t slot) const override {
    return is_of_part(slot) ? std::variant_size_v<Message> + membership_->message_kind(slot)
                            : pool_[slot].message.index();
  }
  std::span<const Piece> carried(std::uint32_t slot) override {
    carried_.clear();
    if (!is_of_part(slot))
      visit_items(pool_[slot].message, [this](const auto& what) {
        carried_.push_back(as_piece(what));
        return true;
      });
    return carried_;
  }

  protocol::TimerTable& timer_table(NodeId node) override { return machine_.timer_table(node); }

  RunThread t_;
  RunControl& control_;
  Contacts* const contacts_;  // null without samples
  PayloadPool<Message> pool_;
  Payloads payloads_;
  Transmission transmission_;
  Connections connections_;
  Lifecycle lifecycle_;
  std::unique_ptr<Part> membership_;
  std::optional<Outbox> outbox_;
  std::optional<ReliableTransport> transport_;
  Machine<P> machine_;
  std::uint64_t seed_;
  std::string replay_;
  std::vector<Piece> carried_;     // for carried()
  const Event* window_ = nullptr;  // the next event, if it is in the same bucket as the last
};

}  // namespace hearsay::simulation
