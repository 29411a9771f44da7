#pragma once

// [protocol], and what of [network] goes by a protocol's message kinds.

#include "sim/document/reader.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {

void resolve_protocol(const document::Reader& root, Draft& draft);

}  // namespace hearsay::scenario
