#include "sim/metrics/samples.hpp"

#include <bit>
#include <cmath>

namespace hearsay::metrics {

namespace {
constexpr int kSubBits = 9;                                    // 512 bins per power of two
constexpr std::int64_t kLinear = std::int64_t{1} << kSubBits;  // below this, a bin per value
}  // namespace

std::size_t Samples::bin_of(std::int64_t value) {
  if (value < kLinear) return static_cast<std::size_t>(std::max<std::int64_t>(value, 0));
  const int exponent = std::bit_width(static_cast<std::uint64_t>(value)) - 1 - kSubBits;
  return static_cast<std::size_t>(exponent) * kLinear + static_cast<std::size_t>(value >> exponent);
}

double Samples::middle_of(std::size_t bin) {
  if (bin < static_cast<std::size_t>(kLinear)) return static_cast<double>(bin);
  const auto exponent = static_cast<int>(bin / kLinear) - 1;
  const auto mantissa = static_cast<std::int64_t>(bin % kLinear) + kLinear;
  return (static_cast<double>(mantissa) + 0.5) * std::ldexp(1.0, exponent);
}

void Samples::add_to_bin(std::int64_t value) {
  const std::size_t bin = bin_of(value);
  if (bin >= bins_.size()) bins_.resize(bin + 1, 0);
  ++bins_[bin];
}

void Samples::to_bins() {
  bins_.resize(1);
  for (const std::int64_t value : values_) add_to_bin(value);
  values_ = {};
}

std::optional<double> Samples::mean() const {
  if (count_ == 0) return std::nullopt;
  return sum_ / static_cast<double>(count_);
}

std::optional<double> Samples::max() const {
  if (count_ == 0) return std::nullopt;
  return static_cast<double>(max_);
}

double quantile_of_sorted(const std::vector<std::int64_t>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  const double fraction = at - static_cast<double>(low);
  return static_cast<double>(sorted[low]) + fraction * static_cast<double>(sorted[high] - sorted[low]);
}

std::optional<double> Samples::quantile(double p) {
  if (count_ == 0) return std::nullopt;
  if (bins_.empty()) {
    if (!sorted_) {
      std::sort(values_.begin(), values_.end());
      sorted_ = true;
    }
    return quantile_of_sorted(values_, p);
  }
  const double at = p * static_cast<double>(count_ - 1);
  double below = 0;
  for (std::size_t bin = 0; bin < bins_.size(); ++bin) {
    below += static_cast<double>(bins_[bin]);
    if (below > at) return std::min(middle_of(bin), static_cast<double>(max_));
  }
  return static_cast<double>(max_);
}

}  // namespace hearsay::metrics
