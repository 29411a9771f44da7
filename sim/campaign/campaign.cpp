#include "sim/campaign/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include "sim/campaign/labels.hpp"
#include "sim/campaign/progress.hpp"

namespace hearsay::campaign {
namespace {

/// Brings runs that finish in any order back into the order of the plan.
class InOrder {
 public:
  InOrder(CampaignResult& result, const RunSink& sink) : result_(result), sink_(sink) {}

  void add(std::uint64_t run, RunRecord&& record) {
    waiting_.emplace(run, std::move(record));
    while (!waiting_.empty() && waiting_.begin()->first == next_) {
      pass_on(std::move(waiting_.begin()->second));
      waiting_.erase(waiting_.begin());
      ++next_;
    }
  }

  /// No more will come: the gaps stay.
  void finish() {
    for (auto& [run, record] : waiting_) pass_on(std::move(record));
    waiting_.clear();
  }

 private:
  void pass_on(RunRecord&& record) {
    sink_(record);
    result_.runs.push_back(std::move(record));
  }

  CampaignResult& result_;
  const RunSink& sink_;
  std::map<std::uint64_t, RunRecord> waiting_;
  std::uint64_t next_ = 0;
};

}  // namespace

int CampaignResult::exit_code() const {
  const auto any = [this](RunStatus status) {
    return std::any_of(runs.begin(), runs.end(), [status](const RunRecord& run) { return run.status == status; });
  };
  if (!complete() || any(RunStatus::kCrashed) || any(RunStatus::kTimedOut)) return 1;
  return any(RunStatus::kRefused) ? 2 : 0;
}

CampaignResult execute(const Plan& plan, const PoolOptions& options, const RunFunction& run, Progress& progress,
                       const RunSink& sink, const InterruptGuard& guard) {
  CampaignResult result;
  result.planned = plan.size();
  InOrder in_order(result, sink);
  const PoolEvents events{
      .started = [&](std::uint64_t number) { progress.started(plan.at(number)); },
      .finished =
          [&](std::uint64_t number, RunStatus status, metrics::RunResult&& finished) {
            progress.finished(status != RunStatus::kDone);
            in_order.add(number, RunRecord{plan.at(number), status, std::move(finished)});
          },
      .waiting = [&] { progress.show(); },
  };
  try {
    run_in_pool(plan.size(), options, run, events, guard);
  } catch (const std::system_error& error) {
    result.stopped = error.what();
  }
  in_order.finish();
  result.interrupted = guard.interrupted() && !result.complete();
  progress.done();
  return result;
}

std::vector<std::string> metric_names(const std::vector<RunRecord>& runs) {
  std::vector<std::string> names;
  std::set<std::string> known;
  for (const RunRecord& run : runs) {
    for (const auto& [name, value] : run.result.metrics) {
      if (known.insert(name).second) names.push_back(name);
    }
  }
  return names;
}

const analysis::Summary* PointSummary::find(std::string_view metric) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.first == metric; });
  return found == metrics.end() ? nullptr : &found->second;
}

std::vector<PointSummary> summarise_points(const std::vector<RunRecord>& runs) {
  std::vector<PointSummary> points;
  for (const RunRecord& run : runs) {
    if (points.empty() || points.back().point != run.key.point) points.push_back({run.key.point, {}, {}});
    points.back().runs.push_back(&run);
  }
  for (PointSummary& point : points) {
    std::vector<std::string> names;
    std::map<std::string, std::vector<std::optional<double>>> values;
    for (const RunRecord* run : point.runs) {
      for (const auto& [name, value] : run->result.metrics) {
        const auto [at, is_new] = values.try_emplace(name);
        if (is_new) names.push_back(name);
        at->second.push_back(value);
      }
    }
    for (const std::string& name : names) point.metrics.emplace_back(name, analysis::summarise(values[name]));
  }
  return points;
}

std::vector<scenario::Diagnostic> idle_faults(const scenario::Scenario& scenario, const std::vector<RunRecord>& runs) {
  struct Seen {
    std::string kind;
    bool touched = false;
  };
  std::map<std::pair<std::size_t, std::uint32_t>, Seen> seen;  // by fault, point
  for (const RunRecord& run : runs) {
    for (std::size_t fault = 0; fault < run.result.faults.size(); ++fault) {
      Seen& entry = seen[{fault, run.key.point}];
      entry.kind = run.result.faults[fault].kind;
      entry.touched = entry.touched || !run.result.faults[fault].touched_nothing();
    }
  }
  std::map<std::pair<std::size_t, std::string>, std::vector<std::uint32_t>> idle;  // by fault and kind: points
  for (const auto& [key, entry] : seen) {
    if (!entry.touched) idle[{key.first, entry.kind}].push_back(key.second);
  }
  const PointLabels labels(scenario);
  std::vector<scenario::Diagnostic> warnings;
  for (const auto& [fault, points] : idle) {
    std::string where;
    if (points.size() < scenario.points.size()) where = fmt::format(" at {}", labels.name(points.front()));
    if (!where.empty() && points.size() > 1) where += fmt::format(" and {} more points", points.size() - 1);
    warnings.push_back({.warning = true,
                        .where = {.file = scenario.file.string()},
                        .key = fmt::format("fault.{}", fault.first),
                        .message = fmt::format("this {} touched nothing in any replication{}: no message dropped or "
                                               "delayed, no node hit; check its times and its nodes",
                                               fault.second, where)});
  }
  return warnings;
}

}  // namespace hearsay::campaign
