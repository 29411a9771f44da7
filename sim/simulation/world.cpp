#include "sim/simulation/world.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/core/check.hpp"

namespace hearsay::simulation {

namespace {

bool has_crashes(const RunSpec& spec) {
  return std::any_of(spec.faults.begin(), spec.faults.end(), [](const network::FaultSpec& f) {
    return f.kind == network::FaultKind::kCrash || f.kind == network::FaultKind::kChurn;
  });
}

bool has_joiners(const RunSpec& spec) {
  return std::any_of(spec.network.groups.begin(), spec.network.groups.end(),
                     [](const network::GroupSpec& g) { return g.joins; });
}

std::uint64_t topology_seed(const RunSpec& spec, std::uint64_t run_seed) {
  return spec.topology.resample ? run_seed : derive_seed(spec.seed, 0);
}

network::Graph draw_connected(const RunSpec& spec, std::uint64_t run_seed) {
  network::Graph graph = network::draw_topology(spec.topology, topology_seed(spec, run_seed));
  if (spec.topology.connected && spec.topology.kind != network::TopologyKind::kNone && graph.nodes > 1) {
    auto sizes = network::component_sizes(graph);
    if (sizes.size() > 1) throw DisconnectedTopology{std::move(sizes)};
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
  for (std::string& kind : membership::message_kinds(spec.membership)) kinds.push_back(std::move(kind));
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

/// Takes out of the overlay what is not connected from the start.
std::unique_ptr<membership::Membership> make_membership(const RunSpec& spec,
                                                        std::span<const network::NodeAttributes> nodes,
                                                        network::Overlay& overlay, std::uint64_t seed) {
  if (spec.membership.is_static()) return nullptr;
  std::vector<std::vector<NodeId>> topology(nodes.size());
  for (std::uint32_t n = 0; n < nodes.size(); ++n) {
    const auto peers = overlay.base_peers(NodeId{n});
    topology[n].assign(peers.begin(), peers.end());
  }
  auto all = std::make_unique<membership::Membership>(spec.membership, nodes, topology, seed);
  for (std::uint32_t n = 0; n < nodes.size(); ++n)
    for (const NodeId peer : topology[n])
      if (!all->connected(NodeId{n}, peer)) overlay.remove_peer(NodeId{n}, peer);
  return all;
}

std::vector<protocol::ItemInfo> item_table(const workload::Schedule& schedule) {
  std::vector<protocol::ItemInfo> items;
  items.reserve(schedule.publications.size());
  for (const workload::Publication& p : schedule.publications)
    items.push_back({p.origin, p.item_class, p.time, p.size_bytes});
  return items;
}

}  // namespace

std::string DisconnectedTopology::message() const {
  std::string sizes;
  for (std::size_t i = 0; i < std::min<std::size_t>(component_sizes.size(), 5); ++i)
    sizes += fmt::format("{}{}", i ? ", " : "", component_sizes[i]);
  if (component_sizes.size() > 5) sizes += ", ...";
  return fmt::format(
      "the topology came out in {} components (sizes {}); raise the degree, or set topology.connected = false",
      component_sizes.size(), sizes);
}

World::World(const RunSpec& run, const RunOptions& options, const std::vector<std::string>& protocol_kinds)
    : NetworkView(derive_seed(run.seed, options.replication)),
      spec(run),
      attributes(network::draw_nodes(run.network, run.topology.nodes, seed)),
      graph(draw_connected(run, seed)),
      latency(run.network.latency, attributes, run.topology.file_edges, seed, topology_seed(run, seed)),
      overlay(graph, latency, seed),
      faults(run.faults, attributes, seed),
      loss(run.network.loss, seed),
      wire(run.network, attributes, run.topology.file_edges, faults),
      cores(attributes),
      schedule(workload::schedule(run.workloads, attributes, seed)),
      labels(label_names(run)),
      item_infos(item_table(schedule)),
      kinds(with_membership_kinds(protocol_kinds, run)),
      kind_latency(kind_latencies(run.network, kinds)),
      always_up(!has_crashes(run) && !has_joiners(run)),
      recorder(run.output, attributes, schedule, labels, kinds, always_up),
      states(run.topology.nodes),
      churns(run.faults.size()),
      membership(make_membership(run, attributes, overlay, seed)) {
  nodes = attributes;
  items = item_infos;
  classes = spec.classes;
  edge_count = graph.edges.size();
  graph = {};
  if (!has_crashes(run)) return;
  session_ends.resize(run.faults.size());
  for (std::size_t f = 0; f < run.faults.size(); ++f) {
    const network::FaultSpec& fault = run.faults[f];
    if (fault.kind != network::FaultKind::kChurn) continue;
    churns[f] = std::make_unique<network::Churn>(fault.session, fault.downtime, seed, f, run.topology.nodes);
    session_ends[f].assign(run.topology.nodes, kNever);
    for (const std::uint32_t n : faults.members(f)) {
      const SimTime end = fault.at + churns[f]->first_session(NodeId{n});
      if (end < fault.until && end <= run.duration) session_ends[f][n] = end;
    }
  }
}

SimTime World::next_crash(NodeId node, SimTime now) const {
  SimTime next = kNever;
  for (std::size_t f = 0; f < session_ends.size(); ++f) {
    SimTime at = kNever;
    if (!session_ends[f].empty())
      at = session_ends[f][index(node)];
    else if (faults.spec(f).kind == network::FaultKind::kCrash && faults.is_member(f, node))
      at = faults.spec(f).at;
    if (at > now) next = std::min(next, at);
  }
  return next;
}

bool World::crash_of_many(NodeId node, SimTime at) const {
  for (std::size_t f = 0; f < faults.size(); ++f) {
    const network::FaultSpec& fault = faults.spec(f);
    if (fault.kind == network::FaultKind::kCrash && fault.at == at && faults.is_member(f, node)) return true;
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
         overlay.memory_bytes() + wire.memory_bytes() + cores.memory_bytes() +
         (membership ? membership->memory_bytes() : 0);
}

}  // namespace hearsay::simulation
