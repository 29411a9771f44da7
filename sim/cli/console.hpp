#pragma once

// What several commands say in the same way.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/results/documents.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::cli {

/// More runs than anybody means by accident: `run` asks for --yes.
inline constexpr std::uint64_t kManyRuns = 1'000'000;

/// To standard error, one a line.
void print_diagnostics(const std::vector<document::Diagnostic>& diagnostics, bool errors_only = false);

/// "1 point", "2 points".
std::string counted(std::uint64_t number, std::string_view what);

/// Of a result directory; throws document::InputError if it is none.
results::Manifest manifest_of(const std::filesystem::path& directory);

}  // namespace hearsay::cli
