#pragma once

// How points of a sweep are named for people: in tables, CSV files and figures.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

/// The coordinates of every point, as text.
class PointLabels {
 public:
  explicit PointLabels(const scenario::Scenario& scenario);

  /// Keys of the axes, in file order.
  const std::vector<std::string>& axes() const { return axes_; }
  /// As short as they stay distinct: "fanout" for "protocol.fanout".
  const std::vector<std::string>& short_axes() const { return short_axes_; }
  /// One text per axis, empty where the point lacks the axis. Two tables of one name are told apart by the keys
  /// in which they differ: "push-pull, fanout = 4".
  const std::vector<std::string>& values(std::size_t point) const { return values_[point]; }
  /// "fanout = 4, interval = 1 s"; the value alone if there is one axis; empty without a sweep.
  std::string name(std::size_t point) const;

 private:
  void tell_apart(std::size_t axis, const std::vector<std::string>& json);

  std::vector<std::string> axes_, short_axes_;
  std::vector<std::vector<std::string>> values_;
};

}  // namespace hearsay::campaign
