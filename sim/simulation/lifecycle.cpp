#include "sim/simulation/lifecycle.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace hearsay::simulation {

using engine::Event;
using engine::EventKind;
using network::FaultKind;

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
  for (const std::uint32_t n : w.faults.members(fault)) {
    if (w.faults.spec(fault).kind == FaultKind::kCrash) take_down(NodeId{n}, fault);
    if (w.faults.spec(fault).kind == FaultKind::kChurn) push_session_end(fault, NodeId{n});
  }
}

void Lifecycle::end_fault(std::uint32_t fault) {
  // Restarts are events of their own, after the end of the fault within the same instant.
  if (t_.world.faults.spec(fault).kind != FaultKind::kCrash) return;
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
  const SimTime restart = std::min(t_.now + w.churns[fault]->next_downtime(node), w.faults.spec(fault).until);
  if (restart <= w.spec.duration)
    t_.calendar.push(environment_event(restart, event.target, EventKind::kRestart, 1 + fault, 1 + fault));
}

void Lifecycle::take_down(NodeId node, std::uint32_t fault) {
  World& w = t_.world;
  NodeState& state = w.states[index(node)];
  if (w.faults.spec(fault).lose_state) state.lost_state = true;
  t_.fault_tally.touched(fault, node);
  if (state.holds++ > 0) return;  // it is down already, or did not join yet
  if (t_.trace != nullptr) [[unlikely]]
    t_.note(TraceEvent::kCrash, node, kNoNode);
  t_.tally.node_down(node);
  nodes_.went_down(node);
  transmission_.crash(node);
  w.cores.clear(node, t_.now);
  if (membership_ != nullptr) membership_->went_down(node);
  if (transport_ != nullptr) transport_->went_down(node);
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
  if (event.payload > 0 && w.churns[event.payload - 1]) {
    const std::uint32_t fault = event.payload - 1;
    const network::FaultSpec& spec = w.faults.spec(fault);
    SimTime& end = w.session_ends[fault][index(node)];
    end = kNever;
    if (t_.now < spec.until) {
      const SimTime at = t_.now + w.churns[fault]->next_session(node);
      if (at < spec.until && at <= w.spec.duration) end = at;
    }
    push_session_end(fault, node);
  }
  if (--state.holds > 0) return;
  t_.tally.node_up(node, state.lost_state && state.started);
  start(event);
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
  nodes_.start(event, first, lost_state);
  if (membership_ != nullptr) membership_->came_up(event, lost_state);
}

}  // namespace hearsay::simulation
