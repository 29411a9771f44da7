#include "sim/sweep/sweep.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "sim/sweep/range.hpp"
#include "sim/sweep/value_key.hpp"

namespace hearsay::sweep {
namespace {

using document::Diagnostic;
using document::Diagnostics;
using document::KeyPath;
using document::starts_with;
using document::Type;
using document::Usage;
using document::Value;

constexpr std::size_t kNoGroup = static_cast<std::size_t>(-1);

}  // namespace

Sweep::Sweep(Value& document, const std::string& file, Diagnostics& diagnostics, const Probe& probe) {
  const auto sweep =
      std::find_if(document.items.begin(), document.items.end(), [](const Value& v) { return v.key == "sweep"; });
  if (sweep == document.items.end()) return;
  const Value table = std::move(*sweep);
  document.items.erase(sweep);
  where_ = table.key_where;
  Diagnostics own;
  const SweepDiagnostics report(file, own);
  if (table.type == Type::kTable) {
    table_ = read_sweep(table, report);
  } else {
    report(where_, "sweep", "expected a table of axes, found " + describe(table));
  }
  by_depth_.resize(table_.axes.size());
  std::iota(by_depth_.begin(), by_depth_.end(), 0);
  std::stable_sort(by_depth_.begin(), by_depth_.end(),
                   [&](auto a, auto b) { return table_.axes[a].path.size() < table_.axes[b].path.size(); });
  const auto step = [&](const auto& next) {
    if (!own.has_errors()) next();
  };
  step([&] { try_places(document, report); });
  step([&] { round_ranges(document, probe); });
  for (Axis& axis : table_.axes) make_labels(axis);
  step([&] { count(report); });
  step([&] { check_rows(report); });
  step([&] { check_included(document, report); });
  step([&] { exclude(document, report); });
  for (const Diagnostic& d : own.sorted()) diagnostics.error(d.where, d.key, d.message);
  good_ = !own.has_errors();
  if (good_) return;
  points_ = 1;
  kept_.clear();
}

/// An axis that has no place in the base has none in any point, unless a whole-table axis makes it.
void Sweep::try_places(const Value& base, const SweepDiagnostics& report) {
  Value trial = base;
  for (const std::size_t a : by_depth_) {
    const Axis& axis = table_.axes[a];
    const std::string wrong = put(trial, axis.path, axis.values[0]);
    if (!wrong.empty()) report(axis.where, axis.shown, "the axis names no key: " + wrong);
  }
}

// ------------------------------------------------------------------------------------------- rounding

void Sweep::round_ranges(const Value& base, const Probe& probe) {
  for (AxisGroup& group : table_.groups) {
    for (const std::size_t a : group.axes) {
      Axis& axis = table_.axes[a];
      const bool fractions =
          std::any_of(axis.values.begin(), axis.values.end(), [](const Value& value) { return value.fraction; });
      if (!fractions || !takes_integers(base, a, probe)) continue;
      round_values(axis);
      if (group.axes.size() > 1) continue;
      // Values that only `include` names stay behind those of the range.
      std::vector<Value> included(axis.values.begin() + static_cast<std::ptrdiff_t>(axis.swept), axis.values.end());
      axis.values.resize(axis.swept);
      drop_repeats(axis);
      const std::size_t dropped = axis.swept - axis.values.size();
      axis.swept = group.length = axis.values.size();
      axis.values.insert(axis.values.end(), included.begin(), included.end());
      for (IncludedPoint& point : table_.included) {
        for (auto& [of, index] : point.values) {
          if (of == a) index -= dropped;
        }
      }
    }
  }
}

/// Tried at points in which at most one other axis is away from its first value: whether a key is read at all can
/// depend on one other key, hardly ever on two.
bool Sweep::takes_integers(const Value& base, std::size_t axis, const Probe& probe) const {
  constexpr std::size_t kMostTried = 64;
  const auto& values = table_.axes[axis].values;
  const auto fraction = std::find_if(values.begin(), values.end(), [](const Value& value) { return value.fraction; });
  Usage usage;
  const auto try_point = [&](std::size_t group, std::size_t index) {
    Row row(table_.axes.size());
    for (std::size_t g = 0; g < table_.groups.size(); ++g) {
      for (const std::size_t a : table_.groups[g].axes) row[a] = g == group ? index : 0;
    }
    row[axis] = static_cast<std::size_t>(fraction - values.begin());
    probe(put_row(base, row), usage);
    return usage.was_read(*fraction);
  };
  bool read = table_.groups.empty() ? false : try_point(0, 0);
  for (std::size_t g = 0; g < table_.groups.size() && !read; ++g) {
    for (std::size_t i = 1; i < std::min(table_.groups[g].length, kMostTried) && !read; ++i) read = try_point(g, i);
  }
  return usage.was_rounded(*fraction);
}

// --------------------------------------------------------------------------------------------- points

void Sweep::count(const SweepDiagnostics& report) {
  group_of_.assign(table_.axes.size(), kNoGroup);
  stride_.assign(table_.groups.size(), 1);
  for (std::size_t g = 0; g < table_.groups.size(); ++g) {
    for (const std::size_t a : table_.groups[g].axes) group_of_[a] = g;
  }
  for (std::size_t g = table_.groups.size(); g-- > 0;) {
    stride_[g] = product_;
    product_ *= table_.groups[g].length;
    if (product_ > kMostPoints) break;
  }
  points_ = product_ + table_.included.size();
  if (points_ <= kMostPoints) return;
  report(
      where_, "sweep",
      fmt::format("more than {} points; the product of the axes is the number of points, shorten them", kMostPoints));
}

/// Rows of a zip that are the same would be the same point twice. Single axes have been looked at.
void Sweep::check_rows(const SweepDiagnostics& report) const {
  for (const AxisGroup& group : table_.groups) {
    if (group.axes.size() == 1 && !table_.axes[group.axes[0]].range) continue;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < group.length; ++i) {
      std::string row;
      for (const std::size_t a : group.axes) row += value_key(table_.axes[a].values[i]) + "\n";
      if (seen.insert(row).second) continue;
      report(group.where, group.shown,
             fmt::format("value {} of the axes, counted from 0, is the same as an earlier one; make one of them "
                         "differ, or remove it",
                         i));
    }
  }
}

bool Sweep::rests(std::size_t axis) const {
  return table_.axes[axis].swept == 0 ||
         std::any_of(table_.included.begin(), table_.included.end(), [&](const IncludedPoint& point) {
           return std::none_of(point.values.begin(), point.values.end(),
                               [&](const auto& value) { return value.first == axis; });
         });
}

std::string Sweep::key_at(const Value& document, const KeyPath& path) {
  const Value* value = look_up(document, path);
  return value == nullptr ? "" : value_key(*value);
}

void Sweep::check_included(const Value& base, const SweepDiagnostics& report) const {
  std::set<std::vector<std::string>> seen;
  for (std::size_t i = 0; i < table_.included.size(); ++i) {
    const IncludedPoint& point = table_.included[i];
    const Value document = put_row(base, row_of(product_ + i));
    std::vector<std::string> keys;
    for (const Axis& axis : table_.axes) keys.push_back(key_at(document, axis.path));
    if (in_product(base, keys)) {
      report(point.where, point.shown, "the product of the axes has this point already; remove it");
    } else if (!seen.insert(keys).second) {
      report(point.where, point.shown, "this point is included twice; remove one");
    }
  }
}

/// Whether some point of the product has these values.
bool Sweep::in_product(const Value& base, const std::vector<std::string>& keys) const {
  for (std::size_t a = 0; a < table_.axes.size(); ++a) {
    if (group_of_[a] == kNoGroup && keys[a] != key_at(base, table_.axes[a].path)) return false;
  }
  return std::all_of(table_.groups.begin(), table_.groups.end(), [&](const AxisGroup& group) {
    for (std::size_t i = 0; i < group.length; ++i) {
      const auto equal = [&](std::size_t a) { return value_key(table_.axes[a].values[i]) == keys[a]; };
      if (std::all_of(group.axes.begin(), group.axes.end(), equal)) return true;
    }
    return false;
  });
}

// -------------------------------------------------------------------------------------------- exclude

std::vector<bool> Sweep::matching_values(const Value& base, const Condition& condition,
                                         const SweepDiagnostics& report) const {
  const Axis& axis = table_.axes[condition.axis];
  const auto is_match = [&](const Value* value) { return value != nullptr && matches(*value, condition.value); };
  std::vector<bool> matching;
  for (const Value& value : axis.values) matching.push_back(is_match(look_up(value, condition.below)));
  const bool any = std::find(matching.begin(), matching.end(), true) != matching.end();
  KeyPath path = axis.path;
  path.insert(path.end(), condition.below.begin(), condition.below.end());
  if (any || (rests(condition.axis) && is_match(look_up(base, path)))) return matching;
  constexpr std::size_t kShown = 8;
  std::vector<std::string> labels(
      axis.labels.begin(), axis.labels.begin() + static_cast<std::ptrdiff_t>(std::min(axis.labels.size(), kShown)));
  report(
      condition.where, condition.shown,
      fmt::format("{} is no value of the axis \"{}\", so no point has it; its values are {}{}", label(condition.value),
                  axis.key, fmt::join(labels, ", "), axis.labels.size() > kShown ? ", ..." : ""));
  return matching;
}

bool Sweep::is_matched(const Value& base, std::size_t point, const Condition& condition,
                       const std::vector<bool>& matching) const {
  if (const auto index = value_index(point, condition.axis)) return matching[*index];
  KeyPath path = table_.axes[condition.axis].path;
  path.insert(path.end(), condition.below.begin(), condition.below.end());
  const Value own = document(base, point);
  const Value* value = look_up(own, path);
  return value != nullptr && matches(*value, condition.value);
}

void Sweep::exclude(const Value& base, const SweepDiagnostics& report) {
  if (table_.excluded.empty()) return;
  std::vector<bool> dropped(points_);
  for (const Exclusion& exclusion : table_.excluded) {
    std::vector<std::vector<bool>> matching;
    bool known = true;
    for (const Condition& condition : exclusion.conditions) {
      matching.push_back(matching_values(base, condition, report));
      const bool any = std::find(matching.back().begin(), matching.back().end(), true) != matching.back().end();
      known = known && (any || rests(condition.axis));
    }
    bool any = false;
    for (std::size_t point = 0; point < points_ && known; ++point) {
      bool all = true;
      for (std::size_t c = 0; c < matching.size() && all; ++c)
        all = is_matched(base, point, exclusion.conditions[c], matching[c]);
      if (all) any = dropped[point] = true;
    }
    if (known && !any)
      report(exclusion.where, exclusion.shown, "no point matches all these keys; correct them or remove the table");
  }
  std::vector<std::uint32_t> kept;
  for (std::size_t point = 0; point < points_; ++point) {
    if (!dropped[point]) kept.push_back(static_cast<std::uint32_t>(point));
  }
  if (kept.empty()) report(table_.excluded[0].where, "sweep.exclude", "no point is left; leave out fewer");
  kept_ = std::move(kept);
  points_ = kept_.size();
}

// -------------------------------------------------------------------------------------- point by point

std::optional<std::size_t> Sweep::value_index(std::size_t point, std::size_t axis) const {
  if (!kept_.empty()) point = kept_[point];
  if (point >= product_) {
    for (const auto& [of, index] : table_.included[point - product_].values) {
      if (of == axis) return index;
    }
    return std::nullopt;
  }
  const std::size_t group = group_of_.empty() ? kNoGroup : group_of_[axis];
  if (group == kNoGroup) return table_.axes[axis].swept == 0 ? std::nullopt : std::optional<std::size_t>(0);
  return point / stride_[group] % table_.groups[group].length;
}

Sweep::Row Sweep::row_of(std::size_t point) const {
  Row row(table_.axes.size());
  for (std::size_t a = 0; a < row.size(); ++a) row[a] = value_index(point, a);
  return row;
}

Value Sweep::put_row(const Value& base, const Row& row) const {
  Value document = base;
  for (const std::size_t a : by_depth_) {
    if (row[a]) put(document, table_.axes[a].path, table_.axes[a].values[*row[a]]);
  }
  return document;
}

Value Sweep::document(const Value& base, std::size_t point) const { return put_row(base, row_of(point)); }

std::vector<AxisValue> Sweep::coordinates(std::size_t point, const Value& document) const {
  std::vector<AxisValue> out;
  for (std::size_t a = 0; a < table_.axes.size(); ++a) {
    const Axis& axis = table_.axes[a];
    if (const auto index = value_index(point, a)) {
      out.push_back({axis.key, json_text(axis.values[*index]), axis.labels[*index]});
    } else if (const Value* value = look_up(document, axis.path)) {
      out.push_back({axis.key, json_text(*value), label(*value)});
    }
  }
  return out;
}

std::string Sweep::describe_point(std::size_t point) const {
  std::string text;
  for (std::size_t a = 0; a < table_.axes.size(); ++a) {
    if (const auto index = value_index(point, a))
      text += (text.empty() ? "" : ", ") + table_.axes[a].key + " = " + table_.axes[a].labels[*index];
  }
  return text.empty() ? "all at their base values" : text;
}

const Axis* Sweep::replaced_by(const KeyPath& path) const {
  for (std::size_t a = 0; a < table_.axes.size(); ++a) {
    if (starts_with(path, table_.axes[a].path) && !rests(a)) return &table_.axes[a];
  }
  return nullptr;
}

std::vector<std::vector<std::size_t>> Sweep::uses() const {
  std::vector<std::vector<std::size_t>> uses;
  for (const Axis& axis : table_.axes) uses.emplace_back(axis.values.size());
  for (std::size_t point = 0; point < points_; ++point) {
    for (std::size_t a = 0; a < uses.size(); ++a) {
      if (const auto index = value_index(point, a)) ++uses[a][*index];
    }
  }
  return uses;
}

}  // namespace hearsay::sweep
