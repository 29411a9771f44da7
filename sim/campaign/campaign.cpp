#include "sim/campaign/campaign.hpp"

#include <algorithm>
#include <span>
#include <system_error>
#include <utility>

#include "sim/campaign/progress.hpp"
#include "sim/execution/pool.hpp"
#include "sim/simulation/run_spec.hpp"

namespace hearsay::campaign {
namespace {

/// How many replications of a point may be started on a guess for each worker: so many that one slow replication does
/// not leave the other workers without work.
constexpr unsigned kGuesses = 4;

RuleValue rule_value(const Schedule& schedule, const metrics::RunResult& result) {
  if (!schedule.rule() || result.failed) return {};
  const auto value_of = [&](const std::string& metric) {
    const auto found =
        std::find_if(result.metrics.begin(), result.metrics.end(), [&](const auto& m) { return m.first == metric; });
    return found == result.metrics.end() ? std::nullopt : found->second;
  };
  return analysis::sample_of(schedule.rule()->source, value_of(schedule.rule()->metric), value_of);
}

}  // namespace

std::optional<StoppingRule> stopping_rule(const scenario::Scenario& scenario, const results::Selection& selection) {
  if (!scenario.stop_when || selection.replication) return std::nullopt;
  const scenario::StopWhen& when = *scenario.stop_when;
  const analysis::SampleSource source = results::sample_source(when.metric);
  const analysis::StopRule rule{.kind = source.kind,
                                .relative_half_width = when.relative_half_width,
                                .at_least = when.at_least,
                                .at_most = when.at_most};
  return StoppingRule{
      .metric = when.metric,
      .source = source,
      .at_least = when.at_least,
      .decide = [rule](std::span<const RuleValue> prefix) { return analysis::should_stop(rule, prefix); }};
}

Schedule make_schedule(const Plan& plan, std::optional<StoppingRule> rule, unsigned workers,
                       const results::Store& store) {
  const auto source = rule ? std::optional(rule->source) : std::nullopt;
  std::vector<std::string> metrics;
  if (rule) metrics = {rule->metric, rule->source.clusters, rule->source.per_cluster};
  Schedule schedule({.points = plan.points(), .replications = plan.replications()}, std::move(rule),
                    kGuesses * workers);
  store.finished(
      [&](const results::FinishedRun& run) {
        const std::optional<std::uint64_t> number = plan.find(run.key);
        if (!number || results::worth_another_attempt(run.status)) return;
        const auto value_of = [&](const std::string& metric) {
          return run
              .values[static_cast<std::size_t>(std::find(metrics.begin(), metrics.end(), metric) - metrics.begin())];
        };
        schedule.finished(*number, source ? analysis::sample_of(*source, run.values.front(), value_of) : RuleValue());
      },
      metrics);
  return schedule;
}

results::Counted counted_runs(const Plan& plan, const Schedule& schedule, std::size_t points) {
  results::Counted counted(points);
  for (std::uint32_t point = 0; point < plan.points(); ++point) {
    counted[plan.first_point() + point] = {plan.first_replication(), schedule.point(point).replications};
  }
  return counted;
}

execution::RunFunction run_function(const scenario::Scenario& scenario, const Plan& plan,
                                    const results::Invocation& invocation, RunThreads threads) {
  // What fails a check may fail it only where several threads work on the run.
  const std::string with_threads = threads.number > 1 ? " --threads " + std::to_string(threads.number) : "";
  return [&scenario, &plan, &invocation, threads, with_threads](std::uint64_t number) {
    const results::RunKey key = plan.at(number);
    return simulation::run(scenario.points[key.point].spec,
                           {.replication = key.replication,
                            .replay = results::replay_command(invocation, key) + with_threads,
                            .clock_ns = execution::monotonic_ns,
                            .threads = threads.number,
                            .threads_asked = threads.asked});
  };
}

results::CampaignResult execute(const Plan& plan, Schedule& schedule, const execution::Executor& executor,
                                Progress& progress, const RunSink& sink, const execution::InterruptGuard& guard) {
  results::CampaignResult result;
  std::vector<results::RunRecord> fresh;  // kept until the workers are busy again: the sink writes to the disk
  const auto pass_on = [&] {
    for (const results::RunRecord& record : std::exchange(fresh, {})) sink(record);
  };
  const execution::Work work{
      .next =
          [&] {
            const std::optional<std::uint64_t> number = schedule.next();
            if (number) progress.started(plan.at(*number));
            return number;
          },
      .done = [&] { return schedule.done(); },
      .finished =
          [&](std::uint64_t number, results::RunStatus status, metrics::RunResult&& finished) {
            schedule.finished(number, rule_value(schedule, finished));
            progress.finished(schedule.extent(), status != results::RunStatus::kDone);
            fresh.push_back({plan.at(number), status, std::move(finished)});
          },
      .idle =
          [&] {
            pass_on();
            progress.show();
          },
  };
  try {
    if (!schedule.done()) executor(work);
    pass_on();
  } catch (const std::system_error& error) {
    result.stopped = error.what();
    pass_on();
  } catch (...) {
    progress.done();
    throw;
  }
  const Extent extent = schedule.extent();
  result.planned = extent.total;
  result.finished = extent.finished;
  result.interrupted = guard.interrupted() && !schedule.done();
  result.by_rule = schedule.rule().has_value();
  for (std::uint32_t point = 0; point < plan.points(); ++point) {
    const PointState state = schedule.point(point);
    if (!state.reason) continue;
    result.ended[plan.first_point() + point] = {.replications = state.replications, .reason = *state.reason};
  }
  progress.done();
  return result;
}

}  // namespace hearsay::campaign
