#include "sim/scenario/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/units.hpp"
#include "sim/document/key_path.hpp"

namespace hearsay::scenario {

using document::Cell;
using document::choices_text;
using document::member_pointer;
using document::nearest;
using document::Reader;
using document::text_value;

void resolve_point(const Reader& root, Draft& draft) {
  resolve_run(root, draft);
  const Reader network =
      root.cell("network").required("[network] with latency = { kind = \"constant\", value = \"50 ms\" }").table();
  resolve_regions(network, draft);
  resolve_topology(root, draft);
  resolve_groups(root, draft);
  resolve_latency(network, draft);
  resolve_network(network, draft);
  resolve_workloads(root, draft);
  resolve_faults(root, draft);
  resolve_output(root, draft);
  resolve_stop_when(root, draft);
  resolve_membership(root, draft);
  resolve_protocol(root, draft);
  root.refuse("simgrid", kNotAvailable);
}

const FileText* referenced_file(const Cell& cell, Draft& draft, std::uint64_t most) {
  const auto name = cell.text();
  if (!name) return nullptr;
  const FileText& file = draft.files.text(*name, most);
  if (file.error.empty()) {
    // The resolved scenario says what was read: the same name may stand for another content tomorrow.
    put_resolved(cell.context().resolved, member_pointer(member_pointer("", "files"), *name), text_value(file.hash));
    return &file;
  }
  cell.error("\"" + *name + "\": " + file.error);
  return nullptr;
}

void error_in_file(const Cell& at, const std::string& file, int line, const std::string& message) {
  at.context().diagnostics.push_back(
      {false, {file, line, 0}, at.present() ? at.value()->axis : -1, at.path(), message});
}

void limit_repeats(const Cell& at, double period_ns, const Draft& draft) {
  if (!draft.duration_known || !(period_ns > 0)) return;
  const auto run_ns = static_cast<double>(draft.spec.duration.ns);
  const double times = run_ns / std::max(period_ns, 1.0);
  if (times <= static_cast<double>(kMostRepeats)) return;
  at.error(fmt::format("every {} is {:.3g} times within the run, more than {}; write at least \"{}\", or a shorter run",
                       format_duration(nearest_duration(period_ns)), times, kMostRepeats,
                       format_duration(nearest_duration(std::ceil(run_ns / static_cast<double>(kMostRepeats))))));
}

std::optional<std::size_t> find_name(const Cell& cell, const std::string& name, const std::vector<std::string>& names,
                                     const std::string& what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string near = nearest(name, names);
  std::string message = "there is no " + what + " \"" + name + "\"";
  if (!near.empty()) {
    message += "; did you mean \"" + near + "\"?";
  } else if (names.empty()) {
    message += "; the scenario has none";
  } else {
    message += "; write " + choices_text(names);
  }
  cell.error(message);
  return std::nullopt;
}

std::size_t intern(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  names.push_back(name);
  return names.size() - 1;
}

std::vector<std::string> region_names(const Draft& draft) {
  std::vector<std::string> names;
  for (const auto& region : draft.spec.network.regions) names.push_back(region.name);
  return names;
}

std::vector<std::string> group_names(const Draft& draft) {
  std::vector<std::string> names;
  for (const auto& group : draft.spec.network.groups) names.push_back(group.name);
  return names;
}

}  // namespace hearsay::scenario
