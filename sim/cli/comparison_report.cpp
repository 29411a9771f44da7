#include "sim/cli/comparison_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/cli/console.hpp"
#include "sim/cli/numbers.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/core/build_info.hpp"
#include "sim/metrics/catalogue.hpp"

namespace hearsay::cli {
namespace {

using analysis::Comparison;
using analysis::Difference;
using nlohmann::ordered_json;

constexpr std::size_t kMostComparisonRows = 60;

/// Worth a line without being asked for.
bool differs(const Difference& difference) {
  if (!difference.known()) return true;
  return difference.p && difference.ci95_low ? difference.significant() : difference.difference != 0;
}

std::string difference_text(const Difference& d) {
  if (!d.ci95_low) return plain_number(d.difference);
  return with_half_width(d.difference, (*d.ci95_high - *d.ci95_low) / 2);
}

std::string relative_text(const Difference& d) {
  const auto relative = d.relative();
  return relative ? fmt::format("{:+.1f} %", *relative * 100) : "-";
}

std::string p_text(const std::optional<double>& p) {
  if (!p) return "-";
  return *p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", *p);
}

/// Pairs, or the values of both sides; with what is lost.
std::string count_text(const Comparison& comparison, const Difference& d) {
  if (!comparison.paired) return fmt::format("{}, {}", d.n_a, d.n_b);
  const std::size_t most = std::max(d.values_a, d.values_b);
  return d.n_a < most ? fmt::format("{} of {}", d.n_a, most) : fmt::format("{}", d.n_a);
}

std::string unit_text(const std::string& metric) {
  const metrics::MetricInfo* info = metrics::find_metric(metric);
  return info == nullptr || info->unit == "1" ? metric : fmt::format("{} [{}]", metric, info->unit);
}

std::string share_text(const std::optional<double>& share) {
  return share ? fmt::format("{:.3g} %", *share * 100) : "-";
}

std::vector<std::string> row(const Comparison& comparison, const Difference& d) {
  std::string metric = unit_text(d.metric);
  if (d.of_survivors())
    metric += fmt::format(" (of {}, {} of the items)", share_text(d.known_a), share_text(d.known_b));
  if (!d.known()) {
    return {metric, "-", "-", "-", "-", "-", fmt::format("{}, {}", d.values_a, d.values_b), verdict(d)};
  }
  return {metric,           plain_number(d.a), plain_number(d.b),         difference_text(d),
          relative_text(d), p_text(d.p_holm),  count_text(comparison, d), verdict(d)};
}

template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json difference_json(const Difference& d) {
  ordered_json ci95;
  if (d.ci95_low) ci95 = {*d.ci95_low, *d.ci95_high};
  const auto known = [&](double value) { return d.known() ? ordered_json(value) : ordered_json(); };
  return {{"a", known(d.a)},
          {"b", known(d.b)},
          {"difference", known(d.difference)},
          {"ci95", ci95},
          {"relative", d.known() ? or_null(d.relative()) : ordered_json()},
          {"p", or_null(d.p)},
          {"p_holm", or_null(d.p_holm)},
          {"n", {d.n_a, d.n_b}},
          {"values", {d.values_a, d.values_b}},
          {"share_of_items", {or_null(d.known_a), or_null(d.known_b)}},
          {"verdict", verdict(d)}};
}

}  // namespace

std::string verdict(const Difference& difference) {
  if (!difference.known()) return "no pair";
  if (!difference.p) return difference.difference == 0 ? "no difference" : "not judged";
  if (!difference.significant())
    return difference.ci95_low || difference.difference == 0 ? "no difference" : "not judged";
  if (difference.of_survivors()) return "survivors";
  const bool higher = difference.difference > 0;
  const metrics::MetricInfo* info = metrics::find_metric(difference.metric);
  if (info == nullptr || info->better == metrics::Better::kNeither) return higher ? "higher" : "lower";
  return higher == (info->better == metrics::Better::kHigher) ? "better" : "worse";
}

std::string survivors_text(const Difference& d) {
  if (!d.of_survivors()) return {};
  return fmt::format("{} is of {} and {} of the items", d.metric, share_text(d.known_a), share_text(d.known_b));
}

bool lacks_pairs(const Difference& d) { return d.n_a < d.values_a || d.n_b < d.values_b || !d.known(); }

std::string comparison_table(const Comparison& comparison, bool all) {
  const bool points = comparison.points.size() > 1;
  std::vector<TableColumn> columns;
  if (points) columns.push_back({"point", false});
  for (const char* number : {"A", "B", "difference", "relative", "p (Holm)", "n"}) {
    if (columns.empty() || (points && columns.size() == 1)) columns.push_back({"metric", false});
    columns.push_back({number, true});
  }
  columns.push_back({"verdict", false});
  TextTable table(columns);
  std::size_t shown = 0, left_out = 0, alike = 0;
  for (const auto& point : comparison.points) {
    for (const Difference& difference : point.metrics) {
      if (!all && !differs(difference)) {
        ++alike;
      } else if (!all && shown >= kMostComparisonRows) {
        ++left_out;
      } else {
        std::vector<std::string> cells = row(comparison, difference);
        if (points) cells.insert(cells.begin(), point.name());
        table.add(std::move(cells));
        ++shown;
      }
    }
  }
  std::string text = shown > 0 ? table.text() : "";
  if (left_out > 0) text += fmt::format("... and {} more that differ (--all shows them)\n", left_out);
  if (alike > 0) {
    text += fmt::format("{}{} no difference (--all shows {})\n", shown > 0 ? "" : "nothing differs: ",
                        counted(alike, "comparison") + (alike == 1 ? " shows" : " show"), alike == 1 ? "it" : "them");
  }
  return text;
}

std::string comparison_document(const CompareArguments& arguments, const Comparison& comparison,
                                const std::vector<JudgedCondition>& conditions,
                                const std::vector<std::string>& missing) {
  ordered_json points = ordered_json::array(), judged = ordered_json::array();
  for (const auto& point : comparison.points) {
    ordered_json axes = ordered_json::object(), metrics = ordered_json::object();
    for (const auto& [key, label] : point.axes) axes[key] = label;
    for (const Difference& difference : point.metrics) metrics[difference.metric] = difference_json(difference);
    points.push_back({{"axes", std::move(axes)}, {"metrics", std::move(metrics)}});
  }
  for (const JudgedCondition& condition : conditions) {
    judged.push_back({{"condition", condition.text},
                      {"holds", !condition.points.empty() ? ordered_json(true)
                                : condition.judged        ? ordered_json(false)
                                                          : nullptr},
                      {"points", condition.points}});
  }
  const ordered_json document = {{"hearsay", build_info().version},
                                 {"a", arguments.a.string()},
                                 {"b", arguments.b.string()},
                                 {"paired", comparison.paired},
                                 {"interval", comparison.paired ? "student-t" : "welch"},
                                 {"correction", "holm"},
                                 {"tests", comparison.tests},
                                 {"points", std::move(points)},
                                 {"only_in_a", comparison.only_in_a},
                                 {"only_in_b", comparison.only_in_b},
                                 {"missing", missing},
                                 {"fail_if", std::move(judged)}};
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hearsay::cli
