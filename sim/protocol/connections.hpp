#pragma once

// Connections as a protocol sees them. A connection has two ends, each its own node's: what one end does or notices
// reaches the other one link latency later.

#include <cstdint>
#include <string_view>

namespace hearsay::protocol {

/// Why this end of a connection is gone, or never came to be.
enum class PeerDown : std::uint8_t {
  kClosedHere,  ///< disconnect() at this end
  kClosed,      ///< disconnect() at the other end, or the other end knows nothing of the connection
  kCrashed,     ///< the failure detector (network.keep_alive) has not heard of the other end for too long
  kBroken,      ///< the reliable transport has given up; the other end learns of it so, too
  kRefused,     ///< connect() was answered with a no
  kNoAnswer,    ///< connect() was not answered within network.connect_timeout
};
constexpr std::string_view peer_down_name(PeerDown why) {
  constexpr std::string_view kNames[] = {"closed here", "closed", "crashed", "broken", "refused", "no answer"};
  return kNames[static_cast<std::size_t>(why)];
}
/// Nobody but who called connect() hears of these: there never was a connection.
constexpr bool never_connected(PeerDown why) { return why == PeerDown::kRefused || why == PeerDown::kNoAnswer; }

}  // namespace hearsay::protocol
