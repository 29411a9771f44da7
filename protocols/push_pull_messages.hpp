#pragma once

// The messages of push-pull gossip.
//
// Sizes on the wire: kHeaderBytes (kind, length, number of the exchange, flags, the sender's start), kIdBytes for each
// id of a digest or acknowledgement, and for each item kItemHeaderBytes (id, origin, time, size) beside its own size.

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/item_set.hpp"

namespace hearsay::protocols::push_pull {

inline constexpr std::uint64_t kHeaderBytes = 24;
inline constexpr std::uint64_t kIdBytes = 8;
inline constexpr std::uint64_t kItemHeaderBytes = 24;

/// What any message may carry; its kind says which of it.
struct Body {
  std::uint64_t bytes = 0;     ///< on the wire
  SimTime session;             ///< when the sender started
  std::uint32_t exchange = 0;  ///< delta: the caller's number of the exchange
  bool whole = false;          ///< the digest builds on no earlier one
  bool start_over = false;     ///< the digest replied to builds on one that is not remembered
  protocol::ItemSet ids;       ///< the digest; eager: the acknowledgement, and what went ahead of a request
  protocol::ItemIds carried;
  std::uint64_t wire_bytes() const { return bytes; }
  auto content() const {
    return std::tuple(bytes, session, exchange, whole, start_over, ids.fingerprint(), protocol::fingerprint(carried));
  }
};
struct Carrier : Body {
  std::span<const ItemId> items() const { return {carried.data(), carried.size()}; }
};
struct Push : Carrier {
  static constexpr std::string_view kName = "push";
};
struct Pull : Body {
  static constexpr std::string_view kName = "pull";
};
struct PullReply : Carrier {
  static constexpr std::string_view kName = "pull-reply";
};
struct ExchangeDigest : Body {
  static constexpr std::string_view kName = "exchange-digest";
};
struct ExchangeReply : Carrier {
  static constexpr std::string_view kName = "exchange-reply";
};
struct ExchangeItems : Carrier {
  static constexpr std::string_view kName = "exchange-items";
};
struct EagerRequest : Carrier {
  static constexpr std::string_view kName = "eager-request";
};
struct EagerReply : Carrier {
  static constexpr std::string_view kName = "eager-reply";
};
/// Items that go ahead of the message that would carry them.
struct Urgent : Carrier {
  static constexpr std::string_view kName = "urgent";
};

}  // namespace hearsay::protocols::push_pull
