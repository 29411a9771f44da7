#include "sim/scenario/resolve.hpp"

#include <fmt/format.h>

#include <limits>

#include "sim/core/units.hpp"
#include "sim/scenario/distributions.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::kNotNegative;
using document::Reader;
using document::Type;
using workload::Arrivals;
using workload::WorkloadSpec;

constexpr const char* kBroadcastKeys[] = {"rate", "interval",         "count", "at", "size", "origin", "start",
                                          "stop", "reads_per_publish"};

ClassId class_id(Draft& draft, const std::string& name) {
  return static_cast<ClassId>(intern(draft.spec.classes, name));
}

enum class Kind : std::uint8_t { kBroadcast, kTransactions, kMining, kTrace };

/// Of kTransactions "tx": so protocols and metrics tell them from the blocks beside them.
class BroadcastResolver {
 public:
  BroadcastResolver(const Reader& table, Draft& draft, WorkloadSpec& spec, std::string default_class)
      : table_(table), draft_(draft), spec_(spec), default_class_(std::move(default_class)) {}

  void resolve() {
    const Cell item_class = table_.cell("class");
    if (!item_class.present() && !default_class_.empty()) item_class.record(default_class_);
    spec_.item_class = class_id(draft_, item_class.present() ? item_class.text().value_or("") : default_class_);
    read_window();
    read_arrivals();
    const Cell size = table_.cell("size").required("size = \"1 kB\"");
    if (const auto drawn = read_distribution(size, {Unit::kSize, true, "\"1 kB\""})) spec_.size_bytes = *drawn;
    read_origin(table_.cell("origin"));
  }

 private:
  SimTime end() const { return draft_.duration_known ? draft_.spec.duration : kMaxSimTime; }

  void read_window() {
    const Cell start = table_.cell("start");
    const Cell stop = table_.cell("stop");
    spec_.start = SimTime{} + start.duration_or(Duration{});
    spec_.stop = SimTime{} + stop.duration_or(end() - SimTime{});
    if (spec_.start >= end()) {
      start.error(fmt::format("publications start at {}, after the end of the run at {}",
                              format_duration({spec_.start.ns}), format_duration({end().ns})));
    }
    if (spec_.stop > end()) {
      stop.error(fmt::format(
          "publications stop at {}, after the end of the run at {}; write an earlier time or a longer run.duration",
          format_duration({spec_.stop.ns}), format_duration({end().ns})));
    } else if (stop.present() && spec_.stop <= spec_.start) {
      stop.error(fmt::format("{} is not after start = {}", format_duration({spec_.stop.ns}),
                             format_duration({spec_.start.ns})));
    }
  }

  void read_arrivals() {
    const Cell rate = table_.cell("rate");
    const Cell interval = table_.cell("interval");
    const Cell count = table_.cell("count");
    const int given = int{rate.present()} + int{interval.present()} + int{count.present()};
    if (given != 1) {
      table_.error(
          given == 0
              ? "says nothing of when items are published; write rate = \"50/s\", interval = \"20 ms\" or count = 10"
              : "rate, interval and count exclude each other; write one of them");
    }
    if (count.present()) {
      read_count(count);
    } else if (given > 0) {
      read_stream(rate, interval);
    }
  }

  void read_count(const Cell& count) {
    spec_.arrivals = Arrivals::kCount;
    spec_.count = count.count({.min = 1}).value_or(0);
    const Cell at = table_.cell("at");
    spec_.at = SimTime{} + at.duration_or(spec_.start - SimTime{});
    if (spec_.at >= end()) {
      at.error(fmt::format("items are published at {}, after the end of the run at {}", format_duration({spec_.at.ns}),
                           format_duration({end().ns})));
    } else if (at.present() && (spec_.at < spec_.start || spec_.at >= spec_.stop)) {
      at.error(fmt::format("{} is outside [start, stop) = [{}, {})", format_duration({spec_.at.ns}),
                           format_duration({spec_.start.ns}), format_duration({spec_.stop.ns})));
    }
    table_.elsewhere("reads_per_publish", "not read with count; it belongs to a stream of items, rate or interval");
  }

  void read_stream(const Cell& rate, const Cell& interval) {
    table_.elsewhere("at", "read only with count");
    if (rate.present()) {
      spec_.arrivals = Arrivals::kPoisson;
      spec_.rate_per_s = rate.frequency_per_s().value_or(0);
    } else {
      spec_.arrivals = interval.is(Type::kTable) ? Arrivals::kDistribution : Arrivals::kInterval;
      if (const auto gap = read_distribution(interval, {Unit::kDuration, true, "\"20 ms\""})) spec_.gap_ns = *gap;
    }
    spec_.reads_per_publish = table_.cell("reads_per_publish").real_or(0, kNotNegative);
    warn_of_late_items(table_.cell("stop"));
  }

  void warn_of_late_items(const Cell& stop) const {
    const auto& output = draft_.spec.output;
    const bool measured = !output.measure_window || output.measure_to >= draft_.spec.duration;
    if (!draft_.duration_known || spec_.stop != draft_.spec.duration || !measured) return;
    stop.warning(
        "items are published until the very end of the run, so the last ones cannot spread; write an earlier stop or "
        "run.measure");
  }

  void read_origin(const Cell& cell) {
    if (!cell.present()) cell.record("random");
    if (!cell.present() || (cell.is(Type::kText) && cell.value()->text == "random")) {
      (void)cell.text();
    } else if (cell.is(Type::kText)) {
      spec_.origin = workload::OriginKind::kRole;
      read_role(cell);
    } else if (cell.is(Type::kInteger)) {
      spec_.origin = workload::OriginKind::kNode;
      spec_.origin_node = cell.count().value_or(0);
      if (draft_.nodes_known && spec_.origin_node >= draft_.spec.topology.nodes) {
        cell.error(fmt::format("there is no node {}; with {} nodes ids run from 0 to {}", spec_.origin_node,
                               draft_.spec.topology.nodes, draft_.spec.topology.nodes - 1));
      }
    } else {
      cell.error("expected \"random\", a node's number or a role, found " + describe(*cell.value()));
    }
  }

  void read_role(const Cell& cell) {
    const auto& roles = draft_.spec.network.roles;
    const auto name = cell.text();
    if (roles.empty()) {
      cell.error("\"" + *name +
                 "\" is not \"random\", and no group has a role; write \"random\", a node's number, or give a group "
                 "role = \"" +
                 *name + "\"");
      return;
    }
    if (const auto role = find_name(cell, *name, roles, "role")) spec_.origin_role = static_cast<RoleId>(*role);
  }

  const Reader& table_;
  Draft& draft_;
  WorkloadSpec& spec_;
  std::string default_class_;
};

void resolve_trace(const Reader& table, Draft& draft, WorkloadSpec& spec) {
  for (const char* key : kBroadcastKeys)
    table.elsewhere(
        key, "not read by kind \"trace\", whose file says when, where and how much; it belongs to kind \"broadcast\"");
  spec.arrivals = Arrivals::kTrace;
  spec.stop = draft.spec.duration;
  const std::string own_class = table.cell("class").text().value_or("");
  const Cell cell = table.cell("file").required("file = \"trace.csv\"");
  const FileText* file = referenced_file(cell, draft, kMostListBytes);
  if (file == nullptr) return;
  const TraceFile& trace = draft.files.trace(cell.value()->text);
  for (const auto& error : trace.errors) error_in_file(cell, file->path, error.line, error.message);
  std::size_t late = 0;
  for (const TraceFileRow& row : trace.rows) {
    if (draft.nodes_known && row.node >= draft.spec.topology.nodes) {
      error_in_file(cell, file->path, row.line,
                    fmt::format("node: there is no node {}; with {} nodes ids run from 0 to {}", row.node,
                                draft.spec.topology.nodes, draft.spec.topology.nodes - 1));
    }
    if (draft.duration_known && row.time >= draft.spec.duration) {
      ++late;
    } else {
      spec.trace.push_back(
          {row.time, row.node, row.size_bytes, class_id(draft, row.item_class.empty() ? own_class : row.item_class)});
    }
  }
  if (late > 0)
    cell.warning(fmt::format("{} of {} publications lie at or after the end of the run and are left out", late,
                             trace.rows.size()));
}

/// Which kind a table is, or nothing after a diagnostic.
std::optional<Kind> read_workload_kind(const Cell& cell) {
  return cell.choice<Kind>({{"broadcast", Kind::kBroadcast},
                            {"transactions", Kind::kTransactions},
                            {"mining", Kind::kMining},
                            {"trace", Kind::kTrace}});
}

}  // namespace

void resolve_workloads(const Reader& root, Draft& draft) {
  const Cell cell = root.cell("workload").required("[workload] with kind = \"broadcast\", rate and size");
  const auto tables = root.tables("workload");
  if (cell.is(Type::kArray) && cell.value()->items.empty()) cell.error("no workload; nothing would be published");
  for (const Reader& table : tables) {
    const auto kind = read_workload_kind(table.cell("kind").required("kind = \"broadcast\""));
    if (!kind) {
      table.give_up();
      continue;
    }
    const bool second_chain = *kind == Kind::kMining && workload::mining_of(draft.spec.workloads) != nullptr;
    if (second_chain) table.cell("kind").error("a second workload of kind \"mining\"; there is one chain, remove one");
    WorkloadSpec& spec = draft.spec.workloads.emplace_back();
    if (*kind == Kind::kTrace) {
      resolve_trace(table, draft, spec);
    } else if (*kind == Kind::kMining) {
      spec.item_class = class_id(draft, table.cell("class").text().value_or(""));
      resolve_mining(root, table, draft, spec);
    } else {
      table.elsewhere("file", "read only by kind \"trace\"");
      BroadcastResolver(table, draft, spec, *kind == Kind::kTransactions ? "tx" : "").resolve();
    }
  }
  if (draft.spec.classes.empty()) draft.spec.classes.emplace_back();
}

}  // namespace hearsay::scenario
