#pragma once

// A scenario file, loaded: parsed (syntax), resolved (meaning) for every point of its sweep, checked.

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/protocol/run_spec.hpp"
#include "sim/scenario/diagnostics.hpp"

namespace hearsay::scenario {

/// One coordinate of a point. For a whole-table axis, json is the table and label its `name`.
struct AxisValue {
  std::string key;    ///< as in [sweep]: "protocol.fanout"
  std::string json;   ///< the value as JSON text: 4, "1 s", {"name":"flood"}
  std::string label;  ///< as a person reads it in a table: 4, 1 s, flood
};

struct Point {
  std::vector<AxisValue> axes;  ///< in file order; empty without a sweep
  protocol::RunSpec spec;
  std::string resolved_json;  ///< the whole resolved point, defaults included, for the manifest
};

/// A rule that ends the replications of a point once a metric is known well enough.
struct StopWhen {
  std::string metric;              ///< a name of the metric catalogue, `t90_s[role=explorer]` included
  double relative_half_width = 0;  ///< of the metric's 95 % interval, relative to its mean
  std::uint32_t at_least = 0;      ///< replications before the rule is asked
  std::uint32_t at_most = 0;       ///< replications at which it gives up
};

struct Scenario {
  std::string name;
  std::string description;
  std::filesystem::path file;
  std::uint64_t seed = 0;
  std::uint32_t replications = 1;     ///< of every point; with `stop_when` the most a point can have
  std::optional<StopWhen> stop_when;  ///< each point ends by itself
  std::optional<Duration> timeout;    ///< wall-clock limit of one run (not simulated time)
  std::vector<Point> points;          ///< at least one
  std::string
      identity;  ///< canonical text of all but name, description, replications and stop_when: equal = the same scenario
};

struct LoadOptions {
  std::vector<std::string> sets;      ///< each "key=value"
  std::optional<std::uint64_t> seed;  ///< --seed
  bool draw_topologies = true;        ///< draw replication 0 of each point and judge connectedness
  bool check_memory = true;           ///< refuse what needs more memory than the machine has
  std::uint64_t most_runs = std::numeric_limits<std::uint64_t>::max();  ///< refuse more before all points are resolved
};

struct Loaded {
  std::optional<Scenario> scenario;     ///< absent if there is any error
  std::vector<Diagnostic> diagnostics;  ///< errors and warnings, sorted
};

/// Never throws for bad content. `file` is looked up as given, then among the shipped scenarios.
Loaded load(const std::filesystem::path& file, const LoadOptions& options);

/// Directories of shipped scenarios, most specific first: beside the executable's installation, then the source tree.
std::vector<std::filesystem::path> shipped_scenario_dirs();

/// Physical memory of the machine (or its control group), in bytes; 0 if unknown.
std::uint64_t machine_memory_bytes();

}  // namespace hearsay::scenario
