#pragma once

// Access to a document by key, with types, units, ranges and defaults. A Cell is one place in the document,
// present or not; its getters give the value, or nothing after a diagnostic (absent: nothing, without one).
// Everything read, defaults included, is written into the resolved scenario.
//
//   const Reader topology = root.table("topology");
//   spec.nodes = topology.cell("nodes").required("nodes = 1000").count({.min = 1}).value_or(0);

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/document/diagnostics.hpp"
#include "sim/document/reader.hpp"
#include "sim/document/usage.hpp"
#include "sim/document/value.hpp"

namespace hearsay::document {

/// A diagnostic of one point, before the points are put together.
struct CellDiagnostic {
  bool warning = false;
  Position where;
  int axis = -1;  ///< the axis of the sweep whose value is at fault; -1: none
  std::string key;
  std::string message;
};

/// What all readers of one file share while one point is resolved.
struct ReadContext {
  const std::string& file;
  Usage& usage;
  std::vector<CellDiagnostic>& diagnostics;
  Value& resolved;  ///< a table
};

struct Limits {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;  ///< strictly
  bool below_max = false;
  std::string_view instead = {};  ///< "write a probability such as 0.01"
};
inline constexpr Limits kProbability{.min = 0, .max = 1, .instead = "write a probability such as 0.01"};
inline constexpr Limits kShare{.min = 0, .max = 1, .above_min = true, .instead = "write a share such as 0.5"};
inline constexpr Limits kNotNegative{.min = 0};
inline constexpr Limits kPositive{.min = 0, .above_min = true};

/// "" if `value` lies within the limits, else what is wrong with `shown`; `show` writes a limit.
std::string outside(double value, const Limits& limits, const std::string& shown, std::string (*show)(double));
std::string show_number(double value);
std::string show_duration(double ns);
std::string show_size(double bytes);

/// "a", "b" or "c"
std::string choices_text(const std::vector<std::string>& choices);
/// `"x" is not one of ...; did you mean "y"?`
std::string not_a_choice(const std::string& word, const std::vector<std::string>& choices);

/// `key` below `path`, with a dot.
std::string child_path(const std::string& path, const std::string& key);

class Reader;

class Cell {
 public:
  Cell(ReadContext& context, const Value* value, std::string path, std::string pointer, Place fallback);

  bool present() const { return value_ != nullptr; }
  bool is(Type type) const { return present() && value_->type == type; }
  const std::string& path() const { return path_; }
  const Value* value() const { return value_; }
  const std::string& pointer() const { return pointer_; }
  ReadContext& context() const { return *context_; }

  /// An error if there is nothing here; `example` is what to write.
  const Cell& required(std::string_view example) const;

  std::optional<bool> flag() const;
  std::optional<std::int64_t> integer(const Limits& limits = {}) const;
  std::optional<std::uint32_t> count(Limits limits = kNotNegative) const;
  std::optional<double> real(const Limits& limits = {}) const;
  std::optional<std::string> text() const;
  /// Limits in ns.
  std::optional<Duration> duration(const Limits& limits = kNotNegative) const;
  std::optional<std::uint64_t> size(const Limits& limits = kNotNegative) const;
  std::optional<std::uint64_t> rate_bit_per_s() const;
  std::optional<double> frequency_per_s() const;
  std::optional<std::string> choice(const std::vector<std::string>& choices) const;
  template <class E>
  std::optional<E> choice(std::initializer_list<std::pair<const char*, E>> choices) const;

  bool flag_or(bool fallback) const;
  std::uint32_t count_or(std::uint32_t fallback, const Limits& limits = kNotNegative) const;
  double real_or(double fallback, const Limits& limits = {}) const;
  Duration duration_or(Duration fallback, const Limits& limits = kNotNegative) const;
  /// The first choice is the default.
  template <class E>
  E choice_or_first(std::initializer_list<std::pair<const char*, E>> choices) const;

  /// Elements of an array; none, after a diagnostic, if it is something else.
  std::vector<Cell> elements() const;
  Reader table() const;

  void error(std::string message) const;
  void warning(std::string message) const;
  /// Counts everything from here on down as read, so that nothing of it is called unknown: a mistake that has been
  /// reported hides what it means.
  void give_up() const;
  /// Writes it into the resolved scenario.
  template <class T>
  void record(const T& resolved) const {
    record_value(make_value(resolved));
  }

 private:
  void record_value(Value resolved) const;
  void report(bool warning, std::string message) const;
  std::optional<double> finite_number(std::string_view expected) const;
  bool expect(Type type, std::string_view expected) const;
  /// Text of a quantity with a unit.
  bool expect_quantity(std::string_view expected) const;

  ReadContext* context_;
  const Value* value_;
  std::string path_;
  std::string pointer_;  // its place in the resolved scenario: see resolved.hpp
  Place fallback_;       // of the table, for what is absent
};

/// A table of the document; an absent one reads as empty.
class Reader {
 public:
  explicit Reader(Cell cell) : cell_(std::move(cell)) {}

  bool present() const { return cell_.present(); }
  const std::string& path() const { return cell_.path(); }
  ReadContext& context() const { return cell_.context(); }
  const Cell& self() const { return cell_; }

  /// The member `key`; counts as read from now on.
  Cell cell(const std::string& key) const;
  Reader table(const std::string& key) const { return cell(key).table(); }
  bool has(const std::string& key) const;
  /// The members' names, in file order.
  std::vector<std::string> keys() const;
  /// Each table of `[[key]]`, or the one of `[key]`.
  std::vector<Reader> tables(const std::string& key) const;
  /// `key` exists but is not read in this setting; `reason` says when it is.
  void elsewhere(std::string_view key, const std::string& reason) const;
  void refuse(const std::string& key, const std::string& message) const;

  void error(std::string message) const { cell_.error(std::move(message)); }
  void give_up() const { cell_.give_up(); }

 private:
  Cell member(const Value* value, const std::string& key) const;
  Cell cell_;
};

template <class E>
std::optional<E> Cell::choice(std::initializer_list<std::pair<const char*, E>> choices) const {
  std::vector<std::string> names;
  for (const auto& each : choices) names.emplace_back(each.first);
  const auto name = choice(names);
  if (!name) return std::nullopt;
  for (const auto& each : choices) {
    if (*name == each.first) return each.second;
  }
  return std::nullopt;
}

template <class E>
E Cell::choice_or_first(std::initializer_list<std::pair<const char*, E>> choices) const {
  if (!present()) record(choices.begin()->first);
  return choice(choices).value_or(choices.begin()->second);
}

/// An error for each key below `table`, whose path is `path`, that nobody has read.
void report_unread(const Value& table, const std::string& path, ReadContext& context);

}  // namespace hearsay::document
