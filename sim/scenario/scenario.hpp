#pragma once

// A scenario file, loaded: parsed (syntax), resolved (meaning) for every point of its sweep, checked. See load.hpp.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/simulation/run_spec.hpp"
#include "sim/sweep/sweep.hpp"

namespace hearsay::scenario {

struct Point {
  std::vector<sweep::AxisValue> axes;  ///< in file order; empty without a sweep
  simulation::RunSpec spec;
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
  /// Canonical text of all but name, description, replications, stop_when and timeout: equal = the same scenario.
  std::string identity;
};

}  // namespace hearsay::scenario
