#pragma once

// Simulation<P>: publications, faults, starts and restarts, and what a trace says. Included by simulation.hpp
// alone.

#include "sim/protocol/simulation.hpp"

namespace hearsay::protocol {

template <Protocol P>
void Simulation<P>::on_publication(const Event& event) {
  const NodeId node{static_cast<std::uint32_t>(event.target)};
  const ItemId item{event.payload};
  --w_.publications_left;
  if (!w_.up(node)) {
    w_.recorder.publication_skipped();
    return;
  }
  w_.recorder.published(item, now_);
  if (trace_) [[unlikely]]
    note("publish", node, kNoNode,
         {.message_kind = {}, .item = event.payload, .bytes = w_.item_infos[event.payload].size_bytes, .text = {}});
  call(event, [&](P& p, Context<P>& ctx) { p.on_publish(ctx, item); });
}

template <Protocol P>
void Simulation<P>::on_fault(const Event& event) {
  const std::uint32_t fault = event.payload;
  if (event.target >= 0) {  // churn: the session of one node is over
    const NodeId node{static_cast<std::uint32_t>(event.target)};
    take_down(node, fault);
    const SimTime until = w_.faults.spec(fault).until;
    const SimTime restart = std::min(now_ + w_.churns[fault]->next_downtime(node), until);
    if (restart <= w_.spec.duration)
      w_.calendar.push(w_.environment_event(restart, event.target, EventKind::kRestart, 1 + fault, 1 + fault));
    return;
  }
  const bool begins = event.sequence % 2 == 0;
  if (trace_) [[unlikely]]
    note(begins ? "fault" : "fault-end", kNoNode, kNoNode,
         {.message_kind = {}, .text = fault_kind_name(w_.faults.spec(fault).kind)});
  if (begins)
    begin_fault(fault);
  else
    end_fault(fault);
}

template <Protocol P>
void Simulation<P>::begin_fault(std::uint32_t fault) {
  const network::FaultSpec& spec = w_.faults.spec(fault);
  if (spec.kind == network::FaultKind::kCrash)
    for (const std::uint32_t n : w_.faults.members(fault)) take_down(NodeId{n}, fault);
  if (spec.kind == network::FaultKind::kChurn) {
    for (const std::uint32_t n : w_.faults.members(fault)) {
      const SimTime at = now_ + w_.churns[fault]->first_session(NodeId{n});
      if (at < spec.until && at <= w_.spec.duration)
        w_.calendar.push(w_.environment_event(at, n, EventKind::kFault, 1 + fault, fault));
    }
  }
}

template <Protocol P>
void Simulation<P>::end_fault(std::uint32_t fault) {
  // Restarts are events of their own, after the end of the fault within the same instant.
  if (w_.faults.spec(fault).kind != network::FaultKind::kCrash) return;
  for (const std::uint32_t n : w_.faults.members(fault))
    w_.calendar.push(w_.environment_event(now_, n, EventKind::kRestart, 1 + fault, 1 + fault));
}

template <Protocol P>
void Simulation<P>::take_down(NodeId node, std::uint32_t fault) {
  NodeState& state = w_.states[index(node)];
  if (w_.faults.spec(fault).lose_state) state.lost_state = true;
  w_.faults.count_node(fault, node);
  if (state.holds++ > 0) return;  // it is down already, or did not join yet
  if (trace_) [[unlikely]]
    note("crash", node, kNoNode, {});
  w_.recorder.node_down(node);
  timers_.cancel_all_of(node);
  w_.backlog->crash(node, now_);
  w_.wire.reset_uplink(node, now_);
  if (w_.membership) stop_membership(node);
  if (reliable_) transfers_.give_up_if([node](const ReliableTransfers::Transfer& t) { return t.from == node; });
}

template <Protocol P>
void Simulation<P>::on_restart(const Event& event) {
  const NodeId node{static_cast<std::uint32_t>(event.target)};
  NodeState& state = w_.states[index(node)];
  if (event.time_ns == 0 && event.payload == 0) {  // up from the start
    --w_.starts_left;
    if (!state.started && state.holds == 0) start(event);
    return;
  }
  HEARSAY_CHECK(state.holds > 0, "a node that is up is not restarted");
  // The next session of a churning node runs from its own restart, whatever else holds it down.
  if (event.payload > 0) {
    const std::uint32_t fault = event.payload - 1;
    const network::FaultSpec& spec = w_.faults.spec(fault);
    if (spec.kind == network::FaultKind::kChurn && now_ < spec.until) {
      const SimTime at = now_ + w_.churns[fault]->next_session(node);
      if (at < spec.until && at <= w_.spec.duration)
        w_.calendar.push(w_.environment_event(at, event.target, EventKind::kFault, 1 + fault, fault));
    }
  }
  if (--state.holds > 0) return;
  w_.recorder.node_up(node, state.lost_state && state.started);
  start(event);
}

/// Calls on_start, or on_restart after a crash. A node that a crash at 0 took down before its start starts then.
template <Protocol P>
void Simulation<P>::start(const Event& event) {
  const NodeId node{static_cast<std::uint32_t>(event.target)};
  NodeState& state = w_.states[index(node)];
  const bool first = !state.started;
  const bool lost_state = state.lost_state && !first;
  if (lost_state) {
    nodes_[index(node)] = P{};
    if (contacts_) contacts_->forget(node);
  }
  state.started = true;
  state.lost_state = false;
  if (trace_) [[unlikely]]
    note(first ? "start" : "restart", node, kNoNode, {});
  call(event, [&](P& p, Context<P>& ctx) {
    if constexpr (requires { p.on_restart(ctx); }) {
      if (!first) {
        p.on_restart(ctx);
        return;
      }
    }
    p.on_start(ctx);
  });
  if (w_.membership) start_membership(event, lost_state);
}

template <Protocol P>
void Simulation<P>::blame_crash(NodeId node) {
  // The first that is in force, else (the message was discarded earlier) the one that began last.
  int blamed = -1;
  for (std::uint32_t f = 0; f < w_.faults.size(); ++f) {
    const network::FaultSpec& spec = w_.faults.spec(f);
    if (spec.kind != network::FaultKind::kCrash && spec.kind != network::FaultKind::kChurn) continue;
    const auto members = w_.faults.members(f);
    if (now_ < spec.at || !std::binary_search(members.begin(), members.end(), static_cast<std::uint32_t>(node)))
      continue;
    const bool in_force = now_ < spec.until;
    if (in_force || blamed < 0 || spec.at >= w_.faults.spec(static_cast<std::size_t>(blamed)).at)
      blamed = static_cast<int>(f);
    if (in_force) break;
  }
  if (blamed >= 0) w_.faults.count_drop(blamed);
}

template <Protocol P>
void Simulation<P>::note(std::string_view what, NodeId node, NodeId peer, const Detail& detail) {
  TraceRecord record;
  record.event = what;
  record.time = now_;
  record.node = node == kNoNode ? -1 : static_cast<std::int64_t>(node);
  record.peer = peer == kNoNode ? -1 : static_cast<std::int64_t>(peer);
  record.message_kind = detail.message_kind;
  record.item = detail.item;
  record.bytes = detail.bytes;
  record.sequence = detail.sequence;
  record.detail = detail.text;
  trace_->record(record);
}

template <Protocol P>
std::string_view Simulation<P>::kind_name(std::size_t kind) {
  if (kind >= std::variant_size_v<Message>)
    return membership::message_kind_name(static_cast<membership::MessageKind>(kind - std::variant_size_v<Message>));
  return [kind]<class... M>(std::type_identity<std::variant<M...>>) {
    constexpr std::string_view names[] = {M::kName...};
    return names[kind];
  }(std::type_identity<Message>{});
}

template <Protocol P>
std::int64_t Simulation<P>::first_item(const Message& message) {
  return std::visit(
      [](const auto& m) -> std::int64_t {
        if constexpr (CarriesItems<std::decay_t<decltype(m)>>)
          for (const ItemId item : m.items()) return static_cast<std::int64_t>(item);
        return -1;
      },
      message);
}

template <Protocol P>
bool Simulation<P>::carries_items(const Message& message) {
  return std::visit(
      [](const auto& m) {
        if constexpr (CarriesItems<std::decay_t<decltype(m)>>) return !std::empty(m.items());
        return false;
      },
      message);
}

template <Protocol P>
bool Simulation<P>::only_own_items(NodeId node, const Message& message) const {
  return std::visit(
      [&](const auto& m) {
        if constexpr (CarriesItems<std::decay_t<decltype(m)>>) {
          const auto carried = m.items();
          return !std::empty(carried) && std::all_of(std::begin(carried), std::end(carried), [&](ItemId item) {
            return w_.item_infos[index(item)].origin == node;
          });
        }
        return false;
      },
      message);
}

}  // namespace hearsay::protocol
