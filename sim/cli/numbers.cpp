#include "sim/cli/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hearsay::cli {

int decimals(double value, int digits) {
  if (value == 0) return 0;
  return std::clamp(digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value)))), 0, 9);
}

std::string plain_number(double value) {
  std::string text = fmt::format("{:.{}f}", value, decimals(value, 4));
  if (text.find('.') != std::string::npos) text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string with_half_width(double mean, double half_width) {
  if (half_width == 0) return plain_number(mean) + " ± 0";
  const int places = decimals(half_width, 2);
  return fmt::format("{:.{}f} ± {:.{}f}", mean, places, half_width, places);
}

}  // namespace hearsay::cli
