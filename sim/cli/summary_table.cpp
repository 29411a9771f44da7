#include "sim/cli/summary_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "sim/cli/numbers.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/metrics/catalogue.hpp"

namespace hearsay::cli {
namespace {

using analysis::Summary;
using results::CampaignResult;
using results::PointSummary;

constexpr std::size_t kMostPointRows = 60;

enum class Quantity : std::uint8_t { kPlain, kSeconds, kBytes };

struct KeyMetric {
  std::string_view metric;
  std::string_view header;
  Quantity quantity;
  int rank;  ///< the greatest is left out first
};

constexpr std::array<KeyMetric, 10> kKeyMetrics = {{
    {"coverage_mean", "coverage", Quantity::kPlain, 0},
    {"t50_s", "t50", Quantity::kSeconds, 5},
    {"t90_s", "t90", Quantity::kSeconds, 1},
    {"t99_s", "t99", Quantity::kSeconds, 7},
    {"stale_rate", "stale rate", Quantity::kPlain, 2},
    {"messages_per_item", "messages/item", Quantity::kPlain, 3},
    {"bytes_per_item", "bytes/item", Quantity::kBytes, 6},
    {"rmr", "rmr", Quantity::kPlain, 8},
    {"uplink_utilisation_max", "busiest uplink", Quantity::kPlain, 4},
    {"queue_delay_p99_s", "queue p99", Quantity::kSeconds, 9},
}};

struct Unit {
  double factor = 1;
  std::string_view name;
};

Unit suitable_unit(Quantity quantity, double largest) {
  if (quantity == Quantity::kSeconds) {
    if (largest >= 0.1 || largest == 0) return {1, "s"};
    return largest >= 1e-4 ? Unit{1e3, "ms"} : Unit{1e6, "us"};
  }
  if (quantity == Quantity::kBytes) {
    if (largest >= 1e9) return {1e-9, "GB"};
    if (largest >= 1e6) return {1e-6, "MB"};
    return largest >= 1e4 ? Unit{1e-3, "kB"} : Unit{1, "B"};
  }
  return {1, ""};
}

std::string cell(const Summary* summary, std::size_t runs, double factor) {
  if (summary == nullptr || !summary->mean) return "-";
  const double mean = *summary->mean * factor;
  std::string text;
  if (!summary->ci95_low) {
    text = plain_number(mean);
  } else {
    text = with_half_width(mean, (*summary->ci95_high - *summary->ci95_low) / 2 * factor);
  }
  // Not every run has a value, which a reader of the mean must know.
  if (summary->n < runs) text += fmt::format(" ({} of {})", summary->n, runs);
  return text;
}

struct Filled {
  const KeyMetric* metric = nullptr;
  std::string header;
  std::vector<std::string> cells;
};

/// A time is of those items that got there, which its reader must know where not all did.
std::string share_of_items(const PointSummary& point, std::string_view metric) {
  const metrics::MetricInfo* info = metrics::find_metric(metric);
  const Summary* share = info == nullptr || info->known_share.empty() ? nullptr : point.find(info->known_share);
  const bool all = share == nullptr || !share->mean || *share->mean == 1;
  return all ? "" : fmt::format(" (of {:.3g} %)", *share->mean * 100);
}

Filled fill(const KeyMetric& metric, const std::vector<PointSummary>& points, double largest) {
  const Unit unit = suitable_unit(metric.quantity, largest);
  Filled column{&metric, std::string(metric.header), {}};
  if (!unit.name.empty()) column.header += fmt::format(" [{}]", unit.name);
  for (const PointSummary& point : points) {
    column.cells.push_back(cell(point.find(metric.metric), point.runs - point.failed, unit.factor) +
                           share_of_items(point, metric.metric));
  }
  return column;
}

/// Under a stopping rule points differ in their number of runs.
std::string runs_cell(const PointSummary& point, const CampaignResult& result) {
  const auto end = result.ended.find(point.point);
  if (end == result.ended.end()) return fmt::format("{} so far", point.runs);
  std::string_view remark;
  if (end->second.reason == analysis::StopReason::kAtMost) remark = ", at most";
  if (end->second.reason == analysis::StopReason::kNoSpread) remark = ", all equal";
  return fmt::format("{}{}", end->second.replications, remark);
}

/// A whole table as an axis value can be longer than the line; its point's number then tells it from the others.
constexpr std::size_t kMostLabel = 40;

bool too_long(const results::PointLabels& labels, const std::vector<PointSummary>& points) {
  return std::any_of(points.begin(), points.end(), [&](const PointSummary& point) {
    const auto& values = labels.values(point.point);
    return std::any_of(values.begin(), values.end(),
                       [](const std::string& value) { return display_width(value) > kMostLabel; });
  });
}

std::string shortened(const std::string& label) {
  if (display_width(label) <= kMostLabel) return label;
  std::size_t end = kMostLabel - 1;
  while (end > 0 && (static_cast<unsigned char>(label[end]) & 0xc0) == 0x80) --end;  // within a character
  return label.substr(0, end) + "…";
}

TextTable assemble(const results::PointLabels& labels, const std::vector<PointSummary>& points,
                   const std::vector<Filled>& metrics, const CampaignResult& result) {
  std::vector<TableColumn> columns;
  const bool numbered = too_long(labels, points);
  if (numbered) columns.push_back({"point", true});
  for (const auto& axis : labels.short_axes()) columns.push_back({axis, false});
  if (result.by_rule) columns.push_back({"runs", true});
  for (const Filled& metric : metrics) columns.push_back({metric.header, true});
  TextTable table(columns);
  for (std::size_t p = 0; p < points.size(); ++p) {
    std::vector<std::string> row;
    if (numbered) row.push_back(std::to_string(points[p].point));
    for (const auto& value : labels.values(points[p].point)) row.push_back(shortened(value));
    if (result.by_rule) row.push_back(runs_cell(points[p], result));
    for (const Filled& metric : metrics) row.push_back(metric.cells[p]);
    table.add(std::move(row));
  }
  return table;
}

}  // namespace

SummaryTable::SummaryTable(const results::PointLabels& labels) : labels_(labels), largest_(kKeyMetrics.size(), -1) {}

void SummaryTable::add(const PointSummary& point) {
  ++points_;
  for (std::size_t m = 0; m < kKeyMetrics.size(); ++m) {
    const Summary* summary = point.find(kKeyMetrics[m].metric);
    if (summary != nullptr && summary->mean) largest_[m] = std::max(largest_[m], std::abs(*summary->mean));
  }
  if (shown_.size() < kMostPointRows) shown_.push_back(point);
}

std::string SummaryTable::text(const CampaignResult& result) const {
  std::vector<Filled> metrics;
  for (std::size_t m = 0; m < kKeyMetrics.size(); ++m) {
    if (largest_[m] >= 0) metrics.push_back(fill(kKeyMetrics[m], shown_, largest_[m]));
  }
  if (metrics.empty()) return {};
  while (metrics.size() > 1 && assemble(labels_, shown_, metrics, result).width() > kTableWidth) {
    metrics.erase(std::max_element(metrics.begin(), metrics.end(),
                                   [](const Filled& a, const Filled& b) { return a.metric->rank < b.metric->rank; }));
  }
  std::string text = assemble(labels_, shown_, metrics, result).text();
  if (points_ > shown_.size()) text += fmt::format("... and {} more points\n", points_ - shown_.size());
  return text;
}

}  // namespace hearsay::cli
