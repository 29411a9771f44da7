#include "protocols/push_pull_peers.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace hearsay::protocols {

std::size_t PushPullPeers::find(NodeId id) const {
  if (places_) {
    const auto found = places_->find(id);
    return found == places_->end() ? kNone : found->second;
  }
  const auto found = std::find(ids_.begin(), ids_.end(), id);
  return found == ids_.end() ? kNone : static_cast<std::size_t>(found - ids_.begin());
}

PushPullPeers::Peer& PushPullPeers::at(NodeId id) {
  if (const std::size_t place = find(id); place != kNone) return peers_[place];
  ids_.push_back(id);
  peers_.emplace_back();
  if (places_) {
    places_->emplace(id, static_cast<std::uint32_t>(ids_.size() - 1));
  } else if (ids_.size() > kFew) {
    places_ = std::make_unique<std::unordered_map<NodeId, std::uint32_t>>();
    for (std::size_t i = 0; i < ids_.size(); ++i) places_->emplace(ids_[i], static_cast<std::uint32_t>(i));
  }
  return peers_.back();
}

void PushPullPeers::forget(NodeId id) {
  const std::size_t place = find(id);
  if (place == kNone) return;
  if (places_) {
    places_->erase(id);
    if (ids_.back() != id) (*places_)[ids_.back()] = static_cast<std::uint32_t>(place);
  }
  if (place + 1 < ids_.size()) {
    ids_[place] = ids_.back();
    peers_[place] = std::move(peers_.back());
  }
  ids_.pop_back();
  peers_.pop_back();
}

void PushPullPeers::prune(ItemId recent) {
  for (Peer& peer : peers_) {
    peer.known.raise(recent);
    peer.known.release_memory();
    if (!peer.dialogue) continue;
    for (auto* coverage : {&peer.dialogue->told, &peer.dialogue->announced}) {
      coverage->raise(recent);
      coverage->release_memory();
    }
    for (auto* set : {&peer.dialogue->unacknowledged, &peer.dialogue->called, &peer.dialogue->answered}) {
      set->drop_words_below(protocol::ItemSet::word_of(recent));
      set->release_memory();
    }
  }
}

std::size_t PushPullPeers::marks(const protocol::ItemSet& held, ItemId recent, bool with_known) const {
  using protocol::ItemSet;
  std::size_t count = 0;
  const auto add = [&](const auto& list) {
    for (std::size_t w = std::max(held.begin_word(), ItemSet::word_of(recent)); w < held.end_word(); ++w) {
      ItemSet::Word word = held.word(w) & list.word(w);
      if (w == ItemSet::word_of(recent)) word &= ~(ItemSet::bit_of(recent) - 1);
      count += static_cast<std::size_t>(std::popcount(word));
    }
  };
  for (const Peer& peer : peers_) {
    if (with_known) add(peer.known);
    if (!peer.dialogue) continue;
    add(peer.dialogue->told);
    add(peer.dialogue->announced);
    add(peer.dialogue->unacknowledged);
    add(peer.dialogue->called);
    add(peer.dialogue->answered);
  }
  return count;
}

std::size_t PushPullPeers::memory_bytes() const {
  std::size_t bytes = ids_.capacity() * sizeof(NodeId) + peers_.capacity() * sizeof(Peer);
  for (const Peer& peer : peers_) {
    bytes += peer.known.memory_bytes();
    if (peer.dialogue)
      bytes += sizeof(Dialogue) + peer.dialogue->told.memory_bytes() + peer.dialogue->announced.memory_bytes();
  }
  return bytes;
}

}  // namespace hearsay::protocols
