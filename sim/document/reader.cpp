#include "sim/document/reader.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/core/units.hpp"
#include "sim/document/key_path.hpp"

namespace hearsay::document {
namespace {

bool has_control_characters(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f || c1) return true;
  }
  return false;
}

/// Beyond 2^53 a number between the ends of a range stands for no integer in particular.
constexpr double kMostRounded = 9007199254740992.0;

}  // namespace

std::string child_path(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

std::string show_number(double value) { return fmt::format("{}", value); }
std::string show_duration(double ns) { return format_duration(nearest_duration(ns)); }
std::string show_size(double bytes) { return format_size(static_cast<std::uint64_t>(bytes)); }

std::string outside(double value, const Limits& limits, const std::string& shown, std::string (*show)(double)) {
  const bool low = limits.above_min ? !(value > limits.min) : !(value >= limits.min);
  const bool high = limits.below_max ? !(value < limits.max) : !(value <= limits.max);
  if (!low && !high) return "";
  std::string text;
  if (std::isfinite(limits.min) && std::isfinite(limits.max)) {
    text = fmt::format("{} is outside {}{}, {}{}", shown, limits.above_min ? "(" : "[", show(limits.min),
                       show(limits.max), limits.below_max ? ")" : "]");
  } else if (low) {
    text = fmt::format("{} is not {} {}", shown, limits.above_min ? "above" : "at least", show(limits.min));
  } else {
    text = fmt::format("{} is not {} {}", shown, limits.below_max ? "below" : "at most", show(limits.max));
  }
  if (!limits.instead.empty()) text += "; " + std::string(limits.instead);
  return text;
}

std::string choices_text(const std::vector<std::string>& choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += "\"" + choices[i] + "\"";
  }
  return text;
}

std::string not_a_choice(const std::string& word, const std::vector<std::string>& choices) {
  const std::string near = nearest(word, choices);
  return "\"" + word + "\" is not one of the choices; " +
         (near.empty() ? "write " : "did you mean \"" + near + "\"? Choices: ") + choices_text(choices);
}

Cell::Cell(ReadContext& context, const Value* value, std::string path, std::string pointer, Place fallback)
    : context_(&context), value_(value), path_(std::move(path)), pointer_(std::move(pointer)), fallback_(fallback) {}

void Cell::report(bool warning, std::string message) const {
  const Place place = present() ? value_->where : fallback_;
  context_->diagnostics.push_back({warning,
                                   {place.set ? "--set" : context_->file, place.line, place.column},
                                   present() ? value_->axis : -1,
                                   path_,
                                   std::move(message)});
}

void Cell::error(std::string message) const { report(false, std::move(message)); }
void Cell::warning(std::string message) const { report(true, std::move(message)); }

void Cell::give_up() const {
  if (present()) context_->usage.read_all(*value_);
}

void Cell::record_value(Value resolved) const {
  if (!pointer_.empty()) put_resolved(context_->resolved, pointer_, std::move(resolved));
}

const Cell& Cell::required(std::string_view example) const {
  if (!present()) error(fmt::format("required key is missing; write for example {}", example));
  return *this;
}

bool Cell::expect(Type type, std::string_view expected) const {
  if (!present()) return false;
  context_->usage.read(*value_);
  if (value_->type == type) return true;
  error(fmt::format("expected {}, found {}", expected, describe(*value_)));
  give_up();
  return false;
}

bool Cell::expect_quantity(std::string_view expected) const {
  if (!present()) return false;
  if (is(Type::kInteger) || is(Type::kReal)) {
    context_->usage.read(*value_);
    error(fmt::format("{} has no unit; write {}", label(*value_), expected));
    return false;
  }
  return expect(Type::kText, expected);
}

std::optional<bool> Cell::flag() const {
  if (!expect(Type::kFlag, "true or false")) return std::nullopt;
  record(value_->flag);
  return value_->flag;
}

std::optional<std::int64_t> Cell::integer(const Limits& limits) const {
  const bool rounds = is(Type::kReal) && value_->fraction && std::abs(value_->real) < kMostRounded;
  if (!rounds && !expect(Type::kInteger, "an integer")) return std::nullopt;
  context_->usage.read(*value_);
  if (rounds) context_->usage.rounded(*value_);
  const std::int64_t value = rounds ? std::llround(value_->real) : value_->integer;
  if (const auto wrong = outside(static_cast<double>(value), limits, label(*value_), show_number); !wrong.empty()) {
    error(wrong);
    return std::nullopt;
  }
  record(value);
  return value;
}

std::optional<std::uint32_t> Cell::count(Limits limits) const {
  // The last id is "no node".
  constexpr double kMost = 4'294'967'294.0;
  if (limits.max > kMost) {
    if (is(Type::kInteger) && value_->integer > static_cast<std::int64_t>(kMost)) limits.max = kMost;
    if (is(Type::kReal) && value_->real > kMost) limits.max = kMost;
  }
  const auto value = integer(limits);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::optional<double> Cell::finite_number(std::string_view expected) const {
  if (!present()) return std::nullopt;
  if (!is(Type::kInteger) && !expect(Type::kReal, expected)) return std::nullopt;
  context_->usage.read(*value_);
  const double value = is(Type::kInteger) ? static_cast<double>(value_->integer) : value_->real;
  if (std::isfinite(value)) return value;
  error(fmt::format("{} is not a finite number; write {}", label(*value_), expected));
  return std::nullopt;
}

std::optional<double> Cell::real(const Limits& limits) const {
  const auto value = finite_number("a number");
  if (!value) return std::nullopt;
  if (const auto wrong = outside(*value, limits, label(*value_), show_number); !wrong.empty()) {
    error(wrong);
    return std::nullopt;
  }
  record(*value);
  return value;
}

std::optional<std::string> Cell::text() const {
  if (!expect(Type::kText, "a text in quotes")) return std::nullopt;
  // Names come out again in tables, on terminals. A description may have several lines.
  if (has_control_characters(value_->text)) {
    error("the text has control characters; write printable ones");
    return std::nullopt;
  }
  record(value_->text);
  return value_->text;
}

std::optional<Duration> Cell::duration(const Limits& limits) const {
  if (!expect_quantity("a duration with its unit, such as \"10 ms\"")) return std::nullopt;
  const auto parsed = parse_duration(value_->text);
  std::string wrong = parsed.error;
  if (parsed.value) wrong = outside(static_cast<double>(parsed.value->ns), limits, value_->text, show_duration);
  if (!wrong.empty()) {
    error(wrong);
    return std::nullopt;
  }
  record(format_duration(*parsed.value));
  return parsed.value;
}

std::optional<std::uint64_t> Cell::size(const Limits& limits) const {
  if (!expect_quantity("a size with its unit, such as \"1 kB\"")) return std::nullopt;
  const auto parsed = parse_size(value_->text);
  std::string wrong = parsed.error;
  if (parsed.value) wrong = outside(static_cast<double>(*parsed.value), limits, value_->text, show_size);
  if (!wrong.empty()) {
    error(wrong);
    return std::nullopt;
  }
  record(format_size(*parsed.value));
  return parsed.value;
}

std::optional<std::uint64_t> Cell::rate_bit_per_s() const {
  if (!expect_quantity("a rate with its unit, such as \"20 Mbit/s\"")) return std::nullopt;
  const auto parsed = parse_rate_bit_per_s(value_->text);
  if (!parsed.value) {
    error(parsed.error);
    return std::nullopt;
  }
  record(format_rate(*parsed.value));
  return parsed.value;
}

std::optional<double> Cell::frequency_per_s() const {
  if (!expect_quantity("a number per time, such as \"50/s\"")) return std::nullopt;
  const auto parsed = parse_frequency_per_s(value_->text);
  std::string wrong = parsed.error;
  if (parsed.value && !(*parsed.value > 0)) wrong = value_->text + " is not above 0; write for example \"50/s\"";
  if (!wrong.empty()) {
    error(wrong);
    return std::nullopt;
  }
  record(format_frequency(*parsed.value));
  return parsed.value;
}

std::optional<std::string> Cell::choice(const std::vector<std::string>& choices) const {
  if (!present()) return std::nullopt;
  if (!is(Type::kText)) {
    context_->usage.read_all(*value_);
    error("expected one of " + choices_text(choices) + ", found " + describe(*value_));
    return std::nullopt;
  }
  context_->usage.read(*value_);
  for (const std::string& each : choices) {
    if (each == value_->text) {
      record(each);
      return each;
    }
  }
  error(not_a_choice(value_->text, choices));
  return std::nullopt;
}

bool Cell::flag_or(bool fallback) const {
  if (!present()) record(fallback);
  return flag().value_or(fallback);
}

std::uint32_t Cell::count_or(std::uint32_t fallback, const Limits& limits) const {
  if (!present()) record(fallback);
  return count(limits).value_or(fallback);
}

double Cell::real_or(double fallback, const Limits& limits) const {
  if (!present()) record(fallback);
  return real(limits).value_or(fallback);
}

Duration Cell::duration_or(Duration fallback, const Limits& limits) const {
  if (!present()) record(format_duration(fallback));
  return duration(limits).value_or(fallback);
}

std::vector<Cell> Cell::elements() const {
  std::vector<Cell> cells;
  if (!expect(Type::kArray, "an array in [ ]")) return cells;
  for (std::size_t i = 0; i < value_->items.size(); ++i) {
    const std::string name = std::to_string(i);
    cells.emplace_back(*context_, &value_->items[i], child_path(path_, name), element_pointer(pointer_, i),
                       value_->where);
  }
  return cells;
}

Reader Cell::table() const {
  if (present() && !expect(Type::kTable, "a table"))
    return Reader(Cell(*context_, nullptr, path_, pointer_, value_->where));
  return Reader(*this);
}

Cell Reader::member(const Value* value, const std::string& key) const {
  const Place place = cell_.present() ? cell_.value()->where : Place{};
  return Cell(context(), value, child_path(path(), key), member_pointer(cell_.pointer(), key), place);
}

Cell Reader::cell(const std::string& key) const {
  context().usage.known(path(), key);
  const Value* value = present() ? cell_.value()->find(key) : nullptr;
  if (value != nullptr) context().usage.read(*value);
  return member(value, key);
}

bool Reader::has(const std::string& key) const {
  context().usage.known(path(), key);
  return present() && cell_.value()->find(key) != nullptr;
}

std::vector<std::string> Reader::keys() const {
  std::vector<std::string> names;
  if (!present()) return names;
  for (const Value& item : cell_.value()->items) names.push_back(item.key);
  return names;
}

std::vector<Reader> Reader::tables(const std::string& key) const {
  const Cell list = cell(key);
  std::vector<Reader> tables;
  if (!list.present()) return tables;
  if (list.is(Type::kTable)) return {list.table()};
  for (const Cell& element : list.elements()) {
    if (const Reader table = element.table(); table.present()) tables.push_back(table);
  }
  return tables;
}

void Reader::elsewhere(std::string_view key, const std::string& reason) const {
  context().usage.known(path(), key);
  if (present() && cell_.value()->find(key) != nullptr) context().usage.elsewhere(path(), key, reason);
}

void Reader::refuse(const std::string& key, const std::string& message) const {
  const Cell refused = cell(key);
  if (!refused.present()) return;
  refused.error(message);
  refused.give_up();
}

void report_unread(const Value& table, const std::string& path, ReadContext& context) {
  for (std::size_t i = 0; i < table.items.size(); ++i) {
    const Value& item = table.items[i];
    const bool member = table.type == Type::kTable;
    const std::string name = member ? item.key : std::to_string(i);
    const std::string item_path = child_path(path, name);
    if (context.usage.was_read(item)) {
      report_unread(item, item_path, context);
    } else if (member) {
      const Place& place = item.key_where;
      context.diagnostics.push_back({false,
                                     {place.set ? "--set" : context.file, place.line, place.column},
                                     item.axis,
                                     item_path,
                                     context.usage.unread_message(path, name)});
    }
  }
}

}  // namespace hearsay::document
