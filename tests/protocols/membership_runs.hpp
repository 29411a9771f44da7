#pragma once

// Runs with a membership: a network, its faults and joiners, and what is read off a result.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/membership/exchange.hpp"
#include "sim/membership/registry.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::test {

inline SimTime at(Duration d) { return SimTime{} + d; }

inline membership::Registry::Params registry(Duration delay = milliseconds(100)) {
  membership::Registry::Params p;
  p.registry_delay = delay;
  return p;
}

inline ProbeNet& with_registry(ProbeNet& net, const membership::Registry::Params& params = registry()) {
  net.spec.topology.kind = network::TopologyKind::kNone;
  set_membership<membership::Registry>(net.spec, params);
  return net;
}

inline network::FaultSpec churn() {
  network::FaultSpec f;
  f.kind = network::Churn{.session = Distribution::exponential(60e9), .downtime = Distribution::exponential(10e9)};
  f.at = SimTime{} + seconds(10);
  return f;
}

inline membership::Exchange::Params exchange() {
  membership::Exchange::Params p;
  p.active = 6;
  p.ping_interval = seconds(2);
  p.ping_timeout = milliseconds(500);
  p.suspect_after = 3;
  p.list_size = 8;
  p.rotate_interval = seconds(10);
  return p;
}

inline network::FaultSpec crash(std::vector<std::uint32_t> ids, Duration at, Duration until = kNever - SimTime{}) {
  network::FaultSpec f;
  f.kind = network::Crash{};
  f.nodes.by = network::SelectBy::kIds;
  f.nodes.ids = std::move(ids);
  f.at = SimTime{} + at;
  f.until = SimTime{} + until;
  return f;
}

inline network::FaultSpec halves(Duration at, Duration until) {
  network::FaultSpec f;
  f.kind = network::Partition{};
  f.nodes.by = network::SelectBy::kShare;
  f.nodes.share = 0.5;
  f.at = SimTime{} + at;
  f.until = SimTime{} + until;
  return f;
}

inline network::GroupSpec joiners(std::vector<std::uint32_t> ids, Duration from, Duration to) {
  network::GroupSpec group;
  group.name = "late";
  group.by = network::SelectBy::kIds;
  group.ids = std::move(ids);
  group.joins = true;
  group.joins_from = SimTime{} + from;
  group.joins_to = SimTime{} + to;
  return group;
}

/// Items at random nodes, one every `interval` from `start` to `stop`.
inline workload::WorkloadSpec every(Duration interval, Duration start, Duration stop) {
  workload::WorkloadSpec w = burst(1, std::nullopt);
  w.arrivals = workload::Arrivals::kInterval;
  w.gap_ns = Distribution::constant(static_cast<double>(interval.ns));
  w.start = SimTime{} + start;
  w.stop = SimTime{} + stop;
  return w;
}

inline std::map<std::string, metrics::NamedCount> by_kind(const metrics::RunResult& result) {
  std::map<std::string, metrics::NamedCount> counts;
  for (const auto& kind : result.messages_by_kind) counts[kind.name] = kind;
  return counts;
}

inline std::vector<double> column(const metrics::RunResult& result, const std::string& name) {
  const auto found = std::find(result.series_columns.begin(), result.series_columns.end(), name);
  EXPECT_NE(found, result.series_columns.end()) << name;
  std::vector<double> values;
  for (const auto& sample : result.series)
    values.push_back(sample.values.at(static_cast<std::size_t>(found - result.series_columns.begin())));
  return values;
}

inline bool has_metric(const metrics::RunResult& result, const std::string& name) {
  return std::any_of(result.metrics.begin(), result.metrics.end(), [&](const auto& m) { return m.first == name; });
}

/// Flood on 100 nodes of degree 6, ten to a hundred ms apart.
inline simulation::RunSpec hundred(Duration duration) {
  auto spec = basic_spec("flood", network::TopologyKind::kRandomRegular, 100);
  spec.topology.degree = 6;
  spec.network.latency = latency(Distribution::uniform(10e6, 100e6));
  set_membership<membership::Exchange>(spec, exchange());
  spec.duration = SimTime{} + duration;
  spec.until = simulation::Until::kDuration;
  spec.workloads = {every(seconds(1), seconds(0), duration - seconds(5))};
  spec.output.series = seconds(1);
  return spec;
}

}  // namespace hearsay::test
