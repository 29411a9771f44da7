#pragma once

// The meaning of a scenario: one point's document becomes a RunSpec. Each section has a function, in
// resolve_SECTION.cpp. They run in the order of resolve_point(), because later ones look at what earlier
// ones found. None of them stops at a mistake, so that all mistakes are reported at once; the result counts only if
// there was none.

#include <cstdint>
#include <optional>
#include <string>

#include "sim/document/reader.hpp"
#include "sim/scenario/files.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/simulation/run_spec.hpp"

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
  simulation::RunSpec spec{};
  Header header{};
  const NetworkTable* table = nullptr;  ///< of network.table
  bool region_shares = false;           ///< each node has a region by quota
  bool file_latency = false;            ///< the topology file gives a latency for each edge
  document::Place topology_where{};     ///< for what is found out only when the topology is drawn
  bool duration_known = true;
  bool nodes_known = true;
};

/// All sections, in the order of the functions that follow.
void resolve_point(const document::Reader& root, Draft& draft);

/// name, description and [run].
void resolve_run(const document::Reader& root, Draft& draft);
/// Regions come from network.table, or are written in network.regions. network.region_share says how many nodes each
/// has, where the table does not say it or the scenario wants it otherwise.
void resolve_regions(const document::Reader& network, Draft& draft);
/// [topology]. What a random draw turns out to be is judged later, when all points are resolved.
void resolve_topology(const document::Reader& root, Draft& draft);
/// [[group]]: who is in it, and what it sets.
void resolve_groups(const document::Reader& root, Draft& draft);
void resolve_latency(const document::Reader& network, Draft& draft);
/// All of [network] but the regions and the latency: wire model, bandwidth, loss, transport.
void resolve_network(const document::Reader& network, Draft& draft);
/// [[workload]].
void resolve_workloads(const document::Reader& root, Draft& draft);
/// A [[workload]] of kind "mining", all but its class.
void resolve_mining(const document::Reader& root, const document::Reader& table, Draft& draft,
                    workload::WorkloadSpec& spec);
/// [[fault]].
void resolve_faults(const document::Reader& root, Draft& draft);
void resolve_output(const document::Reader& root, Draft& draft);
/// run.stop_when: read after [output], because its metric may be one by label.
void resolve_stop_when(const document::Reader& root, Draft& draft);
void resolve_membership(const document::Reader& root, Draft& draft);
/// [protocol], and what of [network] goes by a protocol's message kinds.
void resolve_protocol(const document::Reader& root, Draft& draft);

/// The file that the text of `cell` names, of at most so many bytes, or nothing after a diagnostic.
const FileText* referenced_file(const document::Cell& cell, Draft& draft, std::uint64_t most);

/// Adds an error at line `line` of a file that the scenario names.
void error_in_file(const document::Cell& at, const std::string& file, int line, const std::string& message);

/// An error where something that comes round every `period_ns` does so more than kMostRepeats times within the run.
inline constexpr std::int64_t kMostRepeats = 1'000'000;
void limit_repeats(const document::Cell& at, double period_ns, const Draft& draft);

/// The index of `name` among `names`; a diagnostic with the nearest if it is not there. `what` is "group", "role" ...
std::optional<std::size_t> find_name(const document::Cell& cell, const std::string& name,
                                     const std::vector<std::string>& names, const std::string& what);
/// Likewise, added if it is not there.
std::size_t intern(std::vector<std::string>& names, const std::string& name);

std::vector<std::string> region_names(const Draft& draft);
std::vector<std::string> group_names(const Draft& draft);

/// "flow" and what goes with it.
inline constexpr const char* kNotAvailable = "not available in this version";

}  // namespace hearsay::scenario
