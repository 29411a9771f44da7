#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>

#include "sim/campaign/campaign.hpp"
#include "sim/campaign/cost.hpp"
#include "sim/campaign/progress.hpp"
#include "sim/campaign/threads.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/console.hpp"
#include "sim/cli/ranks.hpp"
#include "sim/cli/summary_table.hpp"
#include "sim/document/diagnostics.hpp"
#include "sim/execution/pool.hpp"
#include "sim/execution/ranks.hpp"
#include "sim/results/directory.hpp"
#include "sim/results/documents.hpp"
#include "sim/results/overview.hpp"
#include "sim/results/store.hpp"
#include "sim/scenario/load.hpp"
#include "sim/simulation/run_spec.hpp"

namespace hearsay::cli {
namespace {

using campaign::Progress;
using results::CampaignResult;
using results::Overview;

constexpr std::size_t kMostFailures = 20;

/// Workers of this process; under mpirun, of every rank but this one. There mpirun starts as many ranks as there is
/// room for, so that one worker for each is enough.
unsigned jobs_for(const campaign::Wishes& wishes, const scenario::Scenario& scenario,
                  const execution::MpiLaunch& launch) {
  if (launch.ranks > 1) return wishes.jobs.value_or(1);
  return campaign::jobs_at_a_time(wishes, execution::usable_processors(), campaign::default_jobs(scenario));
}

/// One, unless asked for, under mpirun, where other ranks use the processors, and for a run that is carried out again.
campaign::RunThreads threads_for(const campaign::Wishes& wishes, const execution::MpiLaunch& launch,
                                 const results::Selection& selection, unsigned jobs, std::uint64_t runs_left) {
  if (launch.ranks > 1 || (selection.point && selection.replication)) return campaign::asked_threads(wishes);
  return campaign::threads_of_a_run(wishes, execution::usable_processors(), jobs, runs_left);
}

std::filesystem::path default_directory(const scenario::Scenario& scenario) {
  std::string name = scenario.name;
  std::replace(name.begin(), name.end(), '/', '-');
  return std::filesystem::path("results") / (name.empty() || name.front() == '.' ? "-" + name : name);
}

/// Where results go; nothing if this call writes none. Judged, and created, before anything runs.
std::unique_ptr<results::ResultDirectory> open_directory(const RunArguments& arguments,
                                                         const scenario::Scenario& scenario,
                                                         const results::PointLabels& labels,
                                                         const results::Selection& selection) {
  if (!arguments.out && !selection.everything()) return nullptr;
  return std::make_unique<results::ResultDirectory>(arguments.out.value_or(default_directory(scenario)), scenario,
                                                    labels, arguments.fresh);
}

/// How to resume, if `directory` keeps what is finished.
std::string how_to_resume(const results::ResultDirectory* directory) {
  if (directory == nullptr) return "nothing is kept without --out";
  return fmt::format("they are kept in {}: to resume, run the same command again, without --fresh",
                     directory->path().string());
}

/// Carries out what the store lacks. Throws if it cannot take a run: what it has by then is safe.
CampaignResult fill(results::Store& store, const campaign::Plan& plan, campaign::Schedule& schedule,
                    const execution::Executor& executor, Progress& progress, const execution::InterruptGuard& guard,
                    const results::ResultDirectory* directory) {
  try {
    return execute(
        plan, schedule, executor, progress, [&](const results::RunRecord& record) { store.add(record); }, guard);
  } catch (const results::StoreError& error) {
    throw std::runtime_error(
        fmt::format("{}\n{} runs are finished; {}", error.what(), store.size(), how_to_resume(directory)));
  }
}

struct Results {
  SummaryTable table;
  Overview overview;
};

/// One reading of the store serves all that is said of it, and the tables of the directory.
Results read_results(const results::Store& store, const results::Counted& counted, const scenario::Scenario& scenario,
                     const results::PointLabels& labels, results::ResultDirectory* directory) {
  using Detail = results::Store::Detail;
  Results results{SummaryTable(labels), Overview(scenario)};
  results::PointSummaries points([&](const results::PointSummary& point) {
    results.table.add(point);
    if (directory != nullptr) directory->write(point);
  });
  if (directory != nullptr) {
    directory->begin({labels, scenario.seed, results::Columns(store.metric_names(counted)),
                      results::Columns(store.series_columns(counted))});
  }
  store.read(counted, directory != nullptr ? Detail::kWhole : Detail::kShort, [&](const results::RunRecord& record) {
    results.overview.add(record);
    points.add(record);
    if (directory != nullptr) directory->write(record);
  });
  points.finish();
  return results;
}

/// Writes the directory; the text of what went wrong, if anything did.
std::string write_results(results::ResultDirectory* directory, const results::ManifestInput& input) {
  if (directory == nullptr || input.overview.runs() == 0) return {};
  try {
    directory->finish(manifest_text(input));
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

std::string heading(const scenario::Scenario& scenario, const Overview& overview) {
  std::string text =
      fmt::format("{}: {}, {}", scenario.name, counted(overview.points(), "point"), counted(overview.runs(), "run"));
  const bool intervals = overview.points() > 0 && overview.runs() > overview.points();
  return text + (intervals ? "; mean ± half width of its 95 % interval\n" : "\n");
}

/// What an earlier call had done; empty if nothing.
std::string found_there(std::uint64_t there, std::uint64_t planned) {
  if (there == 0) return {};
  return there == planned ? fmt::format("all {} runs were there already\n", planned)
                          : fmt::format("{} of {} runs were there already\n", there, planned);
}

std::string failures(const results::Invocation& invocation, const Overview& overview) {
  const auto& failed = overview.failed();
  if (failed.empty()) return {};
  std::string text = fmt::format("{} of {} runs failed; again, one by one:\n", failed.size(), overview.runs());
  for (std::size_t i = 0; i < std::min(failed.size(), kMostFailures); ++i) {
    text += fmt::format("  point {}, replication {}: {}\n    {}\n", failed[i].key.point, failed[i].key.replication,
                        failed[i].failure, replay_command(invocation, failed[i].key));
  }
  if (failed.size() > kMostFailures) text += fmt::format("  ... and {} more\n", failed.size() - kMostFailures);
  return text;
}

/// Why there are fewer results than planned; empty if there are not.
std::string shortfall(const CampaignResult& result, const results::ResultDirectory* directory) {
  if (result.complete()) return {};
  const std::string why = result.interrupted ? "interrupted" : result.stopped;
  return fmt::format("{}: {} of {}{} runs are finished, and only these count; {}\n", why, result.finished,
                     result.by_rule ? "at most " : "", result.planned, how_to_resume(directory));
}

}  // namespace

int run_command(const RunArguments& arguments) {
  const execution::MpiLaunch launch = execution::mpi_launch();
  if (launch.ranks > 1 && !execution::why_no_mpi().empty()) {
    if (launch.rank > 0) return kInputWrong;  // rank 0 says why
    throw document::InputError(execution::why_no_mpi());
  }
  if (launch.rank > 0) return run_as_rank(arguments);

  scenario::LoadOptions options;
  options.sets = arguments.sets;
  options.seed = arguments.seed;
  const results::Selection selection{arguments.point, arguments.replication};
  if (selection.everything() && !arguments.yes) options.most_runs = kManyRuns;
  scenario::Loaded loaded = scenario::load(arguments.file, options);
  print_diagnostics(loaded.diagnostics, arguments.quiet);
  if (!loaded.scenario) return kInputWrong;
  const scenario::Scenario& scenario = *loaded.scenario;

  const results::Invocation invocation{arguments.file, arguments.sets, arguments.seed};
  const campaign::Plan plan(scenario, selection);
  if (plan.size() > kManyRuns && !arguments.yes) {
    throw document::InputError(
        fmt::format("{} runs are more than {}: if you mean it, add --yes", plan.size(), kManyRuns));
  }
  const results::PointLabels labels(scenario);
  const execution::InterruptGuard guard;
  std::optional<execution::MpiRanks> ranks;
  if (launch.ranks > 1) {
    ranks.emplace();
    ranks->agree(rank_identity(scenario, plan), guard);
  }
  const auto directory = open_directory(arguments, scenario, labels, selection);
  std::optional<results::Store> in_memory;
  results::Store& store = directory ? directory->store() : in_memory.emplace(scenario, labels);

  const campaign::Wishes wishes{arguments.jobs, arguments.threads};
  const execution::PoolOptions pool{.jobs = jobs_for(wishes, scenario, launch), .timeout = scenario.timeout};
  const unsigned pools = static_cast<unsigned>(std::max(launch.ranks - 1, 1));
  campaign::Schedule schedule =
      make_schedule(plan, campaign::stopping_rule(scenario, selection), pools * pool.jobs, store);
  const std::uint64_t there = schedule.extent().finished;
  Progress progress(arguments.quiet ? Progress::Style::kNone : Progress::style_for_stderr(), schedule.extent(), labels);
  const campaign::RunThreads threads =
      threads_for(wishes, launch, selection, pool.jobs, schedule.extent().total - there);
  const auto idle_threads = campaign::idle_threads(scenario, plan, labels, threads);
  if (idle_threads && !schedule.done()) print_diagnostics({*idle_threads}, arguments.quiet);
  const execution::RunFunction run = run_function(scenario, plan, invocation, threads);
  const execution::Executor executor = [&](const execution::Work& work) {
    ranks ? ranks->carry_out(work, pool.jobs, guard) : run_in_pool(pool, run, work, guard);
  };
  store.count(counted_runs(plan, schedule, scenario.points.size()));
  const CampaignResult result = fill(store, plan, schedule, executor, progress, guard, directory.get());
  const results::Counted counted = counted_runs(plan, schedule, scenario.points.size());
  store.count(counted);
  const Results results = read_results(store, counted, scenario, labels, directory.get());
  const Overview& overview = results.overview;

  std::vector<document::Diagnostic> warnings = loaded.diagnostics;
  for (auto& warning : overview.warnings()) {
    print_diagnostics({warning}, arguments.quiet);
    warnings.push_back(std::move(warning));
  }
  const std::string unwritten = write_results(directory.get(), {scenario, invocation, selection, result, overview,
                                                                warnings, labels, campaign::why_one_lane(scenario)});

  std::FILE* const messages = arguments.json ? stderr : stdout;
  if (arguments.json) {
    results::write_document({scenario, invocation, store, counted, result},
                            [](std::string_view text) { fmt::print("{}", text); });
  } else {
    const std::string table = results.table.text(result);
    fmt::print("{}{}{}", heading(scenario, overview), table.empty() ? "" : "\n", table);
  }
  if (directory && unwritten.empty() && overview.runs() > 0 && !(arguments.json && arguments.quiet)) {
    fmt::print(messages, "{}{}results in {}\n", arguments.json ? "" : "\n", found_there(there, result.planned),
               directory->path().string());
  }
  fmt::print(messages, "{}{}", shortfall(result, directory.get()), failures(invocation, overview));
  if (unwritten.empty()) return result.exit_code(overview.failed());
  fmt::print(stderr, "hearsay: {}\n", unwritten);
  return kEnvironmentFailed;
}

}  // namespace hearsay::cli
