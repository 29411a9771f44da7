#pragma once

// A run's result as bytes, for the way from a worker process of this program to its parent: packed one after the other,
// little-endian. The tables that can be long (reach, series, ledger) go to the store in the same bytes: CBOR of packed
// columns. decode(encode(r)) equals r, NaN and infinity included.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/metrics/result.hpp"

namespace hearsay::results {

std::vector<std::uint8_t> encode(const metrics::RunResult& result);

/// Throws std::runtime_error if the bytes are no result.
metrics::RunResult decode(std::span<const std::uint8_t> bytes);

/// `reach`, `series` and the ledger alone; nothing at all if all are empty.
std::vector<std::uint8_t> encode_long_tables(const metrics::RunResult& result);

/// Sets what encode_long_tables() took. Throws std::runtime_error if the bytes are no such tables.
void decode_long_tables(std::span<const std::uint8_t> bytes, metrics::RunResult& result);

}  // namespace hearsay::results
