#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <variant>

#include "sim/cli/commands.hpp"
#include "sim/cli/reference.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/core/units.hpp"
#include "sim/document/diagnostics.hpp"
#include "sim/metrics/catalogue.hpp"
#include "sim/metrics/figure_metrics.hpp"
#include "sim/results/ledger_file.hpp"
#include "sim/simulation/registry.hpp"

namespace hearsay::cli {
namespace {

using protocol::ParamFields;
using protocol::ParamInfo;
using protocol::ParamType;
using protocol::ParamValue;

std::string type_name(ParamType type) {
  switch (type) {
    case ParamType::kFlag: return "true or false";
    case ParamType::kInteger: return "integer";
    case ParamType::kReal: return "number";
    case ParamType::kDuration: return "duration";
    case ParamType::kSize: return "size";
    case ParamType::kChoice: return "choice";
    case ParamType::kText: return "text";
    case ParamType::kTextList: return "list of text";
    case ParamType::kRamp: return "number or ramp";
    case ParamType::kQuota: return "count, share or group";
    case ParamType::kTable: return "table";
    case ParamType::kByClass: return "table by class";
    case ParamType::kList: return "list of tables";
  }
  return {};
}

/// A limit or a value in the unit of its parameter.
std::string in_unit(ParamType type, double value) {
  if (type == ParamType::kDuration) return format_duration({static_cast<std::int64_t>(value)});
  if (type == ParamType::kSize) return format_size(static_cast<std::uint64_t>(value));
  return fmt::format("{}", value);
}

/// Limits that the field's own machine type sets are no limits to a reader.
bool is_limit(ParamType type, double value) {
  if (!std::isfinite(value)) return false;
  return type == ParamType::kReal || type == ParamType::kRamp || std::abs(value) < 4'000'000'000.0;
}

std::string range(const ParamInfo& info) {
  if (info.type == ParamType::kDuration || info.type == ParamType::kSize) {
    const bool high = std::isfinite(info.max) && info.max < 9e18;
    const char* low = info.above_min ? "> " : ">= ";
    if (high) return fmt::format("{} to {}", in_unit(info.type, info.min), in_unit(info.type, info.max));
    return std::isfinite(info.min) ? low + in_unit(info.type, info.min) : "";
  }
  const bool low = is_limit(info.type, info.min), high = is_limit(info.type, info.max);
  if (low && high) return fmt::format("{}{}, {}]", info.above_min ? "(" : "[", info.min, info.max);
  if (low) return fmt::format("{} {}", info.above_min ? ">" : ">=", info.min);
  return high ? fmt::format("<= {}", info.max) : "";
}

std::string default_text(const ParamInfo& info, const ParamFields& params, std::size_t field) {
  if (info.required) return "(required)";
  if (!info.children.empty()) return "";
  const ParamValue value = params.get(field);
  if (std::holds_alternative<std::monostate>(value)) return "off";
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return in_unit(info.type, static_cast<double>(*integer));
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  if (const auto* duration = std::get_if<Duration>(&value)) return format_duration(*duration);
  if (const auto* text = std::get_if<std::string>(&value)) return text->empty() ? "\"\"" : *text;
  if (const auto* ramp = std::get_if<protocol::Ramp>(&value)) return fmt::format("{}", ramp->from);
  return fmt::format("[{}]", fmt::join(std::get<std::vector<std::string>>(value), ", "));
}

/// Adds a line per parameter, nested ones under "outer.inner". `params` are default values; they are not const because
/// a default of a nested list element exists only once one is appended.
void add_parameters(TextTable& table, const std::vector<ParamInfo>& infos, ParamFields& params,
                    const std::string& prefix) {
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const ParamInfo& info = infos[i];
    std::string help = info.help;
    if (!info.choices.empty()) help += fmt::format(" (one of: {})", fmt::join(info.choices, ", "));
    if (!info.shorthand.empty()) help += fmt::format(" (text alone sets {})", info.shorthand);
    table.add({prefix + info.name, type_name(info.type), default_text(info, params, i), range(info), help});
    if (info.children.empty()) continue;
    const bool one = info.type == ParamType::kTable;
    const auto nested = one ? std::move(params.entries(i).front().second) : params.append(i, "CLASS");
    const char* const step = one ? "." : info.type == ParamType::kByClass ? ".CLASS." : ".N.";
    add_parameters(table, info.children, *nested, prefix + info.name + step);
  }
}

/// The metrics of the figures that a protocol declares.
void describe_figures(const std::vector<const protocol::Figure*>& figures) {
  TextTable table({{"metric of its own", false}, {"unit", false}, {"better", false}, {"meaning", false}});
  for (const protocol::Figure* figure : figures) {
    for (const metrics::FigureMetric& each : metrics::metrics_of(figure->kind)) {
      const auto* metric = metrics::find_metric(fmt::format("{}{}", figure->name, each.suffix));
      table.add(
          {std::string(metric->name), std::string(metric->unit), direction(metric->better), std::string(metric->help)});
    }
  }
  fmt::print("\n{}", table.text());
}

TextTable key_table(const char* what) {
  return TextTable({{what, false}, {"type", false}, {"default", false}, {"range", false}, {"meaning", false}});
}

/// A protocol or a membership.
template <class Entry>
void describe_machine(const Entry& entry) {
  if (!entry.message_kinds.empty()) fmt::print("messages: {}\n", fmt::join(entry.message_kinds, ", "));
  if (entry.params.empty()) return;
  fmt::print("\n");
  TextTable table = key_table("parameter");
  const auto defaults = entry.make_params();
  add_parameters(table, entry.params, *defaults->fields(), "");
  fmt::print("{}", table.text());
  if (!entry.figures.empty()) describe_figures(entry.figures);
}

void describe_entry(const ReferenceTopic& topic, const ReferenceEntry& entry) {
  fmt::print("{} ({}): {}\n", entry.name, topic.singular, entry.help);
  for (const auto& [fact, value] : entry.facts) {
    if (!value.empty()) fmt::print("{}: {}\n", fact, value);
  }
  if (!entry.keys.empty()) {
    TextTable table = key_table("key");
    for (const auto& row : entry.keys) table.add(row);
    fmt::print("\n{}", table.text());
  }
  if (const auto* protocol = topic.word == "protocols" ? simulation::find_protocol(entry.name) : nullptr) {
    describe_machine(*protocol);
  }
  if (const auto* membership = topic.word == "memberships" ? simulation::find_membership(entry.name) : nullptr) {
    constexpr std::string_view kTopology[] = {"its links are the connections", "kind = \"none\"",
                                              "its links are the first connections"};
    fmt::print("topology: {}\n", kTopology[static_cast<std::size_t>(membership->topology)]);
    describe_machine(*membership);
  }
}

/// The tables of ledger.sqlite, and what to ask them.
void describe_ledger() {
  fmt::print(
      "{} (file of results): nodes, blocks and transactions of every run, with output.ledger = true; the "
      "deliveries are in ledger.csv\n",
      results::kLedgerFile);
  for (const results::LedgerTable& table : results::ledger_schema()) {
    TextTable columns({{fmt::format("column of {}", table.name), false}, {"type", false}, {"meaning", false}});
    columns.add({"point", "INTEGER", "of the sweep"});
    columns.add({"replication", "INTEGER", ""});
    for (const results::LedgerColumn& column : table.columns)
      columns.add({std::string(column.name), std::string(column.type), std::string(column.help)});
    fmt::print("\n{}: {}\n{}", table.name, table.help, columns.text());
  }
  for (const results::LedgerQuery& query : results::ledger_queries())
    fmt::print("\n-- {}\n{};\n", query.question, query.sql);
}

}  // namespace

int describe_command(const std::string& name) {
  if (name == "ledger") {
    describe_ledger();
    return kDone;
  }
  std::vector<std::string> known{"ledger"};
  bool found = false;
  // "t90_s[role=explorer]" is described by "t90_s".
  const std::string base = name.substr(0, name.find('['));
  for (const ReferenceTopic& topic : reference_topics()) {
    if (found && topic.word == "scenarios") break;  // the last topic, and the only one that costs time
    for (const ReferenceEntry& entry : topic.entries()) {
      known.push_back(entry.name);
      if (entry.name != name && !(topic.word == "metrics" && entry.name == base)) continue;
      if (found) fmt::print("\n");
      describe_entry(topic, entry);
      found = true;
    }
  }
  if (found) return kDone;
  std::string near = document::nearest(name, known);
  // "t90" for t90_s: what is missing at the end is no typing mistake, but as likely.
  for (auto candidate = known.begin(); near.empty() && candidate != known.end(); ++candidate) {
    if (candidate->starts_with(name)) near = *candidate;
  }
  throw document::InputError(fmt::format("nothing is called '{}'{}; `hearsay list TOPIC` shows what there is", name,
                                         near.empty() ? "" : fmt::format(", do you mean '{}'?", near)));
}

}  // namespace hearsay::cli
