#include "sim/campaign/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "sim/campaign/input_error.hpp"
#include "sim/core/digest.hpp"

namespace hearsay::campaign {
namespace {

void check_within(const char* option, std::uint32_t value, std::size_t count) {
  if (value < count) return;
  throw InputError(
      fmt::format("{} {}: the scenario has {} of them, numbered from 0 to {}", option, value, count, count - 1));
}

std::string shell_quoted(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return c < 128 &&
           (std::isalnum(c) || std::string_view("._-/=:,+@%").find(static_cast<char>(c)) != std::string_view::npos);
  });
  if (plain) return word;
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted += '\'';
}

}  // namespace

Plan::Plan(const scenario::Scenario& scenario, const Selection& selection)
    : points_(static_cast<std::uint32_t>(scenario.points.size())), replications_(scenario.replications) {
  if (selection.point) {
    check_within("--point", *selection.point, scenario.points.size());
    first_point_ = *selection.point;
    points_ = 1;
  }
  if (selection.replication) {
    check_within("--replication", *selection.replication, scenario.replications);
    first_replication_ = *selection.replication;
    replications_ = 1;
  }
}

RunKey Plan::at(std::uint64_t run) const {
  return {first_point_ + static_cast<std::uint32_t>(run / replications_),
          first_replication_ + static_cast<std::uint32_t>(run % replications_)};
}

std::optional<std::uint64_t> Plan::find(const RunKey& run) const {
  if (run.point < first_point_ || run.point - first_point_ >= points_) return std::nullopt;
  if (run.replication < first_replication_ || run.replication - first_replication_ >= replications_) {
    return std::nullopt;
  }
  return std::uint64_t{run.point - first_point_} * replications_ + (run.replication - first_replication_);
}

std::uint64_t point_id(const scenario::Point& point) {
  auto resolved = nlohmann::json::parse(point.resolved_json);  // sorts the keys
  for (const char* key : {"name", "description"}) resolved.erase(key);
  if (const auto run = resolved.find("run"); run != resolved.end()) {
    for (const char* key : {"replications", "stop_when"}) run->erase(key);
  }
  return digest_of(resolved.dump());
}

std::uint64_t run_id(std::uint64_t point_id, std::uint32_t replication) { return Digest::mix(point_id, replication); }

std::string replay_command(const Invocation& invocation, const RunKey& run) {
  std::string command = fmt::format("hearsay run {}", shell_quoted(invocation.file));
  for (const std::string& set : invocation.sets) command += " --set " + shell_quoted(set);
  if (invocation.seed) command += fmt::format(" --seed {}", *invocation.seed);
  return command + fmt::format(" --point {} --replication {}", run.point, run.replication);
}

}  // namespace hearsay::campaign
