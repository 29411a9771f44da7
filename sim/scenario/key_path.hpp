#pragma once

// Keys as `--set` and `[sweep]` name them: "protocol.fanout", "fault.0.share", `topology."odd key"`.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/value.hpp"

namespace hearsay::scenario {

using KeyPath = std::vector<std::string>;

/// Nothing if a part is empty or a quote is open.
std::optional<KeyPath> split_key(std::string_view dotted);

/// Puts `value` where `path` says, in place of what was there; tables that are missing on the way are made.
/// Returns "" or why there is no such place.
std::string put(Value& root, const KeyPath& path, Value value);

/// What `path` names now; nullptr if nothing.
const Value* look_up(const Value& root, const KeyPath& path);

/// True if `path` is `prefix` or something below it.
bool starts_with(const KeyPath& path, const KeyPath& prefix);

std::string join_key(const KeyPath& path);

}  // namespace hearsay::scenario
