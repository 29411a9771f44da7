#pragma once

// `hearsay run` as one of several ranks of an MPI job; see sim/execution/ranks.hpp.

#include "sim/campaign/schedule.hpp"
#include "sim/cli/commands.hpp"
#include "sim/execution/ranks.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::cli {

execution::RankIdentity rank_identity(const scenario::Scenario& scenario, const campaign::Plan& plan);

/// All that a rank other than 0 does. It writes nothing, and prints nothing but that its workers have died.
int run_as_rank(const RunArguments& arguments);

}  // namespace hearsay::cli
