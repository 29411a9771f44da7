#pragma once

// Places in a document. A key path is a key as `--set` and `[sweep]` name it: "protocol.fanout", "fault.0.share",
// `topology."odd key"`. A pointer is a place in the resolved scenario, which grows while it is read, defaults
// included, each value at the place of its key: one control character and a name or index for each step, so that any
// key can be a name.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/document/value.hpp"

namespace hearsay::document {

using KeyPath = std::vector<std::string>;

/// More parts no key has, by far; whoever walks a document calls itself at each.
inline constexpr std::size_t kMostKeyParts = 64;

/// Nothing if a part is empty or a quote is open, or if there are more than kMostKeyParts.
std::optional<KeyPath> split_key(std::string_view dotted);

/// Puts `value` where `path` says, in place of what was there; tables that are missing on the way are made.
/// Returns "" or why there is no such place.
std::string put(Value& root, const KeyPath& path, Value value);

/// What `path` names now; nullptr if nothing.
const Value* look_up(const Value& root, const KeyPath& path);

/// True if `path` is `prefix` or something below it.
bool starts_with(const KeyPath& path, const KeyPath& prefix);

std::string join_key(const KeyPath& path);

std::string member_pointer(const std::string& pointer, const std::string& key);
std::string element_pointer(const std::string& pointer, std::size_t index);

/// Puts `value` there, in place of what there was; makes the tables and arrays on the way.
void put_resolved(Value& root, const std::string& pointer, Value value);

}  // namespace hearsay::document
