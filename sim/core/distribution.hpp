#pragma once

// The distributions a scenario can name, sampled by their quantile function from one uniform draw, so
// that one draw is one value whatever the kind (common random numbers survive a change of kind).
// A Distribution is without unit: latencies are in ns, sizes in bytes, factors in 1.

#include <cstdint>

#include "sim/core/random.hpp"

namespace hearsay {

class Distribution {
 public:
  enum class Kind : std::uint8_t { kConstant, kUniform, kNormal, kLognormal, kExponential, kPareto };

  static Distribution constant(double value);
  static Distribution uniform(double min, double max);
  static Distribution normal(double mean, double sd);
  /// Mean and standard deviation of the value itself, not of its logarithm.
  static Distribution lognormal(double mean, double sd);
  static Distribution exponential(double mean);
  /// Type I; shape > 1 so that the mean exists: scale = mean (shape - 1) / shape.
  static Distribution pareto_shape(double mean, double shape);
  /// Type I with 0 < scale < mean: shape = mean / (mean - scale).
  static Distribution pareto_scale(double mean, double scale);

  Kind kind() const { return kind_; }
  bool is_constant() const { return kind_ == Kind::kConstant; }
  double mean() const { return mean_; }
  /// Value below which a share u of the draws lies, 0 < u < 1. May be negative for normal.
  double quantile(double u) const;
  double sample(KeyedDraws& draws) const { return kind_ == Kind::kConstant ? a_ : quantile(draws.open_uniform()); }
  /// The largest value a draw can have; infinity where there is no limit.
  double upper_bound() const;
  /// No draw is smaller. As draws have 52 bits, there is such a value for every kind.
  double lower_bound() const;

  friend bool operator==(const Distribution&, const Distribution&) = default;

 private:
  Distribution(Kind kind, double a, double b, double mean) : kind_(kind), a_(a), b_(b), mean_(mean) {}
  Kind kind_ = Kind::kConstant;
  double a_ = 0;  // constant: value; uniform: min; normal: mean; lognormal: mu; exponential: mean; pareto: scale
  double b_ = 0;  // uniform: max; normal: sd; lognormal: sigma; pareto: shape
  double mean_ = 0;
};

}  // namespace hearsay
