#pragma once

// Scenarios and finished runs made by hand, for what works on campaigns without simulating anything.

#include <cstdint>

#include "sim/results/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::test {

/// Points that differ in protocol.fanout (1, 2 ..) and have nothing to simulate.
scenario::Scenario bare_scenario(std::uint32_t points, std::uint32_t replications);

/// A finished run, keyed by `run`: 40 metrics, which is what a flood has (half of them counts: more than half are), a
/// reach curve of a hundred shares, three kinds of messages, a fault and a reason for drops.
results::RunRecord full_run(results::RunKey run);

}  // namespace hearsay::test
