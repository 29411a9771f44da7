#include "sim/simulation/trace.hpp"

namespace hearsay::simulation {

std::string_view trace_event_name(TraceEvent event) {
  switch (event) {
    case TraceEvent::kPublish: return "publish";
    case TraceEvent::kSend: return "send";
    case TraceEvent::kReceive: return "receive";
    case TraceEvent::kDrop: return "drop";
    case TraceEvent::kDeliver: return "deliver";
    case TraceEvent::kTimer: return "timer";
    case TraceEvent::kFault: return "fault";
    case TraceEvent::kFaultEnd: return "fault-end";
    case TraceEvent::kCrash: return "crash";
    case TraceEvent::kStart: return "start";
    case TraceEvent::kRestart: return "restart";
    case TraceEvent::kPeerUp: return "peer-up";
    case TraceEvent::kPeerDown: return "peer-down";
  }
  return "unknown";
}

}  // namespace hearsay::simulation
