#pragma once

// One run of one protocol: calls handlers and commits their effects. All else is the kernel's, which does not know the
// protocol; what does is protocol_thread.hpp.
//
// Everything on an event's way is statically dispatched; the virtual calls are one for each run, and for what is rare.
// The order of events is event.hpp's, and whatever is pushed lies later than the event being dispatched, so that the
// order does not depend on who runs the loop.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/protocol/statistics.hpp"
#include "sim/simulation/chain_figures.hpp"
#include "sim/simulation/gauges_of.hpp"
#include "sim/simulation/ledger_tables.hpp"
#include "sim/simulation/membership_figures.hpp"
#include "sim/simulation/protocol_thread.hpp"

namespace hearsay::simulation {

using protocol::HasGauges;
using protocol::Protocol;

template <Protocol P>
class Simulation {
  static_assert(protocol::require_protocol<P>());

 public:
  Simulation(World& world, const typename P::Params& params, const RunOptions& options)
      : w_(world),
        plan_(plan_lanes(world.spec, options, world.attributes)),
        lanes_(plan_.division.lanes),
        space_(sizeof(Payload<typename P::Message>)),
        nodes_(world, params, plan_.division.lanes),
        contacts_(make_contacts()),
        control_(world, lanes_, plan_) {
    if constexpr (protocol::kUsesOutbox<P>) world.outboxes.resize(world.attributes.size());
    if (world.spec.has_membership()) {
      world.membership = world.spec.membership->make(world, *world.spec.membership_params, plan_.division.lanes);
      if (!world.spec.static_peers()) figures_of_membership_.emplace(world, lanes_);
    }
    for (unsigned t = 0; t < plan_.threads; ++t) {
      threads_.push_back(std::make_unique<ProtocolThread<P>>(world, lanes_, plan_, options, space_, nodes_,
                                                             contacts_.get(), control_));
      workers_.push_back(threads_.back().get());
      control_.add(threads_.back()->kernel());
    }
    control_.set_lifecycle(threads_[0]->lifecycle());
    control_.set_sample([this](SimTime t) { sample(t); });
    control_.set_pending([this] {
      std::uint64_t pending = nodes_.pending_timers();
      for (const Lane& lane : lanes_) pending += lane.transfers.waiting_count;
      return pending;
    });
    control_.set_membership(figures_of_membership_ ? &*figures_of_membership_ : nullptr);
  }

  /// Runs to the end; returns the simulated time at which it ended.
  SimTime run() { return control_.run(workers_); }
  const RunControl& control() const { return control_; }
  const LanePlan& plan() const { return plan_; }
  network::FaultTally fault_tally() const {
    network::FaultTally all = w_.faults.tally();
    for (const auto& thread : threads_) all.merge(thread->kernel().fault_tally);
    return all;
  }

  /// Figures that are not the recorder's, in the order of the catalogue. Once, at the end of the run.
  metrics::NamedValues metrics(SimTime end) {
    metrics::NamedValues metrics;
    if (figures_of_membership_) metrics = figures_of_membership_->metrics();
    if (w_.tree) put_metrics(history(end), metrics);
    gauges_.put_metrics(end, metrics, contacts_.get());
    metrics::FigureTally all(protocol::figures_of<P>.size());
    for (const auto& thread : threads_) all.merge(thread->machine().figures());
    all.put_metrics(protocol::figures_of<P>, metrics);
    if (w_.membership) {
      std::vector<Part*> parts;
      for (const auto& thread : threads_) parts.push_back(thread->membership());
      w_.membership->put_metrics(end, parts, metrics);
    }
    return metrics;
  }
  /// Of the miners that found a block; nobody where there is no chain.
  std::vector<metrics::MinerReport> miners(SimTime end) const {
    return w_.tree ? miner_reports(history(end).of_blocks, w_.attributes) : std::vector<metrics::MinerReport>{};
  }
  /// `rows`: of the ledger.
  metrics::LedgerTables ledger_tables(SimTime end, std::span<const metrics::LedgerRow> rows) const {
    return make_ledger_tables(w_, w_.tree ? history(end).of_blocks.on_main : std::vector<bool>{}, rows);
  }
  /// What samples have beside the recorder's columns.
  std::vector<std::string> series_columns() const {
    std::vector<std::string> columns;
    if (figures_of_membership_) columns = MembershipFigures::columns();
    append(columns, gauges_.columns());
    if (w_.membership) append(columns, w_.membership->series_columns());
    return columns;
  }
  metrics::OwnMemory memory() const {
    metrics::OwnMemory memory;
    memory.nodes =
        nodes_.states.size() * sizeof(P) + nodes_.draws.size() * sizeof(std::uint64_t) + w_.memory_of_nodes();
    if constexpr (requires(const P& node) { node.memory_bytes(); })
      for (const P& node : nodes_.states) memory.nodes += node.memory_bytes();
    memory.items = w_.recorder.memory_bytes() + w_.item_infos.capacity() * sizeof(protocol::ItemInfo);
    memory.messages = space_.memory_bytes();
    for (const auto& thread : threads_) memory.messages += thread->kernel().calendar.memory_bytes();
    return memory;
  }

 private:
  /// Null where nobody asks for active peers.
  std::unique_ptr<Contacts> make_contacts() const {
    const Duration sampling = w_.spec.output.series;
    if (!HasGauges<P> || sampling.ns == 0) return nullptr;
    Duration interval;
    if constexpr (requires { nodes_.params.round_interval(); }) interval = nodes_.params.round_interval();
    if (interval.ns == 0) interval = sampling;
    return std::make_unique<Contacts>(static_cast<std::uint32_t>(nodes_.states.size()), interval + interval);
  }
  ChainHistory history(SimTime end) const {
    std::vector<const chain::HeadMoves*> moves;
    for (const auto& thread : threads_) moves.push_back(&thread->kernel().head_moves);
    return chain_history(w_, moves, end);
  }
  void sample(SimTime t) {
    std::vector<double> more;
    if (figures_of_membership_) more = figures_of_membership_->sample();
    append(more, gauges_.sample(t, contacts_.get()));
    if (w_.membership) append(more, w_.membership->sample(t));
    w_.recorder.sample(t, more);
  }
  template <class T>
  static void append(std::vector<T>& to, const std::vector<T>& more) {
    to.insert(to.end(), more.begin(), more.end());
  }

  World& w_;
  LanePlan plan_;
  std::vector<Lane> lanes_;
  PayloadSpace space_;
  MachineNodes<P> nodes_;
  std::unique_ptr<Contacts> contacts_;  // null without samples
  std::optional<MembershipFigures> figures_of_membership_;
  RunControl control_;
  std::vector<std::unique_ptr<ProtocolThread<P>>> threads_;
  std::vector<engine::Worker*> workers_;
  GaugesOf<P> gauges_{w_, nodes_, true};
};

}  // namespace hearsay::simulation
