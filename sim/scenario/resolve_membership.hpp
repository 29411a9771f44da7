#pragma once

// [membership].

#include "sim/document/reader.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {

void resolve_membership(const document::Reader& root, Draft& draft);

}  // namespace hearsay::scenario
