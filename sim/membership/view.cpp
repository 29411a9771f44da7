#include "sim/membership/view.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace hearsay::membership {

namespace {

bool before(const View::Entry& entry, NodeId node) { return entry.node < node; }

}  // namespace

View::Entry* View::find(NodeId node) {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), node, before);
  return at != entries_.end() && at->node == node ? &*at : nullptr;
}

void View::insert(NodeId node, SimTime heard) {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), node, before);
  HEARSAY_CHECK(at == entries_.end() || at->node != node, "a node is in a view once");
  entries_.insert(at, {.node = node, .heard = heard});
}

void View::erase(NodeId node) {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), node, before);
  HEARSAY_CHECK(at != entries_.end() && at->node == node, "only a known node is forgotten");
  if (at->connected) --peers_;
  entries_.erase(at);
}

void View::clear() {
  entries_.clear();
  peers_ = 0;
}

bool View::set_connected(NodeId node, bool connected) {
  Entry* entry = find(node);
  HEARSAY_CHECK(entry != nullptr, "a peer is a known node");
  if (entry->connected == connected) return false;
  entry->connected = connected;
  entry->missed = 0;
  entry->awaited = false;
  connected ? ++peers_ : --peers_;
  return true;
}

void View::disconnect_all() {
  for (Entry& entry : entries_) {
    entry.connected = false;
    entry.missed = 0;
    entry.awaited = false;
  }
  peers_ = 0;
}

NodeId View::draw(bool connected, KeyedDraws& rng) const {
  const std::size_t many = connected ? peers_ : strangers();
  HEARSAY_CHECK(many > 0, "there is somebody to draw");
  std::uint64_t skip = rng.below(many);
  for (const Entry& entry : entries_)
    if (entry.connected == connected && skip-- == 0) return entry.node;
  HEARSAY_CHECK(false, "the peers of a view are counted");
}

NodeId View::draw_old(KeyedDraws& rng) const {
  const Entry* oldest = nullptr;
  for (int i = 0; i < 8 && !entries_.empty(); ++i) {
    const Entry& entry = entries_[rng.below(entries_.size())];
    if (!entry.connected && (oldest == nullptr || entry.heard < oldest->heard)) oldest = &entry;
  }
  return oldest == nullptr ? kNoNode : oldest->node;
}

void View::sample(std::size_t count, NodeId except, KeyedDraws& rng, std::vector<Entry>& out) const {
  out.clear();
  // The entry of `except` is passed over as if it were not there.
  const Entry* left_out = find(except);
  const std::size_t hole = left_out == nullptr ? entries_.size() : static_cast<std::size_t>(left_out - entries_.data());
  const std::size_t many = entries_.size() - (left_out == nullptr ? 0 : 1);
  const auto entry = [&](std::size_t i) -> const Entry& { return entries_[i < hole ? i : i + 1]; };
  if (count >= many) {
    for (std::size_t i = 0; i < many; ++i) out.push_back(entry(i));
    return;
  }
  // Floyd's sampling: for each i of the last `count` places a draw of [0, i], or i itself if that is taken.
  for (std::size_t i = many - count; i < many; ++i) {
    const Entry& drawn = entry(rng.below(i + 1));
    const bool taken =
        std::any_of(out.begin(), out.end(), [&](const Entry& other) { return other.node == drawn.node; });
    out.push_back(taken ? entry(i) : drawn);
  }
}

}  // namespace hearsay::membership
