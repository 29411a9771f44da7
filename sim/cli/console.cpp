#include "sim/cli/console.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "sim/document/diagnostics.hpp"

namespace hearsay::cli {

void print_diagnostics(const std::vector<document::Diagnostic>& diagnostics, bool errors_only) {
  constexpr std::size_t kMost = 100;
  std::size_t shown = 0, more = 0;
  for (const auto& diagnostic : diagnostics) {
    if (errors_only && diagnostic.warning) continue;
    if (shown == kMost) {
      ++more;
      continue;
    }
    ++shown;
    fmt::print(stderr, "{}\n", document::to_text(diagnostic));
  }
  if (more > 0) fmt::print(stderr, "... and {} more\n", more);
}

std::string counted(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

results::Manifest manifest_of(const std::filesystem::path& directory) {
  if (auto manifest = results::read_manifest(directory)) return *std::move(manifest);
  throw document::InputError(fmt::format("{} is not a directory of results: it has no readable {}", directory.string(),
                                         results::kManifestFile));
}

}  // namespace hearsay::cli
