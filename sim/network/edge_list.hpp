#pragma once

// Collects the edges of a topology file, in whatever format, and judges them: node ids, self-loops, duplicates,
// values with units. Every error is kept, with its place.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/network/topology_file.hpp"

namespace hearsay::network {

/// One edge as written; an empty latency or bandwidth is one that is not given.
struct EdgeText {
  std::string_view source;
  std::string_view target;
  std::string_view latency;
  std::string_view bandwidth;
};

class EdgeList {
 public:
  /// `line` is 0 where the format has no lines; `number` names the edge then (1-based).
  void add(int line, std::size_t number, const EdgeText& text);
  void error(int line, std::string message) {
    if (!hopeless()) errors_.push_back({line, std::move(message)});
  }
  /// There are so many errors that nobody reads more of them.
  bool hopeless() const { return errors_.size() >= kMostErrors; }
  /// A node that exists though no edge may name it.
  void add_node(std::uint32_t node) { nodes_ = std::max(nodes_, node + 1); }
  /// Sorted edges, or all errors by line.
  FileTopology finish() &&;

  /// The node id in `text`, if it is one.
  static std::optional<std::uint32_t> node_id(std::string_view text);

 private:
  static constexpr std::size_t kMostErrors = 20;
  struct Row {
    FileEdge edge;
    int line;
    std::size_t number;
  };
  void fail(int line, std::size_t number, std::string message);
  std::vector<Row> rows_;
  std::vector<FileError> errors_;
  std::uint32_t nodes_ = 0;
};

/// Reads GraphML (topology_graphml.cpp).
FileTopology read_graphml_topology(const std::string& content);

}  // namespace hearsay::network
