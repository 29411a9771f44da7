#include "sim/cli/ranks.hpp"

#include <fmt/format.h>

#include <exception>
#include <optional>

#include "sim/campaign/campaign.hpp"
#include "sim/results/run.hpp"
#include "sim/scenario/load.hpp"

namespace hearsay::cli {
namespace {

std::string errors_of(const std::vector<document::Diagnostic>& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) {
    if (!diagnostic.warning) text += (text.empty() ? "" : "\n") + document::to_text(diagnostic);
  }
  return text;
}

}  // namespace

execution::RankIdentity rank_identity(const scenario::Scenario& scenario, const campaign::Plan& plan) {
  return {.scenario = fmt::format("{} {} {}", results::scenario_id(scenario), plan.points(), plan.replications()),
          .program = results::executable_id(),
          .diagnostic = {}};
}

int run_as_rank(const RunArguments& arguments) {
  const results::Invocation invocation{arguments.file, arguments.sets, arguments.seed};
  scenario::LoadOptions options{.sets = arguments.sets, .seed = arguments.seed};
  options.draw_topologies = false;  // rank 0 judges them
  const campaign::Wishes wishes{arguments.jobs, arguments.threads};
  execution::PoolOptions pool{.jobs = wishes.jobs.value_or(1)};
  execution::RankIdentity identity;
  scenario::Loaded loaded;
  std::optional<campaign::Plan> plan;
  execution::RunFunction run;
  try {
    loaded = scenario::load(arguments.file, options);
    if (loaded.scenario) {
      plan.emplace(*loaded.scenario, results::Selection{arguments.point, arguments.replication});
      identity = rank_identity(*loaded.scenario, *plan);
      pool.timeout = loaded.scenario->timeout;
      run = run_function(*loaded.scenario, *plan, invocation, campaign::asked_threads(wishes));
    } else {
      identity.diagnostic = errors_of(loaded.diagnostics);
    }
  } catch (const std::exception& error) {
    identity.diagnostic = error.what();
  }
  serve_as_rank(identity, pool, run);
  return kDone;
}

}  // namespace hearsay::cli
