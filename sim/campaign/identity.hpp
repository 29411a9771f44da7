#pragma once

// What makes two campaigns and two programs the same: hashes, as 16 hexadecimal digits, which tell apart what
// differs by accident, not what somebody forges.

#include <string>

#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

/// Equal for two scenarios if they are the same, name, description, replications and stop_when set aside.
std::string scenario_id(const scenario::Scenario& scenario);

/// Of the program that runs, byte by byte. O(size of the program), once in a process.
const std::string& executable_id();

}  // namespace hearsay::campaign
