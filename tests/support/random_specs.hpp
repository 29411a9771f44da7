#pragma once

// Random small scenarios of floods, for property tests: everything that the network, the faults and the workload can
// do, in any combination. A scenario is a function of its number.

#include <cstdint>

#include "sim/simulation/run_spec.hpp"

namespace hearsay::test {

/// 2 to 80 nodes, every kind of topology, latency, wire, loss, transport, fault and flood policy; at most 30 s.
simulation::RunSpec random_spec(std::uint64_t number);

/// Gives a random scenario a random membership that makes or mends connections, and runs it to its end. Returns how
/// many nodes one of its views has room for; infinity: all.
double add_random_membership(simulation::RunSpec& spec, std::uint64_t number);

/// A scenario in which nothing is lost and nobody fails, and every item floods without limits: what each node receives,
/// and when, is known exactly. Unlimited bandwidth, one latency a link, run until quiet.
simulation::RunSpec random_plain_spec(std::uint64_t number);

}  // namespace hearsay::test
