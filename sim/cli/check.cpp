#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/campaign/labels.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/console.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/core/random.hpp"
#include "sim/network/topology.hpp"
#include "sim/protocol/run_spec.hpp"

namespace hearsay::cli {
namespace {

/// Events that one core gets through; a rough figure, for estimates alone.
constexpr double kEventsPerSecond = 4e6;

constexpr std::size_t kMostPoints = 40;

std::string rounded_count(double count) {
  if (count >= 1e9) return fmt::format("{:.1f} G", count / 1e9);
  if (count >= 1e6) return fmt::format("{:.1f} M", count / 1e6);
  if (count >= 1e4) return fmt::format("{:.0f} k", count / 1e3);
  return fmt::format("{:.0f}", count);
}

std::string rounded_bytes(double bytes) {
  if (bytes >= 1e9) return fmt::format("{:.1f} GB", bytes / 1e9);
  return bytes >= 1e6 ? fmt::format("{:.0f} MB", bytes / 1e6) : fmt::format("{:.0f} kB", std::ceil(bytes / 1e3));
}

std::string rounded_time(double seconds) {
  if (seconds < 1) return "under 1 s";
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  if (seconds < 6000) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

/// Of replication 0. Only a topology that may be disconnected has to be drawn for it.
std::string components(const protocol::RunSpec& spec) {
  if (spec.topology.kind == network::TopologyKind::kNone) return "no edges";
  if (spec.topology.connected) return "1";
  const auto sizes = network::component_sizes(network::draw_topology(spec.topology, derive_seed(spec.seed, 0)));
  if (sizes.size() <= 1) return fmt::format("{}", sizes.size());
  return fmt::format("{} (largest {})", sizes.size(), sizes.front());
}

void print_costs(const std::string& file, const scenario::Scenario& scenario) {
  const campaign::PointLabels labels(scenario);
  std::vector<TableColumn> columns;
  for (const auto& axis : labels.short_axes()) columns.push_back({axis, false});
  for (const char* header : {"nodes", "components", "events/run", "memory/run", "time/run"})
    columns.push_back({header, true});
  TextTable table(columns);
  double events = 0, memory = 0;
  for (std::size_t p = 0; p < scenario.points.size(); ++p) {
    const protocol::RunSpec& spec = scenario.points[p].spec;
    const double of_run = protocol::estimate_events(spec), bytes = protocol::estimate_memory(spec).total();
    events += of_run * scenario.replications;
    memory = std::max(memory, bytes);
    if (p >= kMostPoints) continue;
    std::vector<std::string> row = labels.values(p);
    row.insert(row.end(), {std::to_string(spec.topology.nodes), components(spec), rounded_count(of_run),
                           rounded_bytes(bytes), rounded_time(of_run / kEventsPerSecond)});
    table.add(std::move(row));
  }
  const std::uint64_t runs = std::uint64_t{scenario.points.size()} * scenario.replications;
  fmt::print("{}: {} is good: {} x {} = {}\n\n{}", file, scenario.name, counted(scenario.points.size(), "point"),
             counted(scenario.replications, "replication"), counted(runs, "run"), table.text());
  if (scenario.points.size() > kMostPoints)
    fmt::print("... and {} more points\n", scenario.points.size() - kMostPoints);
  fmt::print("\nroughly {} events, {} on one core, {} of memory for each run at a time\n", rounded_count(events),
             rounded_time(events / kEventsPerSecond), rounded_bytes(memory));
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
    print_costs(file, *loaded.scenario);
  }
  return code;
}

}  // namespace hearsay::cli
