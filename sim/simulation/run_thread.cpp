#include "sim/simulation/run_thread.hpp"

namespace hearsay::simulation {

namespace {

// Guaranteed elision: neither can be moved.
engine::Calendar make_calendar(const LanePlan& plan) {
  if (plan.windows()) return engine::Calendar(plan.division);
  return engine::Calendar();
}
metrics::Tally make_tally(World& world, const LanePlan& plan) {
  if (plan.windows()) return metrics::Tally(world.recorder, plan.threads);
  return metrics::Tally(world.recorder);
}

}  // namespace

RunThread::RunThread(World& w, std::vector<Lane>& all_lanes, const LanePlan& lane_plan, const RunOptions& options)
    : world(w),
      states(w.states.data()),
      lanes(all_lanes),
      plan(lane_plan),
      calendar(make_calendar(lane_plan)),
      tally(make_tally(w, lane_plan)),
      head_moves(w.tree ? w.tree->items() : 0),
      fault_tally(w.faults.tally()),
      wire_use(fault_tally),
      trace(options.trace),
      awaits_items_only(w.spec.until == Until::kCovered) {}

void RunThread::note(TraceEvent what, NodeId node, NodeId peer, const TraceDetail& detail) const {
  TraceRecord record;
  record.event = what;
  record.time = now;
  record.node = node == kNoNode ? -1 : static_cast<std::int64_t>(node);
  record.peer = peer == kNoNode ? -1 : static_cast<std::int64_t>(peer);
  record.message_kind = detail.message_kind;
  record.item = detail.carried.empty() ? detail.item : static_cast<std::int64_t>(detail.carried.front().item);
  record.carried = detail.carried;
  record.bytes = detail.bytes;
  record.sequence = detail.sequence;
  record.detail = detail.text;
  trace->record(record);
}

engine::Event node_event(SimTime time, NodeId target, NodeId source, std::uint32_t sequence, engine::EventKind kind,
                         engine::Step step, std::uint32_t payload) {
  engine::Event event;
  event.time_ns = time.ns;
  event.target = static_cast<std::int32_t>(target);
  event.kind = kind;
  event.step = step;
  event.source = static_cast<std::int32_t>(source);
  event.sequence = sequence;
  event.payload = payload;
  return event;
}

}  // namespace hearsay::simulation
