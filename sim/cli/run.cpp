#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>

#include "sim/campaign/campaign.hpp"
#include "sim/campaign/clock.hpp"
#include "sim/campaign/cost.hpp"
#include "sim/campaign/documents.hpp"
#include "sim/campaign/input_error.hpp"
#include "sim/campaign/progress.hpp"
#include "sim/campaign/result_directory.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/console.hpp"
#include "sim/cli/summary_table.hpp"
#include "sim/protocol/run_spec.hpp"

namespace hearsay::cli {
namespace {

using campaign::CampaignResult;
using campaign::Progress;

constexpr std::size_t kMostFailures = 20;

std::filesystem::path default_directory(const scenario::Scenario& scenario) {
  std::string name = scenario.name;
  std::replace(name.begin(), name.end(), '/', '-');
  return std::filesystem::path("results") / (name.empty() || name.front() == '.' ? "-" + name : name);
}

/// Where results go; nothing if this call writes none. Judged, and created, before anything runs.
std::unique_ptr<campaign::ResultDirectory> open_directory(const RunArguments& arguments,
                                                          const scenario::Scenario& scenario,
                                                          const campaign::Selection& selection) {
  if (!arguments.out && !selection.everything()) return nullptr;
  return std::make_unique<campaign::ResultDirectory>(arguments.out.value_or(default_directory(scenario)), scenario,
                                                     arguments.fresh);
}

std::string heading(const scenario::Scenario& scenario, const CampaignResult& result) {
  const std::size_t points = campaign::summarise_points(result.runs).size();
  std::string text =
      fmt::format("{}: {}, {}", scenario.name, counted(points, "point"), counted(result.runs.size(), "run"));
  const bool intervals = points > 0 && result.runs.size() > points;
  return text + (intervals ? "; mean ± half width of its 95 % interval\n" : "\n");
}

std::string failures(const campaign::Invocation& invocation, const CampaignResult& result) {
  std::string text;
  std::size_t failed = 0;
  for (const auto& run : result.runs) {
    if (!run.result.failed || ++failed > kMostFailures) continue;
    text += fmt::format("  point {}, replication {}: {}\n    {}\n", run.key.point, run.key.replication,
                        run.result.failure, replay_command(invocation, run.key));
  }
  if (failed == 0) return {};
  if (failed > kMostFailures) text += fmt::format("  ... and {} more\n", failed - kMostFailures);
  return fmt::format("{} of {} runs failed; again, one by one:\n{}", failed, result.runs.size(), text);
}

/// Why there are fewer results than planned; empty if there are not.
std::string shortfall(const CampaignResult& result) {
  if (result.complete()) return {};
  const std::string why = result.interrupted ? "interrupted" : result.stopped;
  return fmt::format("{}: {} of {} runs are finished, and only these count\n", why, result.runs.size(), result.planned);
}

/// Writes the directory; the text of what went wrong, if anything did.
std::string write_results(campaign::ResultDirectory* directory, const campaign::ManifestInput& input) {
  if (directory == nullptr || input.result.runs.empty()) return {};
  try {
    directory->finish(input);
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace

int run_command(const RunArguments& arguments) {
  scenario::LoadOptions options;
  options.sets = arguments.sets;
  options.seed = arguments.seed;
  const campaign::Selection selection{arguments.point, arguments.replication};
  if (selection.everything() && !arguments.yes) options.most_runs = kManyRuns;
  scenario::Loaded loaded = scenario::load(arguments.file, options);
  print_diagnostics(loaded.diagnostics, arguments.quiet);
  if (!loaded.scenario) return kInputWrong;
  const scenario::Scenario& scenario = *loaded.scenario;

  const campaign::Invocation invocation{arguments.file, arguments.sets, arguments.seed};
  const campaign::Plan plan(scenario, selection);
  if (plan.size() > kManyRuns && !arguments.yes) {
    throw campaign::InputError(
        fmt::format("{} runs are more than {}: if you mean it, add --yes", plan.size(), kManyRuns));
  }
  const auto directory = open_directory(arguments, scenario, selection);
  const campaign::PointLabels labels(scenario);
  const campaign::InterruptGuard guard;
  Progress progress(arguments.quiet ? Progress::Style::kNone : Progress::style_for_stderr(), plan.size(), labels);

  const auto run = [&](std::uint64_t number) {
    const campaign::RunKey key = plan.at(number);
    return protocol::run(scenario.points[key.point].spec, {.replication = key.replication,
                                                           .replay = replay_command(invocation, key),
                                                           .clock_ns = campaign::monotonic_ns});
  };
  const auto sink = [&](campaign::RunRecord& record) {
    if (directory) return directory->append(record);
    record.result.reach = {};
    record.result.ledger = {};
  };
  const CampaignResult result =
      execute(plan, {.jobs = arguments.jobs.value_or(campaign::default_jobs(scenario)), .timeout = scenario.timeout},
              run, progress, sink, guard);

  std::vector<scenario::Diagnostic> warnings = loaded.diagnostics;
  for (auto& warning : idle_faults(scenario, result.runs)) {
    print_diagnostics({warning}, arguments.quiet);
    warnings.push_back(std::move(warning));
  }
  const std::string unwritten =
      write_results(directory.get(), {scenario, invocation, selection, result, warnings, labels});

  std::FILE* const messages = arguments.json ? stderr : stdout;
  if (arguments.json) {
    fmt::print("{}", document_text(scenario, invocation, result));
  } else {
    const std::string table = summary_table(labels, result);
    fmt::print("{}{}{}", heading(scenario, result), table.empty() ? "" : "\n", table);
  }
  if (directory && unwritten.empty() && !result.runs.empty() && !(arguments.json && arguments.quiet)) {
    fmt::print(messages, "{}results in {}\n", arguments.json ? "" : "\n", directory->path().string());
  }
  fmt::print(messages, "{}{}", shortfall(result), failures(invocation, result));
  if (unwritten.empty()) return result.exit_code();
  fmt::print(stderr, "hearsay: {}\n", unwritten);
  return kEnvironmentFailed;
}

}  // namespace hearsay::cli
