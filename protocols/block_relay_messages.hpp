#pragma once

// The messages of block-relay, and their sizes on the wire: those of Bitcoin's protocol, each with a header of 24
// bytes. `sizes` overrides the whole size of a kind.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>

#include "sim/chain/block_tree.hpp"
#include "sim/core/ids.hpp"

namespace hearsay::protocols::block_relay {

/// Sizes that the scenario imposes, header included; off: as Bitcoin has it.
struct Sizes {
  std::optional<std::uint64_t> block, headers, inv, getdata, cmpctblock, getblocktxn, blocktxn, sendcmpct;
  template <class Fields>
  static void fields(Fields& f) {
    f.size("block", &Sizes::block, {.help = "by default 24 B and the block"});
    f.size("headers", &Sizes::headers, {.help = "by default 106 B"});
    f.size("inv", &Sizes::inv, {.help = "by default 61 B"});
    f.size("getdata", &Sizes::getdata, {.help = "by default 61 B"});
    f.size(
        "cmpctblock", &Sizes::cmpctblock,
        {.help = "by default 24 B, header and nonce 88 B, a short id of 6 B for each transaction, and the coinbase"});
    f.size("getblocktxn", &Sizes::getblocktxn, {.help = "by default 56 B and one for each missing transaction"});
    f.size("blocktxn", &Sizes::blocktxn, {.help = "by default 56 B and the missing transactions"});
    f.size("sendcmpct", &Sizes::sendcmpct, {.help = "by default 33 B"});
  }
};

inline constexpr std::uint64_t kMessageHeader = 24;
inline constexpr std::uint64_t kHash = 32;

/// cmpctblock (BIP 152): header, nonce, short ids, and the coinbase prefilled.
constexpr std::uint64_t compact_block_bytes(std::uint64_t transactions, std::uint64_t coinbase) {
  return chain::kHeaderBytes + 8 + chain::compact_size(transactions - 1) + 6 * (transactions - 1) +
         chain::compact_size(1) + 1 + coinbase;
}
/// getblocktxn for so many transactions, each differential index below 253.
constexpr std::uint64_t request_bytes(std::uint64_t missing) { return kHash + chain::compact_size(missing) + missing; }
/// blocktxn with transactions of so many bytes in all.
constexpr std::uint64_t answer_bytes(std::uint64_t missing, std::uint64_t bytes) {
  return kHash + chain::compact_size(missing) + bytes;
}

/// A message about one block.
struct AboutBlock {
  ItemId block{};
  std::uint64_t bytes = 0;  ///< on the wire
  std::uint64_t wire_bytes() const { return bytes; }
  auto content() const { return std::tie(block, bytes); }
};

struct Block : AboutBlock {
  static constexpr std::string_view kName = "block";
  std::span<const ItemId> items() const { return {&block, 1}; }
};
/// The header of a new block: the sender has it.
struct Headers : AboutBlock {
  static constexpr std::string_view kName = "headers";
};
/// Likewise the hash alone.
struct Inv : AboutBlock {
  static constexpr std::string_view kName = "inv";
};
struct GetData : AboutBlock {
  static constexpr std::string_view kName = "getdata";
  bool compact = false;  ///< the block as a cmpctblock
  auto content() const { return std::tie(block, bytes, compact); }
};
struct CmpctBlock : AboutBlock {
  static constexpr std::string_view kName = "cmpctblock";
  std::span<const ItemId> items() const { return {&block, 1}; }
};
struct GetBlockTxn : AboutBlock {
  static constexpr std::string_view kName = "getblocktxn";
  std::uint64_t answer = 0;  ///< size of the blocktxn on the wire
  auto content() const { return std::tie(block, bytes, answer); }
};
struct BlockTxn : AboutBlock {
  static constexpr std::string_view kName = "blocktxn";
};
/// The sender wants blocks as a cmpctblock before they are announced, or not any more.
struct SendCmpct {
  static constexpr std::string_view kName = "sendcmpct";
  bool high_bandwidth = false;
  std::uint64_t bytes = 0;
  std::uint64_t wire_bytes() const { return bytes; }
  auto content() const { return std::tie(high_bandwidth, bytes); }
};

}  // namespace hearsay::protocols::block_relay
