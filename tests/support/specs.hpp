#pragma once

// RunSpecs made by hand, for tests and benchmarks that need no scenario file.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/simulation/run_spec.hpp"

namespace hearsay::test {

/// A network without bandwidth limits, 10 ms everywhere, one 1 kB item published by node 0 at 0, run until covered
/// (one hour at the most). The membership is the static one.
simulation::RunSpec basic_spec(std::string_view protocol, network::TopologyKind kind, std::uint32_t nodes);

/// The topology says who is connected to whom. Connections that break are made again.
void set_static_membership(simulation::RunSpec& spec);

/// `count` items of `bytes` at time 0; `origin` none: uniformly drawn.
workload::WorkloadSpec burst(std::uint32_t count, std::optional<std::uint32_t> origin, double bytes = 1000);

/// The value of a metric; NaN if it is null. Throws if the result has no such metric.
double metric(const metrics::RunResult& result, std::string_view name);

metrics::RunResult run(const simulation::RunSpec& spec, std::uint64_t replication = 0);

/// The parameters of a spec's protocol, to be changed.
template <class P>
typename P::Params& params(simulation::RunSpec& spec) {
  return protocol::params_in<typename P::Params>(*spec.params);
}

/// Another membership; returns its parameters, to be changed.
template <class M>
typename M::Params& set_membership(simulation::RunSpec& spec, typename M::Params params = {}) {
  spec.membership = simulation::find_membership(M::kName);
  spec.membership_params = spec.membership->make_params();
  return protocol::params_in<typename M::Params>(*spec.membership_params) = std::move(params);
}
template <class M>
typename M::Params& membership_params(simulation::RunSpec& spec) {
  return protocol::params_in<typename M::Params>(*spec.membership_params);
}

network::LatencySpec constant_latency(Duration value);
network::LatencySpec latency(Distribution distribution_ns);

/// A file topology of the given edges.
network::TopologySpec edges(std::uint32_t nodes, std::vector<network::FileEdge> edges);

}  // namespace hearsay::test
