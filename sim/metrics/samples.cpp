#include "sim/metrics/samples.hpp"

#include <algorithm>
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

void Samples::sum_up() {
  for (; in_sum_ < values_.size(); ++in_sum_) {
    sum_ += values_[in_sum_];
    max_ = std::max(max_, values_[in_sum_]);
    ++summed_;
  }
}

void Samples::flush() {
  sum_up();
  for (const std::int64_t value : values_) {
    const std::size_t bin = bin_of(value);
    if (bin >= bins_.size()) bins_.resize(bin + 1, 0);
    ++bins_[bin];
  }
  constexpr std::size_t kPending = 4096;
  if (limit_ != kPending) values_ = {};  // gives the memory back
  limit_ = kPending;
  values_.clear();
  in_sum_ = 0;
}

void Samples::add(std::int64_t value, std::uint64_t times) {
  if (limit_ == kExact) {
    for (std::uint64_t i = 0; i < times; ++i) add(value);
    return;
  }
  const std::size_t bin = bin_of(value);
  if (bin >= bins_.size()) bins_.resize(bin + 1, 0);
  bins_[bin] += times;
  sum_ += static_cast<Int128>(value) * static_cast<Int128>(times);
  max_ = std::max(max_, value);
  summed_ += times;
}

void Samples::merge(Samples& other) {
  if (bins_.empty() && other.bins_.empty() && values_.size() + other.values_.size() <= limit_) {
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
  } else {
    flush();
    other.flush();
    if (other.bins_.size() > bins_.size()) bins_.resize(other.bins_.size(), 0);
    for (std::size_t bin = 0; bin < other.bins_.size(); ++bin) bins_[bin] += other.bins_[bin];
    summed_ += other.summed_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }
  other = {};
}

std::optional<double> Samples::mean() {
  if (count() == 0) return std::nullopt;
  sum_up();
  return static_cast<double>(sum_) / static_cast<double>(summed_);
}

std::optional<double> Samples::max() {
  if (count() == 0) return std::nullopt;
  sum_up();
  return static_cast<double>(max_);
}

namespace {

/// Between which order statistics a quantile of n values lies, and where.
struct Type7 {
  std::size_t low, high;
  double fraction;

  Type7(std::size_t n, double p) {
    const double at = p * static_cast<double>(n - 1);
    low = static_cast<std::size_t>(at);
    high = std::min(low + 1, n - 1);
    fraction = at - static_cast<double>(low);
  }
  double between(std::int64_t lower, std::int64_t upper) const {
    return static_cast<double>(lower) + fraction * static_cast<double>(upper - lower);
  }
};

}  // namespace

double quantile_of_sorted(const std::vector<std::int64_t>& sorted, double p) {
  const Type7 at(sorted.size(), p);
  return at.between(sorted[at.low], sorted[at.high]);
}

std::optional<double> Samples::quantile(double p) {
  if (count() == 0) return std::nullopt;
  sum_up();
  if (bins_.empty()) {
    // Selecting costs a fraction of sorting, and is the same to the last bit.
    const Type7 at(values_.size(), p);
    const auto low = values_.begin() + static_cast<std::ptrdiff_t>(at.low);
    std::nth_element(values_.begin(), low, values_.end());
    return at.between(*low, at.high == at.low ? *low : *std::min_element(low + 1, values_.end()));
  }
  flush();
  const double at = p * static_cast<double>(summed_ - 1);
  double below = 0;
  for (std::size_t bin = 0; bin < bins_.size(); ++bin) {
    below += static_cast<double>(bins_[bin]);
    if (below > at) return std::min(middle_of(bin), static_cast<double>(max_));
  }
  return static_cast<double>(max_);
}

}  // namespace hearsay::metrics
