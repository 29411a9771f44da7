#pragma once

// The event log of one run, for `hearsay trace`: each thing that happens, in order.

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/core/ids.hpp"
#include "sim/core/piece.hpp"
#include "sim/core/time.hpp"

namespace hearsay::simulation {

enum class TraceEvent : std::uint8_t {
  kPublish,
  kSend,
  kReceive,
  kDrop,
  kDeliver,
  kTimer,
  kFault,
  kFaultEnd,
  kCrash,
  kStart,
  kRestart,
  kPeerUp,
  kPeerDown,
};
std::string_view trace_event_name(TraceEvent event);

struct TraceRecord {
  TraceEvent event{};
  SimTime time;
  std::int64_t node = -1;          ///< where it happens; -1: nowhere in particular
  std::int64_t peer = -1;          ///< the other end of a message
  std::string_view message_kind;   ///< of send, receive, drop
  std::int64_t item = -1;          ///< of publish, deliver; the first item of a message
  std::uint64_t bytes = 0;         ///< on the wire, overhead included
  std::uint32_t sequence = 0;      ///< the sender's; identifies a message with `node`/`peer`
  std::string_view detail;         ///< drop reason, fault kind
  std::span<const Piece> carried;  ///< of a message: what it carries of items, whole ones as single pieces
};

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void record(const TraceRecord& record) = 0;
};

}  // namespace hearsay::simulation
