#pragma once

// What can be named in a scenario, for `list` and `describe`: from the registries of protocols, topologies and
// metrics, and from tables of our own for what has no registry.

#include <string>
#include <vector>

#include "sim/metrics/catalogue.hpp"

namespace hearsay::cli {

struct ReferenceEntry {
  std::string name;
  std::string help;                                        ///< one sentence
  std::vector<std::pair<std::string, std::string>> facts;  ///< "unit" -> "s", "keys" -> "degree, rewire"
  std::vector<std::vector<std::string>> keys{};            ///< of each key: name, type, default, range, meaning
};

struct ReferenceTopic {
  std::string word;  ///< as typed: "topologies"
  std::string singular;
  std::vector<ReferenceEntry> (*entries)();
};

/// "higher", "lower" or "neither".
std::string direction(metrics::Better better);

/// In the order of the help text.
const std::vector<ReferenceTopic>& reference_topics();

}  // namespace hearsay::cli
