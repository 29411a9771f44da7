#pragma once

// The meaning of a scenario: one point's document becomes a RunSpec. Each section has a function here and a
// file of its own, resolve_SECTION.cpp. They run in the order below, because later ones look at what earlier
// ones found. Each goes on after a mistake, so that all mistakes are reported at once; the result counts only
// if there was none.

#include <cstdint>
#include <optional>
#include <string>

#include "sim/protocol/run_spec.hpp"
#include "sim/scenario/files.hpp"
#include "sim/scenario/reader.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::scenario {

/// What belongs to the scenario as a whole and is the same in each point.
struct Header {
  std::string name;
  std::string description;
  std::uint32_t replications = 1;  ///< with stop_when its at_most
  std::optional<StopWhen> stop_when;
  std::optional<Duration> timeout;
};

/// A point as far as it is resolved.
struct Draft {
  Files& files;
  std::optional<std::uint64_t> seed_option{};  ///< --seed
  protocol::RunSpec spec{};
  Header header{};
  const NetworkTable* table = nullptr;  ///< of network.table
  bool region_shares = false;           ///< each node has a region by quota
  bool file_latency = false;            ///< the topology file gives a latency for each edge
  Place topology_where{};               ///< for what is found out only when the topology is drawn
  bool duration_known = true;
  bool nodes_known = true;
};

void resolve_run(const Reader& root, Draft& draft);
void resolve_regions(const Reader& network, Draft& draft);
void resolve_topology(const Reader& root, Draft& draft);
void resolve_groups(const Reader& root, Draft& draft);
void resolve_latency(const Reader& network, Draft& draft);
void resolve_network(const Reader& network, Draft& draft);
void resolve_workloads(const Reader& root, Draft& draft);
void resolve_faults(const Reader& root, Draft& draft);
void resolve_output(const Reader& root, Draft& draft);
void resolve_stop_when(const Reader& root, Draft& draft);
void resolve_membership(const Reader& root, Draft& draft);
void resolve_protocol(const Reader& root, Draft& draft);

/// All sections.
void resolve_point(const Reader& root, Draft& draft);

/// The file that the text of `cell` names, or nothing after a complaint.
const FileText* referenced_file(const Cell& cell, Draft& draft);

/// Adds the complaint at line `line` of a file that the scenario names.
void complain_in_file(const Cell& at, const std::string& file, int line, const std::string& message);

/// The index of `name` among `names`; a complaint with the nearest if it is not there. `what` is "group", "role" ...
std::optional<std::size_t> find_name(const Cell& cell, const std::string& name, const std::vector<std::string>& names,
                                     const std::string& what);
/// Likewise, added if it is not there.
std::size_t intern(std::vector<std::string>& names, const std::string& name);

/// Nodes of a group by ids, count or share; 0 for the rest.
std::uint64_t group_size(const network::GroupSpec& group, std::uint32_t nodes);

std::vector<std::string> region_names(const Draft& draft);
std::vector<std::string> group_names(const Draft& draft);

/// "flow" and what goes with it.
inline constexpr const char* kNotAvailable = "not available in this version";

}  // namespace hearsay::scenario
