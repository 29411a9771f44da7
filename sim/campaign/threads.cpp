#include "sim/campaign/threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/network/nodes.hpp"
#include "sim/simulation/run_spec.hpp"

namespace hearsay::campaign {

unsigned jobs_at_a_time(const Wishes& wishes, unsigned processors, unsigned most) {
  if (wishes.jobs) return *wishes.jobs;
  return wishes.threads ? std::clamp(processors / *wishes.threads, 1u, most) : most;
}

RunThreads asked_threads(const Wishes& wishes) {
  const unsigned threads = wishes.threads.value_or(1);
  // One thread is no wish to divide a run: a large one gains by lanes anyway, a small one would lose.
  return {.number = threads, .asked = threads > 1};
}

RunThreads threads_of_a_run(const Wishes& wishes, unsigned processors, unsigned jobs, std::uint64_t runs_left) {
  if (wishes.threads) return asked_threads(wishes);
  const std::uint64_t at_a_time = std::clamp<std::uint64_t>(runs_left, 1, jobs);
  return {.number = std::max(1u, static_cast<unsigned>(wishes.jobs.value_or(processors) / at_a_time))};
}

simulation::LanePlan lanes_of_a_run(const simulation::RunSpec& spec, const RunThreads& threads) {
  const network::NodeAttributes anybody{};
  return simulation::plan_lanes(spec, {.replay = {}, .threads = threads.number, .threads_asked = threads.asked},
                                {&anybody, 1});
}

std::vector<std::string> why_one_lane(const scenario::Scenario& scenario) {
  std::vector<std::string> reasons;
  for (const scenario::Point& point : scenario.points)
    reasons.push_back(lanes_of_a_run(point.spec, {.number = 2, .asked = true}).why_one_lane);
  return reasons;
}

namespace {

/// What a run takes instead; empty if it takes all.
std::string shortage(const simulation::RunSpec& spec, const RunThreads& threads) {
  const simulation::LanePlan plan = lanes_of_a_run(spec, threads);
  if (plan.threads >= threads.number) return {};
  return plan.windows() ? fmt::format("takes {} threads, because it has no more lanes", plan.threads)
                        : fmt::format("takes one thread, because {}", plan.why_one_lane);
}

}  // namespace

std::optional<document::Diagnostic> idle_threads(const scenario::Scenario& scenario, const Plan& plan,
                                                 const results::PointLabels& labels, const RunThreads& threads) {
  if (!threads.asked) return std::nullopt;
  std::vector<std::pair<std::string, std::vector<std::uint32_t>>> shortages;  // and the points that have them
  for (std::uint32_t point = plan.first_point(); point < plan.first_point() + plan.points(); ++point) {
    const std::string text = shortage(scenario.points[point].spec, threads);
    if (text.empty()) continue;
    auto same = std::find_if(shortages.begin(), shortages.end(), [&](const auto& s) { return s.first == text; });
    if (same == shortages.end()) same = shortages.insert(shortages.end(), {text, {}});
    same->second.push_back(point);
  }
  if (shortages.empty()) return std::nullopt;
  std::string message;
  for (const auto& [text, points] : shortages) {
    message += message.empty() ? "a run" : "; a run";
    if (points.size() < plan.points()) message += fmt::format(" at {}", labels.name(points.front()));
    if (points.size() < plan.points() && points.size() > 1)
      message += fmt::format(" and {} more points", points.size() - 1);
    message += " " + text;
  }
  return document::Diagnostic{.warning = true,
                              .where = {.file = scenario.file.string()},
                              .key = fmt::format("--threads {}", threads.number),
                              .message = std::move(message)};
}

}  // namespace hearsay::campaign
