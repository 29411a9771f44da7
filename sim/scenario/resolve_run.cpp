#include "sim/scenario/resolve.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/core/units.hpp"
#include "sim/metrics/catalogue.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::kPositive;
using document::nearest;
using document::Reader;
using document::Type;

constexpr std::ptrdiff_t kMostNameCharacters = 100;
constexpr std::size_t kMostNameBytes = 255;  // of a file's name, on the file systems in use

/// A result directory is called after the scenario.
void read_name(const Cell& cell, Header& header) {
  if (const auto name = cell.text()) header.name = *name;
  const std::string& name = header.name;
  const auto characters =
      std::count_if(name.begin(), name.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; });  // of UTF-8
  const bool unusable = name.empty() || name == "." || name == ".." || characters > kMostNameCharacters ||
                        name.size() > kMostNameBytes || !document::is_utf8(name) ||
                        std::any_of(name.begin(), name.end(), [](unsigned char c) { return c == '/' || c < ' '; });
  if (unusable)
    cell.error(fmt::format("\"{}\" cannot name a folder; write up to {} characters, {} bytes at most, without \"/\"",
                           name, kMostNameCharacters, kMostNameBytes));
  cell.record(name);
}

void read_seed(const Cell& cell, Draft& draft) {
  const auto written = cell.integer({.min = 0});
  if (!draft.seed_option) cell.required("seed = 42, or give --seed");
  draft.spec.seed = draft.seed_option.value_or(static_cast<std::uint64_t>(written.value_or(0)));
  cell.record(draft.spec.seed);
}

void read_engine(const Cell& cell) {
  if (cell.is(Type::kText) && cell.value()->text == "simgrid") {
    cell.error(std::string("\"simgrid\" is ") + kNotAvailable + "; write \"native\"");
    return;
  }
  (void)cell.choice_or_first<int>({{"native", 0}});
}

void read_measure(const Cell& cell, Draft& draft) {
  if (!cell.present()) return;
  const auto ends = cell.elements();
  if (!cell.is(Type::kArray)) return;
  if (ends.size() != 2) {
    cell.error(fmt::format("expected two times, found {}; write for example [\"5 s\", \"60 s\"]", ends.size()));
    return;
  }
  const auto from = ends[0].duration();
  const auto to = ends[1].duration();
  if (!from || !to) return;
  if (*from >= *to) {
    ends[1].error(
        fmt::format("{} is not after the beginning of the window, {}", format_duration(*to), format_duration(*from)));
  } else if (draft.duration_known && from->ns >= draft.spec.duration.ns) {
    ends[0].error(fmt::format("{} is not before the end of the run, {}", format_duration(*from),
                              format_duration({draft.spec.duration.ns})));
  }
  draft.spec.output.measure_window = true;
  draft.spec.output.measure_from = SimTime{} + *from;
  draft.spec.output.measure_to = SimTime{} + *to;
}

}  // namespace

void resolve_run(const Reader& root, Draft& draft) {
  read_name(root.cell("name"), draft.header);
  draft.header.description = root.cell("description").text().value_or("");

  const Reader run = root.cell("run").required("[run] with seed and duration").table();
  if (run.present()) {
    read_seed(run.cell("seed"), draft);
    const auto duration = run.cell("duration").required("duration = \"60 s\"").duration(kPositive);
    draft.duration_known = duration.has_value();
    draft.spec.duration = SimTime{} + duration.value_or(Duration{});
  } else {
    draft.duration_known = false;
  }
  // With stop_when its at_most says how many there can be.
  if (!run.has("stop_when")) draft.header.replications = run.cell("replications").count_or(1, {.min = 1});
  read_engine(run.cell("engine"));
  draft.spec.until = run.cell("until").choice_or_first<simulation::Until>({{"duration", simulation::Until::kDuration},
                                                                           {"covered", simulation::Until::kCovered},
                                                                           {"quiet", simulation::Until::kQuiet}});
  read_measure(run.cell("measure"), draft);
  draft.header.timeout = run.cell("timeout").duration(kPositive);
}

void resolve_output(const Reader& root, Draft& draft) {
  using metrics::Label;
  const Reader output = root.table("output");
  metrics::OutputSpec& spec = draft.spec.output;
  const Cell series = output.cell("series");
  spec.series = series.duration(kPositive).value_or(Duration{});
  if (draft.duration_known && spec.series.ns > draft.spec.duration.ns) {
    series.error(fmt::format("{} is longer than the run, {}", format_duration(spec.series),
                             format_duration({draft.spec.duration.ns})));
  }
  limit_repeats(series, static_cast<double>(spec.series.ns), draft);
  // A sample looks at each node and each item.
  constexpr double kMostLooks = 1e10;
  const double looked_at = draft.spec.topology.nodes + workload::expected_items(draft.spec.workloads);
  const double samples =
      spec.series.ns > 0 ? static_cast<double>(draft.spec.duration.ns) / static_cast<double>(spec.series.ns) : 0;
  if (samples <= static_cast<double>(kMostRepeats) && samples * looked_at > kMostLooks)
    series.error(
        fmt::format("{:.3g} samples of {:.3g} nodes and items would take longer than the run itself; write a "
                    "longer interval",
                    samples, looked_at));
  spec.ledger = output.cell("ledger").flag_or(false);
  const Cell stretch = output.cell("stretch");
  spec.stretch = stretch.flag_or(false);
  if (spec.stretch && draft.spec.network.latency.per_message)
    stretch.error(
        "stretch is taken against the latencies of the links, and with latency per = \"message\" a link has none; "
        "write "
        "per = \"link\", or stretch = false");
  const Cell by = output.cell("by");
  if (!by.present()) return;
  for (const Cell& element : by.elements()) {
    const auto label = element.choice<Label>(
        {{"class", Label::kClass}, {"role", Label::kRole}, {"group", Label::kGroup}, {"region", Label::kRegion}});
    if (!label) continue;
    if (std::find(spec.by.begin(), spec.by.end(), *label) != spec.by.end()) element.error("named twice; remove one");
    spec.by.push_back(*label);
    const bool none = (*label == Label::kRole && draft.spec.network.roles.empty()) ||
                      (*label == Label::kGroup && draft.spec.network.groups.empty()) ||
                      (*label == Label::kRegion && draft.spec.network.regions.empty()) ||
                      (*label == Label::kClass && draft.spec.classes == std::vector<std::string>{""});
    if (none) element.warning("nothing in this scenario has such a label, so there is nothing to report by it");
  }
}

namespace {

using metrics::Label;

constexpr std::uint32_t kFewest = 2;  // an interval needs two values
constexpr std::uint32_t kAtLeast = 10;

std::string unknown_metric(const std::string& metric) {
  std::vector<std::string> names;
  for (const auto& info : metrics::metric_catalogue()) names.emplace_back(info.name);
  std::string near = nearest(metric, names);
  // "t90" for t90_s: what is missing at the end is no typing mistake, but as likely.
  for (auto name = names.begin(); near.empty() && name != names.end(); ++name) {
    if (name->starts_with(metric)) near = *name;
  }
  return fmt::format("there is no metric \"{}\"; {}", metric,
                     near.empty() ? "`hearsay list metrics` shows what there is" : "did you mean \"" + near + "\"?");
}

std::vector<std::string> names_of(Label label, const Draft& draft) {
  switch (label) {
    case Label::kClass: return draft.spec.classes;
    case Label::kRole: return draft.spec.network.roles;
    case Label::kGroup: return group_names(draft);
    case Label::kRegion: return region_names(draft);
  }
  return {};
}

/// The label of `t90_s[role=explorer]` must be one that [output] by reports.
void check_label(const Cell& cell, const std::string& metric, const Draft& draft) {
  const auto open = metric.find('['), equals = metric.find('=');
  const std::string label = metric.substr(open + 1, equals == std::string::npos ? 0 : equals - open - 1);
  constexpr std::pair<const char*, Label> kLabels[] = {
      {"class", Label::kClass}, {"role", Label::kRole}, {"group", Label::kGroup}, {"region", Label::kRegion}};
  const auto found =
      std::find_if(std::begin(kLabels), std::end(kLabels), [&](const auto& each) { return label == each.first; });
  if (found == std::end(kLabels) || metric.back() != ']') {
    cell.error(
        fmt::format("\"{}\" has no such label; write for example {}[role=miner], with class, role, group or region",
                    metric, metric.substr(0, open)));
    return;
  }
  const auto& by = draft.spec.output.by;
  if (std::find(by.begin(), by.end(), found->second) == by.end()) {
    cell.error(
        fmt::format("\"{}\" is reported only where [output] by asks; write output.by = [\"{}\"]", metric, label));
    return;
  }
  std::vector<std::string> names = names_of(found->second, draft);
  std::erase(names, "");
  (void)find_name(cell, metric.substr(equals + 1, metric.size() - equals - 2), names, label);
}

void check_metric(const Cell& cell, const std::string& metric, const Draft& draft) {
  const metrics::MetricInfo* info = metrics::find_metric(metric);
  const auto open = metric.find('[');
  if (info == nullptr && open != std::string::npos && metrics::find_metric(metric.substr(0, open)) != nullptr) {
    cell.error(
        fmt::format("\"{}\" is not given by label; write \"{}\"", metric.substr(0, open), metric.substr(0, open)));
  } else if (info == nullptr) {
    cell.error(unknown_metric(metric));
  } else if (open != std::string::npos) {
    check_label(cell, metric, draft);
  } else if (metric == "stretch_mean" && !draft.spec.output.stretch) {
    cell.error("\"stretch_mean\" is reported only where it is asked for; write output.stretch = true");
  }
}

void check_interval(const Cell& cell, const std::string& metric) {
  const metrics::MetricInfo* info = metrics::find_metric(metric);
  if (info == nullptr || info->statistics.kind != MetricKind::kNoInterval) return;
  cell.error(fmt::format("\"{}\" has no interval, as {}; write a metric that has one, such as \"t100_s\"", metric,
                         info->statistics.why));
}

}  // namespace

void resolve_stop_when(const Reader& root, Draft& draft) {
  const Cell run = root.cell("run");
  if (!run.is(Type::kTable)) return;
  const Cell cell = run.table().cell("stop_when");
  if (!cell.present()) return;
  if (const Cell replications = run.table().cell("replications"); replications.present()) {
    replications.error("stop_when says how many replications there are; remove one of them");
    replications.give_up();
  }
  const Reader table = cell.table();
  if (!table.present()) return;
  StopWhen stop;
  const Cell metric = table.cell("metric").required("metric = \"t100_s\"");
  if (const auto name = metric.text()) {
    stop.metric = *name;
    check_metric(metric, *name, draft);
    check_interval(metric, *name);
  }
  stop.relative_half_width =
      table.cell("relative_half_width")
          .required("relative_half_width = 0.02")
          .real({.min = 0, .max = 1, .above_min = true, .below_max = true, .instead = "write a share such as 0.02"})
          .value_or(0);
  stop.at_least = table.cell("at_least")
                      .count_or(kAtLeast, {.min = kFewest,
                                           .instead = "an interval needs two values, and a reliable one some more"});
  const Cell at_most = table.cell("at_most").required("at_most = 1000");
  stop.at_most = at_most.count({.min = 1}).value_or(0);
  if (stop.at_most > 0 && stop.at_most < stop.at_least) {
    at_most.error(fmt::format("{} is below at_least = {}; write at least as many", stop.at_most, stop.at_least));
  }
  draft.header.replications = std::max(stop.at_most, 1u);
  draft.header.stop_when = std::move(stop);
}

}  // namespace hearsay::scenario
