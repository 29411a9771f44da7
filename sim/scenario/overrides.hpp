#pragma once

#include <string>
#include <vector>

#include "sim/scenario/key_path.hpp"
#include "sim/scenario/parse.hpp"

namespace hearsay::scenario {

/// Puts each `key=value` of `--set` into the document, the last one winning; returns the keys that were set.
std::vector<KeyPath> apply_overrides(Value& document, const std::vector<std::string>& sets, Ids& ids,
                                     Diagnostics& diagnostics);

}  // namespace hearsay::scenario
