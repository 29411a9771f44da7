#pragma once

// Makes a ProtocolEntry of a protocol class: the one place where a simulation is instantiated. Included by the
// generated registry only.

#include <memory>
#include <string>
#include <utility>

#include "sim/simulation/delay_bound.hpp"
#include "sim/simulation/registry.hpp"
#include "sim/simulation/run_spec.hpp"
#include "sim/simulation/simulation.hpp"

namespace hearsay::simulation {

template <protocol::Protocol P>
metrics::RunResult run_protocol(const RunSpec& spec, const RunOptions& options) {
  const auto clock = [&] { return options.clock_ns ? options.clock_ns() : std::uint64_t{0}; };
  metrics::RunResult result;
  const std::uint64_t begin = clock();
  std::unique_ptr<World> world;
  try {
    world = std::make_unique<World>(spec, options, message_kinds<P>(), protocol::kMakesConnections<P>);
  } catch (const UnfitTopology& topology) {
    result.failed = true;
    result.failure = topology.message;
    return result;
  }
  Simulation<P> simulation(*world, protocol::params_in<typename P::Params>(*spec.params), options);
  const std::uint64_t ready = clock();
  const SimTime end = simulation.run();
  const std::uint64_t done = clock();
  result.digest = world->digest();
  result.miners = simulation.miners(end);
  result.faults = world->faults.reports(simulation.fault_tally());
  const Cores::Utilisation cores = world->cores.utilisation(end);
  world->recorder.finish({.time = end,
                          .edges = world->edge_count,
                          .messages_in_flight = static_cast<std::uint64_t>(simulation.control().in_flight()),
                          .bytes_in_flight = static_cast<std::uint64_t>(simulation.control().bytes_in_flight()),
                          .core_utilisation_mean = cores.mean,
                          .core_utilisation_max = cores.max,
                          .bound = [&](NodeId origin) { return delay_bound(world->overlay, origin); },
                          .more_metrics = simulation.metrics(end),
                          .more_columns = simulation.series_columns()},
                         result);
  if (spec.output.ledger) result.ledger_tables = simulation.ledger_tables(end, result.ledger);
  result.performance.memory = simulation.memory();
  result.performance.events = simulation.control().events();
  result.performance.setup_s = static_cast<double>(ready - begin) / 1e9;
  result.performance.wall_s = static_cast<double>(done - ready) / 1e9;
  return result;
}

template <class P>
ProtocolEntry make_entry() {
  static_assert(protocol::require_protocol<P>());
  ProtocolEntry entry;
  entry.name = P::kName;
  entry.summary = P::kSummary;
  entry.message_kinds = message_kinds<P>();
  entry.params = protocol::describe_params<typename P::Params>();
  entry.figures.assign(protocol::figures_of<P>.begin(), protocol::figures_of<P>.end());
  entry.make_params = [] {
    return std::unique_ptr<protocol::ParamBox>(std::make_unique<protocol::ParamBoxOf<typename P::Params>>());
  };
  entry.run = &run_protocol<P>;
  entry.connects = protocol::kMakesConnections<P>;
  entry.node_bytes = sizeof(P);
  return entry;
}

}  // namespace hearsay::simulation
