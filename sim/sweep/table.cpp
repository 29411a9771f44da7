#include "sim/sweep/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/document/reader.hpp"
#include "sim/sweep/range.hpp"
#include "sim/sweep/value_key.hpp"

namespace hearsay::sweep {
namespace {

using document::child_path;
using document::choices_text;
using document::join_key;
using document::KeyPath;
using document::nearest;
using document::split_key;
using document::starts_with;
using document::Type;
using document::Value;

constexpr const char* kExample = "\"protocol.fanout\" = [2, 4]";

/// Which key of the table a text sets where it stands for the whole table; nullptr if `path` names no table.
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

/// As the value of the key `path`: a text for a whole table becomes that table.
Value as_value_of(const KeyPath& path, const Value& value) {
  const char* title = title_key(path);
  return title != nullptr && value.type == Type::kText ? as_table(value, title) : value;
}

/// Keys of the scenario as a whole, which a point cannot have for itself.
std::string not_an_axis(const KeyPath& path) {
  const std::string key = join_key(path);
  if (key == "run.seed") return "not an axis; run.replications vary the seed, and all points share their seeds";
  if (key == "name" || key == "description" || key == "run" || key == "run.replications" || key == "run.timeout" ||
      starts_with(path, {"run", "stop_when"}) || path[0] == "sweep") {
    return "not an axis; it belongs to the scenario as a whole";
  }
  return "";
}

class TableReader {
 public:
  explicit TableReader(const SweepDiagnostics& report) : report_(report) {}

  SweepTable read(const Value& table) {
    for (const Value& entry : table.items) {
      if (entry.key == "zip") {
        for_each_table(entry, "axes", [&](const Value& zip, const std::string& shown) { read_zip(zip, shown); });
      } else if (entry.key != "include" && entry.key != "exclude") {
        read_plain(entry);
      }
    }
    for (Axis& axis : out_.axes) axis.swept = axis.values.size();
    // Points are added and left out by axes that may be given after them.
    if (const Value* include = table.find("include")) {
      for_each_table(*include, "keys and their values",
                     [&](const Value& point, const std::string& shown) { read_included(point, shown); });
    }
    if (const Value* exclude = table.find("exclude")) {
      for_each_table(*exclude, "keys and their values",
                     [&](const Value& point, const std::string& shown) { read_excluded(point, shown); });
    }
    return std::move(out_);
  }

 private:
  /// Each table of an array of tables, or the one.
  template <class F>
  void for_each_table(const Value& entry, const char* what, const F& read_one) {
    const std::string shown = "sweep." + entry.key;
    if (entry.type != Type::kTable && entry.type != Type::kArray)
      return report_(entry.where, shown,
                     fmt::format("expected tables of {}, found {}; write for example {} = [{{ {} }}]", what,
                                 describe(entry), entry.key, kExample));
    if (entry.type == Type::kTable) return read_one(entry, shown + ".0");
    for (std::size_t i = 0; i < entry.items.size(); ++i) {
      const Value& item = entry.items[i];
      const std::string name = fmt::format("{}.{}", shown, i);
      if (item.type == Type::kTable && !item.items.empty()) {
        read_one(item, name);
      } else {
        report_(item.where, name,
                item.type == Type::kTable ? fmt::format("the table is empty; give it {}, or remove it", what)
                                          : fmt::format("expected a table of {}, found {}", what, describe(item)));
      }
    }
  }

  void read_plain(const Value& entry) {
    auto axis = read_axis(entry, "sweep." + entry.key);
    if (!axis) return;
    if (axis->range) {
      drop_repeats(*axis);
    } else {
      refuse_repeats(*axis);
    }
    out_.groups.push_back({{out_.axes.size()}, axis->values.size(), axis->where, axis->shown});
    add(std::move(*axis));
  }

  void read_zip(const Value& zip, const std::string& shown) {
    AxisGroup group{{}, 0, zip.where, shown};
    std::vector<Axis> axes;
    bool all = true;
    for (const Value& entry : zip.items) {
      if (auto axis = read_axis(entry, child_path(shown, entry.key))) {
        axes.push_back(std::move(*axis));
      } else {
        all = false;
      }
    }
    for (const Axis& axis : axes) {
      if (!all || axis.values.size() == axes[0].values.size()) continue;
      report_(axis.where, axis.shown,
              fmt::format("{} values, but \"{}\" has {}; axes that vary together have equally many", axis.values.size(),
                          axes[0].key, axes[0].values.size()));
      all = false;
    }
    if (!all) return;
    group.length = axes[0].values.size();
    for (Axis& axis : axes) {
      group.axes.push_back(out_.axes.size());
      add(std::move(axis));
    }
    out_.groups.push_back(std::move(group));
  }

  /// The axis that an entry of [sweep] or of a zip describes, or nothing after a diagnostic.
  std::optional<Axis> read_axis(const Value& entry, const std::string& shown) {
    const auto refuse = [&](const std::string& message) {
      report_(entry.key_where, shown, message);
      return std::nullopt;
    };
    if (const auto path = split_key(entry.key)) tried_.insert(*path);
    const bool range = is_range(entry);
    if (entry.type == Type::kTable && !range)
      return refuse(
          fmt::format("an axis is an array or a range under a quoted key; write for example {}, or "
                      "\"protocol.fanout\" = {{ from = 2, to = 16, steps = 4 }}",
                      kExample));
    if (entry.type != Type::kArray && !range)
      return refuse("an axis is an array of values, found " + describe(entry) + "; write [" + json_text(entry) + "]");
    if (entry.type == Type::kArray && entry.items.empty())
      return refuse("the axis is empty; give it at least one value");
    auto axis = new_axis(entry, shown);
    if (!axis) return std::nullopt;
    axis->range = range;
    if (range) {
      axis->values = read_range(entry, shown, report_);
      if (axis->values.empty()) return std::nullopt;
    } else {
      for (const Value& item : entry.items) axis->values.push_back(as_value_of(axis->path, item));
    }
    return axis;
  }

  /// An axis without values, or nothing after a diagnostic.
  std::optional<Axis> new_axis(const Value& entry, const std::string& shown) {
    const auto refuse = [&](const std::string& message) {
      report_(entry.key_where, shown, message);
      return std::nullopt;
    };
    const auto path = split_key(entry.key);
    if (!path) return refuse(fmt::format("this is no key; write for example {}", kExample));
    if (const std::string wrong = not_an_axis(*path); !wrong.empty()) return refuse(wrong);
    if (const auto first = named_.find(*path); first != named_.end())
      return refuse(fmt::format("the key is an axis twice; the other is {}, in line {}", first->second.first,
                                first->second.second));
    named_.emplace(*path, std::pair{shown, entry.key_where.line});
    return Axis{entry.key, shown, *path, entry.key_where, {}, {}, 0, false};
  }

  void refuse_repeats(const Axis& axis) {
    std::set<std::string> seen;
    for (const Value& value : axis.values) {
      if (!seen.insert(value_key(value)).second)
        report_(value.where, axis.shown,
                label(value) + " is listed twice, which would be the same point twice; remove one");
    }
  }

  void add(Axis axis) {
    for (Value& value : axis.values) set_axis(value, static_cast<int>(out_.axes.size()));
    out_.axes.push_back(std::move(axis));
  }

  std::size_t find_axis(const KeyPath& path) const {
    const auto found = std::find_if(out_.axes.begin(), out_.axes.end(), [&](const Axis& a) { return a.path == path; });
    return static_cast<std::size_t>(found - out_.axes.begin());
  }

  void read_included(const Value& table, const std::string& shown) {
    IncludedPoint point{{}, table.where, shown};
    for (const Value& entry : table.items) {
      const std::string key = child_path(shown, entry.key);
      const auto path = split_key(entry.key);
      std::size_t axis = path ? find_axis(*path) : out_.axes.size();
      if (axis == out_.axes.size()) {
        if (was_refused(path)) continue;
        auto created = new_axis(entry, key);
        if (!created) continue;
        add(std::move(*created));
      }
      Value value = as_value_of(*path, entry);
      value.key.clear();
      set_axis(value, static_cast<int>(axis));
      point.values.emplace_back(axis, out_.axes[axis].values.size());
      out_.axes[axis].values.push_back(std::move(value));
    }
    out_.included.push_back(std::move(point));
  }

  void read_excluded(const Value& table, const std::string& shown) {
    Exclusion exclusion{{}, table.where, shown};
    for (const Value& entry : table.items) {
      const std::string key = child_path(shown, entry.key);
      const auto path = split_key(entry.key);
      const std::size_t axis = path ? axis_above(*path) : out_.axes.size();
      if (axis == out_.axes.size()) {
        if (!was_refused(path)) report_(entry.key_where, key, no_such_axis(entry.key));
        continue;
      }
      const auto depth = static_cast<std::ptrdiff_t>(out_.axes[axis].path.size());
      exclusion.conditions.push_back(
          {axis, {path->begin() + depth, path->end()}, as_value_of(*path, entry), entry.where, key});
    }
    out_.excluded.push_back(std::move(exclusion));
  }

  /// The axis `path`, or the nearest one that puts a table in place in which `path` lies.
  std::size_t axis_above(const KeyPath& path) const {
    std::size_t found = out_.axes.size();
    for (std::size_t a = 0; a < out_.axes.size(); ++a) {
      if (!starts_with(path, out_.axes[a].path)) continue;
      if (found == out_.axes.size() || out_.axes[a].path.size() > out_.axes[found].path.size()) found = a;
    }
    return found;
  }

  std::string no_such_axis(const std::string& key) const {
    std::vector<std::string> keys;
    for (const Axis& axis : out_.axes) keys.push_back(axis.key);
    if (const std::string near = nearest(key, keys); !near.empty())
      return "not an axis of this sweep; did you mean \"" + near + "\"?";
    return keys.empty() ? "not an axis of this sweep, which has none"
                        : "not an axis of this sweep; write " + choices_text(keys);
  }

  /// Whether the axis is missing because of a mistake in it that has been reported.
  bool was_refused(const std::optional<KeyPath>& path) const { return path && tried_.contains(*path); }

  const SweepDiagnostics& report_;
  SweepTable out_;
  std::set<KeyPath> tried_;
  std::map<KeyPath, std::pair<std::string, int>> named_;  // as shown, line
};

}  // namespace

SweepTable read_sweep(const Value& table, const SweepDiagnostics& report) { return TableReader(report).read(table); }

void make_labels(Axis& axis) {
  axis.labels.clear();
  std::set<std::string> different;
  for (const Value& value : axis.values) different.insert(axis.labels.emplace_back(label(value)));
  if (different.size() == axis.labels.size()) return;
  // Tables of one kind differ by their other keys, and then all say them: what one is called does not go by the others.
  for (std::size_t i = 0; i < axis.labels.size(); ++i) {
    if (axis.values[i].type != Type::kTable) continue;
    for (const Value& member : axis.values[i].items) {
      if (member.key != "name" && member.key != "kind") axis.labels[i] += " " + member.key + "=" + label(member);
    }
  }
}

}  // namespace hearsay::sweep
