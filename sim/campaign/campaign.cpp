#include "sim/campaign/campaign.hpp"

#include <algorithm>
#include <system_error>

#include "sim/campaign/progress.hpp"

namespace hearsay::campaign {

int CampaignResult::exit_code(const std::vector<FailedRun>& failed) const {
  const bool by_environment =
      std::any_of(failed.begin(), failed.end(), [](const FailedRun& run) { return worth_another_attempt(run.status); });
  if (!complete() || by_environment) return 1;
  return failed.empty() ? 0 : 2;
}

Counted counted_runs(const scenario::Scenario& scenario, const Selection& selection) {
  CountedRuns each{0, scenario.replications};
  if (selection.replication) each = {*selection.replication, 1};
  Counted counted(scenario.points.size(), selection.point ? CountedRuns{} : each);
  if (selection.point) counted[*selection.point] = each;
  return counted;
}

std::vector<std::uint64_t> missing_runs(const Plan& plan, const Store& store) {
  std::vector<std::uint64_t> missing;
  std::uint64_t next = 0;  // run of the plan that is looked for
  const auto skip_to = [&](const RunKey& there) {
    while (next < plan.size() && plan.at(next) < there) missing.push_back(next++);
  };
  store.finished([&](const FinishedRun& run) {
    if (worth_another_attempt(run.status)) return;
    skip_to(run.key);
    if (next < plan.size() && plan.at(next) == run.key) ++next;
  });
  while (next < plan.size()) missing.push_back(next++);
  return missing;
}

CampaignResult execute(const Plan& plan, const std::vector<std::uint64_t>& todo, const PoolOptions& options,
                       const RunFunction& run, Progress& progress, const RunSink& sink, const InterruptGuard& guard) {
  CampaignResult result;
  result.planned = plan.size();
  result.finished = plan.size() - todo.size();
  const PoolEvents events{
      .started = [&](std::uint64_t number) { progress.started(plan.at(todo[number])); },
      .finished =
          [&](std::uint64_t number, RunStatus status, metrics::RunResult&& finished) {
            progress.finished(status != RunStatus::kDone);
            sink({plan.at(todo[number]), status, std::move(finished)});
            ++result.finished;
          },
      .waiting = [&] { progress.show(); },
  };
  try {
    run_in_pool(
        todo.size(), options, [&](std::uint64_t number) { return run(todo[number]); }, events, guard);
  } catch (const std::system_error& error) {
    result.stopped = error.what();
  } catch (...) {
    progress.done();
    throw;
  }
  result.interrupted = guard.interrupted() && !result.complete();
  progress.done();
  return result;
}

}  // namespace hearsay::campaign
