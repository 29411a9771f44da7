#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

#include "analysis/compare.hpp"
#include "analysis/csv.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/comparison_report.hpp"
#include "sim/cli/console.hpp"
#include "sim/cli/fail_if.hpp"
#include "sim/cli/numbers.hpp"
#include "sim/document/diagnostics.hpp"
#include "sim/metrics/catalogue.hpp"
#include "sim/results/overview.hpp"

namespace hearsay::cli {
namespace {

using analysis::Comparison;
using analysis::Difference;

constexpr std::size_t kMostNames = 10;

/// Points by what their axes mean, as the manifest has it.
analysis::RunTable runs_of(const std::filesystem::path& directory, const results::Manifest& manifest) {
  analysis::RunTable table;
  try {
    table = analysis::read_runs(directory);
  } catch (const analysis::BadTable& error) {
    throw document::InputError(error.what());
  }
  for (analysis::RunsOfPoint& point : table.points) {
    if (table.axes != manifest.axes || point.point >= manifest.meanings.size()) {
      throw document::InputError(
          fmt::format("{}: runs.csv and manifest.json are not of one campaign; run it again", directory.string()));
    }
    point.meanings = manifest.meanings[point.point];
    point.resolved = manifest.resolved[point.point];
  }
  return table;
}

std::string known_share(const std::string& metric) {
  const metrics::MetricInfo* info = metrics::find_metric(metric);
  if (info == nullptr || info->known_share.empty()) return {};
  return std::string(info->known_share) + std::string(metrics::label_of(metric));
}

std::string some(const std::vector<std::string>& names) {
  std::vector<std::string> shown(names.begin(),
                                 names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNames)));
  for (std::string& name : shown) name = name.empty() ? "the only point" : name;
  if (names.size() > kMostNames) shown.push_back(fmt::format("... and {} more", names.size() - kMostNames));
  return fmt::format("{}", fmt::join(shown, "; "));
}

/// One line about what the two scenarios do not share; empty if nothing shows.
std::string unlike(const results::Manifest& a, const results::Manifest& b, const Comparison& comparison) {
  std::vector<std::string> what;
  if (a.name != b.name) what.push_back(fmt::format("scenario ({} and {})", a.name, b.name));
  if (!comparison.axes_of_a.empty()) what.push_back(fmt::format("axes (A alone: {})", some(comparison.axes_of_a)));
  if (!comparison.axes_of_b.empty()) what.push_back(fmt::format("axes (B alone: {})", some(comparison.axes_of_b)));
  return what.empty() ? "" : fmt::format("warning: A and B differ in {}\n", fmt::join(what, ", "));
}

std::string without_partner(const Comparison& comparison) {
  if (comparison.only_in_b.empty()) return {};
  return fmt::format("warning: {} of B without a partner: {}\n", counted(comparison.only_in_b.size(), "point"),
                     some(comparison.only_in_b));
}

/// What A has and B lacks, a line each.
std::vector<std::string> missing_in_b(const results::Manifest& a, const results::Manifest& b,
                                      const Comparison& comparison) {
  std::vector<std::string> lines;
  if (b.finished < b.planned) lines.push_back(fmt::format("B has finished {} of {} runs", b.finished, b.planned));
  if (!comparison.only_in_a.empty()) {
    lines.push_back(fmt::format("{} of A without a partner: {}", counted(comparison.only_in_a.size(), "point"),
                                some(comparison.only_in_a)));
  }
  if (a.by_rule || b.by_rule) return lines;  // then the rule says how many there are
  std::vector<std::string> where;
  std::size_t runs = 0;
  for (const auto& point : comparison.points) {
    if (point.missing == 0) continue;
    runs += point.missing;
    where.push_back(point.name());
  }
  if (runs > 0) lines.push_back(fmt::format("{} of A without a partner: at {}", counted(runs, "run"), some(where)));
  return lines;
}

std::string heading(const CompareArguments& arguments, const Comparison& comparison) {
  return fmt::format("A: {}\nB: {}\n{}; difference B - A {}; verdicts at 5 % after Holm's correction for {}\n",
                     arguments.a.string(), arguments.b.string(), counted(comparison.points.size(), "point"),
                     comparison.paired ? "± half width of the 95 % interval of pairs of runs on the same seed"
                                       : "± half width of Welch's 95 % interval (the seeds differ: no pairs)",
                     counted(comparison.tests, "test"));
}

/// Where a condition holds, with the figures.
std::string finding(const std::string& point, const Difference& d) {
  std::string text =
      fmt::format("  {}{}{} -> {}", point, point.empty() ? "" : ": ", plain_number(d.a), plain_number(d.b));
  if (const auto relative = d.relative()) text += fmt::format(" ({:+.1f} %)", *relative * 100);
  if (d.ci95_low) {
    text += fmt::format(", 95 % interval of the difference {} to {}", plain_number(*d.ci95_low),
                        plain_number(*d.ci95_high));
  }
  return text + fmt::format(", n = {}\n", std::min(d.n_a, d.n_b));
}

/// All conditions, each judged for the whole family of the points that it is applied to.
class Judgement {
 public:
  Judgement(const std::vector<FailIf>& conditions, const Comparison& comparison) {
    for (const FailIf& condition : conditions) judge(condition, comparison);
  }

  const std::vector<JudgedCondition>& conditions() const { return conditions_; }
  /// For each condition whether it holds, with the figures.
  const std::string& findings() const { return findings_; }
  /// What a reader of the findings must know: values without partner, means of survivors.
  const std::string& warnings() const { return warnings_; }
  /// What could not be judged, though somebody wants to know.
  const std::string& unknown() const { return unknown_; }
  bool any_holds() const { return any_holds_; }

 private:
  void judge(const FailIf& condition, const Comparison& comparison) {
    struct Applied {
      std::string point;
      const Difference* difference;
    };
    std::vector<Applied> family;
    std::vector<double> p;
    std::string unknown;
    bool seen = false;
    for (const auto& point : comparison.points) {
      const Difference* difference = point.find(condition.metric);
      if (difference == nullptr) continue;
      seen = true;
      if (!difference->known()) {
        unknown += lost(condition, point.name(), *difference);
        continue;
      }
      if (lacks_pairs(*difference)) warnings_ += lost(condition, point.name(), *difference);
      if (difference->of_survivors()) warnings_ += survivors(condition, point.name(), *difference);
      family.push_back({point.name(), difference});
      if (difference->p) p.push_back(*difference->p);
    }
    if (!seen)
      unknown = fmt::format("--fail-if '{}': no run of A and B has a value of {}\n", condition.text, condition.metric);
    const std::vector<double> adjusted = analysis::holm_adjusted(p);
    JudgedCondition judged{condition.text, {}, unknown.empty()};
    std::string where;
    auto next = adjusted.begin();
    for (const Applied& at : family) {
      const auto corrected = at.difference->p ? std::optional(*next++) : std::nullopt;
      if (!condition.holds(*at.difference, corrected)) continue;
      judged.points.push_back(at.point);
      where += finding(at.point, *at.difference);
    }
    const char* const result = !where.empty() ? "holds:" : judged.judged ? "does not hold" : "cannot be judged";
    findings_ += fmt::format("--fail-if '{}' {}\n{}", condition.text, result, where);
    any_holds_ = any_holds_ || !where.empty();
    unknown_ += unknown;
    conditions_.push_back(std::move(judged));
  }

  static std::string lost(const FailIf& condition, const std::string& point, const Difference& d) {
    return fmt::format("--fail-if '{}': {}{} of A and {} of B, of which {} count\n", condition.text,
                       point.empty() ? "" : point + ": ", counted(d.values_a, "value"), counted(d.values_b, "value"),
                       d.known() ? std::min(d.n_a, d.n_b) : 0);
  }

  static std::string survivors(const FailIf& condition, const std::string& point, const Difference& d) {
    return fmt::format("--fail-if '{}': {}{}; judge {} too\n", condition.text, point.empty() ? "" : point + ": ",
                       survivors_text(d), known_share(d.metric));
  }

  std::vector<JudgedCondition> conditions_;
  std::string findings_, unknown_, warnings_;
  bool any_holds_ = false;
};

}  // namespace

int compare_command(const CompareArguments& arguments) {
  const std::vector<FailIf> conditions = parse_fail_ifs(arguments.fail_if);
  const results::Manifest manifest_a = manifest_of(arguments.a), manifest_b = manifest_of(arguments.b);
  const Comparison comparison = analysis::compare(runs_of(arguments.a, manifest_a), runs_of(arguments.b, manifest_b),
                                                  {.source = results::sample_source, .known_share = known_share});
  fmt::print(stderr, "{}{}", unlike(manifest_a, manifest_b, comparison), without_partner(comparison));
  if (comparison.points.empty()) {
    throw document::InputError("no point of A has a partner in B: points are matched by the values of their axes");
  }
  const std::vector<std::string> missing = missing_in_b(manifest_a, manifest_b, comparison);
  for (const std::string& line : missing) {
    fmt::print(stderr, "{}: {}\n", arguments.allow_missing ? "warning" : "missing (see --allow-missing)", line);
  }
  const Judgement judgement(conditions, comparison);
  if (arguments.json) {
    fmt::print("{}", comparison_document(arguments, comparison, judgement.conditions(), missing));
  } else {
    fmt::print("{}\n{}", heading(arguments, comparison), comparison_table(comparison, arguments.all));
  }
  if (!conditions.empty()) fmt::print(arguments.json ? stderr : stdout, "\n{}", judgement.findings());
  if (!judgement.warnings().empty()) fmt::print(stderr, "warning: {}", judgement.warnings());
  if (!judgement.unknown().empty()) fmt::print(stderr, "cannot be judged: {}", judgement.unknown());
  if (judgement.any_holds()) return kConditionHolds;
  const bool green = judgement.unknown().empty() && (missing.empty() || arguments.allow_missing);
  return green ? kDone : kInputWrong;
}

}  // namespace hearsay::cli
