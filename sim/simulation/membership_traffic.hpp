#pragma once

// The membership's events become calls of its state machine, and its effects messages, timers and changes of peers. A
// change of peers is an event 1 ns later, which changes the overlay and tells the protocol. One lane: the state machine
// counts over all nodes, and a connection that breaks or mends changes both its ends at once.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/membership/membership.hpp"
#include "sim/simulation/lifecycle.hpp"
#include "sim/simulation/transmission.hpp"

namespace hearsay::simulation {

class ReliableTransport;

class MembershipTraffic final : public LifecycleListener {
 public:
  /// References must outlive it. `first_kind`: of the membership's message kinds among all.
  MembershipTraffic(RunThread& thread, PayloadStore& payloads, Transmission& transmission, std::size_t first_kind)
      : t_(thread),
        payloads_(payloads),
        transmission_(transmission),
        membership_(*thread.world.membership),
        first_kind_(first_kind) {}
  /// Null for datagrams.
  void set_transport(ReliableTransport* transport) { transport_ = transport; }

  void on_message(const engine::Event& event);
  void on_timer(const engine::Event& event);
  /// Changes the overlay; false if there is nothing to change, and nobody to tell.
  bool change_peer(NodeId node, NodeId peer, bool is_up);
  /// Both ends learn of it, as far as they are up.
  void connection_broken(const engine::Event& event, NodeId a, NodeId b);
  void connection_mended(const engine::Event& event, NodeId a, NodeId b);
  /// A message of the membership's was lost on its way.
  void lost(const PayloadHeader& payload) { messages_.take(payload.membership()); }
  std::size_t message_kind(const PayloadHeader& payload) const {
    return first_kind_ + static_cast<std::size_t>(messages_[payload.membership()].kind);
  }

  void went_down(NodeId node) override;
  void came_up(const engine::Event& event, bool lost_state) override;

  static std::vector<std::string> columns() { return {"view_size_mean", "stale_view_share"}; }
  /// A sample, in the order of columns().
  std::array<double, 2> sample() const;
  std::vector<std::pair<std::string, std::optional<double>>> metrics() const;

 private:
  /// `handler(membership, effects)` for one node; its effects are committed.
  template <class Handler>
  void call(const engine::Event& event, NodeId self, const Handler& handler);
  template <class Handler>
  void tell_both(const engine::Event& event, NodeId a, NodeId b, const Handler& handler);
  void commit(NodeId self);
  void send(NodeId from, NodeId to, membership::Message message);

  RunThread& t_;
  PayloadStore& payloads_;
  Transmission& transmission_;
  membership::Membership& membership_;
  std::size_t first_kind_;
  ReliableTransport* transport_ = nullptr;
  membership::MessageTable messages_;
  membership::Effects effects_;
};

}  // namespace hearsay::simulation
