#pragma once

// A run's result as bytes, for the way from a worker process to its parent: CBOR, with the two tables that
// can be long (series, ledger) as packed little-endian columns. decode(encode(r)) equals r, NaN and
// infinity included.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/metrics/result.hpp"

namespace hearsay::campaign {

std::vector<std::uint8_t> encode(const metrics::RunResult& result);

/// Throws std::runtime_error if the bytes are no result.
metrics::RunResult decode(std::span<const std::uint8_t> bytes);

}  // namespace hearsay::campaign
