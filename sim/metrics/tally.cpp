#include "sim/metrics/tally.hpp"

namespace hearsay::metrics {

Tally::Tally(Recorder& recorder) : recorder_(recorder), at_once_(true), counts_(recorder.counts_.data()) {
  by_kind_ = recorder.by_kind_;
  HEARSAY_CHECK(recorder.tallies_.empty(), "who counts at once is alone");
  recorder.tallies_.push_back(this);
}

Tally::Tally(Recorder& recorder, unsigned parts) : recorder_(recorder), at_once_(false) {
  by_kind_ = recorder.by_kind_;
  recorder.folds_.resize(parts);
  recorder.tallies_.push_back(this);
  for (Window& window : windows_) {
    window.counts.resize(recorder.items_.size());
    window.touched.resize(parts);
    window.delivered.resize(parts);
  }
  begin_window(0);
}

void Tally::touch(ItemId item, Recorder::ItemCounts& counts) {
  counts.touched = true;
  if (!at_once_) window_->touched[index(item) % window_->touched.size()].push_back(item);
}

void Tally::published(ItemId item, SimTime now) {
  recorder_.begin(item, now);
  ++published_;
  counts(item);
  if (at_once_) recorder_.update_incomplete(item, recorder_.incomplete_);
}

void Tally::receipt(const Piece& piece, NodeId node, NodeId from) {
  HEARSAY_CHECK(piece.is_within_its_item(), "a piece lies within its item");
  if (piece.is_whole()) return receipt(piece.item, node, from);
  Recorder::ItemCounts& c = counts(piece.item);
  ++c.receipts;
  Recorder::ItemRecord& r = recorder_.items_[index(piece.item)];
  if (r.released) return;
  std::uint16_t& state = r.state[index(node)];
  if ((state & Recorder::kReceived) || node == r.origin) return;
  PieceTable& pieces = recorder_.pieces_of(piece);
  const std::uint64_t different = pieces.insert(node, piece);
  if (different == 0) return;
  if (different == 1) {
    recorder_.set_hops(piece.item, node, recorder_.hops(piece.item, from) + 1);
    if (recorder_.spec_.ledger) recorder_.details_[index(piece.item)].first_sender[index(node)] = from;
  }
  if (different < piece.enough()) {
    pieces.count_useful();
    return;
  }
  Recorder::store(state, static_cast<std::uint16_t>(state | Recorder::kReceived));
  ++c.first_receipts;
}

bool Tally::delivered(ItemId item, NodeId node, SimTime now) {
  Recorder::ItemRecord& r = recorder_.items_[index(item)];
  if (r.released || (r.state[index(node)] & Recorder::kHas) != 0) {
    ++redelivered_;
    return false;
  }
  std::uint16_t& state = r.state[index(node)];
  const bool first = (state & Recorder::kDelivered) == 0;
  Recorder::store(state, static_cast<std::uint16_t>(state | Recorder::kHas | Recorder::kDelivered));
  Recorder::ItemCounts& c = counts(item);
  ++c.has_live;
  if (now > last_delivery_) {
    last_delivery_ = now;
    tail_ = {};
  }
  if (at_once_ && static_cast<std::uint32_t>(c.has_live) == recorder_.live_)
    recorder_.update_incomplete(item, recorder_.incomplete_);
  if (!first) return true;
  ++c.delivered;
  ++deliveries_;
  if (recorder_.spec_.ledger) [[unlikely]] {
    const NodeId from = node == r.origin ? kNoNode : recorder_.details_[index(item)].first_sender[index(node)];
    ledger_.push_back({static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(node),
                       from == kNoNode ? -1 : static_cast<std::int64_t>(from), now.ns, recorder_.hops(item, node)});
  }
  if (recorder_.stored_times_) {
    recorder_.details_[index(item)].first_delivery[index(node)] = now.ns;
    return true;
  }
  if (r.measured) {
    if (node != r.origin) {
      latency_.add((now - r.published).ns);
      const std::uint32_t h = recorder_.hops(item, node);
      hops_sum_ += h;
      hops_max_ = std::max(hops_max_, h);
    }
    if (!at_once_)
      window_->delivered[index(item) % window_->delivered.size()].push_back(
          {item, node, now.ns, window_->deliveries++});
    else if (c.delivered >= recorder_.share_count_[r.next_share])
      recorder_.count_shares(item, now);
  }
  if (at_once_ && recorder_.is_complete(c)) recorder_.release(item);
  return true;
}

void Tally::change_live(int by) {
  if (at_once_) {
    recorder_.live_ = static_cast<std::uint32_t>(static_cast<int>(recorder_.live_) + by);
    recorder_.recount_ = true;
  } else {
    live_ += by;
    live_changed_ = true;
  }
}

void Tally::node_down(NodeId node) {
  HEARSAY_CHECK(recorder_.up_[index(node)] != 0, "a node that is down cannot go down");
  recorder_.up_[index(node)] = 0;
  change_live(-1);
  for (std::uint32_t i = 0; i < recorder_.items_.size(); ++i)
    if (recorder_.is_there(recorder_.items_[i]) && recorder_.has(ItemId{i}, node)) --counts(ItemId{i}).has_live;
}

void Tally::node_up(NodeId node, bool lost_state) {
  HEARSAY_CHECK(recorder_.up_[index(node)] == 0, "a node that is up cannot come up");
  recorder_.up_[index(node)] = 1;
  change_live(1);
  for (std::uint32_t i = 0; i < recorder_.items_.size(); ++i) {
    Recorder::ItemRecord& r = recorder_.items_[i];
    if (!recorder_.is_there(r) || !r.state) continue;
    std::uint16_t& state = r.state[index(node)];
    if (lost_state) Recorder::store(state, static_cast<std::uint16_t>(state & ~Recorder::kHas));
    if (state & Recorder::kHas) ++counts(ItemId{i}).has_live;
  }
}

}  // namespace hearsay::metrics
