#pragma once

// How long a run takes, found by starting it: replication 0 of a point, watched through its event log and left after a
// limit. A run that ends before tells its whole time; of one that is left, the rest follows from how much of the
// simulated time has passed and of the publications has happened, the mean of the two: the work of a flood goes with
// the publications, that of periodic gossip with time. Setting up the network and the nodes counts, and cannot be left.

#include <cstdint>

#include "sim/core/time.hpp"
#include "sim/protocol/run_spec.hpp"

namespace hearsay::campaign {

struct PilotTime {
  double run_s = 0;       ///< wall-clock time that the whole run takes
  bool complete = false;  ///< measured to its end
};

/// `limit` is wall-clock time, counted from the first event.
PilotTime time_by_pilot(const protocol::RunSpec& spec, Duration limit);

}  // namespace hearsay::campaign
