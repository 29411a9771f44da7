#include "sim/scenario/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <memory>
#include <tuple>

#include "sim/document/parse.hpp"
#include "sim/document/reader.hpp"
#include "sim/scenario/feasibility.hpp"
#include "sim/scenario/resolve.hpp"
#include "sim/sweep/sweep.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::CellDiagnostic;
using document::Diagnostics;
using document::Ids;
using document::join_key;
using document::KeyPath;
using document::make_value;
using document::parse_document;
using document::Place;
using document::Position;
using document::ReadContext;
using document::Reader;
using document::text_value;
using document::Usage;
using document::Value;
using sweep::Axis;
using sweep::Sweep;

/// Equal diagnostics of several points become one, which says of which points it is true.
class Merger {
 public:
  void add(std::size_t point, const CellDiagnostic& c) {
    auto [place, fresh] = merged_.try_emplace({c.where, c.key, c.message, c.warning}, Merged{point, point, 0, c.axis});
    // A file that two keys name is reported twice at one point.
    if (!fresh && place->second.last == point) return;
    place->second.last = point;
    ++place->second.count;
  }

  void report(const Sweep& sweep, std::size_t points, Diagnostics& diagnostics) const {
    if (merged_.empty()) return;
    const auto uses = sweep.uses();
    for (const auto& [what, merged] : merged_) {
      const auto& [where, key, message, warning] = what;
      const std::string text = message + extent(merged, sweep, points, uses);
      warning ? diagnostics.warning(where, key, text) : diagnostics.error(where, key, text);
    }
  }

 private:
  struct Merged {
    std::size_t first;
    std::size_t last;
    std::size_t count = 0;
    int axis = -1;
  };

  static std::string extent(const Merged& m, const Sweep& sweep, std::size_t points,
                            const std::vector<std::vector<std::size_t>>& uses) {
    std::string value;
    std::size_t expected = points;
    if (m.axis >= 0) {
      const auto axis_index = static_cast<std::size_t>(m.axis);
      const Axis& axis = sweep.axes()[axis_index];
      const std::size_t index = *sweep.value_index(m.first, axis_index);
      expected = uses[axis_index][index];
      value = fmt::format(" (value {} of the axis \"{}\")", axis.labels[index], axis.key);
    }
    if (m.count >= expected) return value;
    const std::string others = m.count > 1 ? fmt::format(" and {} more", m.count - 1) : "";
    return value + fmt::format(" (at point {}: {}{})", m.first, sweep.describe_point(m.first), others);
  }

  std::map<std::tuple<Position, std::string, std::string, bool>, Merged> merged_;
};

/// A value that an axis replaces in every point need not be read. To override it would have no effect, so it is an
/// error.
void set_aside_replaced(const Value& base, const Sweep& sweep, const std::vector<KeyPath>& overridden, Usage& usage,
                        Diagnostics& diagnostics) {
  for (const Axis& axis : sweep.axes()) {
    const Value* replaced = axis.swept > 0 ? look_up(base, axis.path) : nullptr;
    if (replaced != nullptr) usage.read_all(*replaced);
  }
  for (const KeyPath& path : overridden) {
    const Axis* axis = sweep.replaced_by(path);
    if (axis == nullptr) continue;
    diagnostics.error({"--set", 0, 0}, join_key(path),
                      fmt::format("the axis \"{0}\" of [sweep] replaces it in every point; change the axis instead: "
                                  "--set 'sweep.\"{0}\"=[...]'",
                                  axis->key));
  }
}

std::string parent_path(const KeyPath& path) { return join_key({path.begin(), path.end() - 1}); }

/// Why no point reads what the axis sets.
std::string unread_axis_message(const Axis& axis, const Usage& usage) {
  std::string leaf = usage.unread_message(parent_path(axis.path), axis.path.back());
  for (std::size_t i = 0; i < axis.path.size(); ++i) {
    const bool index = axis.path[i].find_first_not_of("0123456789") == std::string::npos;
    const std::string parent = join_key({axis.path.begin(), axis.path.begin() + static_cast<std::ptrdiff_t>(i)});
    if (index || usage.is_known(parent, axis.path[i])) continue;
    KeyPath corrected = axis.path;
    corrected[i] = usage.suggestion(parent, axis.path[i]);
    if (!corrected[i].empty()) return "the axis names no key; did you mean \"" + join_key(corrected) + "\"?";
    return "the axis names no key: " + usage.unread_message(parent, axis.path[i]);
  }
  return leaf;
}

/// Whether `exclude` has left a point that has a value of the axis; `uses` are those of its values.
bool is_in_a_point(const std::vector<std::size_t>& uses) {
  return std::any_of(uses.begin(), uses.end(), [](std::size_t points) { return points > 0; });
}

void report_unread_axes(const Sweep& sweep, ReadContext& context) {
  const auto uses = sweep.uses();
  for (std::size_t a = 0; a < sweep.axes().size(); ++a) {
    const Axis& axis = sweep.axes()[a];
    bool any = false;
    for (const Value& value : axis.values) any = any || context.usage.was_read(value);
    if (!any) {
      context.diagnostics.push_back(
          {false,
           {axis.where.set ? "--set" : context.file, axis.where.line, axis.where.column},
           -1,
           axis.shown,
           is_in_a_point(uses[a]) ? unread_axis_message(axis, context.usage)
                                  : "exclude leaves out every point that has it; remove the axis or exclude less"});
      continue;
    }
    for (const Value& value : axis.values) {
      if (context.usage.was_read(value)) report_unread(value, join_key(axis.path), context);
    }
  }
}

/// A text of everything that makes it this scenario and no other.
std::string identity_of(Value document, std::uint64_t seed, const Files& files) {
  const auto drop = [](Value* table, std::initializer_list<std::string_view> keys) {
    if (table == nullptr) return;
    std::erase_if(table->items,
                  [&](const Value& v) { return std::find(keys.begin(), keys.end(), v.key) != keys.end(); });
  };
  // The order of the axes is the order of the points.
  std::string axes;
  if (const Value* sweep = document.find("sweep")) axes = json_text(*sweep);
  drop(&document, {"name", "description", "sweep"});
  drop(document.find("run"), {"replications", "stop_when", "timeout", "seed"});
  Value identity;
  const auto add = [&identity](const std::string& key, Value value) {
    value.key = key;
    identity.items.push_back(std::move(value));
  };
  add("scenario", std::move(document));
  add("sweep", text_value(axes));
  add("seed", make_value(seed));
  for (const auto& [name, hash] : files.hashes()) add("file " + name, text_value(hash));
  return canonical(identity);
}

class Loader {
 public:
  Loader(const std::filesystem::path& path, const LoadOptions& options)
      : file_(path.string()), options_(options), files_(path), stem_(path.stem().string()) {}

  Loaded load(const std::string& text) {
    auto parsed = parse_document(text, file_, ids_, diagnostics_);
    if (parsed) {
      const auto overridden = apply_overrides(*parsed, options_.sets, ids_, diagnostics_);
      written_ = *parsed;
      base_ = std::move(*parsed);
      sweep_ = std::make_unique<Sweep>(base_, file_, diagnostics_,
                                       [this](const Value& document, Usage& usage) { read_on_trial(document, usage); });
      set_aside_replaced(base_, *sweep_, overridden, usage_, diagnostics_);
      resolve_points();
    }
    Loaded out;
    if (!diagnostics_.has_errors()) out.scenario = finish();
    out.diagnostics = diagnostics_.sorted();
    return out;
  }

 private:
  void read_on_trial(const Value& document, Usage& usage) {
    std::vector<CellDiagnostic> ignored;
    Value resolved;
    ReadContext context{file_, usage, ignored, resolved};
    Draft draft{.files = files_, .seed_option = options_.seed};
    resolve_point(Reader(Cell(context, &document, "", "", {})), draft);
  }

  void resolve_points() {
    // With axes that are wrong themselves there are no points; the first stands for all, to find what else is wrong.
    const std::size_t points = diagnostics_.has_errors() ? 1 : sweep_->points();
    Merger merger;
    bool good = !diagnostics_.has_errors();
    for (std::size_t p = 0; p < points; ++p) {
      const std::size_t found = resolve(p, good, merger);
      if (found > 0) good = false;
      if (!good) points_.clear();
      if (p == 0 && good && too_many_runs()) return;
    }
    std::vector<CellDiagnostic> unread;
    Value unused;
    ReadContext context{file_, usage_, unread, unused};
    report_unread(base_, "", context);
    if (sweep_->good()) report_unread_axes(*sweep_, context);
    for (const CellDiagnostic& c : unread) diagnostics_.error(c.where, c.key, c.message);
    if (good && unread.empty()) {
      check_feasibility(merger);
      warn_of_equal_points();
    }
    merger.report(*sweep_, points, diagnostics_);
  }

  /// Judged by the first point, before time and memory go into the others.
  bool too_many_runs() {
    const std::uint64_t runs = std::uint64_t{sweep_->points()} * header_.replications;
    if (runs <= options_.most_runs) return false;
    diagnostics_.error({file_, 0, 0}, "",
                       fmt::format("{} points x {} replications are {} runs, more than {}; if you mean it, add --yes",
                                   sweep_->points(), header_.replications, runs, options_.most_runs));
    return true;
  }

  /// Points whose coordinates differ in what they do not read are run twice for one result.
  void warn_of_equal_points() {
    std::map<std::string_view, std::size_t> first;
    std::size_t repeats = 0;
    std::string example;
    for (std::size_t p = 0; p < points_.size(); ++p) {
      const auto [place, fresh] = first.try_emplace(points_[p].resolved_json, p);
      if (fresh || repeats++ > 0) continue;
      example = fmt::format("point {} ({}) is the same in effect as point {} ({})", p, sweep_->describe_point(p),
                            place->second, sweep_->describe_point(place->second));
    }
    if (repeats == 0) return;
    if (repeats > 1) example += fmt::format(", and {} more are repeats", repeats - 1);
    const Place& place = sweep_->where();
    diagnostics_.warning({place.set ? "--set" : file_, place.line, place.column}, "sweep",
                         example + "; nothing that differs is read there, drop repeats with sweep.exclude");
  }

  /// Returns the number of errors.
  std::size_t resolve(std::size_t p, bool keep, Merger& merger) {
    const Value document = sweep_->document(base_, p);
    std::vector<CellDiagnostic> diagnostics;
    Value resolved;
    ReadContext context{file_, usage_, diagnostics, resolved};
    Draft draft{.files = files_, .seed_option = options_.seed};
    draft.header.name = stem_;
    resolve_point(Reader(Cell(context, &document, "", "", {})), draft);
    std::size_t errors = 0;
    for (const CellDiagnostic& c : diagnostics) {
      merger.add(p, c);
      errors += c.warning ? 0 : 1;
    }
    if (!keep || errors > 0) return errors;
    if (p == 0) header_ = draft.header;
    topology_where_.push_back(
        {draft.topology_where.set ? "--set" : file_, draft.topology_where.line, draft.topology_where.column});
    points_.push_back({sweep_->coordinates(p, document), std::move(draft.spec), json_text(resolved)});
    return 0;
  }

  void check_feasibility(Merger& merger) {
    std::vector<PointDiagnostic> found;
    if (options_.check_memory) found = check_memory(points_, topology_where_);
    if (found.empty() && options_.draw_topologies) {
      found = check_connected(points_, topology_where_);
      for (auto& each : check_inbound_caps(points_, topology_where_)) found.push_back(std::move(each));
      for (auto& each : check_miners(points_, topology_where_)) found.push_back(std::move(each));
    }
    for (const auto& each : found) merger.add(each.point, each.diagnostic);
  }

  Scenario finish() {
    Scenario scenario;
    scenario.name = header_.name;
    scenario.description = header_.description;
    scenario.file = file_;
    scenario.seed = points_.front().spec.seed;
    scenario.replications = header_.replications;
    scenario.stop_when = header_.stop_when;
    scenario.timeout = header_.timeout;
    scenario.identity = identity_of(written_, scenario.seed, files_);
    scenario.points = std::move(points_);
    return scenario;
  }

  std::string file_;
  const LoadOptions& options_;
  Files files_;
  std::string stem_;
  Ids ids_;
  Diagnostics diagnostics_;
  Usage usage_;
  Value written_;
  Value base_;
  std::unique_ptr<Sweep> sweep_;
  Header header_;
  std::vector<Point> points_;
  std::vector<Position> topology_where_;  // of each point
};

}  // namespace

Loaded load(const std::filesystem::path& file, const LoadOptions& options) {
  const auto found = find_scenario(file);
  Diagnostics diagnostics;
  if (!found) {
    diagnostics.error({file.string(), 0, 0}, "", "there is no such file, here or among the shipped scenarios");
    return {std::nullopt, diagnostics.sorted()};
  }
  const FileText text = read_file(*found, kMostScenarioBytes);
  if (!text.error.empty()) {
    diagnostics.error({file.string(), 0, 0}, "", text.error);
    return {std::nullopt, diagnostics.sorted()};
  }
  return Loader(*found, options).load(text.text);
}

}  // namespace hearsay::scenario
