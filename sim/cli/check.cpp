#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/campaign/cost.hpp"
#include "sim/campaign/schedule.hpp"
#include "sim/campaign/threads.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/console.hpp"
#include "sim/cli/numbers.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/random.hpp"
#include "sim/execution/pool.hpp"
#include "sim/network/topology.hpp"
#include "sim/results/run.hpp"
#include "sim/scenario/load.hpp"
#include "sim/simulation/run_spec.hpp"

namespace hearsay::cli {
namespace {

constexpr std::size_t kMostPoints = 100;

std::string rounded_bytes(double bytes) {
  if (bytes >= 1e9) return fmt::format("{:.1f} GB", bytes / 1e9);
  return bytes >= 1e6 ? fmt::format("{:.0f} MB", bytes / 1e6) : fmt::format("{:.0f} kB", std::ceil(bytes / 1e3));
}

std::string rounded_time(double seconds) {
  if (seconds < 0.001) return "1 ms";
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  if (seconds < 6000) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

/// Of replication 0. Only a topology that may be disconnected has to be drawn for it.
std::string components(const simulation::RunSpec& spec) {
  if (spec.topology.kind == network::TopologyKind::kNone) return "no edges";
  if (spec.topology.connected) return "1";
  const auto sizes = network::component_sizes(network::draw_topology(spec.topology, derive_seed(spec.seed, 0)));
  if (sizes.size() <= 1) return fmt::format("{}", sizes.size());
  return fmt::format("{} (largest {})", sizes.size(), sizes.front());
}

std::string runs_text(const scenario::Scenario& scenario) {
  const std::uint64_t points = scenario.points.size();
  if (!scenario.stop_when) {
    return fmt::format("{} x {} = {}", counted(points, "point"), counted(scenario.replications, "replication"),
                       counted(points * scenario.replications, "run"));
  }
  const auto& stop = *scenario.stop_when;
  return fmt::format("{} x {} to {} = {} to {}, until {} is known to {:.3g} %", counted(points, "point"), stop.at_least,
                     counted(stop.at_most, "replication"), points * stop.at_least,
                     counted(points * stop.at_most, "run"), stop.metric, stop.relative_half_width * 100);
}

std::string plan_table(const scenario::Scenario& scenario, const campaign::Cost& cost) {
  const results::PointLabels labels(scenario);
  std::vector<TableColumn> columns = {{"point", true}, {"id", false}};
  for (const auto& axis : labels.short_axes()) columns.push_back({axis, false});
  const bool nodes_vary =
      std::find(labels.axes().begin(), labels.axes().end(), "topology.nodes") != labels.axes().end();
  if (!nodes_vary) columns.push_back({"nodes", true});
  for (const char* header : {"components", "memory/run", "time/run"}) columns.push_back({header, true});
  TextTable table(columns);
  for (std::size_t p = 0; p < std::min(scenario.points.size(), kMostPoints); ++p) {
    const scenario::Point& point = scenario.points[p];
    std::vector<std::string> row = {std::to_string(p), to_hex(results::point_id(point))};
    row.insert(row.end(), labels.values(p).begin(), labels.values(p).end());
    if (!nodes_vary) row.push_back(std::to_string(point.spec.topology.nodes));
    row.insert(row.end(), {components(point.spec), rounded_bytes(cost.points[p].memory_bytes),
                           (cost.points[p].timed ? "" : "~") + rounded_time(cost.points[p].run_s)});
    table.add(std::move(row));
  }
  std::string text = table.text();
  if (scenario.points.size() > kMostPoints)
    text += fmt::format("... and {} more points\n", scenario.points.size() - kMostPoints);
  return text;
}

/// Three significant digits, and a unit that leaves at most four before the point.
std::string window_length(int shift) {
  constexpr std::pair<double, const char*> kUnits[] = {{1e-6, "us"}, {1e-3, "ms"}, {1, "s"}};
  const double seconds = std::ldexp(1e-9, shift);
  const auto& [unit, name] = seconds < 1e-3 ? kUnits[0] : seconds < 1 ? kUnits[1] : kUnits[2];
  return fmt::format("{:.{}f} {}", seconds / unit, decimals(seconds / unit, 3), name);
}

/// How a run is divided if so many threads work on it; none: two, and more may divide it further.
std::string lanes_text(const simulation::RunSpec& spec, std::optional<unsigned> asked) {
  const simulation::LanePlan plan = campaign::lanes_of_a_run(
      spec, asked ? campaign::asked_threads({.jobs = {}, .threads = asked}) : campaign::RunThreads{2, true});
  if (!plan.windows()) return "one, because " + plan.why_one_lane;
  const engine::Division& division = plan.division;
  const std::string parts =
      division.lane_table.empty()
          ? fmt::format("{} of {}", division.lanes, counted(std::uint64_t{1} << division.node_shift, "node"))
          : fmt::format("{}, one for each region", division.lanes);
  if (asked) {
    return fmt::format("{}, windows of {}, {}", parts, window_length(division.window_shift),
                       counted(plan.threads, "thread"));
  }
  const bool gains = campaign::lanes_of_a_run(spec, {.number = 2, .asked = false}).windows();
  return fmt::format("{}, windows of {}{}", parts, window_length(division.window_shift),
                     gains ? "" : "; only with --threads, as too few events a window gain nothing");
}

/// "0 to 3, 7" of ascending numbers.
std::string ranges(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", numbers[i]);
    if (last > i) text += fmt::format(" to {}", numbers[last]);
    i = last + 1;
  }
  return text;
}

/// A line for all points, or for those that have it in common.
std::string lanes_lines(const scenario::Scenario& scenario, std::optional<unsigned> threads) {
  std::vector<std::pair<std::string, std::vector<std::size_t>>> lines;
  for (std::size_t p = 0; p < std::min(scenario.points.size(), kMostPoints); ++p) {
    const std::string text = lanes_text(scenario.points[p].spec, threads);
    auto same = std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == text; });
    if (same == lines.end()) same = lines.insert(lines.end(), {text, {}});
    same->second.push_back(p);
  }
  if (lines.size() == 1) return fmt::format("lanes: {}\n", lines.front().first);
  std::string all;
  for (const auto& [text, points] : lines)
    all += fmt::format("lanes of point{} {}: {}\n", points.size() == 1 ? "" : "s", ranges(points), text);
  return all;
}

/// What the estimate of time rests on.
std::string basis(const scenario::Scenario& scenario, const campaign::Cost& cost) {
  std::string text;
  if (cost.timed > 0) {
    text = fmt::format("replication 0 of {} was run for up to {} ms", counted(cost.timed, "point"),
                       campaign::kPilotLimit.ns / 1'000'000);
  }
  if (cost.timed + cost.by_rate < scenario.points.size()) text += ", the others follow by their messages";
  if (cost.by_rate > 0) {
    text += fmt::format("{}{} by {:.0f} million messages of a flood a second", text.empty() ? "" : ", ",
                        counted(cost.by_rate, "point"), campaign::kEventsPerSecond / 1e6);
  }
  return text;
}

void print_plan(const std::string& file, const scenario::Scenario& scenario, const campaign::Wishes& wishes) {
  const campaign::Cost cost = campaign::estimate_cost(scenario);
  const std::uint64_t runs = std::uint64_t{scenario.points.size()} * scenario.replications;
  const unsigned at_a_time =
      campaign::jobs_at_a_time(wishes, execution::usable_processors(), campaign::default_jobs(scenario));
  const auto jobs = static_cast<unsigned>(std::min<std::uint64_t>(at_a_time, runs));
  fmt::print("{}: {} is good: {}\n\n{}", file, scenario.name, runs_text(scenario), plan_table(scenario, cost));
  fmt::print("\nestimated: {} on one core, {} with {}; {} of memory\n(time: {})\n", rounded_time(cost.cpu_s),
             rounded_time(campaign::elapsed_s(cost, jobs)), counted(jobs, "job"),
             rounded_bytes(cost.most_memory_bytes * jobs), basis(scenario, cost));
  fmt::print("{}", lanes_lines(scenario, wishes.threads));
  if (runs > kManyRuns) fmt::print("{} runs are more than {}: run asks for --yes\n", runs, kManyRuns);
}

}  // namespace

int check_command(const CheckArguments& arguments) {
  int code = kDone;
  bool first = true;
  for (const std::string& file : arguments.files) {
    scenario::LoadOptions options;
    options.sets = arguments.sets;
    options.seed = arguments.seed;
    const scenario::Loaded loaded = scenario::load(file, options);
    print_diagnostics(loaded.diagnostics);
    if (!loaded.scenario) {
      code = kInputWrong;
      continue;
    }
    if (!first) fmt::print("\n");
    first = false;
    const campaign::Wishes wishes{arguments.jobs, arguments.threads};
    const auto idle = campaign::idle_threads(*loaded.scenario, campaign::Plan(*loaded.scenario, {}),
                                             results::PointLabels(*loaded.scenario), campaign::asked_threads(wishes));
    if (idle) print_diagnostics({*idle});
    print_plan(file, *loaded.scenario, wishes);
  }
  return code;
}

}  // namespace hearsay::cli
