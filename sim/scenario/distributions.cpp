#include "sim/scenario/distributions.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::kNotNegative;
using document::kPositive;
using document::Limits;
using document::Reader;
using document::Type;

struct KindKeys {
  const char* kind;
  std::vector<std::string> keys;
};

const std::vector<KindKeys>& kinds() {
  static const std::vector<KindKeys> table = {
      {"constant", {"value"}},       {"uniform", {"min", "max"}}, {"normal", {"mean", "sd"}},
      {"lognormal", {"mean", "sd"}}, {"exponential", {"mean"}},   {"pareto", {"mean", "shape", "scale"}},
  };
  return table;
}

/// Keys of the other kinds are known, but not read by this one.
void name_keys_of_other_distributions(const Reader& table, const std::string& kind) {
  std::string own;
  for (const KindKeys& each : kinds()) {
    if (each.kind != kind) continue;
    for (const std::string& key : each.keys) own += (own.empty() ? "" : ", ") + key;
  }
  for (const KindKeys& each : kinds()) {
    for (const std::string& key : each.keys) {
      table.elsewhere(key, fmt::format("not read by kind \"{}\", which takes {}", kind, own));
    }
  }
}

class DistributionReader {
 public:
  DistributionReader(const Reader& table, const Quantity& quantity) : table_(table), quantity_(quantity) {}

  std::optional<Distribution> read(const std::string& kind) const {
    if (kind == "constant") return constant();
    if (kind == "uniform") return uniform();
    if (kind == "pareto") return pareto();
    const bool exponential = kind == "exponential";
    const auto mean = value("mean", kind == "normal" && !quantity_.positive ? kNotNegative : kPositive);
    const auto sd = exponential ? std::optional(0.0) : value("sd", kNotNegative);
    if (!mean || !sd) return std::nullopt;
    if (exponential) return Distribution::exponential(*mean);
    return kind == "normal" ? Distribution::normal(*mean, *sd) : Distribution::lognormal(*mean, *sd);
  }

 private:
  std::optional<double> value(const char* key, const Limits& limits) const {
    return read_quantity(table_.cell(key).required(fmt::format("{} = {}", key, quantity_.example)), quantity_.unit,
                         limits);
  }

  std::optional<Distribution> constant() const {
    const auto v = value("value", quantity_.positive ? kPositive : kNotNegative);
    if (!v) return std::nullopt;
    return Distribution::constant(*v);
  }

  std::optional<Distribution> uniform() const {
    const auto min = value("min", kNotNegative);
    const auto max = value("max", quantity_.positive ? kPositive : kNotNegative);
    if (!min || !max) return std::nullopt;
    if (*min <= *max) return Distribution::uniform(*min, *max);
    table_.cell("max").error(fmt::format("{} is below min = {}; write a max of at least min",
                                         label(*table_.cell("max").value()), label(*table_.cell("min").value())));
    return std::nullopt;
  }

  std::optional<Distribution> pareto() const {
    const auto mean = value("mean", kPositive);
    const Cell shape = table_.cell("shape");
    const Cell scale = table_.cell("scale");
    if (shape.present() == scale.present()) {
      table_.error(shape.present()
                       ? "shape and scale are both given; each follows from the other and the mean, remove one"
                       : "kind \"pareto\" needs a shape, such as shape = 2.5, or a scale");
      shape.give_up();
      scale.give_up();
      return std::nullopt;
    }
    if (shape.present()) {
      const auto s = shape.real({.min = 1, .above_min = true, .instead = "at 1 and below there is no mean"});
      if (!mean || !s) return std::nullopt;
      return Distribution::pareto_shape(*mean, *s);
    }
    const auto s = read_quantity(scale, quantity_.unit, kPositive);
    if (!mean || !s) return std::nullopt;
    if (*s < *mean) return Distribution::pareto_scale(*mean, *s);
    scale.error(
        fmt::format("{} is not below the mean; the scale is the smallest value that is drawn", label(*scale.value())));
    return std::nullopt;
  }

  const Reader& table_;
  const Quantity& quantity_;
};

}  // namespace

std::optional<double> read_quantity(const Cell& cell, Unit unit, const Limits& limits) {
  if (unit == Unit::kFactor) return cell.real(limits);
  if (unit == Unit::kDuration) {
    const auto duration = cell.duration(limits);
    return duration ? std::optional(static_cast<double>(duration->ns)) : std::nullopt;
  }
  const auto size = cell.size(limits);
  return size ? std::optional(static_cast<double>(*size)) : std::nullopt;
}

const std::vector<std::string>& distribution_kinds() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const KindKeys& each : kinds()) out.emplace_back(each.kind);
    return out;
  }();
  return names;
}

std::optional<Distribution> read_distribution(const Reader& table, const std::string& kind, const Quantity& quantity) {
  name_keys_of_other_distributions(table, kind);
  return DistributionReader(table, quantity).read(kind);
}

std::optional<Distribution> read_distribution(const Cell& cell, const Quantity& quantity) {
  if (!cell.present()) return std::nullopt;
  if (!cell.is(Type::kTable)) {
    const auto value = read_quantity(cell, quantity.unit, quantity.positive ? kPositive : kNotNegative);
    if (!value) return std::nullopt;
    return Distribution::constant(*value);
  }
  const Reader table = cell.table();
  const auto kind = table.cell("kind").required("kind = \"uniform\"").choice(distribution_kinds());
  if (!kind) {
    table.give_up();
    return std::nullopt;
  }
  return read_distribution(table, *kind, quantity);
}

}  // namespace hearsay::scenario
