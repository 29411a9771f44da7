#include "sim/network/overlay.hpp"

#include <algorithm>

#include "sim/core/digest.hpp"
#include "sim/core/random.hpp"

namespace hearsay::network {

Overlay::Overlay(const Graph& graph, const LatencyModel& model, std::uint64_t seed)
    : model_(model),
      order_key_(KeyedDraws(seed, Stream::kPeerOrder).bits()),
      offsets_(graph.nodes + std::size_t{1}, 0) {
  for (const Edge& edge : graph.edges) {
    ++offsets_[edge.a + std::size_t{1}];
    ++offsets_[edge.b + std::size_t{1}];
  }
  for (std::size_t i = 1; i < offsets_.size(); ++i) offsets_[i] += offsets_[i - 1];
  targets_.resize(2 * graph.edges.size());
  std::vector<std::size_t> next(offsets_.begin(), offsets_.end() - 1);
  for (const Edge& edge : graph.edges) {
    targets_[next[edge.a]++] = NodeId{edge.b};
    targets_[next[edge.b]++] = NodeId{edge.a};
  }
  std::vector<std::pair<std::uint64_t, NodeId>> ranked;
  for (std::uint32_t n = 0; n < graph.nodes; ++n) {
    ranked.clear();
    for (std::size_t i = offsets_[n]; i < offsets_[n + 1]; ++i)
      ranked.emplace_back(rank(NodeId{n}, targets_[i]), targets_[i]);
    std::sort(ranked.begin(), ranked.end());
    for (std::size_t i = 0; i < ranked.size(); ++i) targets_[offsets_[n] + i] = ranked[i].second;
  }
  if (model.per_message()) return;
  latencies_.resize(targets_.size());
  for (std::uint32_t n = 0; n < graph.nodes; ++n)
    for (std::size_t i = offsets_[n]; i < offsets_[n + 1]; ++i) {
      const std::int64_t ns = model.link(NodeId{n}, targets_[i]).ns;
      latencies_[i] = ns < kLong ? static_cast<std::uint32_t>(ns) : kLong;
    }
}

std::uint64_t Overlay::rank(NodeId node, NodeId peer) const {
  const std::uint64_t pair = (static_cast<std::uint64_t>(node) << 32) | static_cast<std::uint64_t>(peer);
  return Digest::mix(Digest::mix(order_key_, pair), pair);
}

std::size_t Overlay::position(NodeId node, NodeId peer, std::span<const NodeId> list) const {
  const auto key = std::pair(rank(node, peer), peer);
  const auto at = std::partition_point(list.begin(), list.end(),
                                       [&](NodeId other) { return std::pair(rank(node, other), other) < key; });
  return static_cast<std::size_t>(at - list.begin());
}

std::size_t Overlay::find(NodeId node, NodeId peer, std::span<const NodeId> list) const {
  const std::size_t at = position(node, peer, list);
  return at < list.size() && list[at] == peer ? at : kNotAPeer;
}

Duration Overlay::latency(NodeId from, NodeId to) const {
  if (cached()) {
    const std::size_t at = find(from, to, base_peers(from));
    if (at != kNotAPeer) return base_latency(from, at);
  }
  return model_.link(from, to);
}

bool Overlay::connected(NodeId node, NodeId peer) const { return find(node, peer, peers(node)) != kNotAPeer; }

std::vector<NodeId>& Overlay::own_list(NodeId node) {
  if (changed_.empty()) allow_changes();
  auto& list = changed_[index(node)];
  if (!list) {
    const auto base = base_peers(node);
    list = std::make_unique<std::vector<NodeId>>(base.begin(), base.end());
  }
  return *list;
}

bool Overlay::add_peer(NodeId node, NodeId peer) {
  if (connected(node, peer)) return false;
  auto& list = own_list(node);
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(position(node, peer, list)), peer);
  return true;
}

bool Overlay::remove_peer(NodeId node, NodeId peer) {
  if (!connected(node, peer)) return false;
  auto& list = own_list(node);
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(find(node, peer, list)));
  return true;
}

std::size_t Overlay::memory_bytes() const {
  std::size_t bytes = offsets_.size() * sizeof(std::size_t) + targets_.size() * sizeof(NodeId) +
                      latencies_.size() * sizeof(std::uint32_t);
  for (const auto& list : changed_)
    if (list) bytes += sizeof(*list) + list->capacity() * sizeof(NodeId);
  return bytes + changed_.capacity() * sizeof(void*);
}

}  // namespace hearsay::network
