#pragma once

// Makes a MembershipEntry of a membership class: the one place where it meets the kernel. Included by the generated
// registry only.

#include <memory>
#include <utility>
#include <vector>

#include "sim/protocol/params.hpp"
#include "sim/simulation/gauges_of.hpp"
#include "sim/simulation/machine.hpp"
#include "sim/simulation/message_visits.hpp"
#include "sim/simulation/part.hpp"
#include "sim/simulation/registry.hpp"
#include "sim/simulation/world.hpp"

namespace hearsay::simulation {

template <protocol::Protocol M>
class PartOf final : public Part {
 public:
  PartOf(RunThread& thread, MachineNodes<M>& nodes, PayloadSpace& space, Payloads& payloads, Transmission& transmission,
         Connections& connections, Release release, std::size_t first_kind)
      : thread_(thread), pool_(space, release), machine_(thread, nodes, pool_, transmission, connections, first_kind) {
    payloads.add_part(pool_);
  }

  PayloadStore& payloads() override { return pool_; }
  void set_transport(ReliableTransport* transport) override { machine_.set_transport(transport); }
  void set_outbox(Outbox* outbox) override { machine_.set_outbox(outbox); }
  void on_message(const engine::Event& event) override { machine_.on_message(event, pool_[event.payload]); }
  void on_timer(const engine::Event& event) override { machine_.on_timer(event); }
  void start(const engine::Event& event, bool first, bool lost_state) override {
    machine_.start(event, first, lost_state);
  }
  void peer_up(const engine::Event& event, NodeId peer) override { machine_.on_peer_up(event, peer); }
  void peer_down(const engine::Event& event, NodeId peer, protocol::PeerDown why, bool was_up) override {
    machine_.on_peer_down(event, peer, why, was_up);
  }
  bool accepts(NodeId self, NodeId from, std::uint8_t purpose) override {
    return machine_.accepts(self, from, purpose);
  }
  void went_down(NodeId node) override { machine_.went_down(node); }
  void leave_lane() override { machine_.leave_lane(); }
  metrics::FigureTally& figures() override { return machine_.figures(); }
  std::size_t message_kind(std::uint32_t slot) const override { return pool_[slot].message.index(); }

 private:
  RunThread& thread_;
  PayloadPool<typename M::Message, kPartSlot> pool_;
  Machine<M, true> machine_;
};

template <protocol::Protocol M>
class PartNodesOf final : public PartNodes {
 public:
  PartNodesOf(const World& world, const typename M::Params& params, std::uint32_t lanes)
      : space_(sizeof(Payload<typename M::Message>)),
        nodes_(world, params, lanes),
        world_(world),
        gauges_(world, nodes_, false) {}

  std::unique_ptr<Part> make_thread(RunThread& thread, Payloads& payloads, Transmission& transmission,
                                    Connections& connections, Release release, std::size_t first_kind) override {
    return std::make_unique<PartOf<M>>(thread, nodes_, space_, payloads, transmission, connections, release,
                                       first_kind);
  }
  void known(NodeId node, std::vector<NodeId>& out) const override {
    if constexpr (requires(const M& m) { m.known(out); }) {
      nodes_.states[index(node)].known(out);
    } else {
      const auto peers = world_.topology_peers(node);
      out.insert(out.end(), peers.begin(), peers.end());
    }
  }
  std::size_t memory_bytes() const override {
    std::size_t bytes = space_.memory_bytes() + nodes_.states.size() * (sizeof(M) + sizeof(std::uint64_t));
    if constexpr (requires(const M& m) { m.memory_bytes(); })
      for (const M& node : nodes_.states) bytes += node.memory_bytes();
    return bytes;
  }
  std::vector<std::string> series_columns() const override { return gauges_.columns(); }
  std::vector<double> sample(SimTime t) override { return gauges_.sample(t); }
  void put_metrics(SimTime end, std::span<Part* const> threads, metrics::NamedValues& metrics) override {
    gauges_.put_metrics(end, metrics);
    metrics::FigureTally all(protocol::figures_of<M>.size());
    for (Part* const part : threads) all.merge(part->figures());
    all.put_metrics(protocol::figures_of<M>, metrics);
  }

 private:
  PayloadSpace space_;
  MachineNodes<M> nodes_;
  const World& world_;
  GaugesOf<M> gauges_;
};

template <class M>
MembershipEntry make_membership_entry() {
  static_assert(protocol::require_protocol<M>());
  static_assert(!protocol::kUsesOutbox<M>, "outcomes of sends are for protocols: nobody would tell a membership");
  using Params = typename M::Params;
  MembershipEntry entry;
  entry.name = M::kName;
  entry.summary = M::kSummary;
  entry.message_kinds = message_kinds<M>();
  entry.params = protocol::describe_params<Params>();
  entry.figures.assign(protocol::figures_of<M>.begin(), protocol::figures_of<M>.end());
  entry.topology = M::kTopology;
  entry.full_mesh = requires { M::kFullMesh; };
  entry.repairs_only = requires { M::kRepairsOnly; };
  entry.make_params = [] {
    return std::unique_ptr<protocol::ParamBox>(std::make_unique<protocol::ParamBoxOf<Params>>());
  };
  entry.make = [](const World& world, protocol::ParamBox& params, std::uint32_t lanes) {
    return std::unique_ptr<PartNodes>(
        std::make_unique<PartNodesOf<M>>(world, protocol::params_in<Params>(params), lanes));
  };
  if constexpr (requires(const Params& p) { p.list_delay(); })
    entry.list_delay = [](protocol::ParamBox& params) { return protocol::params_in<Params>(params).list_delay(); };
  if constexpr (requires(const Params& p) { p.expected_messages(1.0, 1.0); })
    entry.expected_messages = [](protocol::ParamBox& params, double nodes, double seconds) {
      return protocol::params_in<Params>(params).expected_messages(nodes, seconds);
    };
  if constexpr (requires(const Params& p) { p.expected_view(1.0); })
    entry.expected_view = [](protocol::ParamBox& params, double nodes) {
      return protocol::params_in<Params>(params).expected_view(nodes);
    };
  return entry;
}

}  // namespace hearsay::simulation
