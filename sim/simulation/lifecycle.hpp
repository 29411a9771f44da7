#pragma once

// When nodes come up and go down: starts, joins, crashes and churn.

#include <cstdint>

#include "sim/simulation/run_thread.hpp"
#include "sim/simulation/transmission.hpp"

namespace hearsay::simulation {

/// Who else has something to do when a node goes down or comes up; null: nobody.
class LifecycleListener {
 public:
  virtual ~LifecycleListener() = default;
  virtual void went_down(NodeId node) = 0;
  virtual void came_up(const engine::Event& event, bool lost_state) = 0;
};

class Lifecycle {
 public:
  /// References must outlive it.
  Lifecycle(RunThread& thread, Transmission& transmission, NodeSide& nodes)
      : t_(thread), transmission_(transmission), nodes_(nodes) {}
  void tell(LifecycleListener* transport, LifecycleListener* membership) {
    transport_ = transport;
    membership_ = membership;
  }

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

  RunThread& t_;
  Transmission& transmission_;
  NodeSide& nodes_;
  LifecycleListener* transport_ = nullptr;
  LifecycleListener* membership_ = nullptr;
};

}  // namespace hearsay::simulation
