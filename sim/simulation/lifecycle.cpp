#include "sim/simulation/lifecycle.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace hearsay::simulation {

using engine::Event;
using engine::EventKind;
using network::Down;

void Lifecycle::begin() {
  World& w = t_.world;
  for (std::uint32_t n = 0; n < w.attributes.size(); ++n) {
    if (w.attributes[n].joins > w.spec.duration) continue;
    t_.calendar.push(environment_event(w.attributes[n].joins, n, EventKind::kRestart, 0, 0));
    if (w.attributes[n].joins > SimTime{}) continue;
    // Up before anything happens: a node that publishes at 0 is not alone because its id is the lowest.
    w.states[n].holds = 0;
    t_.tally.node_up(NodeId{n}, false);
    ++t_.starts_left;
  }
}

void Lifecycle::begin_fault(std::uint32_t fault) {
  const World& w = t_.world;
  if (network::cuts_links(w.faults.spec(fault).kind)) connections_.links_cut();
  switch (network::down(w.faults.spec(fault).kind)) {
    case Down::kNever: return;
    case Down::kTogether:
      for (const std::uint32_t n : w.faults.members(fault)) take_down(NodeId{n}, fault);
      return;
    case Down::kOneByOne:
      for (const std::uint32_t n : w.faults.members(fault)) push_session_end(fault, NodeId{n});
  }
}

void Lifecycle::end_fault(std::uint32_t fault) {
  // Restarts are events of their own, after the end of the fault within the same instant.
  if (network::down(t_.world.faults.spec(fault).kind) != Down::kTogether) return;
  for (const std::uint32_t n : t_.world.faults.members(fault))
    t_.calendar.push(environment_event(t_.now, n, EventKind::kRestart, 1 + fault, 1 + fault));
}

void Lifecycle::push_session_end(std::uint32_t fault, NodeId node) {
  if (const SimTime at = t_.world.session_ends[fault][index(node)]; at != kNever)
    t_.calendar.push(environment_event(at, static_cast<std::int64_t>(node), EventKind::kFault, 1 + fault, fault));
}

void Lifecycle::on_session_end(const Event& event) {
  World& w = t_.world;
  const std::uint32_t fault = event.payload;
  const NodeId node = target_of(event);
  take_down(node, fault);
  const SimTime restart = std::min(t_.now + w.sessions[fault]->next_downtime(node), w.faults.spec(fault).until);
  if (restart <= w.spec.duration)
    t_.calendar.push(environment_event(restart, event.target, EventKind::kRestart, 1 + fault, 1 + fault));
}

void Lifecycle::take_down(NodeId node, std::uint32_t fault) {
  World& w = t_.world;
  NodeState& state = w.states[index(node)];
  if (network::loses_state(w.faults.spec(fault).kind)) state.lost_state = true;
  t_.fault_tally.hit(fault, node);
  if (state.holds++ > 0) return;  // it is down already, or did not join yet
  if (t_.trace != nullptr) [[unlikely]]
    t_.note(TraceEvent::kCrash, node, kNoNode);
  t_.tally.node_down(node);
  nodes_.went_down(node);
  transmission_.crash(node);
  w.cores.clear(node, t_.now);
  note_known(node, -1, true);
  connections_.went_down(node);
}

void Lifecycle::on_restart(const Event& event) {
  World& w = t_.world;
  const NodeId node = target_of(event);
  NodeState& state = w.states[index(node)];
  if (event.time_ns == 0 && event.payload == 0) {  // up from the start
    --t_.starts_left;
    if (!state.started && state.holds == 0) start(event);
    return;
  }
  HEARSAY_CHECK(state.holds > 0, "a node that is up is not restarted");
  // The next session of a churning node runs from its own restart, whatever else holds it down.
  if (event.payload > 0 && w.sessions[event.payload - 1]) {
    const std::uint32_t fault = event.payload - 1;
    const network::FaultSpec& spec = w.faults.spec(fault);
    SimTime& end = w.session_ends[fault][index(node)];
    end = kNever;
    if (t_.now < spec.until) {
      const SimTime at = t_.now + w.sessions[fault]->next_session(node);
      if (at < spec.until && at <= w.spec.duration) end = at;
    }
    push_session_end(fault, node);
  }
  if (--state.holds > 0) return;
  w.up_since[index(node)] = t_.now;
  t_.tally.node_up(node, state.lost_state && state.started);
  start(event);
}

void Lifecycle::note_known(NodeId node, std::int32_t change, bool keeps_state) {
  const World& w = t_.world;
  if (!w.membership || !w.has_joiners) return;
  auto& notes = t_.lane_of(node).knowledge;
  notes.push_back({t_.now, kNoNode, change});
  if (!keeps_state) return;
  known_.clear();
  w.known(node, known_);
  for (const NodeId other : known_)
    if (w.attributes[index(other)].joins > SimTime{}) notes.push_back({t_.now, other, change});
}

/// A node that a crash at 0 took down before its start starts when it comes up.
void Lifecycle::start(const Event& event) {
  NodeState& state = t_.world.states[index(target_of(event))];
  const bool first = !state.started;
  const bool lost_state = state.lost_state && !first;
  state.started = true;
  state.lost_state = false;
  if (t_.trace != nullptr) [[unlikely]]
    t_.note(first ? TraceEvent::kStart : TraceEvent::kRestart, target_of(event), kNoNode);
  if (event.time_ns > 0) {
    if (first && t_.world.has_joiners)
      t_.lane_of(target_of(event)).knowledge.push_back({t_.now, target_of(event), KnowledgeNote::kStarts});
    note_known(target_of(event), 1, !lost_state);
  }
  nodes_.start(event, first, lost_state);
}

}  // namespace hearsay::simulation
