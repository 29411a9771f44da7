#include "sim/campaign/documents.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/core/build_info.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/random.hpp"

namespace hearsay::campaign {
namespace {

using nlohmann::ordered_json;

// ------------------------------------------------------------------------------------------ document

/// NaN and infinity, which JSON cannot tell, become null too.
template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json axes_json(const scenario::Point& point) {
  ordered_json axes = ordered_json::object();
  for (const auto& axis : point.axes) axes[axis.key] = ordered_json::parse(axis.json);
  return axes;
}

ordered_json summary_json(const analysis::Summary& summary) {
  ordered_json ci95;
  if (summary.ci95_low) ci95 = {*summary.ci95_low, *summary.ci95_high};
  return {{"mean", or_null(summary.mean)}, {"sd", or_null(summary.sd)}, {"ci95", ci95}, {"n", summary.n}};
}

ordered_json performance_json(const metrics::Performance& performance) {
  ordered_json events_per_s;
  if (performance.wall_s > 0) events_per_s = static_cast<double>(performance.events) / performance.wall_s;
  return {{"events", performance.events},
          {"setup_s", performance.setup_s},
          {"wall_s", performance.wall_s},
          {"events_per_s", events_per_s},
          {"peak_rss_bytes", performance.peak_rss_bytes},
          {"nodes_bytes", performance.memory.nodes},
          {"items_bytes", performance.memory.items},
          {"messages_bytes", performance.memory.messages}};
}

ordered_json run_json(const RunRecord& run, std::uint64_t seed, const Invocation& invocation) {
  const metrics::RunResult& result = run.result;
  ordered_json out = {{"replication", run.key.replication}, {"seed", seed}};
  if (result.failed) {
    out["failed"] = true;
    out["failure"] = result.failure;
    out["replay"] = replay_command(invocation, run.key);
  }
  out["digest"] = result.failed ? ordered_json() : ordered_json(to_hex(result.digest));
  ordered_json metrics = ordered_json::object(), kinds = ordered_json::object(), drops = ordered_json::object(),
               faults = ordered_json::array();
  for (const auto& [name, value] : result.metrics) metrics[name] = or_null(value);
  for (const auto& kind : result.messages_by_kind) kinds[kind.name] = {{"count", kind.count}, {"bytes", kind.bytes}};
  for (const auto& [reason, count] : result.drops) drops[reason] = count;
  for (const auto& fault : result.faults) {
    faults.push_back(
        {{"kind", fault.kind}, {"dropped", fault.dropped}, {"delayed", fault.delayed}, {"nodes", fault.nodes}});
  }
  out["metrics"] = std::move(metrics);
  out["messages_by_kind"] = std::move(kinds);
  out["drops"] = std::move(drops);
  out["faults"] = std::move(faults);
  out["performance"] = performance_json(result.performance);
  return out;
}

// ------------------------------------------------------------------------------------------ manifest

std::string hash_of_this_program() {
  std::ifstream file("/proc/self/exe", std::ios::binary | std::ios::ate);
  std::string bytes(static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0)), '\0');
  file.seekg(0).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return to_hex(digest_of(bytes));
}

ordered_json points_json(const ManifestInput& input) {
  ordered_json points = ordered_json::array();
  for (std::size_t p = 0; p < input.scenario.points.size(); ++p) {
    const scenario::Point& point = input.scenario.points[p];
    points.push_back({{"name", input.labels.name(p)},
                      {"id", to_hex(point_id(point))},
                      {"axes", axes_json(point)},
                      {"resolved", ordered_json::parse(point.resolved_json)}});
  }
  return points;
}

ordered_json failed_runs(const ManifestInput& input) {
  ordered_json runs = ordered_json::array();
  for (const RunRecord& run : input.result.runs) {
    if (!run.result.failed) continue;
    runs.push_back({{"point", run.key.point},
                    {"replication", run.key.replication},
                    {"failure", run.result.failure},
                    {"replay", replay_command(input.invocation, run.key)}});
  }
  return runs;
}

/// The seeds that the replications ran with.
ordered_json replication_seeds(const scenario::Scenario& scenario) {
  ordered_json seeds = ordered_json::array();
  for (std::uint32_t r = 0; r < scenario.replications; ++r) seeds.push_back(derive_seed(scenario.seed, r));
  return seeds;
}

}  // namespace

std::string document_text(const scenario::Scenario& scenario, const Invocation& invocation,
                          const CampaignResult& result) {
  ordered_json points = ordered_json::array();
  for (const PointSummary& summary : summarise_points(result.runs)) {
    const scenario::Point& point = scenario.points[summary.point];
    ordered_json metrics = ordered_json::object(), runs = ordered_json::array();
    for (const auto& [name, value] : summary.metrics) metrics[name] = summary_json(value);
    for (const RunRecord* run : summary.runs) runs.push_back(run_json(*run, scenario.seed, invocation));
    points.push_back({{"axes", axes_json(point)}, {"metrics", std::move(metrics)}, {"runs", std::move(runs)}});
  }
  const ordered_json document = {
      {"hearsay", build_info().version}, {"name", scenario.name}, {"points", std::move(points)}};
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string scenario_id(const scenario::Scenario& scenario) { return to_hex(digest_of(scenario.identity)); }

std::string manifest_text(const ManifestInput& input) {
  const BuildInfo& build = build_info();
  ordered_json warnings = ordered_json::array();
  for (const auto& warning : input.warnings) warnings.push_back(scenario::to_text(warning));
  const ordered_json manifest = {
      {"hearsay", build.version},
      {"commit", build.commit},
      {"compiler", build.compiler},
      {"flags", build.flags},
      {"build_type", build.build_type},
      {"executable", hash_of_this_program()},
      {"name", input.scenario.name},
      {"description", input.scenario.description},
      {"scenario_file", input.invocation.file},
      {"scenario_id", scenario_id(input.scenario)},
      {"set", input.invocation.sets},
      {"seed", input.scenario.seed},
      {"replications", input.scenario.replications},
      {"replication_seeds", replication_seeds(input.scenario)},
      {"selected", {{"point", or_null(input.selection.point)}, {"replication", or_null(input.selection.replication)}}},
      {"runs", {{"planned", input.result.planned}, {"finished", input.result.runs.size()}}},
      {"failed_runs", failed_runs(input)},
      {"warnings", warnings},
      {"axes", input.labels.axes()},
      {"short_axes", input.labels.short_axes()},
      {"points", points_json(input)},
  };
  return manifest.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::optional<Manifest> read_manifest(const std::filesystem::path& directory) {
  std::ifstream file(directory / kManifestFile, std::ios::binary);
  if (!file) return std::nullopt;
  const ordered_json in = ordered_json::parse(file, nullptr, false);
  try {
    in.at("hearsay").get<std::string>();
    Manifest manifest{.name = in.at("name").get<std::string>(),
                      .scenario_id = in.at("scenario_id").get<std::string>(),
                      .executable = in.at("executable").get<std::string>(),
                      .axes = in.at("axes").get<std::vector<std::string>>(),
                      .short_axes = in.at("short_axes").get<std::vector<std::string>>(),
                      .point_names = {}};
    for (const auto& point : in.at("points")) manifest.point_names.push_back(point.at("name").get<std::string>());
    return manifest;
  } catch (const ordered_json::exception&) {
    return std::nullopt;
  }
}

}  // namespace hearsay::campaign
