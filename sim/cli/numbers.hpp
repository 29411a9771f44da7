#pragma once

// Numbers as a person reads them in a table.

#include <string>

namespace hearsay::cli {

/// Places after the point that leave `digits` significant ones of a value; at most 9.
int decimals(double value, int digits);

/// Four significant digits, but never a rounded whole part; no zeros at the end.
std::string plain_number(double value);

/// "3.14 ± 0.12": the half width has two significant digits, and the mean as many decimals.
std::string with_half_width(double mean, double half_width);

}  // namespace hearsay::cli
