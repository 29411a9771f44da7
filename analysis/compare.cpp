#include "analysis/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "analysis/csv.hpp"
#include "analysis/summary.hpp"

namespace hearsay::analysis {
namespace {

using Values = std::vector<std::optional<double>>;
using Axes = std::vector<std::pair<std::string, std::string>>;

/// Axes that only one table has and that tell its points apart count, and then nothing matches.
bool varies(const RunTable& table, std::size_t axis) {
  return std::any_of(table.points.begin(), table.points.end(),
                     [&](const auto& point) { return point.labels[axis] != table.points.front().labels[axis]; });
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

/// What a point is matched by, in the order of its own table.
Axes key_of(const RunTable& table, std::size_t point, const RunTable& other) {
  Axes key;
  for (std::size_t axis = 0; axis < table.axes.size(); ++axis) {
    if (has_axis(other, table.axes[axis]) || varies(table, axis)) {
      key.emplace_back(table.axes[axis], table.points[point].labels[axis]);
    }
  }
  return key;
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

bool finite(const std::optional<double>& value) { return value && std::isfinite(*value); }

/// The two-sided p value of a difference whose standard error and degrees of freedom are known.
double p_value(double difference, double error, double degrees) {
  if (error == 0) return difference == 0 ? 1 : 0;
  return student_two_sided(difference / error, degrees);
}

Difference paired_difference(const Values& a, const Values& b) {
  Values left, right, differences;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!finite(a[i]) || !finite(b[i])) continue;
    left.push_back(a[i]);
    right.push_back(b[i]);
    differences.push_back(*b[i] - *a[i]);
  }
  Difference out;
  if (differences.empty()) return out;
  const Summary summary = summarise(differences);
  out.n_a = out.n_b = summary.n;
  out.a = *summarise(left).mean;
  out.b = *summarise(right).mean;
  out.difference = *summary.mean;
  out.ci95_low = summary.ci95_low;
  out.ci95_high = summary.ci95_high;
  if (summary.sd) {
    const double n = static_cast<double>(summary.n);
    out.p = p_value(out.difference, *summary.sd / std::sqrt(n), n - 1);
  }
  return out;
}

Difference welch_difference(const Values& a, const Values& b) {
  const Summary left = summarise(a), right = summarise(b);
  Difference out;
  if (!left.mean || !right.mean) return out;
  out.n_a = left.n;
  out.n_b = right.n;
  out.a = *left.mean;
  out.b = *right.mean;
  out.difference = out.b - out.a;
  if (!left.sd || !right.sd) return out;
  const auto variance_of_mean = [](const Summary& s) { return *s.sd * *s.sd / static_cast<double>(s.n); };
  const double va = variance_of_mean(left), vb = variance_of_mean(right), error = std::sqrt(va + vb);
  const double na = static_cast<double>(left.n - 1), nb = static_cast<double>(right.n - 1);
  // Welch and Satterthwaite; never below the smaller sample's own.
  const double degrees =
      error > 0 ? std::max(std::min(na, nb), (va + vb) * (va + vb) / (va * va / na + vb * vb / nb)) : 1;
  const double half = error > 0 ? student_t975(degrees) * error : 0;
  out.ci95_low = out.difference - half;
  out.ci95_high = out.difference + half;
  out.p = p_value(out.difference, error, degrees);
  return out;
}

/// Two points' runs, with or without pairs.
Difference difference_of(const RunsOfPoint& a, std::size_t metric_a, const RunsOfPoint& b, std::size_t metric_b,
                         bool paired) {
  Values left, right;
  std::map<std::uint64_t, std::optional<double>> partners;  // by replication
  for (const Run& run : b.runs) {
    if (paired) {
      partners[run.replication] = run.values[metric_b];
    } else {
      right.push_back(run.values[metric_b]);
    }
  }
  for (const Run& run : a.runs) {
    left.push_back(run.values[metric_a]);
    if (!paired) continue;
    const auto partner = partners.find(run.replication);
    right.push_back(partner == partners.end() ? std::nullopt : partner->second);
  }
  Difference out = paired ? paired_difference(left, right) : welch_difference(left, right);
  const auto values = [](const RunsOfPoint& point, std::size_t metric) {
    return static_cast<std::size_t>(std::count_if(point.runs.begin(), point.runs.end(),
                                                  [&](const Run& run) { return finite(run.values[metric]); }));
  };
  out.values_a = values(a, metric_a);
  out.values_b = values(b, metric_b);
  return out;
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

std::optional<double> Difference::relative() const {
  return a == 0 ? std::nullopt : std::optional(difference / std::abs(a));
}

bool Difference::excludes_zero() const { return ci95_low ? *ci95_low > 0 || *ci95_high < 0 : difference != 0; }

const Difference* PointDifferences::find(std::string_view metric) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.metric == metric; });
  return found == metrics.end() ? nullptr : &*found;
}

std::string PointDifferences::name() const { return name_of(axes); }

RunTable read_runs(const std::filesystem::path& directory) {
  const CsvTable csv = read_csv(directory / "runs.csv");
  const std::size_t point = csv.column("point"), replication = csv.column("replication"), seed = csv.column("seed"),
                    first_metric = csv.column("failure") + 1;
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
    if (is_new) table.points.push_back({{at(fields, 1), at(fields, replication)}, {}});
    Run run;
    run.replication = static_cast<std::uint64_t>(csv_number(csv, row, replication).value_or(0));
    run.seed = fields[seed];
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

Comparison compare(const RunTable& a, const RunTable& b) {
  Comparison out;
  out.paired = one_seed(a, b);
  out.axes_of_a = axes_without_partner(a, b);
  out.axes_of_b = axes_without_partner(b, a);
  std::map<Axes, std::size_t> partners;
  for (std::size_t point = 0; point < b.points.size(); ++point) partners[sorted(key_of(b, point, a))] = point;
  std::map<std::string, std::size_t> metrics_of_b;
  for (std::size_t metric = 0; metric < b.metrics.size(); ++metric) metrics_of_b[b.metrics[metric]] = metric;

  for (std::size_t point = 0; point < a.points.size(); ++point) {
    const Axes key = key_of(a, point, b);
    const auto partner = partners.find(sorted(key));
    if (partner == partners.end()) {
      out.only_in_a.push_back(name_of(key));
      continue;
    }
    const RunsOfPoint& runs_b = b.points[partner->second];
    partners.erase(partner);
    PointDifferences differences{key, {}};
    for (std::size_t metric = 0; metric < a.metrics.size(); ++metric) {
      const auto metric_b = metrics_of_b.find(a.metrics[metric]);
      if (metric_b == metrics_of_b.end()) continue;
      Difference difference = difference_of(a.points[point], metric, runs_b, metric_b->second, out.paired);
      if (difference.values_a + difference.values_b == 0) continue;
      difference.metric = a.metrics[metric];
      differences.metrics.push_back(std::move(difference));
    }
    out.points.push_back(std::move(differences));
  }
  for (std::size_t point = 0; point < b.points.size(); ++point) {
    if (partners.contains(sorted(key_of(b, point, a)))) out.only_in_b.push_back(name_of(key_of(b, point, a)));
  }
  adjust_all(out);
  return out;
}

}  // namespace hearsay::analysis
