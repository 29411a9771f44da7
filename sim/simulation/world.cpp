#include "sim/simulation/world.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/core/check.hpp"
#include "sim/simulation/reliable_transfers.hpp"

namespace hearsay::simulation {

namespace {

std::uint64_t seed_of_topology(const RunSpec& spec, std::uint64_t run_seed) {
  return spec.topology.resample ? run_seed : derive_seed(spec.seed, 0);
}

std::string disconnected_message(const std::vector<std::uint32_t>& component_sizes) {
  std::string sizes;
  for (std::size_t i = 0; i < std::min<std::size_t>(component_sizes.size(), 5); ++i)
    sizes += fmt::format("{}{}", i ? ", " : "", component_sizes[i]);
  if (component_sizes.size() > 5) sizes += ", ...";
  return fmt::format(
      "the topology came out in {} components (sizes {}); raise the degree, or set topology.connected = false",
      component_sizes.size(), sizes);
}

network::Graph draw_connected(const RunSpec& spec, std::uint64_t run_seed) {
  network::Graph graph = network::draw_topology(spec.topology, seed_of_topology(spec, run_seed));
  if (spec.topology.connected && spec.topology.kind != network::TopologyKind::kNone && graph.nodes > 1) {
    const auto sizes = network::component_sizes(graph);
    if (sizes.size() > 1) throw UnfitTopology{disconnected_message(sizes)};
  }
  return graph;
}

metrics::LabelNames label_names(const RunSpec& spec) {
  metrics::LabelNames names;
  names.classes = spec.classes;
  names.roles = spec.network.roles;
  for (const auto& group : spec.network.groups) names.groups.push_back(group.name);
  for (const auto& region : spec.network.regions) names.regions.push_back(region.name);
  return names;
}

std::vector<std::string> with_membership_kinds(std::vector<std::string> kinds, const RunSpec& spec) {
  if (spec.has_membership())
    for (const std::string& kind : spec.membership->message_kinds) kinds.push_back(kind);
  return kinds;
}

/// What each kind of message takes longer.
std::vector<Duration> kind_latencies(const network::NetworkSpec& spec, const std::vector<std::string>& kinds) {
  std::vector<Duration> extra(kinds.size());
  for (std::size_t k = 0; k < kinds.size(); ++k)
    for (const network::KindLatency& one : spec.latency_by_kind)
      if (one.message_kind == kinds[k]) extra[k] = extra[k] + one.extra;
  return extra;
}

void check_inbound_caps(const network::Overlay& overlay, std::span<const network::NodeAttributes> nodes) {
  for (std::uint32_t n = 0; n < nodes.size(); ++n) {
    const std::size_t peers = overlay.base_peers(NodeId{n}).size();
    if (nodes[n].inbound_cap > 0 && peers > nodes[n].inbound_cap)
      throw UnfitTopology{
          fmt::format("the topology gives node {} {} peers, more than its inbound_cap of {}; raise the cap, or lower "
                      "the degree",
                      n, peers, nodes[n].inbound_cap)};
  }
}

std::vector<protocol::ItemInfo> item_table(const workload::Schedule& schedule) {
  std::vector<protocol::ItemInfo> items;
  items.reserve(schedule.publications.size());
  for (const workload::Publication& p : schedule.publications)
    items.push_back({p.origin, p.item_class, p.time, p.size_bytes});
  return items;
}

std::optional<chain::BlockTree> block_tree(const RunSpec& spec, const workload::Schedule& schedule) {
  const workload::WorkloadSpec* mining = workload::mining_of(spec.workloads);
  if (mining == nullptr) return std::nullopt;
  chain::BlockTree tree(schedule.publications.size(), spec.topology.nodes);
  for (std::uint32_t i = 0; i < schedule.publications.size(); ++i)
    if (schedule.publications[i].is_block)
      tree.declare(ItemId{i}, mining->transactions, schedule.publications[i].is_valid);
  return tree;
}

}  // namespace

World::World(const RunSpec& run, const RunOptions& options, const std::vector<std::string>& protocol_kinds,
             bool protocol_connects)
    : NetworkView(derive_seed(run.seed, options.replication)),
      spec(run),
      attributes(network::draw_nodes(run.network, run.topology.nodes, seed)),
      graph(draw_connected(run, seed)),
      latency(run.network.latency, attributes, run.topology.file_edges, seed, seed_of_topology(run, seed)),
      overlay(graph, latency, seed),
      faults(run.faults, attributes, seed),
      loss(run.network.loss, seed),
      wire(run.network, attributes, run.topology.file_edges, faults),
      cores(attributes),
      schedule(workload::schedule(run.workloads, attributes, seed)),
      tree(block_tree(run, schedule)),
      labels(label_names(run)),
      item_infos(item_table(schedule)),
      kinds(with_membership_kinds(protocol_kinds, run)),
      kind_latency(kind_latencies(run.network, kinds)),
      has_joiners(nodes_join(run)),
      always_up(!nodes_crash(run) && !has_joiners),
      up_since(always_up ? 0 : run.topology.nodes),
      recorder(run.output, attributes, schedule, labels, kinds, always_up),
      states(run.topology.nodes),
      ends(overlay, run.has_membership() || protocol_connects),
      public_list(run.has_membership() && run.membership->list_delay != nullptr ? run.topology.nodes : 0),
      transfers(sizeof(Transfer)) {
  nodes = attributes;
  items = item_infos;
  classes = spec.classes;
  chain = tree ? &*tree : nullptr;
  edge_count = graph.edges.size();
  if (run.network.model == network::WireModel::kQueue) recorder.set_control_bytes(run.network.control_bytes);
  graph = {};
  check_inbound_caps(overlay, attributes);
  // Where ends die with their nodes, those of nodes that are still to come do not exist.
  if (ends_die())
    for (std::uint32_t n = 0; n < attributes.size(); ++n)
      for (const NodeId peer : overlay.base_peers(NodeId{n}))
        if (attributes[n].joins > SimTime{} || attributes[index(peer)].joins > SimTime{})
          overlay.remove_peer(NodeId{n}, peer);
  if (!nodes_crash(run)) return;
  session_ends.resize(run.faults.size());
  sessions = faults.sessions();
  for (std::size_t f = 0; f < run.faults.size(); ++f) {
    const network::FaultSpec& fault = run.faults[f];
    if (!sessions[f]) continue;
    session_ends[f].assign(run.topology.nodes, kNever);
    for (const std::uint32_t n : faults.members(f)) {
      const SimTime end = fault.at + sessions[f]->first_session(NodeId{n});
      if (end < fault.until && end <= run.duration) session_ends[f][n] = end;
    }
  }
}

void World::known(NodeId node, std::vector<NodeId>& out) const {
  if (membership) return membership->known(node, out);
  const auto all = overlay.peers(node);
  out.insert(out.end(), all.begin(), all.end());
}

Duration World::uplink_backlog(NodeId node, SimTime now) const {
  const Duration running = std::max(wire.uplink_free(node) - now, Duration{});
  if (outboxes.empty()) return running;
  return running + network::serialisation(outboxes[index(node)].bytes, attributes[index(node)].uplink_bit_per_s);
}

std::uint64_t World::topology_seed() const { return seed_of_topology(spec, seed); }

SimTime World::next_crash(NodeId node, SimTime now) const {
  SimTime next = kNever;
  for (std::size_t f = 0; f < session_ends.size(); ++f) {
    SimTime at = kNever;
    if (!session_ends[f].empty())
      at = session_ends[f][index(node)];
    else if (network::down(faults.spec(f).kind) == network::Down::kTogether && faults.is_member(f, node))
      at = faults.spec(f).at;
    if (at > now) next = std::min(next, at);
  }
  return next;
}

bool World::crash_of_many(NodeId node, SimTime at) const {
  for (std::size_t f = 0; f < faults.size(); ++f) {
    const network::FaultSpec& fault = faults.spec(f);
    if (fault.at == at && network::down(fault.kind) == network::Down::kTogether && faults.is_member(f, node))
      return true;
  }
  return false;
}

std::uint64_t World::digest() const {
  std::uint64_t sum = 0;
  for (std::size_t n = 0; n < states.size(); ++n) sum += Digest::mix(n, states[n].digest.value());
  return sum;
}

engine::Event environment_event(SimTime time, std::int64_t target, engine::EventKind kind, std::uint32_t sequence,
                                std::uint32_t payload) {
  engine::Event event;
  event.time_ns = time.ns;
  event.target = static_cast<std::int32_t>(target);
  event.kind = kind;
  event.sequence = sequence;
  event.payload = payload;
  return event;
}

std::size_t World::memory_of_nodes() const {
  return attributes.capacity() * sizeof(network::NodeAttributes) + states.capacity() * sizeof(NodeState) +
         overlay.memory_bytes() + wire.memory_bytes() + cores.memory_bytes() + outboxes.size() * sizeof(OutboxNode) +
         (membership ? membership->memory_bytes() : 0) + ends.memory_bytes() + public_list.memory_bytes();
}

}  // namespace hearsay::simulation
