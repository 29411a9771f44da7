#pragma once

// The messages of block-relay, and their sizes on the wire: those of Bitcoin's protocol, each with a header of 24
// bytes. `sizes` overrides the whole size of a kind.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "protocols/announce_messages.hpp"
#include "sim/chain/block_tree.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/ids.hpp"
#include "sim/protocol/item_set.hpp"

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
        {.help =
             "by default 24 B, header and nonce 88 B, a short id of 6 B for each transaction, the coinbase, and what "
             "`unlikely` adds"});
    f.size("getblocktxn", &Sizes::getblocktxn, {.help = "by default 56 B and one for each missing transaction"});
    f.size("blocktxn", &Sizes::blocktxn, {.help = "by default 56 B and the missing transactions"});
    f.size("sendcmpct", &Sizes::sendcmpct, {.help = "by default 33 B"});
  }
};

inline constexpr std::uint64_t kMessageHeader = 24;
inline constexpr std::uint64_t kHash = 32;

/// What a cmpctblock holds beside header and nonce.
struct CompactContent {
  std::uint64_t short_ids = 0;
  std::uint64_t short_id_bytes = 6;
  std::uint64_t hashes = 0;           ///< transactions named in full
  std::uint64_t prefilled = 1;        ///< transactions, the coinbase among them
  std::uint64_t prefilled_bytes = 0;  ///< their sizes
};
/// cmpctblock (BIP 152); an index below 253 for each transaction prefilled. Hashes are no part of BIP 152: a list of
/// them after the short ids, where there are any.
constexpr std::uint64_t compact_block_bytes(const CompactContent& c) {
  const std::uint64_t hashes = c.hashes == 0 ? 0 : chain::compact_size(c.hashes) + kHash * c.hashes;
  return chain::kHeaderBytes + 8 + chain::compact_size(c.short_ids) + c.short_id_bytes * c.short_ids + hashes +
         chain::compact_size(c.prefilled) + c.prefilled + c.prefilled_bytes;
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
  protocol::ItemIds unlikely;  ///< by id: prefilled, or named by their hashes
  std::span<const ItemId> items() const { return {&block, 1}; }
  auto content() const {
    return std::tuple(block, unlikely.empty() ? bytes : Digest::mix(bytes, protocol::fingerprint(unlikely)));
  }
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

// Those of announce, whose kinds have other names here, as there are an inv and a getdata of blocks.
struct TxInv : announce::Inv {
  static constexpr std::string_view kName = "tx-inv";
  TxInv() = default;
  TxInv(announce::Inv inv) : announce::Inv(std::move(inv)) {}  // NOLINT(google-explicit-constructor): the same message
};
struct TxGetData : announce::GetData {
  static constexpr std::string_view kName = "tx-getdata";
  TxGetData() = default;
  TxGetData(announce::GetData wish) : announce::GetData(std::move(wish)) {}  // NOLINT(google-explicit-constructor)
};

}  // namespace hearsay::protocols::block_relay
