#pragma once

// Which nodes a group or a fault takes: ids, count, share, rest, group, region or role.

#include <string>
#include <vector>

#include "sim/network/spec.hpp"
#include "sim/scenario/reader.hpp"

namespace hearsay::scenario {

struct Draft;

struct SelectedBy {
  std::string key;  ///< "": none of the keys is given
  network::NodeSelector nodes;
};

/// Reads the one of `keys` that is given; more than one is an error.
SelectedBy read_selection(const Reader& table, const std::vector<std::string>& keys, const Draft& draft);

}  // namespace hearsay::scenario
