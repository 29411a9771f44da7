#include "protocols/announce_peers.hpp"

#include <bit>

namespace hearsay::protocols::announce {

void PeerMarks::mark(NodeId peer, ItemId item, std::span<const NodeId> peers) {
  if (columns_.empty())
    for (const NodeId each : peers) add_column(each);
  std::size_t column = find(peer, 0);
  if (column == columns_.size()) column = add_column(peer);
  constexpr std::size_t kBits = protocol::ItemSet::kBits;
  const std::size_t first = index(item) / kBits * kBits;
  if (bits_.empty()) base_ = first;
  if (first < base_) {
    bits_.insert(bits_.begin(), (base_ - first) * stride_, 0);
    base_ = first;
  }
  const std::size_t row = index(item) - base_;
  if ((row + 1) * stride_ > bits_.size()) bits_.resize((row + 1) * stride_, 0);
  bits_[row * stride_ + column / 8] |= static_cast<std::uint8_t>(1U << (column % 8));
}

/// The column of a peer that has none.
std::size_t PeerMarks::add_column(NodeId peer) {
  const std::size_t free = find(kNoNode, 0);
  if (free < columns_.size()) {
    columns_[free] = peer;
    return free;
  }
  columns_.push_back(peer);
  const std::size_t stride = (columns_.size() + 7) / 8;
  if (stride > stride_) {
    const std::size_t rows = bits_.size() / stride_;
    bits_.resize(rows * stride, 0);
    for (std::size_t row = rows; row-- > 0;) {
      const auto from = bits_.begin() + static_cast<std::ptrdiff_t>(row * stride_);
      const auto to = bits_.begin() + static_cast<std::ptrdiff_t>(row * stride);
      std::copy_backward(from, from + static_cast<std::ptrdiff_t>(stride_), to + static_cast<std::ptrdiff_t>(stride_));
      std::fill(to + static_cast<std::ptrdiff_t>(stride_), to + static_cast<std::ptrdiff_t>(stride), 0);
    }
    stride_ = stride;
  }
  return columns_.size() - 1;
}

void PeerMarks::forget(NodeId peer) {
  const std::size_t column = find(peer, 0);
  if (column == columns_.size()) return;
  columns_[column] = kNoNode;
  for (std::size_t at = column / 8; at < bits_.size(); at += stride_)
    bits_[at] &= static_cast<std::uint8_t>(~(1U << (column % 8)));
}

void PeerMarks::drop_words_below(std::size_t w) {
  const std::size_t first = w * protocol::ItemSet::kBits;
  if (first <= base_) return;
  const std::size_t gone = std::min((first - base_) * stride_, bits_.size());
  bits_.erase(bits_.begin(), bits_.begin() + static_cast<std::ptrdiff_t>(gone));
  base_ = first;
}

std::size_t PeerMarks::count(const protocol::ItemSet& items) const {
  std::size_t marks = 0;
  items.for_each([&](ItemId item) {
    const std::uint8_t* const row = row_of(item);
    for (std::size_t i = 0; row != nullptr && i < stride_; ++i)
      marks += static_cast<std::size_t>(std::popcount(row[i]));
  });
  return marks;
}

std::size_t PeerMarks::memory_bytes() const {
  const std::size_t columns = columns_.capacity() > 8 ? columns_.capacity() * sizeof(NodeId) : 0;
  return columns + (bits_.capacity() > 32 ? bits_.capacity() : 0);
}

}  // namespace hearsay::protocols::announce
