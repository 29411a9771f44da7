#pragma once

// [sweep]: axes, and the document of each point. Points count with the first axis slowest.

#include <cstddef>
#include <string>
#include <vector>

#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/key_path.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/value.hpp"

namespace hearsay::scenario {

struct Axis {
  std::string key;  ///< as in [sweep]
  KeyPath path;
  Place where;
  std::vector<Value> values;
  std::vector<std::string> labels;  ///< of the values, distinct where the values are
};

inline constexpr std::size_t kMostPoints = 1'000'000;

class Sweep {
 public:
  /// Takes [sweep] out of `document`, which becomes the base of all points. Complaints name `file`.
  Sweep(Value& document, const std::string& file, Diagnostics& diagnostics);

  /// False after a complaint: there is one point then, the first as far as it goes.
  bool good() const { return good_; }
  const std::vector<Axis>& axes() const { return axes_; }
  std::size_t points() const { return points_; }
  /// Which value of axis `axis` point `point` has.
  std::size_t value_index(std::size_t point, std::size_t axis) const;
  std::vector<AxisValue> coordinates(std::size_t point) const;
  /// `a = 1, b = 2`
  std::string describe_point(std::size_t point) const;
  /// The base with the point's values put in.
  Value document(const Value& base, std::size_t point) const;
  /// An axis that replaces what `path` names, or nullptr.
  const Axis* replaced_by(const KeyPath& path) const;

 private:
  void read_axes(const Value& table, const std::string& file, Diagnostics& diagnostics);
  void add_axis(const Value& entry, const std::string& file, Diagnostics& diagnostics);
  void try_places(const Value& base, const std::string& file, Diagnostics& diagnostics);

  std::vector<Axis> axes_;
  std::vector<std::size_t> by_depth_;  // order of putting in: a whole table before what is in it
  std::size_t points_ = 1;
  bool good_ = true;
};

}  // namespace hearsay::scenario
