#include "protocols/tree_batch_links.hpp"

#include <algorithm>

namespace hearsay::protocols::tree_batch {

using protocol::ItemSet;

namespace {

void subtract(ItemSet& from, const Held& held) {
  ItemSet left;
  for (std::size_t w = from.begin_word(); w < from.end_word(); ++w) left.insert_word(w, from.word(w) & ~held.word(w));
  from = left;
}

}  // namespace

void Link::has(ItemId item) {
  if (waiting > 0 && pending.erase(item)) --waiting;
  for (Flight& flight : flights) flight.items.erase(item);
}

void Link::has_all(const Held& held) {
  if (waiting > 0) {
    subtract(pending, held);
    waiting = static_cast<std::uint32_t>(pending.size());
  }
  for (Flight& flight : flights) subtract(flight.items, held);
}

void Link::acknowledged(std::uint32_t number) {
  const auto found =
      std::find_if(flights.begin(), flights.end(), [number](const Flight& f) { return f.number == number; });
  if (found != flights.end()) flights.erase(found);
}

void Link::land(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) flights[i].items.for_each([this](ItemId item) { wait_for_flush(item); });
  flights.erase(flights.begin(), flights.begin() + static_cast<std::ptrdiff_t>(count));
}

ItemSet::Word Link::coming(std::size_t w) const {
  ItemSet::Word word = pending.word(w);
  for (const Flight& flight : flights) word |= flight.items.word(w);
  return word;
}

std::size_t Link::unacknowledged() const {
  std::size_t count = 0;
  for (const Flight& flight : flights) count += flight.items.size();
  return count;
}

Link* Links::find(NodeId id) {
  if (places_) {
    const auto found = places_->find(id);
    return found == places_->end() ? nullptr : &links_[found->second];
  }
  for (Link& link : links_)
    if (link.id == id) return &link;
  return nullptr;
}

Link& Links::add(NodeId id, Role role) {
  Link& link = links_.emplace_back();
  link.id = id;
  link.role = role;
  if (places_) {
    places_->emplace(id, static_cast<std::uint32_t>(links_.size() - 1));
  } else if (links_.size() > kFew) {
    places_ = std::make_unique<std::unordered_map<NodeId, std::uint32_t>>();
    for (std::size_t i = 0; i < links_.size(); ++i) places_->emplace(links_[i].id, static_cast<std::uint32_t>(i));
  }
  return link;
}

void Links::remove(NodeId id) {
  const auto found = std::find_if(links_.begin(), links_.end(), [id](const Link& link) { return link.id == id; });
  if (found == links_.end()) return;
  links_.erase(found);
  if (!places_) return;
  places_->clear();
  for (std::size_t i = 0; i < links_.size(); ++i) places_->emplace(links_[i].id, static_cast<std::uint32_t>(i));
}

std::size_t Links::memory_bytes() const {
  std::size_t bytes = links_.capacity() * sizeof(Link);
  for (const Link& link : links_) {
    bytes += link.pending.memory_bytes() + link.flights.capacity() * sizeof(Flight) +
             link.acks_due.capacity() * sizeof(std::uint32_t);
    for (const Flight& flight : link.flights) bytes += flight.items.memory_bytes();
  }
  return bytes;
}

}  // namespace hearsay::protocols::tree_batch
