#include "sim/scenario/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace hearsay::scenario {
namespace {

constexpr const char* kLater =
    "not available in this version; write the product of plain axes, such as \"protocol.fanout\" = [2, 4]";

/// What a text stands for as the value of a whole-table axis; nullptr if the key is no table.
const char* title_key(const KeyPath& path) {
  const std::string key = join_key(path);
  if (key == "protocol") return "name";
  if (key == "topology" || key == "network.latency" || key == "membership") return "kind";
  return nullptr;
}

void set_axis(Value& value, int axis) {
  value.axis = axis;
  for (Value& item : value.items) set_axis(item, axis);
}

Value as_table(Value text, const char* title) {
  Value table;
  table.where = text.where;
  table.id = text.id;
  text.id = 0;
  text.key = title;
  text.key_where = text.where;
  table.items.push_back(std::move(text));
  return table;
}

/// Keys of the scenario as a whole, which a point cannot have for itself.
std::string not_an_axis(const KeyPath& path) {
  const std::string key = join_key(path);
  if (key == "run.seed") return "not an axis; run.replications vary the seed, and all points share their seeds";
  if (key == "name" || key == "description" || key == "run.replications" || key == "run.timeout" ||
      path[0] == "sweep") {
    return "not an axis; it belongs to the scenario as a whole";
  }
  return "";
}

/// Tables of one kind differ by their other keys.
void make_labels_distinct(Axis& axis) {
  for (const Value& value : axis.values) axis.labels.push_back(label(value));
  const std::vector<std::string> plain = axis.labels;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (axis.values[i].type != Type::kTable || std::count(plain.begin(), plain.end(), plain[i]) == 1) continue;
    for (const Value& member : axis.values[i].items) {
      if (member.key != "name" && member.key != "kind") axis.labels[i] += " " + member.key + "=" + label(member);
    }
  }
}

}  // namespace

Sweep::Sweep(Value& document, const std::string& file, Diagnostics& diagnostics) {
  const auto sweep =
      std::find_if(document.items.begin(), document.items.end(), [](const Value& v) { return v.key == "sweep"; });
  if (sweep == document.items.end()) return;
  const Value table = std::move(*sweep);
  document.items.erase(sweep);
  Diagnostics own;
  read_axes(table, file, own);
  if (!own.has_errors()) try_places(document, file, own);
  for (const Diagnostic& d : own.sorted()) diagnostics.error(d.where, d.key, d.message);
  good_ = !own.has_errors();
  if (!good_) points_ = 1;
}

void Sweep::read_axes(const Value& table, const std::string& file, Diagnostics& diagnostics) {
  const Position where{table.key_where.set ? "--set" : file, table.key_where.line, table.key_where.column};
  if (table.type != Type::kTable) {
    diagnostics.error(where, "sweep", "expected a table of axes, found " + describe(table));
    return;
  }
  for (const Value& entry : table.items) add_axis(entry, file, diagnostics);
  by_depth_.resize(axes_.size());
  std::iota(by_depth_.begin(), by_depth_.end(), 0);
  std::stable_sort(by_depth_.begin(), by_depth_.end(),
                   [&](auto a, auto b) { return axes_[a].path.size() < axes_[b].path.size(); });
  for (const Axis& axis : axes_) {
    points_ *= axis.values.size();
    if (points_ <= kMostPoints) continue;
    diagnostics.error(
        where, "sweep",
        fmt::format("more than {} points; the product of the axes is the number of points, shorten them", kMostPoints));
    return;
  }
}

void Sweep::add_axis(const Value& entry, const std::string& file, Diagnostics& diagnostics) {
  const Position where{entry.key_where.set ? "--set" : file, entry.key_where.line, entry.key_where.column};
  const auto error = [&](const std::string& message) { diagnostics.error(where, "sweep." + entry.key, message); };
  if (entry.key == "zip" || entry.key == "include" || entry.key == "exclude") return error(kLater);
  if (entry.type == Type::kTable && entry.find("from") != nullptr) return error(std::string("a range is ") + kLater);
  if (entry.type == Type::kTable)
    return error("an axis is an array under a quoted key; write for example \"protocol.fanout\" = [2, 4]");
  if (entry.type != Type::kArray)
    return error("an axis is an array of values, found " + describe(entry) + "; write [" + json_text(entry) + "]");
  if (entry.items.empty()) return error("the axis is empty; give it at least one value");
  const auto path = split_key(entry.key);
  if (!path) return error("this is no key; write for example \"protocol.fanout\" = [2, 4]");
  if (const std::string problem = not_an_axis(*path); !problem.empty()) return error(problem);

  Axis axis{entry.key, *path, entry.key_where, {}, {}};
  const char* title = title_key(*path);
  for (const Value& item : entry.items) {
    Value value = title != nullptr && item.type == Type::kText ? as_table(item, title) : item;
    set_axis(value, static_cast<int>(axes_.size()));
    axis.values.push_back(std::move(value));
  }
  make_labels_distinct(axis);
  axes_.push_back(std::move(axis));
}

/// An axis that has no place in the base has none in any point, unless a whole-table axis makes it.
void Sweep::try_places(const Value& base, const std::string& file, Diagnostics& diagnostics) {
  Value trial = base;
  for (const std::size_t a : by_depth_) {
    const Axis& axis = axes_[a];
    const std::string problem = put(trial, axis.path, axis.values[0]);
    if (problem.empty()) continue;
    diagnostics.error({axis.where.set ? "--set" : file, axis.where.line, axis.where.column}, "sweep." + axis.key,
                      "the axis names no key: " + problem);
  }
}

std::size_t Sweep::value_index(std::size_t point, std::size_t axis) const {
  for (std::size_t a = axes_.size(); a-- > axis + 1;) point /= axes_[a].values.size();
  return point % axes_[axis].values.size();
}

std::vector<AxisValue> Sweep::coordinates(std::size_t point) const {
  std::vector<AxisValue> out;
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    const std::size_t index = value_index(point, a);
    out.push_back({axes_[a].key, json_text(axes_[a].values[index]), axes_[a].labels[index]});
  }
  return out;
}

std::string Sweep::describe_point(std::size_t point) const {
  std::string text;
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    text += (a == 0 ? "" : ", ") + axes_[a].key + " = " + axes_[a].labels[value_index(point, a)];
  }
  return text;
}

Value Sweep::document(const Value& base, std::size_t point) const {
  Value document = base;
  for (const std::size_t a : by_depth_) put(document, axes_[a].path, axes_[a].values[value_index(point, a)]);
  return document;
}

const Axis* Sweep::replaced_by(const KeyPath& path) const {
  for (const Axis& axis : axes_) {
    if (starts_with(path, axis.path)) return &axis;
  }
  return nullptr;
}

}  // namespace hearsay::scenario
