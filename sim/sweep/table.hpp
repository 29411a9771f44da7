#pragma once

// What [sweep] says, before the points are made of it:
//
//   [sweep]
//   "protocol.fanout" = [2, 4, 8]                 # an axis: a list of values,
//   "network.loss" = { from = 0.001, to = 0.1, steps = 5, scale = "log" }    # or a range of `steps` values
//   include = [{ "protocol.fanout" = 16 }]        # more points
//   exclude = [{ "protocol.fanout" = 8, "network.loss" = 0.1 }]              # points that are left out
//   [[sweep.zip]]                                 # axes that vary together
//   "topology.nodes" = [100, 1000]
//   "workload.rate" = ["10/s", "1/s"]
//
// Ranges are read in range.hpp. A string stands for the table with that `name` or `kind` where the axis is a whole
// table. Linear in the number of values.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "sim/document/diagnostics.hpp"
#include "sim/document/key_path.hpp"
#include "sim/document/value.hpp"

namespace hearsay::sweep {

inline constexpr std::size_t kMostPoints = 1'000'000;

/// Reports what is wrong with [sweep], at its place in the file or on the command line.
class SweepDiagnostics {
 public:
  SweepDiagnostics(const std::string& file, document::Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}
  void operator()(const document::Place& place, const std::string& key, const std::string& message) const {
    diagnostics_.error({place.set ? "--set" : file_, place.line, place.column}, key, message);
  }

 private:
  const std::string& file_;
  document::Diagnostics& diagnostics_;
};

struct Axis {
  std::string key;    ///< as in [sweep]
  std::string shown;  ///< as messages name it: "sweep.protocol.fanout"
  document::KeyPath path;
  document::Place where;
  std::vector<document::Value> values;  ///< first those of the product, then those that only `include` names
  std::vector<std::string> labels;      ///< of the values, distinct where the values are
  std::size_t swept = 0;                ///< values of the product; 0: `include` alone names the key
  bool range = false;
};

/// Axes that vary together: one, or those of a zip.
struct AxisGroup {
  std::vector<std::size_t> axes;
  std::size_t length = 0;
  document::Place where;
  std::string shown;
};

struct IncludedPoint {
  std::vector<std::pair<std::size_t, std::size_t>> values;  ///< axis, index of its value
  document::Place where;
  std::string shown;
};

/// One key of an exclude; `below` leads into the table that a whole-table axis puts in place.
struct Condition {
  std::size_t axis = 0;
  document::KeyPath below;
  document::Value value;
  document::Place where;
  std::string shown;
};

struct Exclusion {
  std::vector<Condition> conditions;
  document::Place where;
  std::string shown;
};

struct SweepTable {
  std::vector<Axis> axes;  ///< in file order, those of `include` alone last
  std::vector<AxisGroup> groups;
  std::vector<IncludedPoint> included;
  std::vector<Exclusion> excluded;
};

SweepTable read_sweep(const document::Value& table, const SweepDiagnostics& report);

/// `axis` as a label of each of its values.
void make_labels(Axis& axis);

}  // namespace hearsay::sweep
