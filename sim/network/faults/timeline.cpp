#include "sim/network/faults/timeline.hpp"

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
      sides_(specs.size()),
      nodes_(nodes.size()) {
  for (std::size_t f = 0; f < specs_.size(); ++f) {
    intervals_.push_back({specs_[f].at, specs_[f].until});
    choose(f, nodes, seed);
    std::visit(
        [&](const auto& kind) {
          if constexpr (requires { kind.cuts(Side{}, Side{}); }) cutting_.push_back(f);
          if constexpr (requires(KeyedDraws & draws) { kind.loses(draws); }) losing_.push_back(f);
          if constexpr (requires { kind.latency(Duration{}); }) bending_.push_back(f);
          if constexpr (requires { kind.bandwidth(std::uint64_t{}); }) narrowing_.push_back(f);
          if constexpr (requires { kind.kSilences; }) silencing_.push_back(f);
          if constexpr (requires { kind.pause(); }) pausing_.push_back(f);
        },
        specs_[f].kind);
  }
}

void FaultTimeline::choose(std::size_t fault, std::span<const NodeAttributes> nodes, std::uint64_t seed) {
  const FaultSpec& spec = specs_[fault];
  members_[fault] = select_nodes(spec.nodes, nodes, seed, fault);
  std::visit(
      [&](const auto& kind) {
        const Chosen chosen{members_[fault], nodes, seed, fault};
        if constexpr (requires { kind.divide(chosen); }) sides_[fault] = kind.divide(chosen);
      },
      spec.kind);
  if (!sides_[fault].empty() && spec.nodes.by == SelectBy::kAll)
    std::erase_if(members_[fault], [&](std::uint32_t n) { return sides_[fault][n] == kNoSide; });
  if (members_[fault].size() == nodes.size()) return;
  member_bits_[fault].assign(nodes.size(), false);
  for (const std::uint32_t n : members_[fault]) member_bits_[fault][n] = true;
}

// ----------------------------------------------------------------------------------------- reports

void FaultTally::merge(const FaultTally& other) {
  for (std::size_t f = 0; f < counts_.size(); ++f) {
    counts_[f].dropped += other.counts_[f].dropped;
    counts_[f].delayed += other.counts_[f].delayed;
    for (std::uint32_t n = 0; n < other.hit_[f].size(); ++n)
      if (other.hit_[f][n]) hit(f, NodeId{n});
  }
}

void FaultTimeline::hit(std::size_t fault, NodeId from, NodeId to, FaultTally& tally) const {
  if (is_member(fault, from)) tally.hit(fault, from);
  if (is_member(fault, to)) tally.hit(fault, to);
}

void FaultTimeline::dropped(std::size_t fault, NodeId from, NodeId to, FaultTally& tally) const {
  tally.dropped(fault);
  hit(fault, from, to, tally);
}

std::vector<FaultReport> FaultTimeline::reports(const FaultTally& tally) const {
  std::vector<FaultReport> reports(specs_.size());
  for (std::size_t f = 0; f < specs_.size(); ++f) {
    const auto& hit = tally.hit_[f];
    reports[f] = {.kind = std::string(fault_kind_name(specs_[f].kind)),
                  .dropped = tally.counts_[f].dropped,
                  .delayed = tally.counts_[f].delayed,
                  .nodes = members_[f].size(),
                  .nodes_hit = static_cast<std::uint64_t>(std::count(hit.begin(), hit.end(), true))};
  }
  return reports;
}

// --------------------------------------------------------------------------------------- questions

int FaultTimeline::cut(NodeId from, NodeId to, SimTime sent, SimTime delivered) const {
  for (const std::size_t f : cutting_) {
    if (delivered < intervals_[f].at || sent >= intervals_[f].until) continue;
    const bool cuts = std::visit(
        [&](const auto& kind) {
          if constexpr (requires { kind.cuts(Side{}, Side{}); })
            return kind.cuts(sides_[f][index(from)], sides_[f][index(to)]);
          return false;
        },
        specs_[f].kind);
    if (cuts) return static_cast<int>(f);
  }
  return -1;
}

bool FaultTimeline::loses(NodeId from, NodeId to, std::uint32_t sequence, SimTime start, FaultTally& tally) const {
  for (const std::size_t f : losing_) {
    if (!in_force(f, start) || !(is_member(f, from) || is_member(f, to))) continue;
    KeyedDraws draws(seed_, Stream::kBurstLoss,
                     (static_cast<std::uint64_t>(from) << 32) | static_cast<std::uint64_t>(to), sequence, f);
    const bool lost = std::visit(
        [&](const auto& kind) {
          if constexpr (requires { kind.loses(draws); }) return kind.loses(draws);
          return false;
        },
        specs_[f].kind);
    if (!lost) continue;
    dropped(f, from, to, tally);
    return true;
  }
  return false;
}

/// `bent`: called with each fault that has a part in it.
template <class Bent>
Duration FaultTimeline::latency(NodeId from, NodeId to, Duration usual, SimTime start, const Bent& bent) const {
  for (const std::size_t f : bending_) {
    if (!in_force(f, start) || !(is_member(f, from) || is_member(f, to))) continue;
    usual = std::visit(
        [&](const auto& kind) {
          if constexpr (requires { kind.latency(usual); }) return kind.latency(usual);
          return usual;
        },
        specs_[f].kind);
    bent(f);
  }
  return usual;
}

Duration FaultTimeline::latency(NodeId from, NodeId to, Duration usual, SimTime start, FaultTally& tally) const {
  return latency(from, to, usual, start, [&](std::size_t f) {
    tally.delayed(f);
    hit(f, from, to, tally);
  });
}

Duration FaultTimeline::latency(NodeId from, NodeId to, Duration usual, SimTime start) const {
  return latency(from, to, usual, start, [](std::size_t) {});
}

std::uint64_t FaultTimeline::bandwidth(NodeId node, std::uint64_t bit_per_s, SimTime start, FaultTally& tally,
                                       NodeId sender) const {
  if (bit_per_s == 0) return 0;  // unlimited stays unlimited
  for (const std::size_t f : narrowing_) {
    if (!in_force(f, start) || !is_member(f, node)) continue;
    bit_per_s = std::visit(
        [&](const auto& kind) {
          if constexpr (requires { kind.bandwidth(bit_per_s); }) return kind.bandwidth(bit_per_s);
          return bit_per_s;
        },
        specs_[f].kind);
    if (sender == kNoNode || !is_member(f, sender)) tally.delayed(f);
    tally.hit(f, node);
  }
  return bit_per_s;
}

int FaultTimeline::silences(NodeId node, SimTime now) const {
  for (const std::size_t f : silencing_)
    if (in_force(f, now) && is_member(f, node)) return static_cast<int>(f);
  return -1;
}

Duration FaultTimeline::pause(NodeId node, SimTime now, FaultTally& tally) const {
  Duration pause;
  for (const std::size_t f : pausing_) {
    if (!in_force(f, now) || !is_member(f, node)) continue;
    pause = pause + std::visit(
                        [](const auto& kind) {
                          if constexpr (requires { kind.pause(); }) return kind.pause();
                          return Duration{};
                        },
                        specs_[f].kind);
    tally.delayed(f);
    tally.hit(f, node);
  }
  return pause;
}

int FaultTimeline::took_down(NodeId node, SimTime now) const {
  int last = -1;
  for (std::size_t f = 0; f < specs_.size(); ++f) {
    if (!takes_down(specs_[f].kind) || now < intervals_[f].at || !is_member(f, node)) continue;
    if (now < intervals_[f].until) return static_cast<int>(f);
    if (last < 0 || intervals_[f].at >= intervals_[static_cast<std::size_t>(last)].at) last = static_cast<int>(f);
  }
  return last;
}

std::vector<std::optional<Sessions>> FaultTimeline::sessions() const {
  std::vector<std::optional<Sessions>> all(specs_.size());
  for (std::size_t f = 0; f < specs_.size(); ++f)
    std::visit(
        [&](const auto& kind) {
          if constexpr (requires { kind.sessions(seed_, f, std::uint32_t{}); })
            all[f] = kind.sessions(seed_, f, static_cast<std::uint32_t>(nodes_));
        },
        specs_[f].kind);
  return all;
}

Duration least_latency(std::span<const FaultSpec> faults, Duration usual) {
  for (const FaultSpec& fault : faults) {
    const double factor = std::visit(
        [](const auto& kind) {
          if constexpr (requires { kind.least_factor(); }) return kind.least_factor();
          return 1.0;
        },
        fault.kind);
    // All of them may be in force, and each rounds.
    if (factor < 1) usual.ns = static_cast<std::int64_t>(std::floor(static_cast<double>(usual.ns) * factor)) - 1;
  }
  return {std::max<std::int64_t>(usual.ns, 0)};
}

}  // namespace hearsay::network
