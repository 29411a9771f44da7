#pragma once

// What a campaign will take, estimated before it runs. Memory of a run follows from the sizes of its parts. Time is
// measured, because what a protocol sends is its own affair: replication 0 of every point, or of kMostPilots points
// spread over the plan, is started and left after kPilotLimit (pilot.hpp). The points between take the same time for
// each message of a flood as those that were timed. Where setting up alone would take long (more than
// kMostPilotEdges edges), time is the messages of a flood at kEventsPerSecond. Right within a factor of 3 for
// quickstart, push-pull-1000, gossip-vs-flood and flood-bitcoin-2019. A pilot costs its limit and the set-up of a run.

#include <cstddef>
#include <optional>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

inline constexpr std::size_t kMostPilots = 24;
inline constexpr Duration kPilotLimit{50 * 1'000'000};
inline constexpr double kMostPilotEdges = 2e6;
inline constexpr double kEventsPerSecond = 4e6;

struct PointCost {
  bool timed = false;       ///< measured, not inferred
  double run_s = 0;         ///< on one core
  double memory_bytes = 0;  ///< of one run
};

struct Cost {
  std::vector<PointCost> points;
  double cpu_s = 0;              ///< all runs, one after the other
  double most_memory_bytes = 0;  ///< of the largest run
  double longest_run_s = 0;
  std::size_t timed = 0;    ///< points whose time was measured
  std::size_t by_rate = 0;  ///< points whose time is that of a flood at kEventsPerSecond
};

/// With stop_when, of as many replications as it allows.
Cost estimate_cost(const scenario::Scenario& scenario);

/// Wall-clock time of all runs with so many workers.
double elapsed_s(const Cost& cost, unsigned jobs);

/// As many runs at a time as there are cores and as the machine's memory holds.
unsigned default_jobs(const scenario::Scenario& scenario);

}  // namespace hearsay::campaign
