#pragma once

// [[fault]].

#include "sim/document/reader.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {

void resolve_faults(const document::Reader& root, Draft& draft);

}  // namespace hearsay::scenario
