#pragma once

// What is found out only when all points are resolved: whether the machine can hold them, and whether the
// networks of replication 0 are connected.

#include <vector>

#include "sim/scenario/reader.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::scenario {

/// A complaint about one point.
struct PointComplaint {
  std::size_t point = 0;
  Complaint complaint;
};

/// `where[i]` is the place of point i's [topology].
std::vector<PointComplaint> check_memory(const std::vector<Point>& points, const std::vector<Position>& where);
std::vector<PointComplaint> check_connected(const std::vector<Point>& points, const std::vector<Position>& where);

}  // namespace hearsay::scenario
