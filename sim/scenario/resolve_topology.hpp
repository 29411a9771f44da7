#pragma once

// [topology]. What a random draw turns out to be is judged later, when all points are resolved.

#include "sim/document/reader.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {

void resolve_topology(const document::Reader& root, Draft& draft);

}  // namespace hearsay::scenario
