#include "sim/network/faults.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/random.hpp"

namespace hearsay::network {

FaultTimeline::FaultTimeline(std::span<const FaultSpec> specs, std::span<const NodeAttributes> nodes,
                             std::uint64_t seed)
    : specs_(specs.begin(), specs.end()),
      seed_(seed),
      members_(specs.size()),
      member_bits_(specs.size()),
      side_(specs.size()),
      nodes_(nodes.size()) {
  for (std::size_t f = 0; f < specs_.size(); ++f) {
    members_[f] = select_nodes(specs_[f].nodes, nodes, seed, f);
    if (specs_[f].nodes.by != SelectBy::kAll) {
      member_bits_[f].assign(nodes.size(), false);
      for (const std::uint32_t n : members_[f]) member_bits_[f][n] = true;
    }
    switch (specs_[f].kind) {
      case FaultKind::kPartition:
        draw_partition(f, nodes);
        partitions_.push_back(f);
        break;
      case FaultKind::kLossBurst: loss_bursts_.push_back(f); break;
      case FaultKind::kLatencySpike: spikes_.push_back(f); break;
      case FaultKind::kBandwidthDrop: drops_.push_back(f); break;
      case FaultKind::kSilent: silent_.push_back(f); break;
      case FaultKind::kSlow: slow_.push_back(f); break;
      case FaultKind::kCrash:
      case FaultKind::kChurn: break;  // become events
    }
  }
}

void FaultTimeline::draw_partition(std::size_t fault, std::span<const NodeAttributes> nodes) {
  auto& side = side_[fault];
  if (specs_[fault].sides.empty()) {
    side.assign(nodes.size(), 1);
    for (const std::uint32_t n : members_[fault]) side[n] = 0;
    return;
  }
  side.assign(nodes.size(), -1);
  for (std::size_t s = 0; s < specs_[fault].sides.size(); ++s)
    for (const NodeSelector& part : specs_[fault].sides[s])
      for (const std::uint32_t n : select_nodes(part, nodes, seed_, fault)) side[n] = static_cast<std::int8_t>(s);
}

void FaultTally::merge(const FaultTally& other) {
  for (std::size_t f = 0; f < counts_.size(); ++f) {
    counts_[f].dropped += other.counts_[f].dropped;
    counts_[f].delayed += other.counts_[f].delayed;
    for (std::uint32_t n = 0; n < other.touched_[f].size(); ++n)
      if (other.touched_[f][n]) touched(f, NodeId{n});
  }
}

std::vector<FaultReport> FaultTimeline::reports(const FaultTally& tally) const {
  std::vector<FaultReport> reports(specs_.size());
  for (std::size_t f = 0; f < specs_.size(); ++f) {
    reports[f].kind = fault_kind_name(specs_[f].kind);
    reports[f].dropped = tally.counts_[f].dropped;
    reports[f].delayed = tally.counts_[f].delayed;
    reports[f].nodes = static_cast<std::uint64_t>(std::count(tally.touched_[f].begin(), tally.touched_[f].end(), true));
  }
  return reports;
}

double FaultTimeline::least_latency_factor() const {
  double factor = 1;
  for (const std::size_t f : spikes_) factor *= std::min(1.0, specs_[f].factor);  // all of them may be in force
  return factor;
}

int FaultTimeline::cut(NodeId from, NodeId to, SimTime sent, SimTime delivered) const {
  for (const std::size_t f : partitions_) {
    const FaultSpec& spec = specs_[f];
    if (delivered < spec.at || sent >= spec.until) continue;
    const std::int8_t a = side_[f][index(from)];
    const std::int8_t b = side_[f][index(to)];
    if (a < 0 || b < 0 || a == b) continue;
    if (spec.one_way && a != 0) continue;
    return static_cast<int>(f);
  }
  return -1;
}

int FaultTimeline::burst_loss(NodeId from, NodeId to, std::uint32_t sequence, SimTime start) const {
  for (const std::size_t f : loss_bursts_) {
    if (!in_force(f, start) || !(is_member(f, from) || is_member(f, to))) continue;
    KeyedDraws draws(seed_, Stream::kBurstLoss,
                     (static_cast<std::uint64_t>(from) << 32) | static_cast<std::uint64_t>(to), sequence, f);
    if (draws.chance(specs_[f].loss)) return static_cast<int>(f);
  }
  return -1;
}

Duration FaultTimeline::spiked(NodeId from, NodeId to, Duration latency, SimTime start, FaultTally& tally) const {
  for (const std::size_t f : spikes_) {
    if (!in_force(f, start) || !(is_member(f, from) || is_member(f, to))) continue;
    if (specs_[f].factor != 1)
      latency.ns = static_cast<std::int64_t>(std::floor(static_cast<double>(latency.ns) * specs_[f].factor + 0.5));
    latency = latency + specs_[f].add;
    tally.delayed(f);
    tally.touched(f, is_member(f, from) ? from : to);
  }
  return latency;
}

std::uint64_t FaultTimeline::dropped_bandwidth(NodeId node, std::uint64_t bit_per_s, SimTime start, FaultTally& tally,
                                               NodeId sender) const {
  if (bit_per_s == 0) return 0;  // unlimited stays unlimited
  for (const std::size_t f : drops_) {
    if (!in_force(f, start) || !is_member(f, node)) continue;
    bit_per_s = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::floor(static_cast<double>(bit_per_s) * specs_[f].factor)));
    if (sender == kNoNode || !is_member(f, sender)) tally.delayed(f);
    tally.touched(f, node);
  }
  return bit_per_s;
}

int FaultTimeline::silent(NodeId node, SimTime now) const {
  for (const std::size_t f : silent_)
    if (in_force(f, now) && is_member(f, node)) return static_cast<int>(f);
  return -1;
}

Duration FaultTimeline::slow(NodeId node, SimTime now, FaultTally& tally) const {
  Duration delay;
  for (const std::size_t f : slow_) {
    if (!in_force(f, now) || !is_member(f, node)) continue;
    delay = delay + specs_[f].delay;
    tally.delayed(f);
    tally.touched(f, node);
  }
  return delay;
}

}  // namespace hearsay::network
