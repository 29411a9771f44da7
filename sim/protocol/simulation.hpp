#pragma once

// One run of one protocol: takes events from the calendar, calls handlers, commits their effects.
//
// Everything inside is statically dispatched; the one virtual call is at the registry. The order of events is
// event.hpp's, and whatever is pushed lies later than the event being dispatched, so that the order does not
// depend on who runs the loop.

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/engine/event.hpp"
#include "sim/membership/message.hpp"
#include "sim/protocol/content.hpp"
#include "sim/protocol/node_draws.hpp"
#include "sim/protocol/payloads.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/protocol/reliable.hpp"
#include "sim/protocol/statistics.hpp"
#include "sim/protocol/world.hpp"

namespace hearsay::protocol {

template <Protocol P>
std::vector<std::string> message_kinds() {
  return []<class... M>(std::type_identity<std::variant<M...>>) {
    return std::vector<std::string>{std::string(M::kName)...};
  }(std::type_identity<typename P::Message>{});
}

template <Protocol P>
class Simulation {
 public:
  Simulation(World& world, const typename P::Params& params, const RunOptions& options)
      : w_(world),
        params_(params),
        trace_(options.trace),
        check_(check_context()),
        draws_(world.seed, world.attributes.size()),
        reliable_(world.spec.network.transport == network::Transport::kReliable),
        slow_path_(reliable_ || !world.loss.none() || world.faults.any_loss_burst() || world.faults.any_slow() ||
                   world.nodes_can_crash() || world.latency.per_message() || !world.wire.uniform_serialisation() ||
                   trace_ != nullptr),
        drops_(reliable_ || !world.always_up || world.faults.any_partition()) {
    nodes_.resize(world.attributes.size());
    contacts_ = make_contacts();
    check_.seed = world.spec.seed;
    check_.replay = options.replay;
  }

  /// Runs to the end; returns the simulated time at which it ended.
  SimTime run() {
    w_.push_environment();
    const SimTime end = loop();
    check_.time_ns = -1;
    return end;
  }
  std::uint64_t digest() const { return digest_.value(); }
  std::uint64_t events() const { return events_; }
  std::uint64_t in_flight() const { return in_flight_; }
  std::uint64_t bytes_in_flight() const { return bytes_in_flight_; }
  const P& node(NodeId id) const { return nodes_[index(id)]; }
  /// Figures that are not the recorder's, in the order of the catalogue. Once, at the end of the run.
  std::vector<std::pair<std::string, std::optional<double>>> metrics(SimTime end);
  /// What samples have beside the recorder's columns.
  std::vector<std::string> series_columns() const;
  metrics::OwnMemory memory() const;

 private:
  using Event = engine::Event;
  using EventKind = engine::EventKind;
  using Phase = engine::Phase;
  using Message = typename P::Message;
  using Kind = typename Effects<P>::Kind;

  // ------------------------------------------------------------------------------------- the loop

  SimTime loop() {
    const Until until = w_.spec.until;
    const std::int64_t last = w_.spec.duration.ns;
    const std::int64_t series = w_.spec.output.series.ns;
    std::int64_t next_sample = series > 0 ? 0 : INT64_MAX;
    while (const Event* const next = w_.calendar.pop(last)) {
      const Event& event = *next;
      while (event.time_ns > next_sample) {
        sample(SimTime{next_sample});
        next_sample = saturating_add(next_sample, series);
      }
      HEARSAY_CHECK(event.time_ns >= now_.ns, "time does not go backwards");
      now_ = SimTime{event.time_ns};
      check_.time_ns = event.time_ns;
      check_.node = event.target;
      ++events_;
      prefetch_ahead();
      dispatch(event);
      if (until != Until::kDuration && over(until)) {
        sample_until(now_.ns, next_sample, series);
        return now_;
      }
    }
    sample_until(last, next_sample, series);
    return SimTime{last};
  }

  void sample_until(std::int64_t end, std::int64_t next, std::int64_t series) {
    for (; series > 0 && next <= end; next += series) sample(SimTime{next});
  }

  /// The membership's own messages and timers never end, and nobody waits for them.
  bool over(Until until) const {
    if (in_flight_ > membership_in_flight_ || w_.publications_left > 0 || w_.starts_left > 0) return false;
    if (until == Until::kCovered) return w_.recorder.all_covered();
    return timers_.pending() == 0 && transfers_.waiting() == 0;
  }

  // A sorted bucket shows the future: fetch what the coming events will touch in three steps, each line so early that
  // what is needed to find the next one is there by then. The first events of a bucket go through the steps together.
  void prefetch_ahead() {
    const std::span<const Event> coming = w_.calendar.upcoming();
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
    if (e.kind != EventKind::kMessage || e.phase > Phase::kFirstBit) return;
    payloads_.prefetch(e.payload);
    const NodeId target{static_cast<std::uint32_t>(e.target)};
    hearsay::prefetch(&nodes_[index(target)]);
    if (e.phase == Phase::kFirstBit) w_.wire.prefetch(target);
  }
  void prefetch_item(const Event& e) {
    if (e.kind != EventKind::kMessage || e.phase != Phase::kDeliver) return;
    if (const auto item = first_carried(payloads_[e.payload]))
      w_.recorder.prefetch(*item, NodeId{static_cast<std::uint32_t>(e.target)});
  }
  void prefetch_peers(const Event& e) {
    if (e.kind != EventKind::kMessage || e.phase != Phase::kDeliver) return;
    const NodeId target{static_cast<std::uint32_t>(e.target)};
    // Most copies of an item find it there already, and nothing is sent then.
    if (const auto item = first_carried(payloads_[e.payload]); item && w_.recorder.received_before(*item, target))
      return;
    w_.overlay.prefetch_peers(target);
    w_.wire.prefetch(target);
    hearsay::prefetch(&w_.states[index(target)]);
  }

  static std::optional<ItemId> first_carried(const Payload<Message>& payload) {
    if (payload.is_membership()) [[unlikely]]
      return std::nullopt;
    return std::visit(
        [](const auto& m) -> std::optional<ItemId> {
          if constexpr (CarriesItems<std::decay_t<decltype(m)>>) {
            const auto carried = m.items();
            if (!std::empty(carried)) return *std::begin(carried);
          }
          return std::nullopt;
        },
        payload.message);
  }

  void dispatch(const Event& event) {
    switch (event.kind) {
      case EventKind::kMessage: on_wire(event); break;
      case EventKind::kTimer: on_timer(event); break;
      case EventKind::kPublication: on_publication(event); break;
      case EventKind::kFault: on_fault(event); break;
      case EventKind::kRestart: on_restart(event); break;
      case EventKind::kPeerDown:
      case EventKind::kPeerUp: on_peer_change(event); break;
    }
  }

  void on_wire(const Event& event) {
    switch (event.phase) {
      case Phase::kDeliver: on_message(event); break;
      case Phase::kFirstBit: on_first_bit(event); break;
      case Phase::kAck: on_ack(event); break;
      case Phase::kTimeout: on_timeout(event); break;
      case Phase::kReconnect: on_reconnect(event); break;
      case Phase::kMembership: HEARSAY_CHECK(false, "only timers have this phase");
    }
  }

  // ------------------------------------------------------------------------------------- handlers

  /// Calls `handler(node, context)` for an event's target and commits its effects.
  template <class Handler>
  void call(const Event& event, const Handler& handler) {
    const NodeId self{static_cast<std::uint32_t>(event.target)};
    digest_key(event);
    Context<P> context(w_, params_, effects_, timers_, draws_, self, now_);
    handler(nodes_[index(self)], context);
    if (!effects_.list.empty()) commit(self);
  }

  [[gnu::always_inline]] void digest_key(const Event& event) {
    digest_.add(Digest::mix(static_cast<std::uint64_t>(event.time_ns),
                            (static_cast<std::uint64_t>(static_cast<std::uint32_t>(event.target)) << 32) |
                                static_cast<std::uint32_t>(event.source)) ^
                Digest::mix(event.sequence, static_cast<std::uint64_t>(event.kind)));
  }

  void commit(NodeId self) {
    for (std::size_t i = 0; i < effects_.list.size(); ++i) {
      const auto& effect = effects_.list[i];
      switch (effect.kind) {
        case Kind::kSend:
          send(self, {effects_.recipients.data() + effect.first, effect.count}, kNoNode,
               effects_.messages[effect.object], false);
          break;
        case Kind::kSendAll:
          send(self, w_.overlay.peers(self), effect.except, effects_.messages[effect.object],
               w_.overlay.unchanged(self));
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
    digest_.add((static_cast<std::uint64_t>(self) << 32) | static_cast<std::uint64_t>(item));
    w_.recorder.delivered(item, self, now_);
    if (trace_) [[unlikely]]
      note("deliver", self, kNoNode, {.message_kind = {}, .item = static_cast<std::int64_t>(item), .text = {}});
  }

  // --------------------------------------------------------------------------------------- timers

  void set_timer(NodeId self, std::uint32_t slot, std::int64_t delay_ns, typename P::Timer timer) {
    HEARSAY_CHECK(delay_ns >= 1, "a timer is set for later, never for now");
    if (slot >= timer_content_.size()) timer_content_.resize(slot + std::size_t{1});
    timer_content_[slot] = std::move(timer);
    Event event;
    event.time_ns = saturating_add(now_.ns, delay_ns);
    event.target = static_cast<std::int32_t>(self);
    event.kind = EventKind::kTimer;
    event.source = event.target;
    event.sequence = w_.states[index(self)].sequence++;
    event.payload = slot;
    w_.calendar.push(event);
  }

  void on_timer(const Event& event) {
    if (event.phase == Phase::kMembership) [[unlikely]] {
      on_membership_timer(event);
      return;
    }
    const bool pending = timers_.is_pending(event.payload);
    const typename P::Timer timer = std::move(timer_content_[event.payload]);
    timers_.close(event.payload);
    if (!pending) return;
    if (trace_) [[unlikely]]
      note("timer", NodeId{static_cast<std::uint32_t>(event.target)}, kNoNode, {});
    call(event, [&](P& node, Context<P>& ctx) {
      add_content(digest_, timer.content());
      node.on_timer(ctx, timer);
    });
  }

  // -------------------------------------------------------------------------------------- sending

  void send(NodeId from, std::span<const NodeId> to, NodeId except, const Message& message, bool base_order) {
    const auto bytes = std::visit([](const auto& m) { return static_cast<std::uint64_t>(m.wire_bytes()); }, message) +
                       w_.spec.network.overhead_bytes;
    const bool carries = carries_items(message);
    if (w_.faults.any_silent()) [[unlikely]] {
      if (const int fault = w_.faults.silent(from, now_); fault >= 0 && !only_own_items(from, message)) {
        w_.faults.count_node(static_cast<std::size_t>(fault), from);
        for (const NodeId peer : to)
          if (peer != except) w_.faults.count_drop(fault);
        return;
      }
    }
    const std::size_t kind = message.index();
    if (slow_path_) [[unlikely]] {
      for (const NodeId peer : to) {
        if (peer == except) continue;
        HEARSAY_CHECK(peer != from, "a node does not send to itself");
        if (reliable_)
          send_reliably(from, peer, message, bytes, carries);
        else
          transmit(from, peer, payloads_.create(message, now_, bytes), kind, carries);
      }
      return;
    }
    // The common case: no loss, no crash, one serialisation time for all recipients. One record serves them all.
    const std::uint32_t slot = payloads_.create(message, now_, bytes);
    Payload<Message>& payload = payloads_[slot];
    std::uint32_t& sequence = w_.states[index(from)].sequence;
    const std::uint32_t first = sequence;
    network::Multicast transfers = w_.wire.multicast(from, bytes, now_, w_.kind_latency[kind]);
    const std::uint32_t* const cached = base_order && w_.overlay.cached() ? w_.overlay.base_latencies(from) : nullptr;
    std::uint32_t next = first;
    for (std::size_t k = 0; k < to.size(); ++k) {
      const NodeId peer = to[k];
      if (peer == except) continue;
      HEARSAY_CHECK(peer != from, "a node does not send to itself");
      const Duration latency = cached != nullptr && cached[k] != network::Overlay::kLong
                                   ? Duration{cached[k]}
                                   : w_.overlay.latency(from, peer);
      push_transfer(from, peer, next++, slot, transfers.depart(peer, latency));
    }
    sequence = next;
    const std::uint32_t count = next - first;
    payload.serialised = transfers.finish();
    payload.references = count;
    in_flight_ += count;
    bytes_in_flight_ += count * bytes;
    w_.recorder.sent(kind, from, count, bytes, carries);
    payloads_.release_if_unused(slot);
  }

  void push_transfer(NodeId from, NodeId to, std::uint32_t sequence, std::uint32_t slot, const network::Departure& d) {
    w_.calendar.push_at(d.claims_downlink ? d.first_bit.ns : d.arrival.ns, [&](Event& event) {
      event.target = static_cast<std::int32_t>(to);
      event.kind = EventKind::kMessage;
      event.phase = d.claims_downlink ? Phase::kFirstBit : Phase::kDeliver;
      event.source = static_cast<std::int32_t>(from);
      event.sequence = sequence;
      event.payload = slot;
      event.set_wait_ns((d.start - now_).ns);
    });
  }

  /// Sends one message of its own record, with every condition of the network.
  network::Departure transmit(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries) {
    Payload<Message>& payload = payloads_[slot];
    const std::uint64_t bytes = payload.bytes;
    const std::uint32_t sequence = w_.states[index(from)].sequence++;
    w_.recorder.sent(kind, from, 1, bytes, carries);
    const Duration latency =
        w_.latency.per_message() ? w_.latency.message(from, to, sequence) : w_.overlay.latency(from, to);
    const SimTime handed = w_.faults.any_slow() ? now_ + w_.faults.slow(from, now_) : now_;
    const network::Departure d = w_.wire.depart(from, to, bytes, latency, handed, w_.kind_latency[kind]);
    payload.serialised = d.done - d.start;
    if (w_.backlog) w_.backlog->add(from, sequence, now_, d.done);
    if (trace_) [[unlikely]]
      note("send", from, to, {kind_name(kind), first_item(payload), bytes, sequence, {}});
    bool lost = !w_.loss.none() && w_.loss.lost(from, to, sequence, d.start);
    if (!lost && w_.faults.any_loss_burst()) {
      if (const int fault = w_.faults.burst_loss(from, to, sequence, d.start); fault >= 0) {
        w_.faults.count_drop(fault);
        w_.faults.count_node(static_cast<std::size_t>(fault), from);
        lost = true;
      }
    }
    if (lost) {
      count_lost(from, to, payload, sequence, metrics::Drop::kLoss);
      if (payload.is_membership()) mail_.take(payload.membership());
      payloads_.release_if_unused(slot);
      return d;
    }
    payloads_.retain(slot);
    ++in_flight_;
    bytes_in_flight_ += bytes;
    push_transfer(from, to, sequence, slot, d);
    return d;
  }

  // ------------------------------------------------------------------------------------ receiving

  void on_first_bit(const Event& event) {
    const NodeId to{static_cast<std::uint32_t>(event.target)};
    if (const auto reason = dropped_before(event)) {
      drop(event, *reason);
      return;
    }
    const Payload<Message>& payload = payloads_[event.payload];
    const auto arrival = w_.wire.first_bit(NodeId{static_cast<std::uint32_t>(event.source)}, to, payload.bytes,
                                           payload.serialised, now_);
    Event delivery = event;
    delivery.phase = Phase::kDeliver;
    delivery.time_ns = arrival.delivered.ns;
    delivery.set_wait_ns(event.wait_ns() + arrival.wait.ns);
    if (arrival.delivered == now_)
      on_message(delivery);  // same key, same instant
    else
      w_.calendar.push(delivery);
  }

  std::optional<metrics::Drop> dropped_before(const Event& event) {
    const NodeId from{static_cast<std::uint32_t>(event.source)};
    if (!w_.backlog || !w_.backlog->was_discarded(from, event.sequence)) return std::nullopt;
    blame_crash(from);
    return metrics::Drop::kCrash;
  }

  std::optional<metrics::Drop> dropped_at_delivery(const Event& event, const Payload<Message>& payload) {
    const NodeId from{static_cast<std::uint32_t>(event.source)};
    const NodeId to{static_cast<std::uint32_t>(event.target)};
    if (const auto reason = dropped_before(event)) return reason;
    if (w_.faults.any_partition()) {
      if (const int fault = w_.faults.cut(from, to, payload.sent, now_); fault >= 0) {
        w_.faults.count_drop(fault);
        w_.faults.count_node(static_cast<std::size_t>(fault), to);
        return metrics::Drop::kPartition;
      }
    }
    if (!w_.up(to)) {
      blame_crash(to);
      return metrics::Drop::kCrash;
    }
    if (payload.transfer() != kNoTransfer && transfers_[payload.transfer()].broken) return metrics::Drop::kBroken;
    return std::nullopt;
  }

  void on_message(const Event& event) {
    Payload<Message>& payload = payloads_[event.payload];
    if (drops_) [[unlikely]] {
      if (const auto reason = dropped_at_delivery(event, payload)) {
        drop(event, *reason);
        return;
      }
    }
    const NodeId from{static_cast<std::uint32_t>(event.source)};
    const NodeId to{static_cast<std::uint32_t>(event.target)};
    --in_flight_;
    bytes_in_flight_ -= payload.bytes;
    w_.recorder.received(payload.bytes, event.wait_ns());
    if (trace_) [[unlikely]]
      note("receive", to, from, {kind_name(kind_of(payload)), first_item(payload), payload.bytes, event.sequence, {}});
    if (contacts_) [[unlikely]]
      contacts_->heard(to, from, now_);
    if (!payload.plain()) [[unlikely]] {
      if (payload.is_membership()) {
        on_membership_message(event);
        return;
      }
      if (!accept_attempt(event, payload.transfer())) {
        payloads_.release(event.payload);
        return;
      }
    }
    std::visit(
        [&](const auto& m) {
          if constexpr (CarriesItems<std::decay_t<decltype(m)>>)
            for (const ItemId item : m.items()) w_.recorder.receipt(item, to, from);
        },
        payload.message);
    call(event, [&](P& node, Context<P>& ctx) {
      digest_.add(payload.content);
      node.on_message(ctx, from, payload.message);
    });
    payloads_.release(event.payload, payload);
  }

  void drop(const Event& event, metrics::Drop reason) {
    Payload<Message>& payload = payloads_[event.payload];
    --in_flight_;
    bytes_in_flight_ -= payload.bytes;
    count_lost(NodeId{static_cast<std::uint32_t>(event.source)}, NodeId{static_cast<std::uint32_t>(event.target)},
               payload, event.sequence, reason);
    if (payload.is_membership()) {
      --membership_in_flight_;
      mail_.take(payload.membership());
    }
    const std::uint32_t transfer = payload.transfer();
    payloads_.release(event.payload);
    if (transfer != kNoTransfer) drop_transfer_event(transfer);
  }

  void count_lost(NodeId from, NodeId to, const Payload<Message>& payload, std::uint32_t sequence,
                  metrics::Drop reason) {
    w_.recorder.lost(reason, payload.bytes);
    if (trace_) [[unlikely]]
      note("drop", to, from,
           {kind_name(kind_of(payload)), first_item(payload), payload.bytes, sequence, metrics::drop_name(reason)});
  }

  // ---------------------------------------------------- reliable transport (simulation_reliable.hpp)

  void send_reliably(NodeId from, NodeId to, const Message& message, std::uint64_t bytes, bool carries);
  void start_attempt(std::uint32_t transfer, bool carries);
  /// An attempt arrived: true if it is the first and goes to the handler; its acknowledgement starts back.
  bool accept_attempt(const Event& event, std::uint32_t transfer);
  void on_ack(const Event& event);
  void on_timeout(const Event& event);
  void break_connection(const Event& event, NodeId from, NodeId to);
  void on_reconnect(const Event& event);
  void push_peer_change(EventKind kind, NodeId from, NodeId to);
  void on_peer_change(const Event& event);
  void drop_transfer_event(std::uint32_t transfer);
  Event wire_event(SimTime time, NodeId target, NodeId source, std::uint32_t sequence, Phase phase,
                   std::uint32_t payload) const;

  // ----------------------------------------------------- membership (simulation_membership.hpp)

  template <class Handler>
  void call_membership(const Event& event, NodeId self, const Handler& handler);
  void commit_membership(NodeId self);
  void send_membership(NodeId from, NodeId to, membership::Message message);
  void on_membership_message(const Event& event);
  void on_membership_timer(const Event& event);
  void start_membership(const Event& event, bool lost_state);
  void stop_membership(NodeId node);
  /// Both ends, as far as they are up.
  template <class Handler>
  void tell_membership(const Event& event, NodeId a, NodeId b, const Handler& handler);
  /// Changes the overlay; false if there is nothing to change, and nobody to tell.
  bool change_peer(NodeId node, NodeId peer, bool is_up);

  // ------------------------- publications, faults, starts and restarts (simulation_environment.hpp)

  void on_publication(const Event& event);
  void on_fault(const Event& event);
  void begin_fault(std::uint32_t fault);
  void end_fault(std::uint32_t fault);
  void take_down(NodeId node, std::uint32_t fault);
  void on_restart(const Event& event);
  void start(const Event& event);
  void blame_crash(NodeId node);

  // ----------------------------------------------------- samples (simulation_statistics.hpp)

  std::unique_ptr<Contacts> make_contacts() const;
  void sample(SimTime t);
  std::array<double, StateFigures::kColumns> sample_nodes(SimTime t);

  // --------------------------------------------------------------------------------------- tracing

  struct Detail {
    std::string_view message_kind;
    std::int64_t item = -1;
    std::uint64_t bytes = 0;
    std::uint32_t sequence = 0;
    std::string_view text;
  };
  void note(std::string_view what, NodeId node, NodeId peer, const Detail& detail);
  static std::string_view kind_name(std::size_t kind);
  static std::int64_t first_item(const Message& message);
  static std::int64_t first_item(const Payload<Message>& payload) {
    return payload.is_membership() ? -1 : first_item(payload.message);
  }
  /// As in the recorder: the protocol's kinds, then the membership's.
  std::size_t kind_of(const Payload<Message>& payload) const {
    if (!payload.is_membership()) [[likely]]
      return payload.message.index();
    return std::variant_size_v<Message> + static_cast<std::size_t>(mail_[payload.membership()].kind);
  }
  static bool carries_items(const Message& message);
  bool only_own_items(NodeId node, const Message& message) const;

  World& w_;
  const typename P::Params& params_;
  TraceSink* trace_;
  CheckContext& check_;
  std::vector<P> nodes_;
  NodeDraws draws_;
  bool reliable_;
  bool slow_path_;  // something beside the queue decides about a message when it is sent
  bool drops_;      // ... or about a message that arrives
  SimTime now_;
  const Event* window_ = nullptr;  // the next event, if it is in the same bucket as the last
  Digest digest_;
  std::uint64_t events_ = 0;
  std::uint64_t in_flight_ = 0;
  std::uint64_t bytes_in_flight_ = 0;
  PayloadPool<Message> payloads_;
  TimerTable timers_;
  std::vector<typename P::Timer> timer_content_;
  Effects<P> effects_;
  ReliableTransfers transfers_;
  membership::MessageTable mail_;
  membership::Effects membership_effects_;
  std::uint64_t membership_in_flight_ = 0;  // of in_flight_
  StateFigures state_;
  SimTime sampled_{-1};                 // the latest look at the nodes
  std::unique_ptr<Contacts> contacts_;  // null without samples
  std::array<std::uint64_t, counter_count<P>()> counters_{};
};

}  // namespace hearsay::protocol

#include "sim/protocol/simulation_environment.hpp"
#include "sim/protocol/simulation_membership.hpp"
#include "sim/protocol/simulation_reliable.hpp"
#include "sim/protocol/simulation_statistics.hpp"
