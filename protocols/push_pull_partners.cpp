#include "protocols/push_pull_partners.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/core/digest.hpp"
#include "sim/core/math.hpp"

namespace hearsay::protocols {

void NodeSketch::add(NodeId node) {
  const std::uint64_t once = Digest::mix(index(node), 0x6e6f'6465'736b'6574u);
  const std::uint64_t hash = Digest::mix(once, index(node) + 1);
  const std::size_t place = hash >> 56;
  const auto rank = static_cast<std::uint8_t>(std::countl_zero((hash << 8) | 0xff) + 1);
  if (rank <= ranks_[place]) return;
  ranks_[place] = rank;
  stale_ = true;
}

double NodeSketch::estimate() const {
  if (!stale_) return estimate_;
  constexpr double kM = kRegisters;
  constexpr double kAlpha = 0.7213 / (1 + 1.079 / kM);
  double sum = 0;
  int empty = 0;
  for (const std::uint8_t rank : ranks_) {
    sum += std::ldexp(1.0, -rank);
    if (rank == 0) ++empty;
  }
  estimate_ = kAlpha * kM * kM / sum;
  if (estimate_ <= 2.5 * kM && empty > 0) estimate_ = kM * det_log(kM / empty);
  stale_ = false;
  return estimate_;
}

std::uint32_t reliable_fanout(double nodes) {
  return static_cast<std::uint32_t>(std::ceil(det_log(std::max(nodes, 1.0)) + kFanoutMargin));
}

void RoundTrips::answered(NodeId peer, SimTime now) {
  const auto found = peers_.find(peer);
  if (found == peers_.end() || found->second.called.ns < 0) return;
  Trip& trip = found->second;
  const std::int64_t taken = (now - trip.called).ns;
  trip.smoothed_ns = trip.smoothed_ns < 0 ? taken : trip.smoothed_ns + (taken - trip.smoothed_ns) / 8;
  trip.measured = now;
  trip.called = SimTime{-1};
}

std::optional<std::int64_t> RoundTrips::measured_ns(NodeId peer, SimTime now, Duration lifetime) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end() || found->second.measured.ns < 0 || found->second.measured + lifetime < now)
    return std::nullopt;
  return found->second.smoothed_ns;
}

void FavouredPeers::assign(std::vector<NodeId> same_region, std::vector<std::pair<std::int64_t, NodeId>>& nearness,
                           std::size_t peers) {
  same_region_ = std::move(same_region);
  const std::size_t quarter = 2 * nearness.size() < peers ? 0 : std::min((peers + 3) / 4, nearness.size());
  std::stable_sort(nearness.begin(), nearness.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  near_.clear();
  for (std::size_t i = 0; i < quarter; ++i) near_.push_back(nearness[i].second);
  ready_ = true;
}

void FavouredPeers::choose(std::span<const NodeId> peers, std::size_t count, Shares shares, KeyedDraws& rng,
                           std::vector<NodeId>& chosen) const {
  const auto is_chosen = [&](NodeId peer) { return std::find(chosen.begin(), chosen.end(), peer) != chosen.end(); };
  const auto pick_from = [&](std::span<const NodeId> list) {
    std::size_t left = 0;
    for (const NodeId peer : list) left += is_chosen(peer) ? 0 : 1;
    if (left == 0) return false;
    std::uint64_t skip = rng.below(left);
    for (const NodeId peer : list) {
      if (is_chosen(peer) || skip-- > 0) continue;
      chosen.push_back(peer);
      return true;
    }
    return false;
  };
  while (chosen.size() < std::min(count, peers.size())) {
    const double u = rng.uniform();
    bool done = false;
    if (u < shares.same_region)
      done = pick_from(same_region_);
    else if (u < shares.same_region + shares.low_latency)
      done = pick_from(near_);
    if (!done) pick_from(peers);
  }
}

}  // namespace hearsay::protocols
