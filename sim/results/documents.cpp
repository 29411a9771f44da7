#include "sim/results/documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/core/build_info.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/random.hpp"
#include "sim/metrics/result_fields.hpp"
#include "sim/results/run.hpp"
#include "sim/results/store_schema.hpp"

namespace hearsay::results {
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
  ordered_json ci95, interval;
  if (summary.ci95_low) {
    ci95 = {*summary.ci95_low, *summary.ci95_high};
    interval = analysis::to_text(summary.interval);
  }
  return {{"mean", or_null(summary.mean)},
          {"sd", or_null(summary.sd)},
          {"ci95", ci95},
          {"interval", interval},
          {"n", summary.n}};
}

const char* reason_name(analysis::StopReason reason) {
  switch (reason) {
    case analysis::StopReason::kPrecision: return "precision";
    case analysis::StopReason::kNoSpread: return "no_spread";
    case analysis::StopReason::kAtMost: break;
  }
  return "at_most";
}

/// Why a stopping rule has ended the point; null if it has not, or there is none.
ordered_json stopped_json(const CampaignResult& result, std::uint32_t point) {
  const auto ended = result.ended.find(point);
  if (ended == result.ended.end()) return nullptr;
  return {{"reason", reason_name(ended->second.reason)}, {"replications", ended->second.replications}};
}

/// Adds the fields of a run that show there.
void add_fields(ordered_json& out, const metrics::RunResult& result, metrics::FieldPlace place) {
  for (const metrics::RunField& field : metrics::run_fields()) {
    if (field.place != place) continue;
    ordered_json& json = out[std::string(field.name)];
    const metrics::FieldValue value = field.get(result);
    if (field.type == metrics::FieldType::kDigest) {
      if (!result.failed) json = to_hex(std::get<std::uint64_t>(value));
    } else if (const auto* count = std::get_if<std::uint64_t>(&value)) {
      json = *count;
    } else if (const auto* real = std::get_if<double>(&value)) {
      json = *real;
    }
  }
}

/// As text whose lines after the first are moved right; a line feed within a string is written as an escape.
std::string text_of(const ordered_json& json, std::size_t indent) {
  const std::string text = json.dump(2, ' ', false, ordered_json::error_handler_t::replace);
  std::string moved;
  for (const char c : text) {
    moved += c;
    if (c == '\n') moved.append(indent, ' ');
  }
  return moved;
}

ordered_json run_json(const RunRecord& run, std::uint64_t seed, const Invocation& invocation) {
  const metrics::RunResult& result = run.result;
  ordered_json out = {{"replication", run.key.replication}, {"seed", seed}};
  if (result.failed) {
    out["failed"] = true;
    out["failure"] = result.failure;
    out["replay"] = replay_command(invocation, run.key);
  }
  add_fields(out, result, metrics::FieldPlace::kRun);
  ordered_json metrics = ordered_json::object(), kinds = ordered_json::object(), drops = ordered_json::object(),
               faults = ordered_json::array(), miners = ordered_json::array();
  for (const auto& [name, value] : result.metrics) metrics[name] = or_null(value);
  for (const auto& kind : result.messages_by_kind) kinds[kind.name] = {{"count", kind.count}, {"bytes", kind.bytes}};
  for (const auto& [reason, count] : result.drops) drops[reason] = count;
  for (const auto& fault : result.faults) {
    faults.push_back({{"kind", fault.kind},
                      {"dropped", fault.dropped},
                      {"delayed", fault.delayed},
                      {"nodes", fault.nodes},
                      {"nodes_hit", fault.nodes_hit}});
  }
  for (const auto& miner : result.miners) {
    miners.push_back({{"node", miner.node}, {"share", miner.share}, {"found", miner.found}, {"stale", miner.stale}});
  }
  out["metrics"] = std::move(metrics);
  out["messages_by_kind"] = std::move(kinds);
  out["drops"] = std::move(drops);
  out["faults"] = std::move(faults);
  if (!miners.empty()) out["miners"] = std::move(miners);
  ordered_json& performance = out["performance"] = ordered_json::object();
  add_fields(performance, result, metrics::FieldPlace::kPerformance);
  return out;
}

// ------------------------------------------------------------------------------------------ manifest

ordered_json points_json(const ManifestInput& input) {
  ordered_json points = ordered_json::array();
  for (std::size_t p = 0; p < input.scenario.points.size(); ++p) {
    const scenario::Point& point = input.scenario.points[p];
    ordered_json entry = {{"name", input.labels.name(p)}, {"id", to_hex(point_id(point))}, {"axes", axes_json(point)}};
    if (input.result.by_rule) entry["stopped"] = stopped_json(input.result, static_cast<std::uint32_t>(p));
    const std::string& why_one_lane = input.why_one_lane[p];
    entry["lanes"] = why_one_lane.empty() ? "several" : "one";
    entry["why_one_lane"] = why_one_lane.empty() ? ordered_json() : ordered_json(why_one_lane);
    entry["resolved"] = ordered_json::parse(point.resolved_json);
    points.push_back(std::move(entry));
  }
  return points;
}

ordered_json failed_runs(const ManifestInput& input) {
  ordered_json runs = ordered_json::array();
  for (const FailedRun& run : input.overview.failed()) {
    runs.push_back({{"point", run.key.point},
                    {"replication", run.key.replication},
                    {"failure", run.failure},
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

void write_document(const DocumentInput& input, const std::function<void(std::string_view)>& out) {
  out(fmt::format("{{\n  \"hearsay\": {},\n  \"name\": {},\n  \"points\": [", text_of(build_info().version, 0),
                  text_of(input.scenario.name, 0)));
  bool first_point = true;
  PointSummary summary;
  PointSummaries summaries([&](const PointSummary& point) { summary = point; });
  for (std::uint32_t p = 0; p < input.counted.size(); ++p) {
    summary = {};
    input.store.read_point(p, input.counted[p], Store::Detail::kShort,
                           [&](const RunRecord& run) { summaries.add(run); });
    summaries.finish();
    if (summary.runs == 0) continue;
    ordered_json metrics = ordered_json::object();
    for (const auto& [name, value] : summary.metrics) metrics[name] = summary_json(value);
    out(fmt::format("{}\n    {{\n      \"axes\": {},", first_point ? "" : ",",
                    text_of(axes_json(input.scenario.points[p]), 6)));
    if (input.result.by_rule) out(fmt::format("\n      \"stopped\": {},", text_of(stopped_json(input.result, p), 6)));
    out(fmt::format("\n      \"metrics\": {},\n      \"runs\": [", text_of(metrics, 6)));
    first_point = false;
    bool first_run = true;
    input.store.read_point(p, input.counted[p], Store::Detail::kShort, [&](const RunRecord& run) {
      out(fmt::format("{}\n        {}", first_run ? "" : ",",
                      text_of(run_json(run, input.scenario.seed, input.invocation), 8)));
      first_run = false;
    });
    out("\n      ]\n    }");
  }
  out(first_point ? "]\n}\n" : "\n  ]\n}\n");
}

std::string manifest_text(const ManifestInput& input) {
  const BuildInfo& build = build_info();
  ordered_json warnings = ordered_json::array();
  for (const auto& warning : input.warnings) warnings.push_back(document::to_text(warning));
  const ordered_json manifest = {
      {"hearsay", build.version},
      {"commit", build.commit},
      {"compiler", build.compiler},
      {"flags", build.flags},
      {"build_type", build.build_type},
      {"executable", executable_id()},
      {"store_schema", kStoreSchema},
      {"name", input.scenario.name},
      {"description", input.scenario.description},
      {"scenario_file", input.invocation.file},
      {"scenario_id", scenario_id(input.scenario)},
      {"set", input.invocation.sets},
      {"seed", input.scenario.seed},
      {"replications", input.scenario.replications},
      {"replication_seeds", replication_seeds(input.scenario)},
      {"selected", {{"point", or_null(input.selection.point)}, {"replication", or_null(input.selection.replication)}}},
      {"runs", {{"planned", input.result.planned}, {"finished", input.overview.runs()}}},
      {"failed_runs", failed_runs(input)},
      {"warnings", warnings},
      {"axes", input.labels.axes()},
      {"short_axes", input.labels.short_axes()},
      {"points", points_json(input)},
  };
  return text_of(manifest, 0) + "\n";
}

namespace {

/// Where an axis leads to in a resolved scenario; null if nowhere. A table that stands alone may be an array of one.
ordered_json at_key(const ordered_json& resolved, std::string_view key) {
  const ordered_json* at = &resolved;
  while (!key.empty()) {
    const std::size_t dot = std::min(key.find('.'), key.size());
    const std::string word(key.substr(0, dot));
    key.remove_prefix(std::min(dot + 1, key.size()));
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
    const bool is_index = error == std::errc() && end == word.data() + word.size();
    if (at->is_array() && !is_index && at->size() == 1) at = &at->front();
    if (at->is_array() && is_index && index < at->size()) {
      at = &(*at)[index];
    } else if (at->is_object() && at->contains(word)) {
      at = &(*at)[word];
    } else {
      return nullptr;
    }
  }
  return *at;
}

/// What was written, every value as it was resolved where that can be told.
nlohmann::json meaning(const ordered_json& written, const ordered_json& resolved) {
  if (resolved.is_null()) return nlohmann::json(written);
  if (written.is_object() && resolved.is_object()) {
    nlohmann::json members = nlohmann::json::object();  // sorted: the order of keys means nothing
    for (const auto& [key, value] : written.items()) {
      members[key] = meaning(value, resolved.contains(key) ? resolved.at(key) : ordered_json());
    }
    return members;
  }
  if (written.is_array() && resolved.is_array() && written.size() == resolved.size()) {
    nlohmann::json items = nlohmann::json::array();
    for (std::size_t i = 0; i < written.size(); ++i) items.push_back(meaning(written[i], resolved[i]));
    return items;
  }
  return nlohmann::json(resolved);
}

void add_point(const ordered_json& point, Manifest& manifest) {
  manifest.point_names.push_back(point.at("name").get<std::string>());
  manifest.by_rule = manifest.by_rule || point.contains("stopped");
  auto& meanings = manifest.meanings.emplace_back();
  auto& resolved = manifest.resolved.emplace_back();
  for (const std::string& axis : manifest.axes) {
    const ordered_json& axes = point.at("axes");
    const ordered_json written = axes.contains(axis) ? axes.at(axis) : ordered_json();
    const ordered_json there = at_key(point.at("resolved"), axis);
    meanings.push_back(meaning(written, there).dump());
    resolved.push_back(nlohmann::json(there.is_null() ? written : there).dump());
  }
}

}  // namespace

std::optional<Manifest> read_manifest(const std::filesystem::path& directory) {
  std::error_code error;  // a pipe or a device need not end
  if (!std::filesystem::is_regular_file(directory / kManifestFile, error)) return std::nullopt;
  std::ifstream file(directory / kManifestFile, std::ios::binary);
  if (!file) return std::nullopt;
  const ordered_json in = ordered_json::parse(file, nullptr, false);
  try {
    in.at("hearsay").get<std::string>();
    Manifest manifest;
    manifest.name = in.at("name").get<std::string>();
    manifest.scenario_id = in.at("scenario_id").get<std::string>();
    manifest.executable = in.at("executable").get<std::string>();
    manifest.axes = in.at("axes").get<std::vector<std::string>>();
    manifest.short_axes = in.at("short_axes").get<std::vector<std::string>>();
    manifest.planned = in.at("runs").at("planned").get<std::uint64_t>();
    manifest.finished = in.at("runs").at("finished").get<std::uint64_t>();
    for (const auto& point : in.at("points")) add_point(point, manifest);
    return manifest;
  } catch (const ordered_json::exception&) {
    return std::nullopt;
  }
}

}  // namespace hearsay::results
