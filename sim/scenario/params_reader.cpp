#include "sim/scenario/params_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/core/units.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::choices_text;
using document::empty_value;
using document::Limits;
using document::make_value;
using document::nearest;
using document::ReadContext;
using document::Reader;
using document::Type;
using document::Usage;
using document::Value;
using protocol::ParamFields;
using protocol::ParamInfo;
using protocol::ParamType;
using protocol::ParamValue;

class ParamsReader {
 public:
  /// Values are read on trial, and count as read once their parameter turns out to be used.
  ParamsReader(ReadContext& context, const std::vector<std::string>& classes)
      : usage_(context.usage), trial_context_{context.file, trial_, context.diagnostics, unused_}, classes_(classes) {}

  ReadContext& trial_context() { return trial_context_; }

  void read_table(const std::vector<ParamInfo>& infos, ParamFields& params, const Reader& table) {
    for (std::size_t i = 0; i < infos.size(); ++i) {
      const ParamInfo& info = infos[i];
      usage_.known(table.path(), info.name);
      const Cell cell = table.cell(info.name);
      if (cell.present()) {
        read_one(info, params, i, cell);
      } else if (info.required && params.used(i)) {
        table.error(fmt::format("{} is missing ({})", info.name, info.help));
      }
    }
    for (std::size_t i = 0; i < infos.size(); ++i) {
      const ParamInfo& info = infos[i];
      const Cell cell = table.cell(info.name);
      if (!cell.present()) continue;
      if (params.used(i)) {
        mark_read(info, *cell.value());
      } else {
        usage_.elsewhere(
            table.path(), info.name,
            fmt::format("not used beside the other parameters given ({}); remove it or what it contradicts",
                        info.help));
      }
    }
  }

 private:
  /// Nested tables have marked their own members.
  void mark_read(const ParamInfo& info, const Value& value) {
    const bool nested =
        info.type == ParamType::kTable || info.type == ParamType::kByClass || info.type == ParamType::kList;
    if (nested || info.type == ParamType::kRamp)
      usage_.read(value);
    else
      usage_.read_all(value);
    if (trial_.was_rounded(value)) usage_.rounded(value);
    if (info.type != ParamType::kRamp) return;
    for (const char* key : kRampKeys)
      if (const Value* member = value.find(key)) usage_.read(*member);
  }

  void read_one(const ParamInfo& info, ParamFields& params, std::size_t field, const Cell& cell) {
    switch (info.type) {
      case ParamType::kTable: read_table(info.children, *params.entries(field).front().second, cell.table()); break;
      case ParamType::kByClass: read_by_class(info, params, field, cell); break;
      case ParamType::kList:
        for (const Cell& element : cell.elements()) {
          usage_.read(*element.value());
          read_table(info.children, *params.append(field, ""), element.table());
        }
        break;
      case ParamType::kRamp:
        if (const auto ramp = read_ramp(info, cell)) params.set(field, *ramp);
        break;
      default:
        if (const auto value = read_scalar(info, cell)) params.set(field, *value);
    }
  }

  std::optional<protocol::Ramp> read_ramp(const ParamInfo& info, const Cell& cell) {
    const Limits limits{.min = info.min, .max = info.max};
    if (!cell.is(Type::kTable)) {
      if (!cell.is(Type::kInteger) && !cell.is(Type::kReal)) {
        cell.error(
            fmt::format("expected a number, or {{ from = 0, to = 1, start = \"60 s\", stop = \"120 s\" }}, found {}",
                        describe(*cell.value())));
        return std::nullopt;
      }
      const auto value = cell.real(limits);
      return value ? std::optional(protocol::Ramp(*value)) : std::nullopt;
    }
    const Reader table = cell.table();
    for (const char* key : kRampKeys) usage_.known(table.path(), key);
    const auto from = table.cell("from").required("from = 0").real(limits);
    const auto to = table.cell("to").required("to = 1").real(limits);
    const auto start = table.cell("start").required("start = \"60 s\"").duration();
    const auto stop = table.cell("stop").required("stop = \"120 s\"").duration();
    if (!from || !to || !start || !stop) return std::nullopt;
    return protocol::Ramp(*from, *to, SimTime{} + *start, SimTime{} + *stop);
  }

  void read_by_class(const ParamInfo& info, ParamFields& params, std::size_t field, const Cell& cell) {
    const Reader table = cell.table();
    for (const std::string& name : table.keys()) {
      const Cell entry = table.cell(name);
      usage_.read(*entry.value());
      if (std::find(classes_.begin(), classes_.end(), name) == classes_.end()) entry.error(no_such_class(name));
      const auto nested = params.append(field, name);
      if (!entry.is(Type::kText)) {
        read_table(info.children, *nested, entry.table());
        continue;
      }
      for (std::size_t i = 0; i < info.children.size(); ++i) {
        if (info.children[i].name != info.shorthand) continue;
        if (const auto value = read_scalar(info.children[i], entry)) nested->set(i, *value);
      }
    }
  }

  std::string no_such_class(const std::string& name) const {
    std::vector<std::string> named;
    std::copy_if(classes_.begin(), classes_.end(), std::back_inserter(named), [](const auto& c) { return !c.empty(); });
    const std::string text = "no workload publishes items of the class \"" + name + "\"";
    if (named.empty()) return text + "; give a [[workload]] class = \"" + name + "\"";
    const std::string near = nearest(name, named);
    return text + (near.empty() ? "; classes: " + choices_text(named) : "; did you mean \"" + near + "\"?");
  }

  /// Whether there is such a group, the protocol says.
  static std::optional<ParamValue> read_quota(const Cell& cell) {
    const auto wrap = [](const auto& value) { return value ? std::optional<ParamValue>(*value) : std::nullopt; };
    if (cell.is(Type::kInteger)) return wrap(cell.integer(document::kNotNegative));
    if (cell.is(Type::kReal))
      return wrap(cell.real({.min = 0, .max = 1, .instead = "write a share such as 0.5, or a whole number of peers"}));
    if (cell.is(Type::kText)) return wrap(cell.text());
    cell.error(
        fmt::format("expected a number of peers such as 4, a share of them such as 0.5, or the name of a group, "
                    "found {}",
                    describe(*cell.value())));
    return std::nullopt;
  }

  static std::optional<ParamValue> read_scalar(const ParamInfo& info, const Cell& cell) {
    const Limits limits{.min = info.min, .max = info.max, .above_min = info.above_min};
    const auto wrap = [](const auto& value) { return value ? std::optional<ParamValue>(*value) : std::nullopt; };
    switch (info.type) {
      case ParamType::kFlag: return wrap(cell.flag());
      case ParamType::kInteger: return wrap(cell.integer(limits));
      case ParamType::kReal: return wrap(cell.real(limits));
      case ParamType::kDuration: return wrap(cell.duration(limits));
      case ParamType::kChoice: return wrap(cell.choice(info.choices));
      case ParamType::kText: return wrap(cell.text());
      case ParamType::kSize: {
        const auto size = cell.size(limits);
        return size ? std::optional<ParamValue>(static_cast<std::int64_t>(*size)) : std::nullopt;
      }
      case ParamType::kTextList: return read_texts(cell);
      case ParamType::kQuota: return read_quota(cell);
      default: return std::nullopt;
    }
  }

  static std::optional<ParamValue> read_texts(const Cell& cell) {
    std::vector<std::string> texts;
    for (const Cell& element : cell.elements()) {
      if (const auto text = element.text()) texts.push_back(*text);
    }
    return texts;
  }

  static constexpr std::array kRampKeys = {"from", "to", "start", "stop"};

  Usage& usage_;
  Usage trial_;
  Value unused_;
  ReadContext trial_context_;
  const std::vector<std::string>& classes_;
};

Value ramp_value(const protocol::Ramp& ramp) {
  if (ramp.is_constant()) return make_value(ramp.from);
  Value table = empty_value(Type::kTable);
  const auto add = [&](const char* key, const auto& value) {
    table.items.push_back(make_value(value));
    table.items.back().key = key;
  };
  add("from", ramp.from);
  add("to", ramp.to);
  add("start", format_duration(ramp.start - SimTime{}));
  add("stop", format_duration(ramp.stop - SimTime{}));
  return table;
}

Value plain_value(const ParamInfo& info, const ParamValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return empty_value(Type::kNothing);
  if (const auto* duration = std::get_if<Duration>(&value)) return make_value(format_duration(*duration));
  if (info.type == ParamType::kSize)
    return make_value(format_size(static_cast<std::uint64_t>(std::get<std::int64_t>(value))));
  if (const auto* flag = std::get_if<bool>(&value)) return make_value(*flag);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return make_value(*integer);
  if (const auto* real = std::get_if<double>(&value)) return make_value(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return make_value(*text);
  if (const auto* ramp = std::get_if<protocol::Ramp>(&value)) return ramp_value(*ramp);
  return make_value(std::get<std::vector<std::string>>(value));
}

Value entries_value(const ParamInfo& info, const std::vector<ParamFields::Entry>& entries) {
  Value out = empty_value(info.type == ParamType::kList ? Type::kArray : Type::kTable);
  for (const auto& [key, entry] : entries) {
    Value& item = out.items.emplace_back(params_value(info.children, *entry));
    item.key = key;
  }
  return out;
}

Value param_value(const ParamInfo& info, ParamFields& params, std::size_t field) {
  switch (info.type) {
    case ParamType::kTable: return params_value(info.children, *params.entries(field).front().second);
    case ParamType::kByClass:
    case ParamType::kList: return entries_value(info, params.entries(field));
    default: return plain_value(info, params.get(field));
  }
}

}  // namespace

void read_params(const std::vector<ParamInfo>& infos, ParamFields& params, const Reader& table,
                 const std::vector<std::string>& classes) {
  ParamsReader reader(table.context(), classes);
  const Cell& self = table.self();
  reader.read_table(infos, params, Reader(Cell(reader.trial_context(), self.value(), self.path(), "", {})));
}

Value params_value(const std::vector<ParamInfo>& infos, ParamFields& params) {
  Value out = empty_value(Type::kTable);
  for (std::size_t i = 0; i < infos.size(); ++i) {
    if (!params.used(i)) continue;
    Value value = param_value(infos[i], params, i);
    value.key = infos[i].name;
    out.items.push_back(std::move(value));
  }
  return out;
}

}  // namespace hearsay::scenario
