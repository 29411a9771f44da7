#pragma once

// Distributions as a scenario writes them: `{ kind = "uniform", min = "10 ms", max = "100 ms" }`, with units
// where the quantity has one.

#include <optional>
#include <string>
#include <vector>

#include "sim/core/distribution.hpp"
#include "sim/document/reader.hpp"

namespace hearsay::scenario {

enum class Unit : std::uint8_t { kDuration, kSize, kFactor };

/// What is drawn: its unit, and whether zero makes sense.
struct Quantity {
  Unit unit = Unit::kDuration;
  bool positive = false;     ///< a constant must be above 0, and so must every mean
  const char* example = "";  ///< for a missing value
};

/// One value, in ns, bytes or 1.
std::optional<double> read_quantity(const document::Cell& cell, Unit unit, const document::Limits& limits);

/// constant, uniform, normal, lognormal, exponential, pareto
const std::vector<std::string>& distribution_kinds();

/// The keys of a table whose `kind` has been read; diagnostics and no value if they do not fit.
std::optional<Distribution> read_distribution(const document::Reader& table, const std::string& kind,
                                              const Quantity& quantity);

/// A single value, which is constant, or a table with `kind`.
std::optional<Distribution> read_distribution(const document::Cell& cell, const Quantity& quantity);

}  // namespace hearsay::scenario
