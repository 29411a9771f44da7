#pragma once

// When two values of a scenario mean the same: 4 and 4.0, "1 s" and "1000 ms", tables whose keys stand in another
// order. It serves the sweep, which tells points apart before anybody knows what a key means.

#include <string>

#include "sim/document/value.hpp"

namespace hearsay::sweep {

/// Equal texts for values that mean the same, different ones otherwise. Linear in the size of the value.
std::string value_key(const document::Value& value);

/// True if `value` is `pattern`; of a table, if it has all that `pattern` names: { name = "push-pull" } matches
/// { name = "push-pull", fanout = 4 }.
bool matches(const document::Value& value, const document::Value& pattern);

}  // namespace hearsay::sweep
