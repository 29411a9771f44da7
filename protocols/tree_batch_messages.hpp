#pragma once

// The messages of tree-batch.
//
// Sizes on the wire: kHeaderBytes (kind, length, number, flags, when the sender started), kIdBytes for each id or
// number of a list, kOriginBytes for each entry of a version vector (origin, highest number), and for each item
// kItemHeaderBytes (id, origin, time, size) beside its own size.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include <boost/container/small_vector.hpp>

#include "sim/core/digest.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/item_set.hpp"

namespace hearsay::protocols::tree_batch {

inline constexpr std::uint64_t kHeaderBytes = 24;
inline constexpr std::uint64_t kIdBytes = 8;
inline constexpr std::uint64_t kOriginBytes = 16;
inline constexpr std::uint64_t kItemHeaderBytes = 24;

/// Numbers of batches.
using Numbers = boost::container::small_vector<std::uint32_t, 4>;

inline std::uint64_t fingerprint(const Numbers& numbers) {
  Digest digest;
  for (const std::uint32_t number : numbers) digest.add(number);
  return digest.value();
}

/// What a node has, as of one instant: the items below the word `end`.
struct Held {
  protocol::ItemCoverage items;
  std::size_t end = 0;
  protocol::ItemSet::Word word(std::size_t w) const { return w < end ? items.word(w) : 0; }
  std::uint64_t fingerprint() const {
    Digest digest;
    digest.add(items.floor_word());
    for (std::size_t w = items.floor_word(); w < end; ++w) digest.add(items.word(w));
    return digest.value();
  }
};

struct Body {
  std::uint64_t bytes = 0;  ///< on the wire
  SimTime session;          ///< when the sender started
  std::uint64_t wire_bytes() const { return bytes; }
};
struct Carrier : Body {
  protocol::ItemIds carried;
  std::span<const ItemId> items() const { return {carried.data(), carried.size()}; }
};
/// Confirms batches that the receiver sent in the session `of`.
struct Acks {
  Numbers numbers;
  SimTime of;
};

/// What the receiver lacks, as far as the sender knows; without items it asks whether anybody is there.
struct Batch : Carrier {
  static constexpr std::string_view kName = "batch";
  std::uint32_t number = 0;  ///< of the sender's to this neighbour, to be acknowledged; 0: it is not
  Acks acks;
  auto content() const {
    return std::tuple(bytes, session, protocol::fingerprint(carried), number, fingerprint(acks.numbers), acks.of);
  }
};
struct Ack : Body {
  static constexpr std::string_view kName = "ack";
  Acks acks;
  bool stranger = false;  ///< the sender does not count the receiver among its neighbours
  auto content() const { return std::tuple(bytes, session, fingerprint(acks.numbers), acks.of, stranger); }
};
struct SyncRequest : Carrier {
  static constexpr std::string_view kName = "sync-request";
  Held held;                 ///< as a version vector, as a Bloom filter, or as the items themselves
  protocol::ItemSet recent;  ///< version vector: those of them that came lately
  auto content() const {
    return std::tuple(bytes, session, protocol::fingerprint(carried), held.fingerprint(), recent.fingerprint());
  }
};
struct SyncReply : Carrier {
  static constexpr std::string_view kName = "sync-reply";
  protocol::ItemSet wants;  ///< version vector: what the sender lacks
  Held held;                ///< Bloom filter: of what the sender has
  auto content() const {
    return std::tuple(bytes, session, protocol::fingerprint(carried), wants.fingerprint(), held.fingerprint());
  }
};
struct SyncItems : Carrier {
  static constexpr std::string_view kName = "sync-items";
  auto content() const { return std::tuple(bytes, session, protocol::fingerprint(carried)); }
};
/// "Be my parent", "I am", and "no longer".
struct Attach : Body {
  static constexpr std::string_view kName = "attach";
  auto content() const { return std::tie(bytes, session); }
};
struct Attached : Body {
  static constexpr std::string_view kName = "attached";
  auto content() const { return std::tie(bytes, session); }
};
struct Detach : Body {
  static constexpr std::string_view kName = "detach";
  auto content() const { return std::tie(bytes, session); }
};

}  // namespace hearsay::protocols::tree_batch
