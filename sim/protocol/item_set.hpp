#pragma once

// Sets of items, as bitmaps.
//
// Item ids count the publications in order of time, so the items that matter at one time are a short range of ids,
// and so are those that have expired: a prefix. A set is the word that its range begins with and its words. What
// would be a list of thousands of ids is a hundred words, and a difference of two sets takes as many operations.
// This is the simulator's economy alone: on the wire each id has its own size.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <boost/container/small_vector.hpp>

#include "sim/core/digest.hpp"
#include "sim/core/ids.hpp"

namespace hearsay::protocol {

/// A list of items in a message; the common short one needs no allocation.
using ItemIds = boost::container::small_vector<ItemId, 4>;

inline std::uint64_t fingerprint(const ItemIds& ids) {
  Digest digest;
  for (const ItemId id : ids) digest.add(index(id));
  return digest.value();
}

/// A set whose members lie in a range of ids. insert, contains O(1) unless the range grows downwards; memory one bit
/// an id from the first to the last; 128 ids need no allocation.
class ItemSet {
 public:
  using Word = std::uint64_t;
  static constexpr std::size_t kBits = 64;
  static constexpr std::size_t word_of(ItemId id) { return index(id) / kBits; }
  static constexpr Word bit_of(ItemId id) { return Word{1} << (index(id) % kBits); }

  /// True if it is new.
  bool insert(ItemId id) {
    Word& word = at(word_of(id));
    const bool is_new = (word & bit_of(id)) == 0;
    word |= bit_of(id);
    return is_new;
  }
  /// True if it was in. Words without members at the lower end are given up.
  bool erase(ItemId id) {
    if (!contains(id)) return false;
    words_[word_of(id) - base_] &= ~bit_of(id);
    std::size_t empty = 0;
    while (empty < words_.size() && words_[empty] == 0) ++empty;
    drop_words_below(base_ + empty);
    return true;
  }
  void insert_word(std::size_t w, Word bits) {
    if (bits != 0) at(w) |= bits;
  }
  void insert_all(const ItemSet& other) {
    for (std::size_t w = other.begin_word(); w < other.end_word(); ++w) insert_word(w, other.word(w));
  }
  bool contains(ItemId id) const { return (word(word_of(id)) & bit_of(id)) != 0; }
  /// Members 64 w .. 64 w + 63, the lowest first; 0 outside the range.
  Word word(std::size_t w) const { return w < base_ || w - base_ >= words_.size() ? 0 : words_[w - base_]; }
  std::size_t begin_word() const { return base_; }
  std::size_t end_word() const { return base_ + words_.size(); }
  std::size_t size() const {
    std::size_t count = 0;
    for (const Word word : words_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }
  bool empty() const { return size() == 0; }
  void clear() { words_.clear(); }
  /// Members below 64 w are out.
  void drop_words_below(std::size_t w) {
    if (w <= base_) return;
    words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(std::min(w - base_, words_.size())));
    base_ = static_cast<std::uint32_t>(w);
  }
  void drop_below(ItemId id) {
    drop_words_below(word_of(id));
    if (base_ == word_of(id) && !words_.empty()) words_[0] &= ~(bit_of(id) - 1);
  }
  void release_memory() { words_.shrink_to_fit(); }
  std::size_t memory_bytes() const { return words_.capacity() * sizeof(Word); }

  /// In ascending order, the oldest publication first.
  template <class F>
  void for_each(const F& f) const {
    for (std::size_t w = begin_word(); w < end_word(); ++w) for_each_bit(w, word(w), f);
  }
  template <class F>
  static void for_each_bit(std::size_t w, Word bits, const F& f) {
    for (; bits != 0; bits &= bits - 1)
      f(static_cast<ItemId>(w * kBits + static_cast<std::size_t>(std::countr_zero(bits))));
  }
  /// A function of the members alone.
  std::uint64_t fingerprint() const {
    std::size_t first = 0, end = words_.size();
    while (first < end && words_[first] == 0) ++first;
    while (end > first && words_[end - 1] == 0) --end;
    Digest digest;
    if (first < end) digest.add(base_ + first);
    for (std::size_t i = first; i < end; ++i) digest.add(words_[i]);
    return digest.value();
  }

 private:
  Word& at(std::size_t w) {
    if (words_.empty()) base_ = static_cast<std::uint32_t>(w);
    if (w < base_) [[unlikely]] {
      words_.insert(words_.begin(), base_ - w, 0);
      base_ = static_cast<std::uint32_t>(w);
    }
    if (w - base_ >= words_.size()) words_.resize(w - base_ + 1, 0);
    return words_[w - base_];
  }

  std::uint32_t base_ = 0;
  boost::container::small_vector<Word, 2> words_;
};

/// A set that holds every item below a floor, and some above. The floor rises over full words by itself and over
/// expired items by raise(), so that what is kept is the recent, irregular end of what a peer has.
class ItemCoverage {
 public:
  using Word = ItemSet::Word;

  void insert(ItemId id) {
    if (ItemSet::word_of(id) < floor_) return;
    above_.insert(id);
    settle();
  }
  void insert_all(const ItemSet& set) {
    for (std::size_t w = std::max(set.begin_word(), floor_); w < set.end_word(); ++w)
      above_.insert_word(w, set.word(w));
    settle();
  }
  /// Everything below the word of `id` counts as in from now on.
  void raise(ItemId id) {
    const std::size_t w = ItemSet::word_of(id);
    if (w <= floor_) return;
    floor_ = w;
    above_.drop_words_below(w);
    settle();
  }
  bool contains(ItemId id) const { return (word(ItemSet::word_of(id)) & ItemSet::bit_of(id)) != 0; }
  Word word(std::size_t w) const { return w < floor_ ? ~Word{0} : above_.word(w); }
  /// The first word with a gap.
  std::size_t floor_word() const { return floor_; }
  void release_memory() { above_.release_memory(); }
  std::size_t memory_bytes() const { return above_.memory_bytes(); }

 private:
  void settle() {
    const std::size_t before = floor_;
    while (above_.word(floor_) == ~Word{0}) ++floor_;
    if (floor_ != before) above_.drop_words_below(floor_);
  }

  std::size_t floor_ = 0;
  ItemSet above_;
};

}  // namespace hearsay::protocol
