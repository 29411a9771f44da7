#include "sim/metrics/recorder.hpp"

#include <algorithm>
#include <limits>

#include "sim/core/check.hpp"

namespace hearsay::metrics {

const char* drop_name(Drop reason) {
  switch (reason) {
    case Drop::kLoss: return "loss";
    case Drop::kPartition: return "partition";
    case Drop::kCrash: return "crash";
    case Drop::kBroken: return "broken";
  }
  return "unknown";
}

Recorder::Recorder(const OutputSpec& spec, std::span<const network::NodeAttributes> nodes,
                   const workload::Schedule& schedule, const LabelNames& labels, std::vector<std::string> message_kinds,
                   bool all_up)
    : spec_(spec), nodes_(nodes), schedule_(schedule), labels_(labels) {
  stored_times_ = !all_up || !spec.by.empty() || spec.stretch || !schedule.reads.empty();
  items_.resize(schedule.publications.size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    items_[i].origin = schedule.publications[i].origin;
    items_[i].item_class = schedule.publications[i].item_class;
  }
  const auto n = static_cast<std::uint32_t>(nodes.size());
  for (std::uint32_t percent = 0; percent <= 100; ++percent) share_count_[percent] = share_nodes(percent, n);
  share_count_[101] = n + 1;  // beyond reach: ends the count
  reach_.resize(1 + std::max<std::size_t>(1, labels.classes.size()));
  for (std::string& kind : message_kinds) by_kind_.push_back({std::move(kind), 0, 0});
  uplink_bytes_.assign(nodes.size(), 0);
  up_.assign(nodes.size(), false);
}

void Recorder::published(ItemId item, SimTime now) {
  ItemRecord& r = items_[index(item)];
  r.state = std::make_unique<std::uint16_t[]>(nodes_.size());
  r.published = now;
  r.measured = !spec_.measure_window || (spec_.measure_from <= now && now < spec_.measure_to);
  r.next_share = 1;
  if (stored_times_) {
    r.first_delivery = std::make_unique_for_overwrite<std::int64_t[]>(nodes_.size());
    std::fill_n(r.first_delivery.get(), nodes_.size(), -1);
  }
  if (spec_.ledger) {
    r.first_sender = std::make_unique_for_overwrite<NodeId[]>(nodes_.size());
    std::fill_n(r.first_sender.get(), nodes_.size(), kNoNode);
  }
  ++published_;
  if (live_ > 0) ++incomplete_;
}

std::uint32_t Recorder::hops(ItemId item, NodeId node) const {
  const std::uint16_t stored = items_[index(item)].state[index(node)] & kHopMask;
  if (stored < kHopMask) [[likely]]
    return stored;
  return long_hops_.at((static_cast<std::uint64_t>(item) << 32) | static_cast<std::uint64_t>(node));
}

void Recorder::set_hops(ItemId item, NodeId node, std::uint32_t hops) {
  std::uint16_t& state = items_[index(item)].state[index(node)];
  state = static_cast<std::uint16_t>((state & ~kHopMask) | std::min<std::uint32_t>(hops, kHopMask));
  if (hops >= kHopMask) long_hops_[(static_cast<std::uint64_t>(item) << 32) | static_cast<std::uint64_t>(node)] = hops;
}

bool Recorder::delivered(ItemId item, NodeId node, SimTime now) {
  ItemRecord& r = items_[index(item)];
  std::uint16_t& state = r.state[index(node)];
  if (state & kHas) {
    ++redelivered_;
    return false;
  }
  const bool first = (state & kDelivered) == 0;
  state = static_cast<std::uint16_t>(state | kHas | kDelivered);
  if (++r.has_live == live_) --incomplete_;
  if (!first) return true;
  ++r.delivered;
  ++deliveries_;
  if (spec_.ledger) [[unlikely]] {
    const NodeId from = node == r.origin ? kNoNode : r.first_sender[index(node)];
    ledger_.push_back({static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(node),
                       from == kNoNode ? -1 : static_cast<std::int64_t>(from), now.ns, hops(item, node)});
  }
  if (stored_times_) {
    r.first_delivery[index(node)] = now.ns;
  } else if (r.measured) {
    if (node != r.origin) {
      latency_.add((now - r.published).ns);
      const std::uint32_t h = hops(item, node);
      hops_sum_ += h;
      hops_max_ = std::max(hops_max_, h);
    }
    if (r.delivered >= share_count_[r.next_share]) count_shares(r, now);
  }
  return true;
}

void Recorder::count_shares(ItemRecord& r, SimTime now) {
  const double delay_s = to_seconds(now - r.published);
  for (; r.next_share <= 100 && r.delivered >= share_count_[r.next_share]; ++r.next_share) {
    for (Reach* reach : {&reach_[0], &reach_[1 + index(r.item_class)]}) {
      reach->sum_s[r.next_share] += delay_s;
      ++reach->items[r.next_share];
      reach->delays.add((now - r.published).ns);
    }
  }
}

void Recorder::node_down(NodeId node) {
  HEARSAY_CHECK(up_[index(node)], "a node that is down cannot go down");
  up_[index(node)] = false;
  --live_;
  for (ItemRecord& r : items_)
    if (r.state && (r.state[index(node)] & kHas)) --r.has_live;
  recount_incomplete();
}

void Recorder::node_up(NodeId node, bool lost_state) {
  HEARSAY_CHECK(!up_[index(node)], "a node that is up cannot come up");
  up_[index(node)] = true;
  ++live_;
  if (published_ == 0) return;
  for (ItemRecord& r : items_) {
    if (!r.state) continue;
    std::uint16_t& state = r.state[index(node)];
    if (lost_state) state = static_cast<std::uint16_t>(state & ~kHas);
    if (state & kHas) ++r.has_live;
  }
  recount_incomplete();
}

void Recorder::recount_incomplete() {
  incomplete_ = 0;
  for (const ItemRecord& r : items_)
    if (r.state && r.has_live < live_) ++incomplete_;
}

bool Recorder::all_covered() const { return incomplete_ == 0; }

std::size_t Recorder::memory_bytes() const {
  std::size_t bytes = items_.capacity() * sizeof(ItemRecord) + uplink_bytes_.capacity() * sizeof(std::uint64_t);
  for (const ItemRecord& r : items_)
    if (r.state) bytes += nodes_.size() * (2 + (r.first_delivery ? 8 : 0) + (r.first_sender ? 4 : 0));
  return bytes;
}

void Recorder::sample(SimTime t, std::span<const double> more) {
  double covered = 0;
  for (const ItemRecord& r : items_)
    if (r.state && live_ > 0) covered += static_cast<double>(r.has_live) / static_cast<double>(live_);
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  series_.push_back(
      {to_seconds(t),
       {static_cast<double>(live_), static_cast<double>(published_),
        published_ ? covered / static_cast<double>(published_) : nothing, static_cast<double>(deliveries_),
        static_cast<double>(traffic_.sent), static_cast<double>(traffic_.received), static_cast<double>(traffic_.lost),
        static_cast<double>(traffic_.in_flight()), static_cast<double>(traffic_.bytes_sent)}});
  series_.back().values.insert(series_.back().values.end(), more.begin(), more.end());
}

}  // namespace hearsay::metrics
