#pragma once

// What a scenario's [output] and [run] ask the recorder for.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/time.hpp"

namespace hearsay::metrics {

enum class Label : std::uint8_t { kClass, kRole, kGroup, kRegion };

struct OutputSpec {
  Duration series;        ///< 0: no series
  std::vector<Label> by;  ///< delivery metrics again per label
  bool ledger = false;
  bool stretch = false;
  bool measure_window = false;  ///< delivery metrics use items published in [measure_from, measure_to)
  SimTime measure_from;
  SimTime measure_to;
  /// Whether an item that is published then counts in delivery metrics.
  bool measures(SimTime published) const {
    return !measure_window || (measure_from <= published && published < measure_to);
  }

  /// Each node's time of each item is kept to the end. `all_up`: no node crashes or joins; `reads`: there are any.
  bool stores_times(bool all_up, bool reads) const { return !all_up || !by.empty() || stretch || reads; }
};

}  // namespace hearsay::metrics
