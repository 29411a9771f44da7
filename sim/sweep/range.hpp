#pragma once

// Ranges of [sweep]: { from, to, steps, scale }, `steps` values, both ends among them.
//
// `scale` is "linear" unless given. The ends are two numbers, or two durations, sizes, rates or frequencies. They are
// taken as written; what lies between is exact to twelve digits and to the unit's own grain. A repeat in a range is
// dropped, except in a zip, where only whole rows have to differ.

#include <string>
#include <vector>

#include "sim/document/value.hpp"
#include "sim/sweep/table.hpp"

namespace hearsay::sweep {

/// The values of a range, with the id and place of `entry`; none after a diagnostic. `shown` names it. Values that
/// are not whole are marked: an integer key rounds them.
std::vector<document::Value> read_range(const document::Value& entry, const std::string& shown,
                                        const SweepDiagnostics& report);
/// True if a table looks like a range.
bool is_range(const document::Value& entry);

/// Rounds the values of a range over an integer key, halves away from zero.
void round_values(Axis& axis);
/// Drops all values but the first that mean the same.
void drop_repeats(Axis& axis);

}  // namespace hearsay::sweep
