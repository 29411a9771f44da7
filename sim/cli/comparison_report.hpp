#pragma once

// What `hearsay compare` prints: the verdicts as a table, or everything as JSON.

#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "sim/cli/commands.hpp"

namespace hearsay::cli {

/// "better" or "worse" where the catalogue knows, else "higher" or "lower"; "no difference" after the correction; "not
/// judged" where there is no interval, "no pair" where nothing can be subtracted.
std::string verdict(const analysis::Difference& difference);

/// Fewer values count than one side has.
bool lacks_pairs(const analysis::Difference& difference);

/// The rows that differ, or all, and what is left out.
std::string comparison_table(const analysis::Comparison& comparison, bool all);

/// One `--fail-if`, judged.
struct JudgedCondition {
  std::string text;
  std::vector<std::string> points;  ///< where it holds
};

/// Keys in a fixed order, a line feed at the end.
std::string comparison_document(const CompareArguments& arguments, const analysis::Comparison& comparison,
                                const std::vector<JudgedCondition>& conditions);

}  // namespace hearsay::cli
