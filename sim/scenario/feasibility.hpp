#pragma once

// What is found out only when all points are resolved: whether the machine can hold them, and whether the
// networks of replication 0 are connected and leave each node within its inbound cap.

#include <cstdint>
#include <vector>

#include "sim/document/reader.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::scenario {

/// A diagnostic about one point.
struct PointDiagnostic {
  std::size_t point = 0;
  document::CellDiagnostic diagnostic;
};

/// `where[i]` is the place of point i's [topology].
std::vector<PointDiagnostic> check_memory(const std::vector<Point>& points,
                                          const std::vector<document::Position>& where);
std::vector<PointDiagnostic> check_connected(const std::vector<Point>& points,
                                             const std::vector<document::Position>& where);
/// Only of the first node of a point that has too many peers.
std::vector<PointDiagnostic> check_inbound_caps(const std::vector<Point>& points,
                                                const std::vector<document::Position>& where);

/// Only of the first miner of a point that no message can leave.
std::vector<PointDiagnostic> check_miners(const std::vector<Point>& points,
                                          const std::vector<document::Position>& where);

/// Physical memory of the machine (or its control group), in bytes; 0 if unknown.
std::uint64_t machine_memory_bytes();

}  // namespace hearsay::scenario
