#pragma once

// One point of a campaign, resolved: all that a run needs. Made by sim/scenario, or by hand in tests.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/metrics/result.hpp"
#include "sim/metrics/spec.hpp"
#include "sim/network/faults/kinds.hpp"
#include "sim/network/spec.hpp"
#include "sim/protocol/params.hpp"
#include "sim/simulation/registry.hpp"
#include "sim/simulation/trace.hpp"
#include "sim/workload/spec.hpp"

namespace hearsay::simulation {

/// When a run ends before its duration. The membership's own messages and timers, which never end, do not count.
enum class Until : std::uint8_t {
  kDuration,  ///< never
  kCovered,   ///< nothing left to publish, every item at all live nodes, no message in flight
  kQuiet,     ///< nothing left to publish, no message in flight, no timer set
};

struct RunSpec {
  std::uint64_t seed = 0;  ///< the base seed; a replication derives its own
  SimTime duration;
  Until until = Until::kDuration;
  network::TopologySpec topology;
  network::NetworkSpec network;
  const MembershipEntry* membership = nullptr;  ///< null: static, and no connection can break
  std::unique_ptr<protocol::ParamBox> membership_params;
  std::vector<network::FaultSpec> faults;  ///< in file order
  std::vector<workload::WorkloadSpec> workloads;
  std::vector<std::string> classes;  ///< names of the ClassIds; "" = unclassed
  metrics::OutputSpec output;
  const ProtocolEntry* protocol = nullptr;
  std::unique_ptr<protocol::ParamBox> params;

  /// The topology says who is connected to whom.
  bool static_peers() const { return membership == nullptr || membership->topology == protocol::TopologyUse::kPeers; }
  /// Some state machine of the membership's runs beside the protocol's.
  bool has_membership() const { return membership != nullptr && (!membership->repairs_only || connections_break()); }
  bool connections_break() const {
    return network.transport == network::Transport::kReliable || network.keep_alive.ns > 0;
  }
};

/// Some node goes down, or comes up after the start.
bool nodes_crash(const RunSpec& spec);
bool nodes_join(const RunSpec& spec);

struct RunOptions {
  std::uint64_t replication = 0;
  std::string replay;                     ///< command that repeats this run, for a failed check
  TraceSink* trace = nullptr;             ///< event log, or none
  std::uint64_t (*clock_ns)() = nullptr;  ///< a monotonic wall clock, to measure setup_s and wall_s; none: they stay 0
  /// Threads that may work on the run. How many do, plan_lanes() decides (lanes.hpp). No part of the results.
  unsigned threads = 1;
  bool threads_asked = false;    ///< all of them, where the run can be divided at all, however small it is
  std::uint32_t lane_nodes = 0;  ///< nodes of a lane, for tests and measurements; 0: as suits the run
};

/// Runs one replication of a point. A topology that comes out disconnected gives a failed result.
metrics::RunResult run(const RunSpec& spec, const RunOptions& options);

/// Rough memory need of one run, in bytes: graph, node states, items, messages in flight at the peak, and what figures
/// are made of (reads, samples over time, values of which quantiles are taken).
struct MemoryEstimate {
  double graph = 0, nodes = 0, items = 0, events = 0, figures = 0;
  double total() const { return graph + nodes + items + events + figures; }
};
MemoryEstimate estimate_memory(const RunSpec& spec);

/// Rough number of events of one run (messages of a flood-like spread, at least), for cost estimates.
double estimate_events(const RunSpec& spec);

}  // namespace hearsay::simulation
