#pragma once

// Which keys of a scenario some point has read, and which names readers know: a key that nobody reads is an
// error, with the nearest known name or the reason as help.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/document/value.hpp"

namespace hearsay::document {

class Usage {
 public:
  void read(const Value& value);
  /// The value with all that it holds.
  void read_all(const Value& value);
  bool was_read(const Value& value) const;

  /// An integer key took a value of a range, rounded.
  void rounded(const Value& value) { rounded_.insert(value.id); }
  bool was_rounded(const Value& value) const { return rounded_.contains(value.id); }

  /// A reader of the table at `path` looks for `name`.
  void known(const std::string& path, std::string_view name);
  /// `name` exists, but is not read here: `reason` says when it is.
  void elsewhere(const std::string& path, std::string_view name, const std::string& reason);

  /// What to say of a key that no point reads.
  std::string unread_message(const std::string& path, const std::string& name) const;
  bool is_known(const std::string& path, const std::string& name) const;
  /// The nearest known name, or "".
  std::string suggestion(const std::string& path, const std::string& name) const;

 private:
  using Names = std::set<std::string, std::less<>>;
  std::vector<bool> read_;           // by Value::id
  std::set<std::uint32_t> rounded_;  // likewise
  std::map<std::string, Names> known_;
  std::map<std::pair<std::string, std::string>, std::string> elsewhere_;
};

}  // namespace hearsay::document
