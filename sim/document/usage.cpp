#include "sim/document/usage.hpp"

#include "sim/document/diagnostics.hpp"

namespace hearsay::document {

void Usage::read(const Value& value) {
  if (value.id == 0) return;
  if (value.id >= read_.size()) read_.resize(value.id + 64);
  read_[value.id] = true;
}

void Usage::read_all(const Value& value) {
  read(value);
  for (const Value& item : value.items) read_all(item);
}

bool Usage::was_read(const Value& value) const { return value.id == 0 || (value.id < read_.size() && read_[value.id]); }

void Usage::known(const std::string& path, std::string_view name) {
  Names& names = known_[path];
  if (names.find(name) == names.end()) names.emplace(name);
}

void Usage::elsewhere(const std::string& path, std::string_view name, const std::string& reason) {
  elsewhere_.emplace(std::pair{path, std::string(name)}, reason);
}

bool Usage::is_known(const std::string& path, const std::string& name) const {
  const auto names = known_.find(path);
  return names != known_.end() && names->second.contains(name);
}

std::string Usage::suggestion(const std::string& path, const std::string& name) const {
  const auto names = known_.find(path);
  if (names == known_.end()) return "";
  return nearest(name, {names->second.begin(), names->second.end()});
}

std::string Usage::unread_message(const std::string& path, const std::string& name) const {
  if (const auto reason = elsewhere_.find({path, name}); reason != elsewhere_.end()) return reason->second;
  if (is_known(path, name)) return "not read by any point; remove it";
  if (const std::string near = suggestion(path, name); !near.empty())
    return "unknown key; did you mean \"" + near + "\"?";
  const auto names = known_.find(path);
  if (names == known_.end() || names->second.empty()) return "unknown key; remove it";
  std::string list;
  for (const std::string& each : names->second) list += (list.empty() ? "" : ", ") + each;
  return "unknown key; known here: " + list;
}

}  // namespace hearsay::document
