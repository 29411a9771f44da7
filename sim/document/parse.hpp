#pragma once

// TOML syntax: a file's text, and the `key=value` of `--set`, to Value. Nothing here knows what a key means.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/document/diagnostics.hpp"
#include "sim/document/key_path.hpp"
#include "sim/document/value.hpp"

namespace hearsay::document {

/// Gives each value that a user wrote a number of its own, from 1.
class Ids {
 public:
  std::uint32_t next() { return ++last_; }
  std::uint32_t count() const { return last_ + 1; }

 private:
  std::uint32_t last_ = 0;
};

/// The document, or nothing and an error at its place: syntax, binary content, no content at all.
std::optional<Value> parse_document(const std::string& text, const std::string& file, Ids& ids,
                                    Diagnostics& diagnostics);

/// The value of a `--set`: TOML if it parses, else a string.
Value parse_override(const std::string& text, Ids& ids);

/// Puts each `key=value` of `--set` into the document, the last one winning; returns the keys that were set.
std::vector<KeyPath> apply_overrides(Value& document, const std::vector<std::string>& sets, Ids& ids,
                                     Diagnostics& diagnostics);

}  // namespace hearsay::document
