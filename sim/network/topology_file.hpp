#pragma once

// Topologies from files: CSV edge lists (header source,target[,latency][,bandwidth], values with units)
// and GraphML (edge attributes latency and bandwidth, as text with units; read by Boost.Graph).

#include <filesystem>
#include <string>
#include <vector>

#include "sim/network/spec.hpp"

namespace hearsay::network {

struct FileError {
  int line = 0;  ///< 1-based; 0 where the format has no lines (GraphML)
  std::string message;
};

struct FileTopology {
  std::vector<FileEdge> edges;    ///< sorted by (from, to)
  std::uint32_t nodes = 0;        ///< largest id + 1
  bool has_latency = false;       ///< every edge has one
  std::vector<FileError> errors;  ///< of the first twenty wrong lines; edges are meaningless unless empty
};

/// The content of a `.csv` or `.graphml` file, told apart by the name. Never throws for bad content: see errors.
FileTopology parse_topology_file(const std::filesystem::path& path, const std::string& content);

}  // namespace hearsay::network
