#pragma once

// What [sweep] says, before the points are made of it:
//
//   [sweep]
//   "protocol.fanout" = [2, 4, 8]                                   an axis: a list of values
//   "network.loss" = { from = 0.001, to = 0.1, steps = 5, scale = "log" }      or a range of `steps` values, both ends
//   among them include = [{ "protocol.fanout" = 16 }]                          more points exclude = [{
//   "protocol.fanout" = 8, "network.loss" = 0.1 }]     points that are left out
//   [[sweep.zip]]                                                   axes that vary together
//   "topology.nodes" = [100, 1000]
//   "workload.rate" = ["10/s", "1/s"]
//
// `scale` is "linear" unless given. The ends of a range are two numbers, or two durations, sizes, rates or
// frequencies; they are taken as written, what lies between is exact to twelve digits and to the unit's own grain.
// A repeat in a range is dropped, but in a zip, where only whole rows have to differ. A string stands for the table
// with that `name` or `kind` where the axis is a whole table. Linear in the number of values.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/key_path.hpp"
#include "sim/scenario/value.hpp"

namespace hearsay::scenario {

inline constexpr std::size_t kMostPoints = 1'000'000;

/// Complaints about [sweep], at their place in the file or on the command line.
class SweepComplaints {
 public:
  SweepComplaints(const std::string& file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}
  void operator()(const Place& place, const std::string& key, const std::string& message) const {
    diagnostics_.error({place.set ? "--set" : file_, place.line, place.column}, key, message);
  }

 private:
  const std::string& file_;
  Diagnostics& diagnostics_;
};

struct Axis {
  std::string key;    ///< as in [sweep]
  std::string shown;  ///< as messages name it: "sweep.protocol.fanout"
  KeyPath path;
  Place where;
  std::vector<Value> values;        ///< first those of the product, then those that only `include` names
  std::vector<std::string> labels;  ///< of the values, distinct where the values are
  std::size_t swept = 0;            ///< values of the product; 0: `include` alone names the key
  bool range = false;
};

/// Axes that vary together: one, or those of a zip.
struct AxisGroup {
  std::vector<std::size_t> axes;
  std::size_t length = 0;
  Place where;
  std::string shown;
};

struct IncludedPoint {
  std::vector<std::pair<std::size_t, std::size_t>> values;  ///< axis, index of its value
  Place where;
  std::string shown;
};

/// One key of an exclude; `below` leads into the table that a whole-table axis puts in place.
struct Condition {
  std::size_t axis = 0;
  KeyPath below;
  Value value;
  Place where;
  std::string shown;
};

struct Exclusion {
  std::vector<Condition> conditions;
  Place where;
  std::string shown;
};

struct SweepTable {
  std::vector<Axis> axes;  ///< in file order, those of `include` alone last
  std::vector<AxisGroup> groups;
  std::vector<IncludedPoint> included;
  std::vector<Exclusion> excluded;
};

SweepTable read_sweep(const Value& table, const SweepComplaints& complain);

/// The values of a range, with the id and place of `entry`; none after a complaint. `shown` names it. Values that
/// are not whole are marked: an integer key rounds them.
std::vector<Value> read_range(const Value& entry, const std::string& shown, const SweepComplaints& complain);
/// True if a table looks like a range.
bool is_range(const Value& entry);

/// Rounds the values of a range over an integer key, halves away from zero.
void round_values(Axis& axis);
/// Drops all values but the first that mean the same.
void drop_repeats(Axis& axis);

/// `axis` as a label of each of its values.
void make_labels(Axis& axis);

}  // namespace hearsay::scenario
