#include "sim/results/run.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <string_view>

#include "sim/core/digest.hpp"

namespace hearsay::results {
namespace {

using nlohmann::ordered_json;

/// The last word of a key, and the one before where the last says too little: "downtime.mean".
std::string short_key(const std::string& key) {
  static const std::set<std::string> vague = {"kind",  "value", "mean", "sd", "min", "max",
                                              "shape", "scale", "from", "to", "at",  "until"};
  const std::size_t dot = key.rfind('.');
  if (dot == std::string::npos || dot == 0 || vague.count(key.substr(dot + 1)) == 0) return key.substr(dot + 1);
  return key.substr(key.rfind('.', dot - 1) + 1);
}

std::string plain(const ordered_json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// The keys in which these tables differ.
std::vector<std::string> differing_keys(const std::vector<ordered_json>& tables) {
  std::vector<std::string> keys;
  for (const ordered_json& table : tables) {
    for (const auto& item : table.items()) {
      const std::string& key = item.key();
      const bool differs = std::any_of(tables.begin(), tables.end(), [&](const ordered_json& other) {
        return !other.contains(key) || other.at(key) != item.value();
      });
      if (differs && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

std::string shell_quoted(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return c < 128 &&
           (std::isalnum(c) || std::string_view("._-/=:,+@%").find(static_cast<char>(c)) != std::string_view::npos);
  });
  if (plain) return word;
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted += '\'';
}

}  // namespace

std::uint64_t point_id(const scenario::Point& point) {
  auto resolved = nlohmann::json::parse(point.resolved_json);  // sorts the keys
  for (const char* key : {"name", "description"}) resolved.erase(key);
  if (const auto run = resolved.find("run"); run != resolved.end()) {
    for (const char* key : {"replications", "stop_when", "timeout"}) run->erase(key);
  }
  return digest_of(resolved.dump());
}

std::uint64_t run_id(std::uint64_t point_id, std::uint32_t replication) { return Digest::mix(point_id, replication); }

std::string scenario_id(const scenario::Scenario& scenario) { return to_hex(digest_of(scenario.identity)); }

const std::string& executable_id() {
  static const std::string id = [] {
    std::ifstream file("/proc/self/exe", std::ios::binary | std::ios::ate);
    std::string bytes(static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0)), '\0');
    file.seekg(0).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return to_hex(digest_of(bytes));
  }();
  return id;
}

std::string replay_command(const Invocation& invocation, const RunKey& run) {
  std::string command = fmt::format("hearsay run {}", shell_quoted(invocation.file));
  for (const std::string& set : invocation.sets) command += " --set " + shell_quoted(set);
  if (invocation.seed) command += fmt::format(" --seed {}", *invocation.seed);
  return command + fmt::format(" --point {} --replication {}", run.point, run.replication);
}

PointLabels::PointLabels(const scenario::Scenario& scenario) {
  for (const auto& point : scenario.points) {
    for (const auto& axis : point.axes) {
      if (std::find(axes_.begin(), axes_.end(), axis.key) == axes_.end()) axes_.push_back(axis.key);
    }
  }
  std::map<std::string, int> uses;
  for (const auto& axis : axes_) ++uses[short_key(axis)];
  for (const auto& axis : axes_) short_axes_.push_back(uses[short_key(axis)] == 1 ? short_key(axis) : axis);

  values_.assign(scenario.points.size(), std::vector<std::string>(axes_.size()));
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    std::vector<std::string> json(scenario.points.size());
    for (std::size_t p = 0; p < scenario.points.size(); ++p) {
      for (const auto& axis : scenario.points[p].axes) {
        if (axis.key != axes_[a]) continue;
        values_[p][a] = axis.label;
        json[p] = axis.json;
      }
    }
    tell_apart(a, json);
  }
}

void PointLabels::tell_apart(std::size_t axis, const std::vector<std::string>& json) {
  std::map<std::string, std::set<std::string>> tables_of_label;
  for (std::size_t p = 0; p < json.size(); ++p) tables_of_label[values_[p][axis]].insert(json[p]);
  std::map<std::string, std::vector<std::string>> keys_of_label;
  for (const auto& [label, texts] : tables_of_label) {
    std::vector<ordered_json> tables;
    for (const auto& text : texts) {
      const ordered_json table = ordered_json::parse(text, nullptr, false);
      if (table.is_object()) tables.push_back(table);
    }
    if (tables.size() > 1) keys_of_label[label] = differing_keys(tables);
  }
  for (std::size_t p = 0; p < json.size(); ++p) {
    const auto keys = keys_of_label.find(values_[p][axis]);
    if (keys == keys_of_label.end()) continue;
    const ordered_json table = ordered_json::parse(json[p]);
    for (const std::string& key : keys->second) {
      if (table.contains(key)) values_[p][axis] += ", " + key + " = " + plain(table.at(key));
    }
  }
}

std::string PointLabels::name(std::size_t point) const {
  const auto& values = values_[point];
  if (values.size() == 1) return values.front();
  std::string text;
  for (std::size_t a = 0; a < values.size(); ++a) {
    if (values[a].empty()) continue;
    text += (text.empty() ? "" : ", ") + short_axes_[a] + " = " + values[a];
  }
  return text;
}

}  // namespace hearsay::results
