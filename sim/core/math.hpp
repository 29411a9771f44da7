#pragma once

// Elementary functions built from IEEE basic operations only (+ - * / sqrt, all correctly rounded), so
// that the same scenario gives the same nanosecond on every machine and C library. Accuracy is a few
// units in the last place, which is far below any figure the simulator prints. sqrt, floor, ldexp and
// frexp of the C library are exact by IEEE 754 and may be used directly.

namespace hearsay {

/// Natural logarithm of x > 0.
double det_log(double x);
/// e to the power x; 0 below -745, infinity above 709.78.
double det_exp(double x);
/// x to the power y for x > 0.
double det_pow(double x, double y);
/// Quantile of the standard normal distribution, 0 < p < 1 (Wichura 1988, AS 241, PPND16).
double det_normal_quantile(double p);

}  // namespace hearsay
