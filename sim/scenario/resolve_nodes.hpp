#pragma once

// How a group or a fault chooses its nodes.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/document/reader.hpp"
#include "sim/network/spec.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {

/// Nodes of each group by ids, count or share; 0 for the rest.
std::vector<std::uint64_t> group_sizes(const std::vector<network::GroupSpec>& groups, std::uint32_t nodes);

/// Which nodes a group or a fault takes: ids, count, share, rest, group, region or role.
struct SelectedBy {
  std::string key;  ///< "": none of the keys is given
  network::NodeSelector nodes;
};

/// Reads the one of `keys` that is given; more than one is an error.
SelectedBy read_selection(const document::Reader& table, const std::vector<std::string>& keys, const Draft& draft);

}  // namespace hearsay::scenario
