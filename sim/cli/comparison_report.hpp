#pragma once

// What `hearsay compare` prints: the verdicts as a table, or everything as JSON.

#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "sim/cli/commands.hpp"

namespace hearsay::cli {

/// "better" or "worse" where the catalogue knows, else "higher" or "lower"; "no difference" after the correction; "not
/// judged" where nothing can be tested, or all runs differ alike and are too few to say so; "survivors" where the means
/// differ, but are of those items that got there; "no pair" where nothing can be subtracted.
std::string verdict(const analysis::Difference& difference);

/// Fewer values count than one side has.
bool lacks_pairs(const analysis::Difference& difference);

/// "t90_s is of 100 % and 81 % of the items"; empty unless the means are of survivors.
std::string survivors_text(const analysis::Difference& difference);

/// The rows that differ, or all, and what is left out.
std::string comparison_table(const analysis::Comparison& comparison, bool all);

/// One `--fail-if`, judged.
struct JudgedCondition {
  std::string text;
  std::vector<std::string> points;  ///< where it holds
  bool judged = true;               ///< at every point where one side has a value
};

/// `missing`: what B lacks, a line each. Keys in a fixed order, a line feed at the end.
std::string comparison_document(const CompareArguments& arguments, const analysis::Comparison& comparison,
                                const std::vector<JudgedCondition>& conditions,
                                const std::vector<std::string>& missing);

}  // namespace hearsay::cli
