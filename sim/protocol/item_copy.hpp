#pragma once

// The message of a protocol that sends items whole and says nothing else.

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "sim/core/ids.hpp"

namespace hearsay::protocol {

/// The whole item.
struct ItemCopy {
  static constexpr std::string_view kName = "item";
  ItemId id{};
  std::uint64_t bytes = 0;
  std::uint64_t wire_bytes() const { return bytes; }
  auto content() const { return std::tie(id, bytes); }
  std::span<const ItemId> items() const { return {&id, 1}; }
};

}  // namespace hearsay::protocol
