#pragma once

// What a campaign will take, estimated before it runs. Memory of a run follows from the sizes of its parts. Time is
// measured, because what a protocol sends is its own affair: replication 0 of every point, or of kMostPilots points
// spread over the plan, is started and left after kPilotLimit. The points between take the same time for each message
// of a flood as those that were timed. Where setting up alone would take long (more than kMostPilotEdges edges), time
// is the messages of a flood at kEventsPerSecond. Right within a factor of 3 for quickstart, push-pull-1000,
// gossip-vs-flood and flood-bitcoin-2019. A pilot costs its limit and the set-up of a run.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/simulation/run_spec.hpp"

namespace hearsay::campaign {

/// What a pilot finds: how long a run takes. Replication 0 of a point is started, watched through its event log and
/// left after a limit. A run that ends before the limit tells its whole time. Of a run that is left, two shares are
/// known: of the simulated time that has passed, and of the publications that have happened. The work of a flood goes
/// with the publications, that of periodic gossip with time, so the mean of the two stands for the share of the work
/// that is done. Setting up the network and the nodes counts, and is never cut short.
struct PilotTime {
  double run_s = 0;       ///< wall-clock time that the whole run takes
  bool complete = false;  ///< measured to its end
};

/// `limit` is wall-clock time, counted from the first event.
PilotTime time_by_pilot(const simulation::RunSpec& spec, Duration limit);

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
