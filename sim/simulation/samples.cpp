#include "sim/simulation/samples.hpp"

#include <algorithm>
#include <limits>

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

void StateFigures::add(const protocol::NodeStatistics& node, std::size_t peers, std::size_t active) {
  const std::array<std::uint64_t, kColumns> values = {node.items_held, node.ids_seen, peers, active, node.state_bytes};
  for (std::size_t i = 0; i < kColumns; ++i) sums_[i] += static_cast<double>(values[i]);
  ++nodes_;
  most_ = std::max(most_, node.state_bytes);
}

std::array<double, StateFigures::kColumns> StateFigures::take() {
  std::array<double, kColumns> means;
  for (std::size_t i = 0; i < kColumns; ++i)
    means[i] = nodes_ > 0 ? sums_[i] / static_cast<double>(nodes_) : std::numeric_limits<double>::quiet_NaN();
  if (nodes_ > 0) {
    means_ += means.back();
    ++samples_;
  }
  sums_ = {};
  nodes_ = 0;
  return means;
}

std::vector<std::pair<std::string, std::optional<double>>> StateFigures::metrics() const {
  std::optional<double> mean, most;
  if (samples_ > 0) {
    mean = means_ / static_cast<double>(samples_);
    most = static_cast<double>(most_);
  }
  return {{"state_bytes_mean", mean}, {"state_bytes_max", most}};
}

}  // namespace hearsay::simulation
