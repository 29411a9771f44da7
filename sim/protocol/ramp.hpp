#pragma once

// A quantity that is constant, or changes linearly from one value to another while the network runs.

#include <cstdint>
#include <optional>
#include <string>

#include "sim/core/time.hpp"

namespace hearsay::protocol {

/// `from` up to `start`, `to` from `stop` on, linear between. Monotone in time, rounding included, so that whatever is
/// below it stays below while it rises. A constant has start = stop = 0.
struct Ramp {
  double from = 0, to = 0;
  SimTime start, stop;

  constexpr Ramp() = default;
  constexpr explicit Ramp(double value) : from(value), to(value) {}
  constexpr Ramp(double first, double last, SimTime begin, SimTime end)
      : from(first), to(last), start(begin), stop(end) {}

  bool is_constant() const { return start == stop; }
  /// It has this value at all times.
  bool is_always(double value) const { return from == value && to == value; }
  double at(SimTime t) const;
  /// The first instant after `now` at which `level` < at(t) has changed; none if it never does. O(log(stop - start)).
  std::optional<SimTime> next_crossing(double level, SimTime now) const;

  friend bool operator==(const Ramp&, const Ramp&) = default;
};

/// What is wrong with a ramp in a run of this length, and what to write instead; empty: nothing.
std::string complaint_about(const Ramp& ramp, SimTime end_of_run);

}  // namespace hearsay::protocol
