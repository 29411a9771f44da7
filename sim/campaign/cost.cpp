#include "sim/campaign/cost.hpp"

#include <algorithm>
#include <set>

#include "sim/campaign/pilot.hpp"
#include "sim/campaign/pool.hpp"
#include "sim/network/topology.hpp"
#include "sim/protocol/run_spec.hpp"
#include "sim/scenario/feasibility.hpp"

namespace hearsay::campaign {
namespace {

/// Points spread over the plan, in no step that a sweep's axes could have: multiples of the golden ratio.
std::set<std::size_t> points_to_time(std::size_t points) {
  constexpr double kGolden = 0.6180339887498949;
  std::set<std::size_t> chosen;
  double place = 0;
  while (chosen.size() < std::min(points, kMostPilots)) {
    if (points <= kMostPilots) {
      chosen.insert(chosen.size());
      continue;
    }
    place += kGolden;
    if (place >= 1) place -= 1;
    chosen.insert(static_cast<std::size_t>(place * static_cast<double>(points)));
  }
  return chosen;
}

bool is_quick_to_set_up(const protocol::RunSpec& spec) {
  return spec.topology.nodes + network::expected_edges(spec.topology) <= kMostPilotEdges;
}

}  // namespace

Cost estimate_cost(const scenario::Scenario& scenario) {
  Cost cost;
  std::vector<double> events;
  for (const scenario::Point& point : scenario.points) {
    cost.points.push_back({.memory_bytes = protocol::estimate_memory(point.spec).total()});
    events.push_back(protocol::estimate_events(point.spec));
    cost.most_memory_bytes = std::max(cost.most_memory_bytes, cost.points.back().memory_bytes);
  }
  double timed_s = 0, timed_events = 0;
  for (const std::size_t p : points_to_time(scenario.points.size())) {
    const protocol::RunSpec& spec = scenario.points[p].spec;
    if (!is_quick_to_set_up(spec)) continue;
    cost.points[p].timed = true;
    cost.points[p].run_s = time_by_pilot(spec, kPilotLimit).run_s;
    timed_s += cost.points[p].run_s;
    timed_events += events[p];
    ++cost.timed;
  }
  for (std::size_t p = 0; p < cost.points.size(); ++p) {
    PointCost& point = cost.points[p];
    if (!point.timed) {
      const bool by_rate = timed_s == 0 || !is_quick_to_set_up(scenario.points[p].spec);
      point.run_s = events[p] * (by_rate ? 1 / kEventsPerSecond : timed_s / timed_events);
      cost.by_rate += by_rate ? 1 : 0;
    }
    cost.cpu_s += point.run_s * scenario.replications;
    cost.longest_run_s = std::max(cost.longest_run_s, point.run_s);
  }
  return cost;
}

double elapsed_s(const Cost& cost, unsigned jobs) { return std::max(cost.cpu_s / jobs, cost.longest_run_s); }

unsigned default_jobs(const scenario::Scenario& scenario) {
  unsigned jobs = usable_processors();
  double most = 0;
  for (const auto& point : scenario.points) most = std::max(most, protocol::estimate_memory(point.spec).total());
  const auto machine = static_cast<double>(scenario::machine_memory_bytes());
  while (jobs > 1 && machine > 0 && jobs * most > machine) --jobs;
  return jobs;
}

}  // namespace hearsay::campaign
