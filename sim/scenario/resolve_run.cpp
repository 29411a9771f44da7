// name, description, [run] and [output].

#include <algorithm>

#include <fmt/format.h>

#include "sim/core/units.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {
namespace {

/// A result directory is called after the scenario.
void read_name(const Cell& cell, Header& header) {
  if (const auto name = cell.text()) header.name = *name;
  const std::string& name = header.name;
  const bool unusable = name.empty() || name == "." || name == ".." || name.size() > 100 ||
                        std::any_of(name.begin(), name.end(), [](unsigned char c) { return c == '/' || c < ' '; });
  if (unusable) cell.error(fmt::format("\"{}\" cannot name a folder; write up to 100 characters without \"/\"", name));
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
  draft.spec.until = run.cell("until").choice_or_first<protocol::Until>({{"duration", protocol::Until::kDuration},
                                                                         {"covered", protocol::Until::kCovered},
                                                                         {"quiet", protocol::Until::kQuiet}});
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
  spec.ledger = output.cell("ledger").flag_or(false);
  spec.stretch = output.cell("stretch").flag_or(false);
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

}  // namespace hearsay::scenario
