#include "sim/simulation/samples.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace hearsay::simulation {

void Contacts::heard(NodeId node, NodeId from, SimTime now) {
  auto& last = last_[index(node)];
  const auto place =
      std::lower_bound(last.begin(), last.end(), from, [](const auto& entry, NodeId id) { return entry.first < id; });
  if (place != last.end() && place->first == from)
    place->second = now;
  else
    last.insert(place, {from, now});
}

std::size_t Contacts::active(NodeId node, std::span<const NodeId> peers, SimTime now) {
  auto& last = last_[index(node)];
  std::erase_if(last, [&](const auto& entry) { return entry.second + window_ < now; });
  std::size_t count = 0;
  for (const NodeId peer : peers) {
    const auto place =
        std::lower_bound(last.begin(), last.end(), peer, [](const auto& entry, NodeId id) { return entry.first < id; });
    if (place != last.end() && place->first == peer) ++count;
  }
  return count;
}

GaugeFigures::GaugeFigures(std::span<const protocol::Figure* const> figures, bool with_peers)
    : readings_(figures),
      with_peers_(with_peers),
      gauges_(readings_.gauges().size()),
      sums_(gauges_.size() + (with_peers ? 2 : 0), 0) {}

std::vector<std::string> GaugeFigures::columns() const {
  std::vector<std::string> names;
  for (const protocol::Figure* gauge : readings_.gauges()) names.emplace_back(gauge->name);
  if (with_peers_) names.insert(names.end(), {"peers", "active_peers"});
  return names;
}

void GaugeFigures::add(const protocol::GaugeReadings& node, std::size_t peers, std::size_t active) {
  for (std::size_t i = 0; i < gauges_.size(); ++i) {
    const double value = node.values()[i];
    sums_[i] += value;
    gauges_[i].most = nodes_ + samples_ == 0 ? value : std::max(gauges_[i].most, value);
  }
  if (with_peers_) {
    sums_[gauges_.size()] += static_cast<double>(peers);
    sums_[gauges_.size() + 1] += static_cast<double>(active);
  }
  ++nodes_;
}

std::vector<double> GaugeFigures::take() {
  std::vector<double> means(sums_.size(), std::numeric_limits<double>::quiet_NaN());
  if (nodes_ > 0) {
    for (std::size_t i = 0; i < sums_.size(); ++i) means[i] = sums_[i] / static_cast<double>(nodes_);
    for (std::size_t i = 0; i < gauges_.size(); ++i) gauges_[i].means += means[i];
    ++samples_;
  }
  sums_.assign(sums_.size(), 0);
  nodes_ = 0;
  return means;
}

void GaugeFigures::put_metrics(metrics::NamedValues& metrics) const {
  for (std::size_t i = 0; i < gauges_.size(); ++i) {
    std::array<std::optional<double>, 2> values;
    if (samples_ > 0) values = {gauges_[i].means / static_cast<double>(samples_), gauges_[i].most};
    metrics::put(metrics, *readings_.gauges()[i], values);
  }
}

}  // namespace hearsay::simulation
