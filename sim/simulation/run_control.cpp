#include "sim/simulation/run_control.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace hearsay::simulation {

using engine::EventKind;

SimTime RunControl::run(std::span<engine::Worker* const> workers) {
  threads_[0]->publications_left = static_cast<std::int64_t>(world_.schedule.publications.size());
  if (world_.spec.output.series.ns > 0) next_sample_ = SimTime{};
  list_faults();
  lifecycle_->begin();
  if (plan_.windows()) world_.recorder.fold_all();
  const bool watch = world_.spec.until != Until::kDuration;
  const SimTime end = plan_.windows()
                          ? engine::run_in_windows(workers, plan_.division, *this, world_.spec.duration, watch)
                          : engine::run_in_order(*workers[0], *this, world_.spec.duration, watch);
  sample_up_to(end + nanoseconds(1));
  return end;
}

void RunControl::list_faults() {
  for (std::uint32_t f = 0; f < world_.spec.faults.size(); ++f) {
    fault_edges_.push_back({world_.spec.faults[f].at, f, true});
    fault_edges_.push_back({world_.spec.faults[f].until, f, false});
  }
  std::stable_sort(fault_edges_.begin(), fault_edges_.end(),
                   [](const FaultEdge& a, const FaultEdge& b) { return a.at < b.at; });
}

// -------------------------------------------------------------------------------------------- the end

bool RunControl::over() {
  if (awaited() > 0 || sum(&RunThread::publications_left) > 0 || sum(&RunThread::starts_left) > 0) return false;
  if (world_.spec.until == Until::kCovered) {
    if (plan_.windows()) world_.recorder.fold_all();
    return world_.recorder.all_covered();
  }
  return pending_() == 0;
}

bool RunControl::may_end(SimTime end, std::size_t due) const {
  const auto& publications = world_.schedule.publications;
  if (!publications.empty() && publications.back().time >= end) return false;
  return awaited() <= static_cast<std::int64_t>(due);
}

std::uint64_t RunControl::events() const {
  std::uint64_t all = next_edge_;
  for (const RunThread* thread : threads_) all += thread->events;
  return all;
}

// ---------------------------------------------------------------------------------- between events

SimTime RunControl::next() const {
  SimTime next = next_publications();
  if (next_sample_ != kNever)
    next = std::min(next, next_sample_ + nanoseconds(1));  // after what happens at its instant
  if (next_edge_ < fault_edges_.size()) next = std::min(next, fault_edges_[next_edge_].at);
  return next;
}

void RunControl::act(SimTime t) {
  sample_up_to(t);
  prepare(t + nanoseconds(1));
  for (; next_edge_ < fault_edges_.size() && fault_edges_[next_edge_].at <= t; ++next_edge_) {
    const FaultEdge& edge = fault_edges_[next_edge_];
    RunThread& thread = *threads_[0];
    thread.now = edge.at;
    if (thread.trace != nullptr)
      thread.note(edge.begins ? TraceEvent::kFault : TraceEvent::kFaultEnd, kNoNode, kNoNode,
                  {.text = network::fault_kind_name(world_.faults.spec(edge.fault).kind)});
    edge.begins ? lifecycle_->begin_fault(edge.fault) : lifecycle_->end_fault(edge.fault);
  }
}

void RunControl::sample_up_to(SimTime t) {
  while (next_sample_ < t) {
    if (plan_.windows()) world_.recorder.fold_all();
    settle_membership();
    sample_(next_sample_);
    next_sample_ = next_sample_ + world_.spec.output.series;
  }
}

/// What the lanes have noted for everybody.
void RunControl::settle_membership() {
  if (membership_ != nullptr) membership_->read_notes(true);
  for (Lane& lane : lanes_) {
    for (const auto& [node, at] : lane.enlisted) world_.public_list.enlist(node, at);
    lane.enlisted.clear();
  }
}

SimTime RunControl::next_publications() const {
  const auto& all = world_.schedule.publications;
  return next_publication_ < all.size() ? all[next_publication_].time : kNever;
}

void RunControl::prepare(SimTime end) {
  while (next_publications() < end) publish_some();
}

/// Some thousands at once, and all of one instant, so that none comes later than it should in the order of events.
void RunControl::publish_some() {
  constexpr std::size_t kSome = 4096;
  const auto& all = world_.schedule.publications;
  std::size_t end = std::min(all.size(), next_publication_ + kSome);
  while (end < all.size() && all[end].time == all[end - 1].time) ++end;
  for (; next_publication_ < end; ++next_publication_) {
    const auto& p = all[next_publication_];
    const auto item = static_cast<std::uint32_t>(next_publication_);
    threads_[0]->calendar.push(
        environment_event(p.time, static_cast<std::int64_t>(p.origin), EventKind::kPublication, item, item));
  }
}

}  // namespace hearsay::simulation
