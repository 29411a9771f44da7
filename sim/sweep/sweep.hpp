#pragma once

// The points of [sweep], whose syntax is in table.hpp, and the document of each.
//
// Points are the product of the axes in file order, the first axis slowest, a zip counting as one axis at the place
// of the first zip; then the points of `include`, in which an axis that is not named has its base value; less every
// point, included ones too, that matches all keys of a table of `exclude`. A key that `include` alone names has its
// base value in the product. Without axes the product is the base alone. A whole table is put in place before what
// is in it. No two points have the same coordinates.
//
// A point is looked up in constant time per axis; its document is a copy of the base. Memory: the axes, and four
// bytes a point where some are excluded.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/document/diagnostics.hpp"
#include "sim/document/key_path.hpp"
#include "sim/document/usage.hpp"
#include "sim/document/value.hpp"
#include "sim/sweep/table.hpp"

namespace hearsay::sweep {

/// One coordinate of a point. For a whole-table axis, json is the table and label its `name`.
struct AxisValue {
  std::string key;    ///< as in [sweep]: "protocol.fanout"
  std::string json;   ///< the value as JSON text: 4, "1 s", {"name":"flood"}
  std::string label;  ///< as a person reads it in a table: 4, 1 s, flood
};

class Sweep {
 public:
  /// Reads a document as a point, to see which of its keys are integers.
  using Probe = std::function<void(const document::Value& document, document::Usage& usage)>;

  /// Takes [sweep] out of `document`, which becomes the base of all points. Diagnostics name `file`.
  Sweep(document::Value& document, const std::string& file, document::Diagnostics& diagnostics, const Probe& probe);

  /// False after a diagnostic: there is one point then, the first as far as it goes.
  bool good() const { return good_; }
  const std::vector<Axis>& axes() const { return table_.axes; }
  std::size_t points() const { return points_; }
  /// Which value of axis `axis` point `point` has; nothing if it has the base's.
  std::optional<std::size_t> value_index(std::size_t point, std::size_t axis) const;
  /// `document` is the point's own.
  std::vector<AxisValue> coordinates(std::size_t point, const document::Value& document) const;
  /// `a = 1, b = 2`, without what is at its base value.
  std::string describe_point(std::size_t point) const;
  /// The base with the point's values put in.
  document::Value document(const document::Value& base, std::size_t point) const;
  /// An axis that replaces what `path` names in every point, or nullptr.
  const Axis* replaced_by(const document::KeyPath& path) const;
  /// How many points have each value of each axis. Linear in points x axes.
  std::vector<std::vector<std::size_t>> uses() const;
  /// Where [sweep] is written.
  const document::Place& where() const { return where_; }

 private:
  /// Index of the value of each axis; nothing: the base's.
  using Row = std::vector<std::optional<std::size_t>>;

  void try_places(const document::Value& base, const SweepDiagnostics& report);
  void round_ranges(const document::Value& base, const Probe& probe);
  bool takes_integers(const document::Value& base, std::size_t axis, const Probe& probe) const;
  void check_rows(const SweepDiagnostics& report) const;
  void count(const SweepDiagnostics& report);
  void check_included(const document::Value& base, const SweepDiagnostics& report) const;
  bool in_product(const document::Value& base, const std::vector<std::string>& keys) const;
  void exclude(const document::Value& base, const SweepDiagnostics& report);
  bool is_matched(const document::Value& base, std::size_t point, const Condition& condition,
                  const std::vector<bool>& matching) const;
  /// For each value of its axis whether it matches; a diagnostic if none does.
  std::vector<bool> matching_values(const document::Value& base, const Condition& condition,
                                    const SweepDiagnostics& report) const;
  /// The value that `path` has in a point's document, as a text to compare; "" if none.
  static std::string key_at(const document::Value& document, const document::KeyPath& path);
  /// Whether some point has the base value of this axis.
  bool rests(std::size_t axis) const;

  document::Value put_row(const document::Value& base, const Row& row) const;
  Row row_of(std::size_t point) const;

  SweepTable table_;
  document::Place where_;
  std::vector<std::size_t> group_of_;  // by axis; none for an axis of `include` alone
  std::vector<std::size_t> stride_;    // by group
  std::vector<std::size_t> by_depth_;  // order of putting in: a whole table before what is in it
  std::size_t product_ = 1;            // points of the product
  std::vector<std::uint32_t> kept_;    // where some are excluded: the others, by their number before
  std::size_t points_ = 1;
  bool good_ = true;
};

}  // namespace hearsay::sweep
