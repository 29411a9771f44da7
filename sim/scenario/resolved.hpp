#pragma once

// The resolved scenario grows while it is read, defaults included, each value at the place of its key. A pointer
// names such a place: one control character and a name or index for each step, so that any key can be a name.

#include <string>

#include "sim/scenario/value.hpp"

namespace hearsay::scenario {

std::string member_pointer(const std::string& pointer, const std::string& key);
std::string element_pointer(const std::string& pointer, std::size_t index);

/// Puts `value` there, in place of what there was; makes the tables and arrays on the way.
void put_resolved(Value& root, const std::string& pointer, Value value);

}  // namespace hearsay::scenario
