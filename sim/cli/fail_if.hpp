#pragma once

// The conditions of `hearsay compare --fail-if`:
//
//   METRIC worse|better|higher|lower|differs [by AMOUNT]
//
// AMOUNT is per cent of A's mean ("5 %"), or absolute, with a unit where the metric has one ("20 ms", "64 KiB", "0.5").
// Worse and better need a metric of which the catalogue says which direction is better. The condition holds where the
// mean difference lies that way by more than the amount (0 without one) and is different from 0 at 5 %, after Holm's
// correction for all points that the condition is applied to; with one replication, where nothing can be tested, the
// difference alone decides.

#include <optional>
#include <string>
#include <vector>

#include "analysis/compare.hpp"

namespace hearsay::cli {

struct FailIf {
  enum class Sense : std::uint8_t { kHigher, kLower, kEither };

  std::string text;  ///< as typed
  std::string metric;
  Sense sense = Sense::kEither;
  double amount = 0;
  bool percent = false;

  /// `p`: the difference's, corrected; empty if there is none.
  bool holds(const analysis::Difference& difference, std::optional<double> p) const;
};

/// Throws document::InputError that names every mistake in every condition.
std::vector<FailIf> parse_fail_ifs(const std::vector<std::string>& texts);

}  // namespace hearsay::cli
