#include "sim/cli/console.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace hearsay::cli {

void print_diagnostics(const std::vector<scenario::Diagnostic>& diagnostics, bool errors_only) {
  for (const auto& diagnostic : diagnostics) {
    if (!errors_only || !diagnostic.warning) fmt::print(stderr, "{}\n", scenario::to_text(diagnostic));
  }
}

std::string counted(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

}  // namespace hearsay::cli
