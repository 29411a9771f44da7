#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/network/overlay.hpp"

namespace hearsay::simulation {

/// Shortest-path delays from `origin` through the links' latencies, in ns; -1: unreachable. Boost.Graph.
std::vector<std::int64_t> delay_bound(const network::Overlay& overlay, NodeId origin);

}  // namespace hearsay::simulation
