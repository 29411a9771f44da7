#pragma once

// Simulated time: integer nanoseconds since the start of a run.
//
// A run is at most 290 years (kMaxSimTime), just inside 63 bits. Sums saturate: what would lie beyond the
// representable lies at kNever, later than every run, and is never dispatched. Doubles appear only at the
// borders: when a distribution is sampled and when a figure is printed. nearest_duration() is the one way back.

#include <cmath>
#include <compare>
#include <cstdint>

namespace hearsay {

constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) [[unlikely]]
    return a < 0 ? INT64_MIN : INT64_MAX;
  return sum;
}
constexpr std::int64_t saturating_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) [[unlikely]]
    return (a < 0) != (b < 0) ? INT64_MIN : INT64_MAX;
  return product;
}

struct Duration {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {saturating_add(a.ns, b.ns)}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
  friend constexpr Duration operator*(Duration a, std::int64_t k) { return {saturating_multiply(a.ns, k)}; }
};

struct SimTime {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(SimTime, SimTime) = default;
  friend constexpr SimTime operator+(SimTime t, Duration d) { return {saturating_add(t.ns, d.ns)}; }
  friend constexpr SimTime operator-(SimTime t, Duration d) { return {t.ns - d.ns}; }
  friend constexpr Duration operator-(SimTime a, SimTime b) { return {a.ns - b.ns}; }
};

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// The longest run: 290 years of 365.25 days.
inline constexpr SimTime kMaxSimTime{290LL * 365 * 86'400 * kNsPerSecond + 290LL * 21'600 * kNsPerSecond};

/// Later than everything that can happen in a run; never an event's time.
inline constexpr SimTime kNever{INT64_MAX};

/// The nearest whole number of ns, halves up. What is longer than the longest run, infinite too, is cut there, as it
/// cannot matter by how much; what is no number is 0.
inline Duration nearest_duration(double ns) {
  constexpr auto kLongest = static_cast<double>(kMaxSimTime.ns);
  if (ns >= kLongest) [[unlikely]]
    return {kMaxSimTime.ns};
  if (!(ns > -kLongest)) [[unlikely]]
    return {ns < 0 ? -kMaxSimTime.ns : 0};
  return {static_cast<std::int64_t>(std::floor(ns + 0.5))};
}

constexpr Duration nanoseconds(std::int64_t n) { return {n}; }
constexpr Duration microseconds(std::int64_t n) { return {n * 1'000}; }
constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration seconds(std::int64_t n) { return {n * kNsPerSecond}; }

constexpr double to_seconds(Duration d) { return static_cast<double>(d.ns) / 1e9; }
constexpr double to_seconds(SimTime t) { return static_cast<double>(t.ns) / 1e9; }

}  // namespace hearsay
