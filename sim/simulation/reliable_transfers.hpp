#pragma once

// Book-keeping of the reliable transport: transfers that wait for their acknowledgement, and broken connections.
//
//   - Each attempt is a message of its own. It times out `rto` x 2^k after its last bit was sent (k = retries so
//     far); then the next attempt starts.
//   - Acknowledgements are free, take the latency, and are lost only at a cut link or a down node.
//   - A repeated attempt that arrives counts as a message received but reaches no handler.
//   - After `max_retries` the connection breaks: the sender gets on_peer_down at once, the other end a latency later.
//     Each end gives up what it has not got acknowledged when it learns of it, and what the other one sent before that
//     is lost. For `reconnect_delay`, or until they are connected again, nothing leaves for the other end.
//   - A transfer to a node that is no peer is given up just so, and makes or breaks no connection.
//   - There is no in-order delivery. A crash gives up the node's own transfers; an attempt that has left arrives.
//
// The sender's lane and the receiver's both refer to a transfer; each writes to its own part of it. It lives until the
// last event (attempt, acknowledgement, timeout) has passed, whoever sees that.

#include <atomic>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/simulation/outbox_lists.hpp"
#include "sim/simulation/payloads.hpp"

namespace hearsay::simulation {

struct alignas(64) Transfer {
  NodeId from = kNoNode, to = kNoNode;
  // The sender's.
  std::uint32_t first_sequence = 0;  ///< of the first attempt
  std::uint32_t attempt = 0;
  std::uint32_t payload = 0;  ///< of the latest attempt, kept for the next
  SimTime payload_read;       ///< when that is read for the last time
  std::uint32_t kind = 0;     ///< of the message
  bool carries_items = false;
  bool waiting = true;    ///< neither acknowledged nor given up
  bool given_up = false;  ///< the connection broke
  SendAsk ask;
  // The receiver's.
  bool delivered = false;  ///< some attempt reached the handler
  // Both change it.
  std::atomic<std::uint32_t> events{0};  ///< in the calendars that refer to this transfer
};
static_assert(sizeof(Transfer) == 64);

/// What the reliable transport keeps of the nodes of one lane.
struct LaneTransfers {
  /// Those that wait, by sender and the sequence of their first attempt.
  std::map<NodeId, std::map<std::uint32_t, std::uint32_t>> waiting;
  std::uint64_t waiting_count = 0;
  /// When a node (first) learned that its connection to another one (second) had broken.
  std::map<std::pair<NodeId, NodeId>, SimTime> broken;
};

/// One thread's transfers. Any thread may free any.
class TransferPool {
 public:
  explicit TransferPool(PayloadSpace& space) : space_(space) {}
  std::uint32_t create();
  Transfer& operator[](std::uint32_t slot) const { return *static_cast<Transfer*>(space_.address(slot)); }
  void free(std::uint32_t slot) { free_.push_back(slot); }

 private:
  PayloadSpace& space_;
  std::vector<std::uint32_t> free_;
  std::uint32_t fresh_ = 0, fresh_left_ = 0;
};

}  // namespace hearsay::simulation
