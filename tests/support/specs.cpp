#include "tests/support/specs.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace hearsay::test {

simulation::RunSpec basic_spec(std::string_view protocol, network::TopologyKind kind, std::uint32_t nodes) {
  simulation::RunSpec spec;
  spec.seed = 42;
  spec.duration = SimTime{} + seconds(3600);
  spec.until = simulation::Until::kCovered;
  spec.topology.kind = kind;
  spec.topology.nodes = nodes;
  spec.network.latency = constant_latency(milliseconds(10));
  spec.workloads.push_back(burst(1, 0));
  spec.classes = {""};
  spec.protocol = simulation::find_protocol(protocol);
  if (spec.protocol == nullptr) throw std::invalid_argument("no protocol " + std::string(protocol));
  spec.params = spec.protocol->make_params();
  set_static_membership(spec);
  return spec;
}

void set_static_membership(simulation::RunSpec& spec) {
  spec.membership = simulation::find_membership("static");
  spec.membership_params = spec.membership->make_params();
}

workload::WorkloadSpec burst(std::uint32_t count, std::optional<std::uint32_t> origin, double bytes) {
  workload::WorkloadSpec w;
  w.arrivals = workload::Arrivals::kCount;
  w.count = count;
  w.stop = SimTime{} + seconds(3600);
  w.size_bytes = Distribution::constant(bytes);
  if (origin) {
    w.origin = workload::OriginKind::kNode;
    w.origin_node = *origin;
  }
  return w;
}

double metric(const metrics::RunResult& result, std::string_view name) {
  for (const auto& [key, value] : result.metrics)
    if (key == name) return value.value_or(std::numeric_limits<double>::quiet_NaN());
  throw std::out_of_range("no metric " + std::string(name));
}

metrics::RunResult run(const simulation::RunSpec& spec, std::uint64_t replication) {
  simulation::RunOptions options;
  options.replication = replication;
  return simulation::run(spec, options);
}

network::LatencySpec constant_latency(Duration value) {
  return latency(Distribution::constant(static_cast<double>(value.ns)));
}

network::LatencySpec latency(Distribution distribution_ns) {
  network::LatencySpec spec;
  spec.distribution = distribution_ns;
  return spec;
}

network::TopologySpec edges(std::uint32_t nodes, std::vector<network::FileEdge> edges) {
  network::TopologySpec spec;
  spec.kind = network::TopologyKind::kFile;
  spec.nodes = nodes;
  std::sort(edges.begin(), edges.end(),
            [](const auto& a, const auto& b) { return a.from != b.from ? a.from < b.from : a.to < b.to; });
  spec.file_edges = std::move(edges);
  return spec;
}

}  // namespace hearsay::test
