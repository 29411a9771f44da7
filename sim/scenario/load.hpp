#pragma once

// Loading a scenario: overrides, the points of the sweep, their diagnostics put together, what no point reads.

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "sim/document/diagnostics.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::scenario {

struct LoadOptions {
  std::vector<std::string> sets;      ///< each "key=value"
  std::optional<std::uint64_t> seed;  ///< --seed
  bool draw_topologies = true;        ///< draw replication 0 of each point and judge connectedness
  bool check_memory = true;           ///< refuse what needs more memory than the machine has
  std::uint64_t most_runs = std::numeric_limits<std::uint64_t>::max();  ///< refuse more before all points are resolved
};

struct Loaded {
  std::optional<Scenario> scenario;               ///< absent if there is any error
  std::vector<document::Diagnostic> diagnostics;  ///< errors and warnings, sorted
};

/// Never throws for bad content. `file` is looked up as given, then among the shipped scenarios.
Loaded load(const std::filesystem::path& file, const LoadOptions& options);

}  // namespace hearsay::scenario
