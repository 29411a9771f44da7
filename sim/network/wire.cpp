#include "sim/network/wire.hpp"

#include <algorithm>

#include "sim/core/int128.hpp"

namespace hearsay::network {

Duration serialisation(std::uint64_t bytes, std::uint64_t bit_per_s) {
  if (bit_per_s == 0 || bytes == 0) return {};
  if (bytes < 1'000'000'000) [[likely]] {
    const std::uint64_t scaled = bytes * 8 * std::uint64_t{kNsPerSecond};  // below 2^63 for less than 1.15 GB
    return {static_cast<std::int64_t>((scaled + bit_per_s - 1) / bit_per_s)};
  }
  const Uint128 scaled = static_cast<Uint128>(bytes) * 8 * kNsPerSecond;
  const Uint128 ns = (scaled + bit_per_s - 1) / bit_per_s;
  return {static_cast<std::int64_t>(std::min<Uint128>(ns, static_cast<Uint128>(kMaxSimTime.ns)))};
}

namespace {

/// The smaller of two bandwidths, where 0 is unlimited.
std::uint64_t narrower(std::uint64_t a, std::uint64_t b) {
  if (a == 0 || b == 0) return a | b;
  return std::min(a, b);
}

}  // namespace

Wire::Wire(const NetworkSpec& spec, std::span<const NodeAttributes> nodes, std::span<const FileEdge> file_edges,
           const FaultTimeline& faults)
    : spec_(spec), faults_(faults) {
  links_.resize(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    links_[i].up = nodes[i].uplink_bit_per_s;
    links_[i].down = nodes[i].downlink_bit_per_s;
    if (links_[i].down != 0) downlink_slower_ = true;
    downlinks_.push_back(links_[i].down);
  }
  if (std::any_of(file_edges.begin(), file_edges.end(), [](const FileEdge& e) { return e.bandwidth_bit_per_s != 0; }))
    file_edges_ = file_edges;
  drops_ = faults.any_bandwidths();
  both_ = spec.model == WireModel::kQueue && spec.contention == Contention::kBoth;
  uniform_ = file_edges_.empty() && !drops_;
  same_downlinks_ = std::all_of(downlinks_.begin(), downlinks_.end(),
                                [&](std::uint64_t down) { return (down != 0) == (downlinks_[0] != 0); });
  claims_ = both_ && !downlinks_.empty() && downlinks_[0] != 0;
  if (uniform_ && downlink_slower_ && !both_) {
    // No downlink below the fastest uplink: the receiver's line need not be looked up for each message.
    std::uint64_t fastest_up = 0, slowest_down = ~std::uint64_t{0};
    for (const Link& link : links_) {
      fastest_up = std::max(fastest_up, link.up == 0 ? ~std::uint64_t{0} : link.up);
      slowest_down = std::min(slowest_down, link.down == 0 ? ~std::uint64_t{0} : link.down);
    }
    downlink_slower_ = slowest_down < fastest_up;
  }
  plain_ = spec.model == WireModel::kQueue && uniform_ && (both_ || !downlink_slower_) &&
           spec.uplink_release == UplinkRelease::kSent && !faults.any_latencies();
}

std::uint64_t Wire::uplink_rate(WireUse& use, NodeId from, NodeId to, SimTime start) const {
  std::uint64_t rate = links_[index(from)].up;
  if (!file_edges_.empty()) {
    const FileEdge key{std::min(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)),
                       std::max(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)), -1, 0};
    const auto at = std::lower_bound(
        file_edges_.begin(), file_edges_.end(), key,
        [](const FileEdge& a, const FileEdge& b) { return a.from != b.from ? a.from < b.from : a.to < b.to; });
    if (at != file_edges_.end() && at->from == key.from && at->to == key.to)
      rate = narrower(rate, at->bandwidth_bit_per_s);
  }
  return drops_ ? faults_.bandwidth(from, rate, start, use.faults) : rate;
}

std::uint64_t Wire::downlink_rate(WireUse& use, NodeId from, NodeId to, SimTime start) const {
  const std::uint64_t rate = downlinks_[index(to)];
  if (!drops_) return rate;
  // A message that its sender's own drop has slowed is reported already.
  return faults_.bandwidth(to, rate, start, use.faults, links_[index(from)].up != 0 ? from : kNoNode);
}

Departure Wire::depart(WireUse& use, NodeId from, NodeId to, std::uint64_t bytes, Duration latency, SimTime now,
                       Duration extra, Duration back) {
  Link& sender = links_[index(from)];
  const bool queued = uses_uplink(bytes);
  const SimTime start = queued ? std::max(now, sender.uplink_free) : now;
  if (faults_.any_latencies()) [[unlikely]]
    latency = faults_.latency(from, to, latency, start, use.faults);
  if (spec_.connection_per_message) [[unlikely]]
    latency = latency * 2 + faults_.latency(to, from, back, start);
  std::uint64_t rate = uniform_ ? sender.up : uplink_rate(use, from, to, start);
  if (!queued || (!both_ && downlink_slower_)) rate = narrower(rate, downlink_rate(use, from, to, start));
  Departure d = departure(start, use.serialisation(bytes, rate), latency + extra, now);
  if (!queued) return d;
  sender.uplink_free = spec_.uplink_release == UplinkRelease::kSent ? d.done : d.arrival;
  d.claims_downlink = claims_downlink(to);
  return d;
}

Wire::Arrival Wire::first_bit(WireUse& use, NodeId from, NodeId to, std::uint64_t bytes, Duration serialised,
                              SimTime now) {
  Link& receiver = links_[index(to)];
  const SimTime begin = std::max(now, receiver.downlink_free);
  const std::uint64_t rate = drops_ ? downlink_rate(use, from, to, begin) : receiver.down;
  const SimTime served = begin + use.serialisation(bytes, rate);
  receiver.downlink_free = served;
  return {std::max(now + serialised, served), begin - now};
}

}  // namespace hearsay::network
