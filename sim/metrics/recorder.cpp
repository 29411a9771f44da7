#include "sim/metrics/recorder.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/core/check.hpp"
#include "sim/metrics/tally.hpp"

namespace hearsay::metrics {

const char* drop_name(Drop reason) {
  switch (reason) {
    case Drop::kLoss: return "loss";
    case Drop::kPartition: return "partition";
    case Drop::kCrash: return "crash";
    case Drop::kBroken: return "broken";
    case Drop::kCancelled: return "cancelled";
  }
  return "unknown";
}

Recorder::Recorder(const OutputSpec& spec, std::span<const network::NodeAttributes> nodes,
                   const workload::Schedule& schedule, const LabelNames& labels, std::vector<std::string> message_kinds,
                   bool all_up)
    : spec_(spec), nodes_(nodes), schedule_(schedule), labels_(labels) {
  stored_times_ = spec.stores_times(all_up, !schedule.reads.empty());
  items_.resize(schedule.publications.size());
  counts_.resize(items_.size());
  if (stored_times_ || spec.ledger) details_.resize(items_.size());
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
  up_.assign(nodes.size(), 0);
}

void Recorder::begin(ItemId item, SimTime now) {
  ItemRecord& r = items_[index(item)];
  r.state = std::make_unique<std::uint16_t[]>(nodes_.size());
  r.published = now;
  r.measured = spec_.measures(now);
  if (stored_times_) {
    auto& first_delivery = details_[index(item)].first_delivery;
    first_delivery = std::make_unique_for_overwrite<std::int64_t[]>(nodes_.size());
    std::fill_n(first_delivery.get(), nodes_.size(), -1);
  }
  if (spec_.ledger) {
    auto& first_sender = details_[index(item)].first_sender;
    first_sender = std::make_unique_for_overwrite<NodeId[]>(nodes_.size());
    std::fill_n(first_sender.get(), nodes_.size(), kNoNode);
  }
  __atomic_store_n(&r.is_published, true, __ATOMIC_RELEASE);
}

/// Nodes of several lanes may ask at the same time; who comes first makes it.
PieceTable& Recorder::pieces_of(const Piece& piece) {
  if (PieceTable* const there = pieces_if_any(piece.item)) return *there;
  const std::lock_guard lock(pieces_mutex_);
  if (!piece_index_) {
    piece_index_ = std::make_unique<PieceTable*[]>(items_.size());
    __atomic_store_n(&pieces_, piece_index_.get(), __ATOMIC_RELEASE);
  }
  PieceTable*& own = piece_index_[index(piece.item)];
  if (own == nullptr) __atomic_store_n(&own, &piece_tables_.emplace_back(nodes_.size(), piece), __ATOMIC_RELEASE);
  return *own;
}

std::uint32_t Recorder::long_hops(ItemId item, NodeId node) const {
  const std::lock_guard lock(long_hops_mutex_);
  return long_hops_.at((static_cast<std::uint64_t>(item) << 32) | static_cast<std::uint64_t>(node));
}

void Recorder::set_long_hops(ItemId item, NodeId node, std::uint32_t hops) {
  const std::lock_guard lock(long_hops_mutex_);
  long_hops_[(static_cast<std::uint64_t>(item) << 32) | static_cast<std::uint64_t>(node)] = hops;
}

void Recorder::release(ItemId item) {
  if (stored_times_ || spec_.ledger) return;
  items_[index(item)].released = true;
  items_[index(item)].state.reset();
  if (PieceTable* const pieces = pieces_if_any(item)) pieces->release();
}

// ----------------------------------------------------------------------------------------- shares reached

void Recorder::add_crossings(const ItemRecord& r, std::uint32_t first, std::uint32_t end, Duration delay) {
  for (Reach* reach : {&reach_[0], &reach_[1 + index(r.item_class)]}) {
    for (std::uint32_t percent = first; percent < end; ++percent) {
      reach->sum_ns[percent] += delay.ns;
      ++reach->items[percent];
    }
    reach->delays.add(delay.ns, end - first);
  }
}

void Recorder::count_shares(ItemId item, SimTime now) {
  ItemRecord& r = items_[index(item)];
  const std::uint32_t first = r.next_share;
  while (r.next_share <= 100 && counts_[index(item)].delivered >= share_count_[r.next_share]) ++r.next_share;
  add_crossings(r, first, r.next_share, now - r.published);
}

// The k-th delivery of an item is the (k - before)-th of this window's.
void Recorder::find_crossings(Fold& fold, ItemId item, std::span<Delivery> deliveries, std::uint32_t before) {
  ItemRecord& r = items_[index(item)];
  const auto all = before + static_cast<std::uint32_t>(deliveries.size());
  auto sorted_to = deliveries.begin();
  for (; r.next_share <= 100 && all >= share_count_[r.next_share]; ++r.next_share) {
    const auto at = deliveries.begin() + (share_count_[r.next_share] - before - 1);
    if (at >= sorted_to) {
      std::nth_element(sorted_to, at, deliveries.end());
      sorted_to = at + 1;
    }
    fold.crossings.push_back({*at, r.next_share});
  }
}

// ------------------------------------------------------------------------------------------------ windows

void Recorder::update_incomplete(ItemId item, std::int64_t& incomplete) {
  ItemRecord& r = items_[index(item)];
  const bool now = r.is_published && counts_[index(item)].has_live < static_cast<std::int64_t>(live_);
  if (now == r.incomplete) return;
  incomplete += now ? 1 : -1;
  r.incomplete = now;
}

void Recorder::fold(unsigned part, unsigned parity) {
  Fold& f = folds_[part];
  f.items.clear();
  // `delivered` of an item grows by its number of deliveries in this window; their places follow each other.
  std::size_t logged = 0;
  for (Tally* tally : tallies_) {
    Tally::Window& window = tally->windows_[parity];
    logged += window.delivered[part].size();
    for (const ItemId item : window.touched[part]) {
      ItemCounts& c = counts_[index(item)];
      ItemCounts& more = window.counts[index(item)];
      if (!c.touched) {  // here: in this fold
        c.touched = true;
        f.items.push_back(item);
      }
      c.receipts += more.receipts;
      c.first_receipts += more.first_receipts;
      c.delivered += more.delivered;
      c.has_live += more.has_live;
      more = {};
    }
    window.touched[part].clear();
  }
  if (logged > 0) fold_deliveries(f, part, parity);
  for (const ItemId item : f.items) {
    counts_[index(item)].touched = false;
    update_incomplete(item, f.incomplete);
    if (is_complete(counts_[index(item)]) && !items_[index(item)].released) f.complete.push_back(item);
  }
}

// Spreads the deliveries over their items, and looks closer only where a share was reached.
void Recorder::fold_deliveries(Fold& f, unsigned part, unsigned parity) {
  f.ends.resize(items_.size());  // only those of the items that were touched mean anything
  for (const ItemId item : f.items) f.ends[index(item)] = 0;
  const auto for_each_log = [&](const auto& visit) {
    for (Tally* tally : tallies_)
      for (const Delivery& delivery : tally->windows_[parity].delivered[part]) visit(delivery);
  };
  for_each_log([&](const Delivery& delivery) { ++f.ends[index(delivery.item)]; });
  std::uint32_t end = 0;
  for (const ItemId item : f.items) end = f.ends[index(item)] += end;
  f.deliveries.resize(end);
  for_each_log([&](const Delivery& delivery) { f.deliveries[--f.ends[index(delivery.item)]] = delivery; });
  for (std::size_t i = 0; i < f.items.size(); ++i) {  // each end has become a beginning
    const std::size_t item = index(f.items[i]);
    const std::uint32_t last = i + 1 < f.items.size() ? f.ends[index(f.items[i + 1])] : end;
    const std::uint32_t count = last - f.ends[item];
    if (count > 0 && counts_[item].delivered >= share_count_[items_[item].next_share])
      find_crossings(f, f.items[i], std::span(f.deliveries).subspan(f.ends[item], count),
                     counts_[item].delivered - count);
  }
  for (Tally* tally : tallies_) tally->windows_[parity].delivered[part].clear();
}

void Recorder::settle_tail() {
  SimTime last = last_delivery_;
  for (const Tally* tally : tallies_) last = std::max(last, tally->last_delivery_);
  // A delivery is later than all that was sent in earlier windows.
  if (last > last_delivery_) tail_ = {};
  last_delivery_ = last;
  for (Tally* tally : tallies_) {
    for (const Tally::Send& send : tally->sends_)
      if (send.time_ns > last.ns) tail_.add(send.messages, send.bytes);
    tally->sends_.clear();
    tail_.add(tally->tail_.messages, tally->tail_.bytes);
    tally->tail_ = {};
  }
}

Recorder::Tail Recorder::after_completion() {
  settle_tail();
  const bool complete = published_ + publications_skipped_ == items_.size() && all_covered();
  return complete ? tail_ : Tail{};
}

void Recorder::settle() {
  settle_tail();
  for (Tally* tally : tallies_) {
    live_ = static_cast<std::uint32_t>(static_cast<int>(live_) + std::exchange(tally->live_, 0));
    if (std::exchange(tally->live_changed_, false)) recount_ = true;
  }
  std::vector<Crossing> crossings;
  for (Fold& f : folds_) {
    incomplete_ += std::exchange(f.incomplete, 0);
    crossings.insert(crossings.end(), f.crossings.begin(), f.crossings.end());
    f.crossings.clear();
    for (const ItemId item : f.complete) release(item);
    f.complete.clear();
  }
  std::stable_sort(crossings.begin(), crossings.end(),
                   [](const Crossing& a, const Crossing& b) { return a.at < b.at; });
  for (const Crossing& c : crossings) {
    const ItemRecord& r = items_[index(c.at.item)];
    add_crossings(r, c.percent, c.percent + 1, SimTime{c.at.time_ns} - r.published);
  }
}

void Recorder::fold_all() {
  for (const unsigned parity : {0u, 1u})
    for (unsigned part = 0; part < parts(); ++part) fold(part, parity);
  settle();
}

bool Recorder::all_covered() {
  if (std::exchange(recount_, false))
    for (std::uint32_t i = 0; i < items_.size(); ++i) update_incomplete(ItemId{i}, incomplete_);
  return incomplete_ == 0;
}

// ------------------------------------------------------------------------------------------------ results

std::size_t Recorder::memory_bytes() const {
  std::size_t bytes = items_.capacity() * (sizeof(ItemRecord) + sizeof(ItemCounts)) +
                      details_.capacity() * sizeof(ItemDetails) + uplink_bytes_.capacity() * sizeof(std::uint64_t);
  for (const PieceTable& table : piece_tables_) bytes += table.memory_bytes();
  for (const ItemRecord& r : items_)
    if (r.state) bytes += nodes_.size() * sizeof(r.state[0]);
  for (const ItemDetails& d : details_) {
    if (d.first_delivery) bytes += nodes_.size() * sizeof(d.first_delivery[0]);
    if (d.first_sender) bytes += nodes_.size() * sizeof(d.first_sender[0]);
  }
  return bytes;
}

void Recorder::sample(SimTime t, std::span<const double> more) {
  double covered = 0;
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (items_[i].is_published && live_ > 0)
      covered += static_cast<double>(counts_[i].has_live) / static_cast<double>(live_);
  Traffic traffic;
  std::uint64_t published = 0, deliveries = 0;
  for (const Tally* tally : tallies_) {
    traffic += tally->traffic_;
    published += tally->published_;
    deliveries += tally->deliveries_;
  }
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  series_.push_back(
      {to_seconds(t),
       {static_cast<double>(live_), static_cast<double>(published),
        published ? covered / static_cast<double>(published) : nothing, static_cast<double>(deliveries),
        static_cast<double>(traffic.sent), static_cast<double>(traffic.received), static_cast<double>(traffic.lost),
        static_cast<double>(traffic.in_flight()), static_cast<double>(traffic.bytes_sent)}});
  series_.back().values.insert(series_.back().values.end(), more.begin(), more.end());
}

void Counters::take(Counters& other) {
  traffic_ += other.traffic_;
  for (std::size_t k = 0; k < by_kind_.size(); ++k) {
    by_kind_[k].count += other.by_kind_[k].count;
    by_kind_[k].bytes += other.by_kind_[k].bytes;
  }
  for (std::size_t d = 0; d < kDropReasons; ++d) drops_[d] += other.drops_[d];
  payload_messages_ += other.payload_messages_;
  published_ += other.published_;
  publications_skipped_ += other.publications_skipped_;
  redelivered_ += other.redelivered_;
  deliveries_ += other.deliveries_;
  hops_sum_ += other.hops_sum_;
  hops_max_ = std::max(hops_max_, other.hops_max_);
  latency_.merge(other.latency_);
  queue_delay_.merge(other.queue_delay_);
  ledger_.insert(ledger_.end(), other.ledger_.begin(), other.ledger_.end());
}

void Recorder::gather() {
  fold_all();
  for (Tally* tally : tallies_) take(*tally);
  // A node's instant is in one tally, in order.
  std::stable_sort(ledger_.begin(), ledger_.end(), [](const LedgerRow& a, const LedgerRow& b) {
    return a.time_ns != b.time_ns ? a.time_ns < b.time_ns : a.node < b.node;
  });
}

}  // namespace hearsay::metrics
