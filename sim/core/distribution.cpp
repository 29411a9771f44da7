#include "sim/core/distribution.hpp"

#include <cmath>
#include <limits>

#include "sim/core/check.hpp"
#include "sim/core/math.hpp"

namespace hearsay {

Distribution Distribution::constant(double value) { return {Kind::kConstant, value, 0, value}; }
Distribution Distribution::uniform(double min, double max) { return {Kind::kUniform, min, max, 0.5 * (min + max)}; }
Distribution Distribution::normal(double mean, double sd) { return {Kind::kNormal, mean, sd, mean}; }

Distribution Distribution::lognormal(double mean, double sd) {
  const double variance_of_log = det_log(1.0 + (sd / mean) * (sd / mean));
  return {Kind::kLognormal, det_log(mean) - 0.5 * variance_of_log, std::sqrt(variance_of_log), mean};
}

Distribution Distribution::exponential(double mean) { return {Kind::kExponential, mean, 0, mean}; }

Distribution Distribution::pareto_shape(double mean, double shape) {
  return {Kind::kPareto, mean * (shape - 1.0) / shape, shape, mean};
}

Distribution Distribution::pareto_scale(double mean, double scale) {
  return {Kind::kPareto, scale, mean / (mean - scale), mean};
}

double Distribution::quantile(double u) const {
  switch (kind_) {
    case Kind::kConstant: return a_;
    case Kind::kUniform: return a_ + (b_ - a_) * u;
    case Kind::kNormal: return a_ + b_ * det_normal_quantile(u);
    case Kind::kLognormal: return det_exp(a_ + b_ * det_normal_quantile(u));
    case Kind::kExponential: return -a_ * det_log(1.0 - u);
    case Kind::kPareto: return a_ * det_exp(-det_log(1.0 - u) / b_);
  }
  HEARSAY_CHECK(false, "a distribution of no kind");
}

double Distribution::upper_bound() const {
  if (kind_ == Kind::kConstant) return a_;
  if (kind_ == Kind::kUniform) return b_;
  return std::numeric_limits<double>::infinity();
}

double Distribution::lower_bound() const {
  // The least that open_uniform() gives; a little less for the rounding of quantiles, which need not be monotone to the
  // last bit.
  constexpr double kLeast = 0x1.0p-53, kRounding = 1 - 1e-9;
  if (kind_ == Kind::kConstant || kind_ == Kind::kUniform) return a_;
  const double least = quantile(kLeast);
  return least > 0 ? least * kRounding : least;
}

}  // namespace hearsay
