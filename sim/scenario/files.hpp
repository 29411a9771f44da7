#pragma once

// The files that a scenario names: found, read once, kept for all points.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/network/topology_file.hpp"
#include "sim/scenario/network_table.hpp"
#include "sim/scenario/trace_file.hpp"

namespace hearsay::scenario {

/// A file's content, or why there is none.
struct FileText {
  std::string path;  ///< as messages name it
  std::string text;
  std::string error;  ///< "" if it was read
  std::string hash;   ///< of the text, 16 hex digits; tells versions of a file apart, no more
};

/// So large may a scenario or a network table be, and so large a list of edges or publications, in bytes.
inline constexpr std::uint64_t kMostScenarioBytes = std::uint64_t{16} << 20;
inline constexpr std::uint64_t kMostListBytes = std::uint64_t{1} << 30;

/// Reads a regular file whole. Refused are a pipe or device, which may never end, and more than `most` bytes.
FileText read_file(const std::filesystem::path& path, std::uint64_t most);

/// Where `name` is: as given, then among the shipped scenarios (where `.toml` may be left out); nothing if nowhere.
std::optional<std::filesystem::path> find_scenario(const std::filesystem::path& name);

/// Directories of shipped scenarios, most specific first: beside the executable's installation, then the source tree.
std::vector<std::filesystem::path> shipped_scenario_dirs();

class Files {
 public:
  explicit Files(std::filesystem::path scenario) : scenario_(std::move(scenario)) {}

  /// Looked up beside the scenario, then among the shipped ones. The first to ask says how long it may be.
  const FileText& text(const std::string& name, std::uint64_t most);
  const NetworkTable& network_table(const std::string& name);
  const network::FileTopology& topology(const std::string& name);
  const TraceFile& trace(const std::string& name);

  /// A hash of the content of each file named so far, by the name that the scenario gives it.
  std::map<std::string, std::string> hashes() const;

 private:
  std::filesystem::path scenario_;
  std::map<std::string, FileText> texts_;
  std::map<std::string, NetworkTable> tables_;
  std::map<std::string, network::FileTopology> topologies_;
  std::map<std::string, TraceFile> traces_;
};

}  // namespace hearsay::scenario
