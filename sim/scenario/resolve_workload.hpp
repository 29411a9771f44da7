#pragma once

// [[workload]].

#include "sim/document/reader.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {

void resolve_workloads(const document::Reader& root, Draft& draft);

}  // namespace hearsay::scenario
