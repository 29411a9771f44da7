#pragma once

// The JSON that a campaign is told in: the one document that `hearsay run --json` prints, and the manifest of a
// result directory, which says what the directory holds and what made it. The manifest has no wall-clock time and
// nothing of the executor, so that two campaigns can be compared file by file. Keys in a fixed order, null for
// what is missing, a line feed at the end.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/campaign/campaign.hpp"
#include "sim/campaign/labels.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

/// A failed run has `failed`, `failure` and `replay` beside the usual keys, and no metrics.
std::string document_text(const scenario::Scenario& scenario, const Invocation& invocation,
                          const CampaignResult& result);

inline constexpr const char* kManifestFile = "manifest.json";

/// What to write beside the results.
struct ManifestInput {
  const scenario::Scenario& scenario;
  const Invocation& invocation;
  const Selection& selection;
  const CampaignResult& result;
  const std::vector<scenario::Diagnostic>& warnings;
  const PointLabels& labels;
};

std::string manifest_text(const ManifestInput& input);

/// What a reader of a result directory wants to know.
struct Manifest {
  std::string name;
  std::string scenario_id;  ///< see scenario_id()
  std::string executable;   ///< hash of the program
  std::vector<std::string> axes;
  std::vector<std::string> short_axes;
  std::vector<std::string> point_names;  ///< one per point
};

/// Nothing if the directory holds no manifest of this program's.
std::optional<Manifest> read_manifest(const std::filesystem::path& directory);

/// Equal for two scenarios if they are the same, name, description and replications set aside.
std::string scenario_id(const scenario::Scenario& scenario);

}  // namespace hearsay::campaign
