#pragma once

// The kernel without a protocol: a world, one thread of it, and records of a message that says nothing. For tests that
// call the parts of the kernel one by one.

#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "sim/simulation/connections.hpp"
#include "sim/simulation/lifecycle.hpp"
#include "sim/simulation/payloads.hpp"
#include "sim/simulation/run_thread.hpp"
#include "sim/simulation/transmission.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::test {

class Kernel final : public simulation::NodeSide {
 public:
  struct Nothing {
    auto content() const { return std::tuple<>(); }
  };
  using Message = std::variant<Nothing>;

  struct Start {
    std::uint32_t node;
    Duration at;
    bool first, lost_state;
    friend bool operator==(const Start&, const Start&) = default;
  };

  /// An end of a connection is up, or down.
  struct Up {
    std::uint32_t node, peer;
    Duration at;
    friend bool operator==(const Up&, const Up&) = default;
  };
  struct Down {
    Up end;
    protocol::PeerDown why;
    bool was_up = true;
    friend bool operator==(const Down&, const Down&) = default;
  };

  explicit Kernel(simulation::RunSpec s)
      : spec(std::move(s)),
        world(spec, options, {"nothing"}, true),
        lanes(1),
        thread(world, lanes, plan, options),
        space(simulation::PayloadPool<Message>::kRecordBytes),
        pool(space, simulation::Release::kCounted),
        payloads(pool),
        transmission(thread, payloads, *this),
        connections(thread, *this),
        lifecycle(thread, transmission, connections, *this) {
    // No node is down that is up from the start.
    for (std::uint32_t n = 0; n < world.attributes.size(); ++n)
      if (world.attributes[n].joins == SimTime{}) world.states[n].holds = 0;
  }

  /// A record of so many bytes, to be sent at `at`, which is now from here on.
  std::uint32_t message(Duration at, std::uint64_t bytes) {
    thread.now = SimTime{} + at;
    return pool.create(Nothing{}, thread.now, bytes);
  }
  simulation::Transmission::Sent send(Duration at, std::uint32_t from, std::uint32_t to, std::uint64_t bytes) {
    return transmission.send(NodeId{from}, NodeId{to}, message(at, bytes), 0, false);
  }
  /// The next event, whose time is now from here on.
  std::optional<engine::Event> next() {
    const engine::Event* const event = thread.calendar.pop();
    if (event == nullptr) return std::nullopt;
    thread.now = SimTime{event->time_ns};
    return *event;
  }
  network::FaultReport report(std::size_t fault) const { return world.faults.reports(thread.fault_tally)[fault]; }

  void start(const engine::Event& event, bool first, bool lost_state) override {
    starts.push_back({static_cast<std::uint32_t>(event.target), SimTime{event.time_ns} - SimTime{}, first, lost_state});
  }
  void went_down(NodeId node) override { down.push_back(static_cast<std::uint32_t>(node)); }
  void peer_up(const engine::Event& event, NodeId peer) override {
    ups.push_back({static_cast<std::uint32_t>(event.target), static_cast<std::uint32_t>(peer), now()});
  }
  void peer_down(const engine::Event& event, NodeId peer, protocol::PeerDown why, bool was_up) override {
    downs.push_back({{static_cast<std::uint32_t>(event.target), static_cast<std::uint32_t>(peer), now()}, why, was_up});
  }
  bool accepts(NodeId self, NodeId, std::uint8_t purpose) override {
    asked.emplace_back(static_cast<std::uint32_t>(self), purpose);
    return yes;
  }
  Duration now() const { return thread.now - SimTime{}; }
  std::size_t message_kind(std::uint32_t) const override { return 0; }
  std::span<const Piece> carried(std::uint32_t) override { return {}; }
  protocol::TimerTable& timer_table(NodeId) override { return timers; }

  simulation::RunSpec spec;
  simulation::RunOptions options;
  simulation::LanePlan plan;
  simulation::World world;
  std::vector<simulation::Lane> lanes;
  simulation::RunThread thread;
  simulation::PayloadSpace space;
  simulation::PayloadPool<Message> pool;
  simulation::Payloads payloads;
  simulation::Transmission transmission;
  simulation::Connections connections;
  simulation::Lifecycle lifecycle;
  protocol::TimerTable timers;
  std::vector<Start> starts;
  std::vector<std::uint32_t> down;
  std::vector<Up> ups;
  std::vector<Down> downs;
  std::vector<std::pair<std::uint32_t, std::uint8_t>> asked;  ///< who was asked for a connection, and for what
  bool yes = true;                                            ///< what is answered
};

/// A fault that hits these nodes in [at, until).
inline network::FaultSpec fault_of(network::FaultKind kind, std::vector<std::uint32_t> ids, Duration at = {},
                                   Duration until = kNever - SimTime{}) {
  network::FaultSpec fault{.kind = std::move(kind), .at = SimTime{} + at, .until = SimTime{} + until};
  fault.nodes.by = network::SelectBy::kIds;
  fault.nodes.ids = std::move(ids);
  return fault;
}

}  // namespace hearsay::test
