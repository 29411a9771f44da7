// run.stop_when: read after [output], because its metric may be one by label.

#include <fmt/format.h>

#include <algorithm>

#include "sim/metrics/catalogue.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {
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
