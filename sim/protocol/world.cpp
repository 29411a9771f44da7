#include "sim/protocol/world.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "sim/core/check.hpp"

namespace hearsay::protocol {

// ---------------------------------------------------------------------------------- uplink backlog

void UplinkBacklog::add(NodeId from, std::uint32_t sequence, SimTime now, SimTime done) {
  auto& queue = queued_[index(from)];
  while (!queue.empty() && queue.front().done <= now) queue.pop_front();
  if (done > now) queue.push_back({sequence, done});
}

void UplinkBacklog::crash(NodeId node, SimTime now) {
  for (const Transfer& transfer : queued_[index(node)])
    if (transfer.done > now) discarded_[index(node)].push_back(transfer.sequence);  // in sequence: stays ascending
  queued_[index(node)].clear();
}

bool UplinkBacklog::was_discarded(NodeId from, std::uint32_t sequence) const {
  const auto& list = discarded_[index(from)];
  return !list.empty() && std::binary_search(list.begin(), list.end(), sequence);
}

// ------------------------------------------------------------------------------------------- world

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

std::vector<ItemInfo> item_table(const workload::Schedule& schedule) {
  std::vector<ItemInfo> items;
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
    : Surroundings(derive_seed(run.seed, options.replication)),
      spec(run),
      attributes(network::draw_nodes(run.network, run.topology.nodes, seed)),
      graph(draw_connected(run, seed)),
      latency(run.network.latency, attributes, run.topology.file_edges, seed, topology_seed(run, seed)),
      overlay(graph, latency, seed),
      faults(run.faults, attributes, seed),
      loss(run.network.loss, seed),
      wire(run.network, attributes, run.topology.file_edges, faults),
      schedule(workload::schedule(run.workloads, attributes, seed)),
      labels(label_names(run)),
      item_infos(item_table(schedule)),
      recorder(run.output, attributes, schedule, labels, with_membership_kinds(protocol_kinds, run),
               !has_crashes(run) && !has_joiners(run)),
      states(run.topology.nodes),
      churns(run.faults.size()),
      membership(make_membership(run, attributes, overlay, seed)),
      kind_latency(kind_latencies(run.network, with_membership_kinds(protocol_kinds, run))),
      always_up(!has_crashes(run) && !has_joiners(run)) {
  nodes = attributes;
  items = item_infos;
  classes = spec.classes;
  edge_count = graph.edges.size();
  graph = {};
  if (has_crashes(spec)) backlog = std::make_unique<UplinkBacklog>(spec.topology.nodes);
  for (std::size_t f = 0; f < spec.faults.size(); ++f)
    if (spec.faults[f].kind == network::FaultKind::kChurn)
      churns[f] = std::make_unique<network::Churn>(spec.faults[f].session, spec.faults[f].downtime, seed, f,
                                                   spec.topology.nodes);
}

engine::Event World::environment_event(SimTime time, std::int64_t target, engine::EventKind kind,
                                       std::uint32_t sequence, std::uint32_t payload) const {
  engine::Event event;
  event.time_ns = time.ns;
  event.target = static_cast<std::int32_t>(target);
  event.kind = kind;
  event.sequence = sequence;
  event.payload = payload;
  return event;
}

std::array<double, 2> World::membership_samples() const {
  constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
  return {membership->view_size_mean().value_or(kNothing), membership->stale_view_share().value_or(kNothing)};
}

std::vector<std::pair<std::string, std::optional<double>>> World::membership_metrics() const {
  if (!membership) return {};
  return {{"view_size_p50", membership->view_size_p50()},
          {"stale_view_share", membership->stale_view_share()},
          {"join_known_s", membership->join_known_s()}};
}

std::size_t World::memory_of_nodes() const {
  return attributes.capacity() * sizeof(network::NodeAttributes) + states.capacity() * sizeof(NodeState) +
         overlay.memory_bytes() + wire.memory_bytes() + (membership ? membership->memory_bytes() : 0);
}

void World::push_environment() {
  using engine::EventKind;
  for (std::uint32_t n = 0; n < attributes.size(); ++n) {
    if (attributes[n].joins > spec.duration) continue;
    calendar.push(environment_event(attributes[n].joins, n, EventKind::kRestart, 0, 0));
    if (attributes[n].joins > SimTime{}) continue;
    // Up before anything happens: a node that publishes at 0 is not alone because its id is the lowest.
    states[n].holds = 0;
    recorder.node_up(NodeId{n}, false);
    ++starts_left;
  }
  for (std::uint32_t i = 0; i < schedule.publications.size(); ++i) {
    const workload::Publication& p = schedule.publications[i];
    calendar.push(environment_event(p.time, static_cast<std::int64_t>(p.origin), EventKind::kPublication, i, i));
  }
  publications_left = schedule.publications.size();
  for (std::uint32_t f = 0; f < spec.faults.size(); ++f) {
    calendar.push(environment_event(spec.faults[f].at, -1, EventKind::kFault, 2 * f, f));
    if (spec.faults[f].until <= spec.duration)
      calendar.push(environment_event(spec.faults[f].until, -1, EventKind::kFault, 2 * f + 1, f));
  }
}

}  // namespace hearsay::protocol
