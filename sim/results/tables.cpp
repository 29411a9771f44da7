#include "sim/results/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "analysis/csv.hpp"
#include "sim/core/check.hpp"
#include "sim/core/digest.hpp"
#include "sim/metrics/catalogue.hpp"
#include "sim/metrics/result_fields.hpp"

namespace hearsay::results {
namespace {

using analysis::csv_text;

/// Text that grows by formatted pieces.
class Text {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }
  void add_field(const std::optional<double>& value) {
    text_ += ',';
    text_ += csv_text(value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string header_fields(const std::vector<std::string>& names) {
  std::string header;
  for (const auto& name : names) header += "," + csv_text(std::string_view(name));
  return header;
}

std::string axis_fields(const PointLabels& labels, std::uint32_t point) { return header_fields(labels.values(point)); }

/// Names of the fields of a run that show there.
std::string field_names(metrics::FieldPlace place) {
  std::string names;
  for (const metrics::RunField& field : metrics::run_fields()) {
    if (field.place == place) names += fmt::format(",{}", field.name);
  }
  return names;
}

/// Their values.
std::string fields_of(const metrics::RunResult& result, metrics::FieldPlace place) {
  Text out;
  for (const metrics::RunField& field : metrics::run_fields()) {
    if (field.place != place) continue;
    const metrics::FieldValue value = field.get(result);
    const auto* const count = std::get_if<std::uint64_t>(&value);
    const auto* const real = std::get_if<double>(&value);
    if (field.type == metrics::FieldType::kDigest) {
      out.add(",{}", result.failed ? "" : to_hex(*count));
    } else if (count != nullptr) {
      out.add(",{}", *count);
    } else {
      out.add(",{}", csv_text(real != nullptr ? std::optional(*real) : std::nullopt));
    }
  }
  return out.take();
}

std::string runs_row(const TableLayout& layout, const RunRecord& run) {
  const metrics::RunResult& result = run.result;
  Text out;
  out.add("{}{},{},{}{},{},{}", run.key.point, axis_fields(layout.labels, run.key.point), run.key.replication,
          layout.seed, fields_of(result, metrics::FieldPlace::kRun), result.failed ? 1 : 0,
          csv_text(std::string_view(result.failure)));
  std::vector<std::optional<double>> row(layout.metrics.size());
  std::size_t next = 0;
  for (const auto& [name, value] : result.metrics) {
    next = layout.metrics.place(name, next);
    row[next++] = value;
  }
  for (const auto& value : row) out.add_field(value);
  out.add("\n");
  return out.take();
}

std::string messages_rows(const TableLayout&, const RunRecord& run) {
  Text out;
  for (const auto& kind : run.result.messages_by_kind) {
    out.add("{},{},{},{},{}\n", run.key.point, run.key.replication, kind.name, kind.count, kind.bytes);
  }
  return out.take();
}

std::string drops_rows(const TableLayout&, const RunRecord& run) {
  Text out;
  for (const auto& [reason, count] : run.result.drops) {
    out.add("{},{},{},{}\n", run.key.point, run.key.replication, reason, count);
  }
  return out.take();
}

std::string faults_rows(const TableLayout&, const RunRecord& run) {
  Text out;
  for (std::size_t i = 0; i < run.result.faults.size(); ++i) {
    const metrics::FaultReport& fault = run.result.faults[i];
    out.add("{},{},{},{},{},{},{},{}\n", run.key.point, run.key.replication, i, fault.kind, fault.dropped,
            fault.delayed, fault.nodes, fault.nodes_hit);
  }
  return out.take();
}

std::string miners_rows(const TableLayout&, const RunRecord& run) {
  Text out;
  for (const metrics::MinerReport& miner : run.result.miners)
    out.add("{},{},{},{},{},{}\n", run.key.point, run.key.replication, miner.node, miner.share, miner.found,
            miner.stale);
  return out.take();
}

std::string performance_row(const TableLayout&, const RunRecord& run) {
  return fmt::format("{},{}{}\n", run.key.point, run.key.replication,
                     fields_of(run.result, metrics::FieldPlace::kPerformance));
}

std::string series_rows(const TableLayout& layout, const RunRecord& run) {
  std::vector<std::size_t> places;
  for (const auto& column : run.result.series_columns) {
    places.push_back(layout.series.place(column, places.empty() ? 0 : places.back() + 1));
  }
  Text out;
  for (const auto& sample : run.result.series) {
    std::vector<std::optional<double>> row(layout.series.size());
    for (std::size_t i = 0; i < std::min(places.size(), sample.values.size()); ++i) row[places[i]] = sample.values[i];
    out.add("{},{},{}", run.key.point, run.key.replication, sample.time_s);
    for (const auto& value : row) out.add_field(value);
    out.add("\n");
  }
  return out.take();
}

std::string reach_rows(const TableLayout&, const RunRecord& run) {
  std::string out;
  for (const metrics::ReachCurve& curve : run.result.reach) {
    const std::string begin =
        fmt::format("{},{},{},", run.key.point, run.key.replication, csv_text(std::string_view(curve.item_class)));
    for (std::size_t i = 0; i < curve.share.size() && i < curve.time_s.size(); ++i) {
      out += begin;  // a hundred rows each run: put together without a format to be read each time
      out += fmt::to_string(curve.share[i]);
      out += ',';
      out += csv_text(curve.time_s[i]);
      out += '\n';
    }
  }
  return out;
}

std::string ledger_rows(const TableLayout&, const RunRecord& run) {
  Text out;
  for (const metrics::LedgerRow& row : run.result.ledger) {
    out.add("{},{},{},{},{},{},{}\n", run.key.point, run.key.replication, row.item, row.node, row.from,
            exact_seconds(row.time_ns), row.hops);
  }
  return out.take();
}

}  // namespace

std::size_t Columns::place(std::string_view name, std::size_t hint) const {
  if (hint < names_.size() && names_[hint] == name) return hint;
  const auto found = std::find(names_.begin(), names_.end(), name);
  HEARSAY_CHECK(found != names_.end(), "a run has a name that the names of all runs lack");
  return static_cast<std::size_t>(found - names_.begin());
}

std::vector<RunTable> run_tables(const TableLayout& layout) {
  const std::string runs =
      fmt::format("point{},replication,seed{},failed,failure{}\n", header_fields(layout.labels.axes()),
                  field_names(metrics::FieldPlace::kRun), header_fields(layout.metrics.names()));
  const std::string series = fmt::format("point,replication,time_s{}\n", header_fields(layout.series.names()));
  return {
      {"runs.csv", runs, runs_row, true},
      {"messages.csv", "point,replication,kind,count,bytes\n", messages_rows, true},
      {"drops.csv", "point,replication,reason,count\n", drops_rows, true},
      {"faults.csv", "point,replication,fault,kind,dropped,delayed,nodes,nodes_hit\n", faults_rows, true},
      {"miners.csv", "point,replication,node,share,found,stale\n", miners_rows, false},
      {"performance.csv", fmt::format("point,replication{}\n", field_names(metrics::FieldPlace::kPerformance)),
       performance_row, true},
      {"series.csv", series, series_rows, layout.series.size() > 0},
      {"reach.csv", "point,replication,class,share,time_s\n", reach_rows, false},
      {"ledger.csv", "point,replication,item,node,from,time_s,hops\n", ledger_rows, false},
  };
}

std::string points_header(const TableLayout& layout) {
  return fmt::format("point{},metric,unit,mean,sd,ci95_low,ci95_high,interval,n\n",
                     header_fields(layout.labels.axes()));
}

std::string points_rows(const TableLayout& layout, const PointSummary& point) {
  const std::string axes = axis_fields(layout.labels, point.point);
  Text out;
  for (const auto& [name, summary] : point.metrics) {
    const metrics::MetricInfo* info = metrics::find_metric(name);
    out.add("{}{},{},{},{},{},{},{},{},{}\n", point.point, axes, csv_text(std::string_view(name)),
            info == nullptr ? std::string_view() : info->unit, csv_text(summary.mean), csv_text(summary.sd),
            csv_text(summary.ci95_low), csv_text(summary.ci95_high),
            summary.ci95_low ? analysis::to_text(summary.interval) : std::string_view(), summary.n);
  }
  return out.take();
}

std::string exact_seconds(std::int64_t ns) { return fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000); }

}  // namespace hearsay::results
