#pragma once

// A share of an item that travels on its own: a chunk, or a coded symbol.
//
// An item has `count` different pieces, of which any `needed` make it whole: all of them where it is cut, fewer where
// it is coded. Every piece of an item says the same of both. Whether a node is content with what it has is the
// protocol's to say, by delivering the item.

#include <cstdint>
#include <tuple>

#include "sim/core/ids.hpp"

namespace hearsay {

struct Piece {
  ItemId item{};
  std::uint32_t index = 0;   ///< below count
  std::uint32_t count = 1;   ///< different pieces that there are
  std::uint32_t needed = 0;  ///< different pieces that make the item whole; 0: all

  constexpr std::uint32_t enough() const { return needed == 0 ? count : needed; }
  constexpr bool is_whole() const { return count == 1; }
  constexpr bool is_within_its_item() const { return index < count && needed <= count; }
  constexpr auto content() const { return std::tuple(item, index, count, needed); }
  friend constexpr bool operator==(const Piece&, const Piece&) = default;
};

/// What a message carries, whole or a piece: of which item.
constexpr ItemId item_of(ItemId whole) { return whole; }
constexpr ItemId item_of(const Piece& piece) { return piece.item; }
/// The same as a piece.
constexpr Piece as_piece(ItemId whole) { return {.item = whole}; }
constexpr Piece as_piece(const Piece& piece) { return piece; }

}  // namespace hearsay
