#pragma once

// The JSON that a campaign is told in: the one document that `hearsay run --json` prints, and the manifest of a
// result directory, which says what the directory holds and what made it. The manifest has no wall-clock time and
// nothing of the executor, so that two campaigns can be compared file by file. Keys in a fixed order, null for
// what is missing, a line feed at the end.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/results/overview.hpp"
#include "sim/results/run.hpp"
#include "sim/results/store.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::results {

struct DocumentInput {
  const scenario::Scenario& scenario;
  const Invocation& invocation;
  const Store& store;
  const Counted& counted;
  const CampaignResult& result;
};

/// Gives the document to `out` piece by piece; one run is in memory at a time. A failed run has `failed`, `failure` and
/// `replay` beside the usual keys, and no metrics.
void write_document(const DocumentInput& input, const std::function<void(std::string_view)>& out);

inline constexpr const char* kManifestFile = "manifest.json";

/// What to write beside the results.
struct ManifestInput {
  const scenario::Scenario& scenario;
  const Invocation& invocation;
  const Selection& selection;
  const CampaignResult& result;
  const Overview& overview;
  const std::vector<document::Diagnostic>& warnings;
  const PointLabels& labels;
  /// By point, why a run of it cannot be divided among threads; empty: it can.
  const std::vector<std::string>& why_one_lane;
};

std::string manifest_text(const ManifestInput& input);

/// What a reader of a result directory wants to know.
struct Manifest {
  std::string name;
  std::string scenario_id;  ///< see identity.hpp
  std::string executable;   ///< likewise
  std::vector<std::string> axes;
  std::vector<std::string> short_axes;
  std::vector<std::string> point_names;  ///< one per point
  /// Of each point and axis, as JSON: what was written, with every value as resolved; and all that it resolved to.
  std::vector<std::vector<std::string>> meanings, resolved;
  std::uint64_t planned = 0, finished = 0;  ///< runs
  bool by_rule = false;                     ///< points have as many runs as a rule asked for
};

/// Nothing if the directory holds no manifest of this program's.
std::optional<Manifest> read_manifest(const std::filesystem::path& directory);

}  // namespace hearsay::results
