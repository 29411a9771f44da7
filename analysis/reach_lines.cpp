#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "analysis/reach_figure.hpp"
#include "analysis/summary.hpp"

namespace hearsay::analysis {
namespace {

using LineKey = std::tuple<std::uint32_t, std::string>;  // point, class
using TimesByShare = std::map<double, std::vector<std::optional<double>>>;

std::uint32_t csv_index(const CsvTable& table, std::size_t row, std::size_t column) {
  const auto number = csv_number(table, row, column);
  if (!number || *number < 0 || *number > 4e9) {
    throw BadTable(
        fmt::format("{}: row {}, column {}: not an index", table.file.string(), row + 1, table.header[column]));
  }
  return static_cast<std::uint32_t>(*number);
}

ReachPoint reach_point(double share, const std::vector<std::optional<double>>& times) {
  const Summary summary = summarise(times);
  ReachPoint point{.share = share, .time_s = *summary.mean, .by_all = summary.n == times.size()};
  if (summary.n >= 3 && summary.ci95_low) {
    point.low_s = std::max(0.0, *summary.ci95_low);
    point.high_s = *summary.ci95_high;
    return point;
  }
  point.low_s = point.high_s = point.time_s;
  for (const auto& time : times) {
    if (!time) continue;
    point.low_s = std::min(point.low_s, *time);
    point.high_s = std::max(point.high_s, *time);
  }
  return point;
}

}  // namespace

std::vector<ReachLine> reach_lines(const CsvTable& reach) {
  const std::size_t point = reach.column("point"), replication = reach.column("replication"),
                    item_class = reach.column("class"), share = reach.column("share"), time = reach.column("time_s");
  std::map<LineKey, TimesByShare> times;
  std::map<LineKey, std::set<std::uint32_t>> replications;
  for (std::size_t row = 0; row < reach.rows.size(); ++row) {
    const auto at = csv_number(reach, row, share);
    if (!at) throw BadTable(fmt::format("{}: row {} has no share", reach.file.string(), row + 1));
    const LineKey key{csv_index(reach, row, point), reach.rows[row][item_class]};
    times[key][*at].push_back(csv_number(reach, row, time));
    replications[key].insert(csv_index(reach, row, replication));
  }

  std::vector<ReachLine> lines;
  for (const auto& [key, by_share] : times) {
    ReachLine line{.point = std::get<0>(key),
                   .item_class = std::get<1>(key),
                   .replications = replications[key].size(),
                   .points = {}};
    for (const auto& [at, values] : by_share) {
      const auto got_there = static_cast<std::size_t>(
          std::count_if(values.begin(), values.end(), [](const auto& value) { return value.has_value(); }));
      if (got_there == 0 || 2 * got_there < values.size()) break;
      line.points.push_back(reach_point(at, values));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace hearsay::analysis
