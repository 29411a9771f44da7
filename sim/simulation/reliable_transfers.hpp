#pragma once

// Book-keeping of the reliable transport: transfers that wait for their acknowledgement, and broken connections.
//
//   - Each attempt is a message of its own. It times out `rto` x 2^k after its last bit was sent (k = retries so
//     far); then the next attempt starts.
//   - Acknowledgements are free, take the latency, and are lost only at a cut link or a down node.
//   - A repeated attempt that arrives counts as a message received but reaches no handler.
//   - After `max_retries` the connection breaks: both ends get on_peer_down, everything unacknowledged between
//     them is given up and lost on its way, and it is tried again every `reconnect_delay`; on_peer_up follows.
//   - There is no in-order delivery. A crash gives up the node's own transfers; an attempt that has left arrives.
//
// A transfer lives until its last event (attempt, acknowledgement, timeout) has passed.

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"

namespace hearsay::simulation {

class ReliableTransfers {
 public:
  struct Transfer {
    NodeId from = kNoNode, to = kNoNode;
    std::uint32_t attempt = 0;
    std::uint32_t payload = 0;  ///< of the latest attempt, kept for the next
    std::uint32_t kind = 0;     ///< of the message
    bool carries_items = false;
    std::uint32_t events = 0;  ///< in the calendar that refer to this transfer
    bool delivered = false;    ///< some attempt reached the handler
    bool acknowledged = false;
    bool given_up = false;
    bool broken = false;  ///< given up because the connection broke
    bool waiting() const { return !acknowledged && !given_up; }
  };
  struct Ack {
    std::uint32_t transfer = 0;
    SimTime sent;  ///< when the attempt was delivered
  };

  std::uint32_t open(NodeId from, NodeId to) {
    const std::uint32_t t = take(transfers_, free_transfers_);
    transfers_[t] = Transfer{};
    transfers_[t].from = from;
    transfers_[t].to = to;
    by_sender_[from].insert(t);
    ++waiting_;
    return t;
  }
  Transfer& operator[](std::uint32_t t) { return transfers_[t]; }
  void acknowledge(std::uint32_t t) {
    if (transfers_[t].waiting()) --waiting_;
    transfers_[t].acknowledged = true;
  }
  void give_up(std::uint32_t t) {
    if (transfers_[t].waiting()) --waiting_;
    transfers_[t].given_up = true;
  }
  /// One event less; true if the transfer is over and its payload may go.
  bool drop_event(std::uint32_t t) {
    if (--transfers_[t].events > 0) return false;
    const auto sender = by_sender_.find(transfers_[t].from);
    sender->second.erase(t);
    if (sender->second.empty()) by_sender_.erase(sender);
    free_transfers_.push_back(t);
    return true;
  }
  /// Gives up what waits of a sender's, to one receiver or to all (kNoNode). O(transfers of the sender).
  void give_up_all(NodeId from, NodeId to, bool broken) {
    const auto sender = by_sender_.find(from);
    if (sender == by_sender_.end()) return;
    for (const std::uint32_t t : sender->second) {
      if (!transfers_[t].waiting() || (to != kNoNode && transfers_[t].to != to)) continue;
      give_up(t);
      transfers_[t].broken = broken;
    }
  }
  /// Transfers neither acknowledged nor given up.
  std::uint64_t waiting() const { return waiting_; }

  std::uint32_t open_ack(std::uint32_t transfer, SimTime sent) {
    const std::uint32_t a = take(acks_, free_acks_);
    acks_[a] = {transfer, sent};
    return a;
  }
  Ack close_ack(std::uint32_t a) {
    free_acks_.push_back(a);
    return acks_[a];
  }

  bool broken(NodeId a, NodeId b) const { return !broken_.empty() && broken_.contains(std::minmax(a, b)); }
  void break_connection(NodeId a, NodeId b) { broken_.insert(std::minmax(a, b)); }
  void mend_connection(NodeId a, NodeId b) { broken_.erase(std::minmax(a, b)); }

 private:
  template <class T>
  static std::uint32_t take(std::vector<T>& all, std::vector<std::uint32_t>& free) {
    if (free.empty()) {
      all.emplace_back();
      return static_cast<std::uint32_t>(all.size() - 1);
    }
    const std::uint32_t slot = free.back();
    free.pop_back();
    return slot;
  }
  std::vector<Transfer> transfers_;
  std::map<NodeId, std::set<std::uint32_t>> by_sender_;  // those with events to come
  std::vector<std::uint32_t> free_transfers_;
  std::vector<Ack> acks_;
  std::vector<std::uint32_t> free_acks_;
  std::uint64_t waiting_ = 0;
  std::set<std::pair<NodeId, NodeId>> broken_;
};

}  // namespace hearsay::simulation
