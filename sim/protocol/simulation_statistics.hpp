#pragma once

// Simulation<P>: samples over time, the figures of a run that are the protocol's own, and the simulator's memory.
// Included by simulation.hpp alone.

#include "sim/protocol/simulation.hpp"

namespace hearsay::protocol {

/// Null where nobody asks for active peers.
template <Protocol P>
std::unique_ptr<Contacts> Simulation<P>::make_contacts() const {
  const Duration sampling = w_.spec.output.series;
  if (!HasStatistics<P> || sampling.ns == 0) return nullptr;
  Duration interval;
  if constexpr (requires { params_.round_interval(); }) interval = params_.round_interval();
  if (interval.ns == 0) interval = sampling;
  const auto window = static_cast<std::int64_t>(saturating_add(interval.ns, interval.ns));
  return std::make_unique<Contacts>(static_cast<std::uint32_t>(nodes_.size()), nanoseconds(window));
}

template <Protocol P>
void Simulation<P>::sample(SimTime t) {
  std::vector<double> more;
  if (w_.membership) {
    const auto columns = w_.membership_samples();
    more.assign(columns.begin(), columns.end());
  }
  if constexpr (HasStatistics<P>) {
    const auto columns = sample_nodes(t);
    more.insert(more.end(), columns.begin(), columns.end());
  }
  w_.recorder.sample(t, more);
}

template <Protocol P>
std::array<double, StateFigures::kColumns> Simulation<P>::sample_nodes(SimTime t) {
  for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
    const NodeId id{n};
    if (!w_.up(id)) continue;
    const auto peers = w_.overlay.peers(id);
    if constexpr (HasStatistics<P>)
      state_.add(nodes_[n].statistics(params_, {t, w_.item_infos, peers.size()}), peers.size(),
                 contacts_ ? contacts_->active(id, peers, t) : 0);
  }
  sampled_ = t;
  return state_.take();
}

template <Protocol P>
std::vector<std::string> Simulation<P>::series_columns() const {
  std::vector<std::string> columns;
  if (w_.membership) columns = World::membership_columns();
  if constexpr (HasStatistics<P>) {
    const auto own = StateFigures::columns();
    columns.insert(columns.end(), own.begin(), own.end());
  }
  return columns;
}

template <Protocol P>
std::vector<std::pair<std::string, std::optional<double>>> Simulation<P>::metrics(SimTime end) {
  auto metrics = w_.membership_metrics();
  if constexpr (HasStatistics<P>) {
    if (sampled_ != end) sample_nodes(end);
    const auto own = state_.metrics();
    metrics.insert(metrics.end(), own.begin(), own.end());
  }
  if constexpr (HasCounters<P>)
    for (std::size_t i = 0; i < counters_.size(); ++i)
      metrics.emplace_back(P::kCounters[i], static_cast<double>(counters_[i]));
  return metrics;
}

template <Protocol P>
metrics::OwnMemory Simulation<P>::memory() const {
  metrics::OwnMemory memory;
  memory.nodes = nodes_.size() * sizeof(P) + draws_.memory_bytes() + w_.memory_of_nodes();
  if constexpr (requires(const P& node) { node.memory_bytes(); })
    for (const P& node : nodes_) memory.nodes += node.memory_bytes();
  memory.items = w_.recorder.memory_bytes() + w_.item_infos.capacity() * sizeof(ItemInfo);
  memory.messages = payloads_.memory_bytes() + w_.calendar.memory_bytes();
  return memory;
}

}  // namespace hearsay::protocol
