#pragma once

// When nodes come up and go down: starts, joins, crashes and churn.

#include <cstdint>
#include <vector>

#include "sim/simulation/connections.hpp"
#include "sim/simulation/run_thread.hpp"
#include "sim/simulation/transmission.hpp"

namespace hearsay::simulation {

class Lifecycle {
 public:
  /// References must outlive it.
  Lifecycle(RunThread& thread, Transmission& transmission, Connections& connections, NodeSide& nodes)
      : t_(thread), transmission_(transmission), connections_(connections), nodes_(nodes) {}

  /// Before the run: the nodes that are up from the start are, and the first starts are pushed.
  void begin();
  /// A fault of the whole world begins or ends. No window runs.
  void begin_fault(std::uint32_t fault);
  void end_fault(std::uint32_t fault);

  /// A node's session under churn is over.
  void on_session_end(const engine::Event& event);
  void on_restart(const engine::Event& event);

 private:
  void take_down(NodeId node, std::uint32_t fault);
  void push_session_end(std::uint32_t fault, NodeId node);
  void start(const engine::Event& event);
  /// For the time until a node is known (MembershipFigures).
  void note_known(NodeId node, std::int32_t change, bool keeps_state);

  RunThread& t_;
  Transmission& transmission_;
  Connections& connections_;
  NodeSide& nodes_;
  std::vector<NodeId> known_;  // for note_known
};

}  // namespace hearsay::simulation
