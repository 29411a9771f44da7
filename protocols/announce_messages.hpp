#pragma once

// The messages by which transactions are announced, requested and sent, with Bitcoin's sizes: kHeaderBytes before each
// (magic, command, length, checksum), and kEntryBytes for each hash (its type, 4, and the hash, 32) after their number,
// a compact size. A transaction has its own size.

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "sim/core/ids.hpp"
#include "sim/protocol/item_set.hpp"

namespace hearsay::protocols::announce {

inline constexpr std::uint64_t kHeaderBytes = 24;
inline constexpr std::uint64_t kEntryBytes = 36;

/// Bytes of Bitcoin's variable-length integer.
constexpr std::uint64_t compact_size_bytes(std::uint64_t number) {
  return number < 253 ? 1 : number <= 0xffff ? 3 : number <= 0xffff'ffff ? 5 : 9;
}

/// The whole transaction.
struct Tx {
  static constexpr std::string_view kName = "tx";
  ItemId id{};
  std::uint64_t bytes = 0;  ///< of the transaction alone
  std::uint64_t wire_bytes() const { return kHeaderBytes + bytes; }
  auto content() const { return std::tie(id, bytes); }
  std::span<const ItemId> items() const { return {&id, 1}; }
};

/// A list of hashes.
struct Hashes {
  protocol::ItemIds ids;
  std::uint64_t wire_bytes() const { return kHeaderBytes + compact_size_bytes(ids.size()) + kEntryBytes * ids.size(); }
  auto content() const { return std::tuple(ids.size(), protocol::fingerprint(ids)); }
};
/// The sender has these.
struct Inv : Hashes {
  static constexpr std::string_view kName = "inv";
};
/// The sender wants these.
struct GetData : Hashes {
  static constexpr std::string_view kName = "getdata";
};
/// The sender was asked for these and does not have them.
struct NotFound : Hashes {
  static constexpr std::string_view kName = "notfound";
};

}  // namespace hearsay::protocols::announce
