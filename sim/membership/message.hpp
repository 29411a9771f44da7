#pragma once

// What the nodes of a membership say to each other, the timers they set, and the effects of one event.
//
// Sizes on the wire, before network.overhead_bytes: 16 bytes a message (kind, sender's port, number), and 22 for each
// node that a pong names (address 16, port 2, age 4). A time of last sign of life travels as an age; what it takes on
// the way is corrected for, so the clocks of the nodes need not agree.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/membership/spec.hpp"

namespace hearsay::membership {

/// Append only: the numbers are part of every digest.
enum class MessageKind : std::uint8_t {
  kConnect = 0,
  kDisconnect = 1,
  kPing = 2,
  kPong = 3,
};
std::string_view message_kind_name(MessageKind kind);
/// Names of the kinds that a membership sends, in the order of MessageKind.
std::vector<std::string> message_kinds(const MembershipSpec& spec);

/// A node and when somebody last heard of it.
struct NodeDescriptor {
  NodeId node = kNoNode;
  SimTime heard;
  friend bool operator==(const NodeDescriptor&, const NodeDescriptor&) = default;
};

struct Message {
  MessageKind kind = MessageKind::kPing;
  std::uint32_t round = 0;            ///< ping, pong: the asker's round
  bool to_peer = true;                ///< ping: the asker holds a connection; pong: as asked
  std::vector<NodeDescriptor> nodes;  ///< pong

  static constexpr std::uint64_t kHeaderBytes = 16;
  static constexpr std::uint64_t kEntryBytes = 22;
  std::uint64_t wire_bytes() const { return kHeaderBytes + kEntryBytes * nodes.size(); }
  friend bool operator==(const Message&, const Message&) = default;
};

/// Append only.
enum class TimerKind : std::uint8_t {
  kList = 0,     ///< registry: the answer is here
  kRenew = 1,    ///< registry
  kRound = 2,    ///< exchange: ping the peers
  kTimeout = 3,  ///< exchange: pings of this round that are unanswered are missed
  kRotate = 4,   ///< exchange
};
std::string_view timer_kind_name(TimerKind kind);

struct Timer {
  TimerKind kind = TimerKind::kList;
  std::uint32_t life = 0;  ///< of the node: how often it went down before

  /// In one word, for an event's payload.
  std::uint32_t packed() const { return (life << 3) | static_cast<std::uint32_t>(kind); }
  static Timer unpacked(std::uint32_t word) { return {static_cast<TimerKind>(word & 7), word >> 3}; }
  friend bool operator==(const Timer&, const Timer&) = default;
};

/// Effects of one event at one node, in call order.
struct Effects {
  enum class Kind : std::uint8_t { kSend, kTimer, kConnect, kDisconnect };
  struct Effect {
    Kind kind;
    NodeId peer = kNoNode;      ///< all but kTimer
    std::uint32_t message = 0;  ///< kSend: index in messages
    Timer timer{};              ///< kTimer
    Duration delay{};           ///< kTimer: at least 1 ns
  };
  std::vector<Effect> list;
  std::vector<Message> messages;

  void clear() {
    list.clear();
    messages.clear();
  }
  void send(NodeId to, Message message) {
    list.push_back({.kind = Kind::kSend, .peer = to, .message = static_cast<std::uint32_t>(messages.size())});
    messages.push_back(std::move(message));
  }
  void set_timer(Duration delay, Timer timer) {
    list.push_back({.kind = Kind::kTimer, .timer = timer, .delay = delay});
  }
  /// This node's own end of a connection, or of its end.
  void connect(NodeId peer) { list.push_back({.kind = Kind::kConnect, .peer = peer}); }
  void disconnect(NodeId peer) { list.push_back({.kind = Kind::kDisconnect, .peer = peer}); }
};

/// Messages on their way. A slot is used again once its message has arrived or is lost.
class MessageTable {
 public:
  std::uint32_t store(Message message) {
    if (free_.empty()) {
      messages_.push_back(std::move(message));
      return static_cast<std::uint32_t>(messages_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    messages_[slot] = std::move(message);
    return slot;
  }
  const Message& operator[](std::uint32_t slot) const { return messages_[slot]; }
  Message take(std::uint32_t slot) {
    free_.push_back(slot);
    return std::exchange(messages_[slot], {});
  }
  std::size_t in_use() const { return messages_.size() - free_.size(); }

 private:
  std::vector<Message> messages_;
  std::vector<std::uint32_t> free_;
};

}  // namespace hearsay::membership
