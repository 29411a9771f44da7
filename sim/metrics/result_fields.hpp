#pragma once

// The one list of the numbers that a run gives back besides its metrics and its tables. The way between processes, the
// store, runs.csv, performance.csv and JSON all follow from it. A new one is a member of RunResult, Performance or
// OwnMemory and one line in result_fields.cpp, which does not compile as long as that line is missing.

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "sim/metrics/result.hpp"

namespace hearsay::metrics {

enum class FieldType : std::uint8_t {
  kCount,   ///< std::uint64_t
  kReal,    ///< double
  kDigest,  ///< std::uint64_t, shown as 16 hexadecimal digits; a failed run shows none
};

/// Where a field shows. Every one that is not computed from others is in the store as well.
enum class FieldPlace : std::uint8_t {
  kStoreOnly,
  kRun,          ///< runs.csv, and the run in JSON
  kPerformance,  ///< performance.csv, and `performance` of the run in JSON
};

/// monostate: there is none.
using FieldValue = std::variant<std::monostate, std::uint64_t, double>;

struct RunField {
  std::string_view name;  ///< of its column
  FieldType type = FieldType::kCount;
  FieldPlace place = FieldPlace::kStoreOnly;
  FieldValue (*get)(const RunResult&) = nullptr;
  void (*set)(RunResult&, const FieldValue&) = nullptr;  ///< nullptr: computed from others, and so never stored
  constexpr bool is_stored() const { return set != nullptr; }
};

/// In the order of their columns.
std::span<const RunField> run_fields();

}  // namespace hearsay::metrics
