#include "analysis/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "analysis/csv.hpp"

namespace hearsay::analysis {
namespace {

using Axes = std::vector<std::pair<std::string, std::string>>;

/// Axes that only one table has and that tell its points apart count, and then nothing matches.
bool varies(const RunTable& table, std::size_t axis) {
  return std::any_of(table.points.begin(), table.points.end(),
                     [&](const auto& point) { return point.meanings[axis] != table.points.front().meanings[axis]; });
}

bool has_axis(const RunTable& table, const std::string& axis) {
  return std::find(table.axes.begin(), table.axes.end(), axis) != table.axes.end();
}

std::vector<std::string> axes_without_partner(const RunTable& table, const RunTable& other) {
  std::vector<std::string> axes;
  for (const auto& axis : table.axes) {
    if (!has_axis(other, axis)) axes.push_back(axis);
  }
  return axes;
}

/// One of the texts of a point by axis, where the axis counts; in the order of its own table.
Axes axes_of(const RunTable& table, std::size_t point, const RunTable& other,
             std::vector<std::string> RunsOfPoint::*texts) {
  Axes axes;
  for (std::size_t axis = 0; axis < table.axes.size(); ++axis) {
    if (has_axis(other, table.axes[axis]) || varies(table, axis)) {
      axes.emplace_back(table.axes[axis], (table.points[point].*texts)[axis]);
    }
  }
  return axes;
}

Axes sorted(Axes key) {
  std::sort(key.begin(), key.end());
  return key;
}

std::string name_of(const Axes& axes) {
  std::string name;
  for (const auto& [key, label] : axes) name += fmt::format("{}{} = {}", name.empty() ? "" : ", ", key, label);
  return name;
}

/// The partner in `b` of each point of `a`, if it has one. Those that are the same value for value come first.
std::vector<std::optional<std::size_t>> partners_of(const RunTable& a, const RunTable& b) {
  std::vector<std::optional<std::size_t>> partners(a.points.size());
  std::set<std::size_t> taken;
  for (const auto texts : {&RunsOfPoint::meanings, &RunsOfPoint::resolved}) {
    std::map<Axes, std::size_t> free;
    for (std::size_t point = 0; point < b.points.size(); ++point) {
      if (!taken.contains(point)) free.emplace(sorted(axes_of(b, point, a, texts)), point);
    }
    for (std::size_t point = 0; point < a.points.size(); ++point) {
      if (partners[point]) continue;
      const auto partner = free.find(sorted(axes_of(a, point, b, texts)));
      if (partner == free.end()) continue;
      partners[point] = partner->second;
      taken.insert(partner->second);
      free.erase(partner);
    }
  }
  return partners;
}

/// The columns of a table that a metric's samples are made of.
class Columns {
 public:
  explicit Columns(const RunTable& table) {
    for (std::size_t metric = 0; metric < table.metrics.size(); ++metric) columns_[table.metrics[metric]] = metric;
  }
  std::optional<std::size_t> find(const std::string& metric) const {
    const auto found = columns_.find(metric);
    return found == columns_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<double> value(const Run& run, const std::string& metric) const {
    const auto column = find(metric);
    return column ? run.values[*column] : std::nullopt;
  }
  Sample sample(const Run& run, const std::string& metric, const SampleSource& source) const {
    return sample_of(source, value(run, metric), [&](const std::string& other) { return value(run, other); });
  }

 private:
  std::map<std::string, std::size_t> columns_;
};

/// Both sides of a point, run by run.
struct Sides {
  const RunsOfPoint &a, &b;
  const Columns &of_a, &of_b;
  bool paired;
  std::map<std::uint64_t, const Run*> partners = {};  ///< of B, by replication

  void match() {
    for (const Run& run : b.runs) partners[run.replication] = &run;
  }
};

Difference difference_of(const Sides& sides, const std::string& metric, const SampleSource& source) {
  std::vector<Sample> left, right;
  for (const Run& run : sides.a.runs) {
    left.push_back(sides.of_a.sample(run, metric, source));
    if (!sides.paired) continue;
    const auto partner = sides.partners.find(run.replication);
    right.push_back(partner == sides.partners.end() ? Sample{} : sides.of_b.sample(*partner->second, metric, source));
  }
  if (!sides.paired) {
    for (const Run& run : sides.b.runs) right.push_back(sides.of_b.sample(run, metric, source));
  }
  Difference out = difference_between(source.kind, left, right, sides.paired);
  out.values_b = static_cast<std::size_t>(std::count_if(sides.b.runs.begin(), sides.b.runs.end(), [&](const Run& run) {
    const auto value = sides.of_b.value(run, metric);
    return value && std::isfinite(*value);
  }));
  out.metric = metric;
  return out;
}

/// The mean of a metric over all runs that have it.
std::optional<double> mean_of(const RunsOfPoint& point, const Columns& columns, const std::string& metric) {
  if (metric.empty()) return std::nullopt;
  std::vector<Sample> samples;
  for (const Run& run : point.runs) samples.push_back({columns.value(run, metric)});
  const Evidence evidence = evidence_of(samples);
  return evidence.n == 0 ? std::nullopt : std::optional(evidence.mean);
}

/// Runs of A that ended well, and have no partner in B that did; without pairs, by how many there are fewer.
std::size_t missing_runs(const Sides& sides) {
  const auto done = [](const std::vector<Run>& runs) {
    return static_cast<std::size_t>(
        std::count_if(runs.begin(), runs.end(), [](const Run& run) { return !run.failed; }));
  };
  if (!sides.paired) return done(sides.a.runs) - std::min(done(sides.a.runs), done(sides.b.runs));
  return static_cast<std::size_t>(std::count_if(sides.a.runs.begin(), sides.a.runs.end(), [&](const Run& run) {
    const auto partner = sides.partners.find(run.replication);
    return !run.failed && (partner == sides.partners.end() || partner->second->failed);
  }));
}

bool one_seed(const RunTable& a, const RunTable& b) {
  std::set<std::string> seeds;
  for (const RunTable* table : {&a, &b}) {
    for (const auto& point : table->points) {
      for (const Run& run : point.runs) seeds.insert(run.seed);
    }
  }
  return seeds.size() <= 1;
}

void adjust_all(Comparison& comparison) {
  std::vector<Difference*> tested;
  std::vector<double> p;
  for (auto& point : comparison.points) {
    for (Difference& difference : point.metrics) {
      if (!difference.p) continue;
      tested.push_back(&difference);
      p.push_back(*difference.p);
    }
  }
  const std::vector<double> adjusted = holm_adjusted(p);
  for (std::size_t i = 0; i < tested.size(); ++i) tested[i]->p_holm = adjusted[i];
  comparison.tests = tested.size();
}

}  // namespace

const Difference* PointDifferences::find(std::string_view metric) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.metric == metric; });
  return found == metrics.end() ? nullptr : &*found;
}

std::string PointDifferences::name() const { return name_of(axes); }

RunTable read_runs(const std::filesystem::path& directory) {
  const CsvTable csv = read_csv(directory / "runs.csv");
  const std::size_t point = csv.column("point"), replication = csv.column("replication"), seed = csv.column("seed"),
                    failed = csv.column("failed"), first_metric = csv.column("failure") + 1;
  if (point != 0 || replication < 1 || first_metric <= replication) {
    throw BadTable(fmt::format("{}:1: the columns are not those of a table of runs", csv.file.string()));
  }
  const auto at = [](const std::vector<std::string>& row, std::size_t column) {
    return row.begin() + static_cast<std::ptrdiff_t>(column);
  };
  RunTable table;
  table.axes.assign(at(csv.header, 1), at(csv.header, replication));
  table.metrics.assign(at(csv.header, first_metric), csv.header.end());
  std::map<std::string, std::size_t> places;  // of a point, by its number
  for (std::size_t row = 0; row < csv.rows.size(); ++row) {
    const auto& fields = csv.rows[row];
    const auto [place, is_new] = places.emplace(fields[point], table.points.size());
    if (is_new) {
      const std::vector<std::string> labels(at(fields, 1), at(fields, replication));
      const auto number = static_cast<std::uint64_t>(csv_number(csv, row, point).value_or(0));
      table.points.push_back({number, labels, labels, labels, {}});
    }
    Run run;
    run.replication = static_cast<std::uint64_t>(csv_number(csv, row, replication).value_or(0));
    run.seed = fields[seed];
    run.failed = fields[failed] == "1";
    for (std::size_t column = first_metric; column < fields.size(); ++column) {
      run.values.push_back(csv_number(csv, row, column));
    }
    table.points[place->second].runs.push_back(std::move(run));
  }
  return table;
}

std::vector<double> holm_adjusted(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return p[x] < p[y]; });
  std::vector<double> adjusted(p.size());
  double least = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    least = std::max(least, std::min(1.0, p[order[rank]] * static_cast<double>(p.size() - rank)));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

Comparison compare(const RunTable& a, const RunTable& b, const MetricKnowledge& knowledge) {
  Comparison out;
  out.paired = one_seed(a, b);
  out.axes_of_a = axes_without_partner(a, b);
  out.axes_of_b = axes_without_partner(b, a);
  const Columns of_a(a), of_b(b);
  const auto partners = partners_of(a, b);
  std::set<std::size_t> matched;
  for (std::size_t point = 0; point < a.points.size(); ++point) {
    const Axes names = axes_of(a, point, b, &RunsOfPoint::labels);
    if (!partners[point]) {
      out.only_in_a.push_back(name_of(names));
      continue;
    }
    matched.insert(*partners[point]);
    Sides sides{a.points[point], b.points[*partners[point]], of_a, of_b, out.paired};
    sides.match();
    PointDifferences differences{names, {}, missing_runs(sides)};
    for (const std::string& metric : a.metrics) {
      if (!of_b.find(metric)) continue;
      Difference difference = difference_of(sides, metric, knowledge.source(metric));
      if (difference.values_a + difference.values_b == 0) continue;
      const std::string share = knowledge.known_share(metric);
      difference.known_a = mean_of(sides.a, of_a, share);
      difference.known_b = mean_of(sides.b, of_b, share);
      differences.metrics.push_back(std::move(difference));
    }
    out.points.push_back(std::move(differences));
  }
  for (std::size_t point = 0; point < b.points.size(); ++point) {
    if (!matched.contains(point)) out.only_in_b.push_back(name_of(axes_of(b, point, a, &RunsOfPoint::labels)));
  }
  adjust_all(out);
  return out;
}

}  // namespace hearsay::analysis
