#pragma once

// The membership as the kernel sees it: state machines beside the protocol's, one for each node, which the protocol
// does not know. They are written to the same interface as protocols (sim/protocol), and driven by the same Machine;
// which class they are of is known to part_of.hpp alone.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/engine/event.hpp"
#include "sim/metrics/figure_metrics.hpp"
#include "sim/protocol/connections.hpp"
#include "sim/simulation/payloads.hpp"

namespace hearsay::simulation {

class Connections;
class Outbox;
struct RunThread;
class ReliableTransport;
class Transmission;

/// One thread's way to the membership.
class Part {
 public:
  virtual ~Part() = default;
  virtual PayloadStore& payloads() = 0;
  virtual void set_transport(ReliableTransport* transport) = 0;
  virtual void set_outbox(Outbox* outbox) = 0;

  /// The message is the membership's, and so is the timer; the record is released by the caller.
  virtual void on_message(const engine::Event& event) = 0;
  virtual void on_timer(const engine::Event& event) = 0;
  virtual void start(const engine::Event& event, bool first, bool lost_state) = 0;
  virtual void peer_up(const engine::Event& event, NodeId peer) = 0;
  virtual void peer_down(const engine::Event& event, NodeId peer, protocol::PeerDown why, bool was_up) = 0;
  virtual bool accepts(NodeId self, NodeId from, std::uint8_t purpose) = 0;
  virtual void went_down(NodeId node) = 0;
  virtual void leave_lane() = 0;
  /// What it has counted and measured of its own.
  virtual metrics::FigureTally& figures() = 0;
  /// Among the membership's.
  virtual std::size_t message_kind(std::uint32_t slot) const = 0;
};

/// What all threads of a run share of it.
class PartNodes {
 public:
  virtual ~PartNodes() = default;
  /// References must outlive it.
  virtual std::unique_ptr<Part> make_thread(RunThread& thread, Payloads& payloads, Transmission& transmission,
                                            Connections& connections, Release release, std::size_t first_kind) = 0;
  /// Appends the nodes that a node knows.
  virtual void known(NodeId node, std::vector<NodeId>& out) const = 0;
  virtual std::size_t memory_bytes() const = 0;
  /// What samples have of its own gauges.
  virtual std::vector<std::string> series_columns() const = 0;
  virtual std::vector<double> sample(SimTime t) = 0;
  /// Metrics of its own figures, once, at the end of the run.
  virtual void put_metrics(SimTime end, std::span<Part* const> threads, metrics::NamedValues& metrics) = 0;
};

}  // namespace hearsay::simulation
