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

namespace hearsay::cli {
namespace {

using analysis::Comparison;
using analysis::Difference;

constexpr std::size_t kMostNames = 10;

analysis::RunTable runs_of(const std::filesystem::path& directory) {
  try {
    return analysis::read_runs(directory);
  } catch (const analysis::BadTable& error) {
    throw document::InputError(error.what());
  }
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
  std::string text;
  for (const auto& [side, names] : {std::pair("A", &comparison.only_in_a), std::pair("B", &comparison.only_in_b)}) {
    if (!names->empty()) {
      text +=
          fmt::format("warning: {} of {} without a partner: {}\n", counted(names->size(), "point"), side, some(*names));
    }
  }
  return text;
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

/// All conditions, judged at every point.
class Judgement {
 public:
  Judgement(const std::vector<FailIf>& conditions, const Comparison& comparison) {
    for (const FailIf& condition : conditions) judge(condition, comparison);
  }

  const std::vector<JudgedCondition>& conditions() const { return conditions_; }
  /// Figures of what holds, and one line for each condition that does not.
  const std::string& findings() const { return findings_; }
  /// Values that have no partner; the condition was judged by the others.
  const std::string& lost() const { return lost_; }
  /// What could not be judged, though somebody wants to know.
  const std::string& unknown() const { return unknown_; }
  bool any_holds() const { return any_holds_; }

 private:
  void judge(const FailIf& condition, const Comparison& comparison) {
    JudgedCondition judged{condition.text, {}};
    std::string where;
    bool seen = false;
    for (const auto& point : comparison.points) {
      const Difference* difference = point.find(condition.metric);
      if (difference == nullptr) continue;
      seen = true;
      if (lacks_pairs(*difference)) note_lost(condition, point.name(), *difference);
      if (!difference->known() || !condition.holds(*difference)) continue;
      judged.points.push_back(point.name());
      where += finding(point.name(), *difference);
    }
    if (!seen)
      unknown_ +=
          fmt::format("--fail-if '{}': no run of A and B has a value of {}\n", condition.text, condition.metric);
    findings_ +=
        fmt::format("--fail-if '{}' {}\n{}", condition.text, where.empty() ? "does not hold" : "holds:", where);
    any_holds_ = any_holds_ || !where.empty();
    conditions_.push_back(std::move(judged));
  }

  void note_lost(const FailIf& condition, const std::string& point, const Difference& d) {
    const std::string text = fmt::format("--fail-if '{}': {}{} of A and {} of B, of which {} count\n", condition.text,
                                         point.empty() ? "" : point + ": ", counted(d.values_a, "value"),
                                         counted(d.values_b, "value"), d.known() ? std::min(d.n_a, d.n_b) : 0);
    (d.known() ? lost_ : unknown_) += text;
  }

  std::vector<JudgedCondition> conditions_;
  std::string findings_, unknown_, lost_;
  bool any_holds_ = false;
};

}  // namespace

int compare_command(const CompareArguments& arguments) {
  const std::vector<FailIf> conditions = parse_fail_ifs(arguments.fail_if);
  const results::Manifest manifest_a = manifest_of(arguments.a), manifest_b = manifest_of(arguments.b);
  const Comparison comparison = analysis::compare(runs_of(arguments.a), runs_of(arguments.b));
  fmt::print(stderr, "{}{}", unlike(manifest_a, manifest_b, comparison), without_partner(comparison));
  if (comparison.points.empty()) {
    throw document::InputError("no point of A has a partner in B: points are matched by the labels of their axes");
  }
  const Judgement judgement(conditions, comparison);
  if (arguments.json) {
    fmt::print("{}", comparison_document(arguments, comparison, judgement.conditions()));
  } else {
    fmt::print("{}\n{}", heading(arguments, comparison), comparison_table(comparison, arguments.all));
  }
  if (!conditions.empty()) fmt::print(arguments.json ? stderr : stdout, "\n{}", judgement.findings());
  if (!judgement.lost().empty()) fmt::print(stderr, "warning: {}", judgement.lost());
  if (!judgement.unknown().empty()) fmt::print(stderr, "cannot be judged: {}", judgement.unknown());
  if (judgement.any_holds()) return kConditionHolds;
  return judgement.unknown().empty() ? kDone : kInputWrong;
}

}  // namespace hearsay::cli
