#pragma once

// [network] without regions: latency, wire model, bandwidth, loss, transport.

#include "sim/document/reader.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {

void resolve_latency(const document::Reader& network, Draft& draft);
/// All but the latency.
void resolve_network(const document::Reader& network, Draft& draft);

}  // namespace hearsay::scenario
