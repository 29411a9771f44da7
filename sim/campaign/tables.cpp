#include "sim/campaign/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "analysis/csv.hpp"
#include "sim/core/digest.hpp"
#include "sim/metrics/catalogue.hpp"

namespace hearsay::campaign {
namespace {

using analysis::csv_text;

/// Text that grows by formatted pieces.
class Text {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string axis_header(const PointLabels& labels) {
  std::string header;
  for (const auto& axis : labels.axes()) header += "," + csv_text(std::string_view(axis));
  return header;
}

std::string axis_fields(const PointLabels& labels, std::uint32_t point) {
  std::string fields;
  for (const auto& value : labels.values(point)) fields += "," + csv_text(std::string_view(value));
  return fields;
}

}  // namespace

std::string runs_csv(const TableInput& input) {
  const std::vector<std::string> names = metric_names(input.result.runs);
  Text out;
  out.add("point{},replication,seed,digest,failed,failure", axis_header(input.labels));
  for (const auto& name : names) out.add(",{}", csv_text(std::string_view(name)));
  out.add("\n");
  for (const RunRecord& run : input.result.runs) {
    const metrics::RunResult& result = run.result;
    out.add("{}{},{},{},{},{},{}", run.key.point, axis_fields(input.labels, run.key.point), run.key.replication,
            input.scenario.seed, result.failed ? "" : to_hex(result.digest), result.failed ? 1 : 0,
            csv_text(std::string_view(result.failure)));
    // Membership only, by name; nothing iterates it.
    std::unordered_map<std::string_view, std::optional<double>> values(result.metrics.begin(), result.metrics.end());
    for (const auto& name : names) out.add(",{}", csv_text(values[name]));
    out.add("\n");
  }
  return out.take();
}

std::string points_csv(const TableInput& input) {
  Text out;
  out.add("point{},metric,unit,mean,sd,ci95_low,ci95_high,n\n", axis_header(input.labels));
  for (const PointSummary& point : summarise_points(input.result.runs)) {
    const std::string axes = axis_fields(input.labels, point.point);
    for (const auto& [name, summary] : point.metrics) {
      const metrics::MetricInfo* info = metrics::find_metric(name);
      out.add("{}{},{},{},{},{},{},{},{}\n", point.point, axes, csv_text(std::string_view(name)),
              info == nullptr ? std::string_view() : info->unit, csv_text(summary.mean), csv_text(summary.sd),
              csv_text(summary.ci95_low), csv_text(summary.ci95_high), summary.n);
    }
  }
  return out.take();
}

std::string messages_csv(const TableInput& input) {
  Text out;
  out.add("point,replication,kind,count,bytes\n");
  for (const RunRecord& run : input.result.runs) {
    for (const auto& kind : run.result.messages_by_kind) {
      out.add("{},{},{},{},{}\n", run.key.point, run.key.replication, kind.name, kind.count, kind.bytes);
    }
  }
  return out.take();
}

std::string drops_csv(const TableInput& input) {
  Text out;
  out.add("point,replication,reason,count\n");
  for (const RunRecord& run : input.result.runs) {
    for (const auto& [reason, count] : run.result.drops) {
      out.add("{},{},{},{}\n", run.key.point, run.key.replication, reason, count);
    }
  }
  return out.take();
}

std::string faults_csv(const TableInput& input) {
  Text out;
  out.add("point,replication,fault,kind,dropped,delayed,nodes\n");
  for (const RunRecord& run : input.result.runs) {
    for (std::size_t i = 0; i < run.result.faults.size(); ++i) {
      const metrics::FaultReport& fault = run.result.faults[i];
      out.add("{},{},{},{},{},{},{}\n", run.key.point, run.key.replication, i, fault.kind, fault.dropped, fault.delayed,
              fault.nodes);
    }
  }
  return out.take();
}

std::string performance_csv(const TableInput& input) {
  Text out;
  out.add(
      "point,replication,events,setup_s,wall_s,events_per_s,peak_rss_bytes,nodes_bytes,items_bytes,messages_bytes\n");
  for (const RunRecord& run : input.result.runs) {
    const metrics::Performance& p = run.result.performance;
    std::optional<double> rate;
    if (p.wall_s > 0) rate = static_cast<double>(p.events) / p.wall_s;
    out.add("{},{},{},{},{},{},{},{},{},{}\n", run.key.point, run.key.replication, p.events, p.setup_s, p.wall_s,
            csv_text(rate), p.peak_rss_bytes, p.memory.nodes, p.memory.items, p.memory.messages);
  }
  return out.take();
}

std::string series_csv(const TableInput& input) {
  std::vector<std::string> columns;
  for (const RunRecord& run : input.result.runs) {
    for (const auto& column : run.result.series_columns) {
      if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
    }
  }
  if (columns.empty()) return {};
  Text out;
  out.add("point,replication,time_s");
  for (const auto& column : columns) out.add(",{}", csv_text(std::string_view(column)));
  out.add("\n");
  for (const RunRecord& run : input.result.runs) {
    std::vector<std::size_t> places;
    for (const auto& column : run.result.series_columns) {
      places.push_back(static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) - columns.begin()));
    }
    for (const auto& sample : run.result.series) {
      std::vector<std::optional<double>> row(columns.size());
      for (std::size_t i = 0; i < std::min(places.size(), sample.values.size()); ++i) row[places[i]] = sample.values[i];
      out.add("{},{},{}", run.key.point, run.key.replication, sample.time_s);
      for (const auto& value : row) out.add(",{}", csv_text(value));
      out.add("\n");
    }
  }
  return out.take();
}

std::string reach_rows(const RunRecord& run) {
  Text out;
  for (const metrics::ReachCurve& curve : run.result.reach) {
    const std::string item_class = csv_text(std::string_view(curve.item_class));
    for (std::size_t i = 0; i < curve.share.size() && i < curve.time_s.size(); ++i) {
      out.add("{},{},{},{},{}\n", run.key.point, run.key.replication, item_class, curve.share[i],
              csv_text(curve.time_s[i]));
    }
  }
  return out.take();
}

std::string ledger_rows(const RunRecord& run) {
  Text out;
  for (const metrics::LedgerRow& row : run.result.ledger) {
    out.add("{},{},{},{},{},{},{}\n", run.key.point, run.key.replication, row.item, row.node, row.from,
            exact_seconds(row.time_ns), row.hops);
  }
  return out.take();
}

std::string exact_seconds(std::int64_t ns) { return fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000); }

}  // namespace hearsay::campaign
