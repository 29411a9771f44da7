#include "sim/campaign/cost.hpp"

#include <time.h>

#include <algorithm>
#include <set>

#include "sim/execution/pool.hpp"
#include "sim/network/topology.hpp"
#include "sim/scenario/feasibility.hpp"
#include "sim/simulation/run_spec.hpp"
#include "sim/simulation/trace.hpp"

namespace hearsay::campaign {
namespace {

/// A run with a log takes a slow path. Without one it needs this share of the time.
constexpr double kWithoutLog = 0.8;

/// Time on this thread's processor: what else runs on the machine says nothing about the run.
std::uint64_t processor_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Leaves the run after the limit.
class Watch : public simulation::TraceSink {
 public:
  struct Over {};

  explicit Watch(std::int64_t limit_ns) : limit_ns_(limit_ns) {}

  void record(const simulation::TraceRecord& record) override {
    now_ = record.time;
    ++records_;
    if (record.event == simulation::TraceEvent::kPublish) ++published_;
    if (begin_ns_ == 0) begin_ns_ = processor_ns();
    // A look at the clock costs as much as an event.
    if (records_ % 256 == 0 && elapsed_ns() > limit_ns_) throw Over{};
  }

  std::int64_t elapsed_ns() const { return begin_ns_ == 0 ? 0 : static_cast<std::int64_t>(processor_ns() - begin_ns_); }
  SimTime now() const { return now_; }
  double records() const { return static_cast<double>(records_); }
  double published() const { return static_cast<double>(published_); }

 private:
  std::int64_t limit_ns_;
  std::uint64_t begin_ns_ = 0;
  std::uint64_t records_ = 0, published_ = 0;
  SimTime now_;
};

/// Share of the work that is done.
double progress(const simulation::RunSpec& spec, const Watch& watch) {
  const double items = workload::expected_items(spec.workloads);
  const double published = items > 0 ? std::min(1.0, watch.published() / items) : 1.0;
  const double passed = to_seconds(watch.now()) / to_seconds(spec.duration);
  if (spec.until == simulation::Until::kDuration) return (published + passed) / 2;
  // It may end at any time after the last publication, so its work is taken to be that of a flood, whose events make
  // about three records each.
  const double flooded = watch.records() / (3 * simulation::estimate_events(spec));
  if (published >= 1) return std::clamp(flooded, 0.1, 1.0);
  return published > 0 ? published : passed;
}

}  // namespace

PilotTime time_by_pilot(const simulation::RunSpec& spec, Duration limit) {
  Watch watch(limit.ns);
  const std::uint64_t begin = processor_ns();
  const auto since = [begin] { return static_cast<double>(processor_ns() - begin) / 1e9; };
  try {
    const auto result = simulation::run(spec, {.replay = {}, .trace = &watch, .clock_ns = processor_ns});
    return {result.performance.setup_s + result.performance.wall_s * kWithoutLog, true};
  } catch (const Watch::Over&) {
    const double done_s = static_cast<double>(watch.elapsed_ns()) / 1e9;
    return {since() - done_s + done_s * kWithoutLog / std::max(progress(spec, watch), 1e-6), false};
  }
}

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

bool is_quick_to_set_up(const simulation::RunSpec& spec) {
  return spec.topology.nodes + network::expected_edges(spec.topology) <= kMostPilotEdges;
}

}  // namespace

Cost estimate_cost(const scenario::Scenario& scenario) {
  Cost cost;
  std::vector<double> events;
  for (const scenario::Point& point : scenario.points) {
    cost.points.push_back({.memory_bytes = simulation::estimate_memory(point.spec).total()});
    events.push_back(simulation::estimate_events(point.spec));
    cost.most_memory_bytes = std::max(cost.most_memory_bytes, cost.points.back().memory_bytes);
  }
  double timed_s = 0, timed_events = 0;
  for (const std::size_t p : points_to_time(scenario.points.size())) {
    const simulation::RunSpec& spec = scenario.points[p].spec;
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
  unsigned jobs = execution::usable_processors();
  double most = 0;
  for (const auto& point : scenario.points) most = std::max(most, simulation::estimate_memory(point.spec).total());
  const auto machine = static_cast<double>(scenario::machine_memory_bytes());
  while (jobs > 1 && machine > 0 && jobs * most > machine) --jobs;
  return jobs;
}

}  // namespace hearsay::campaign
