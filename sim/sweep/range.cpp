#include "sim/sweep/range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "sim/core/math.hpp"
#include "sim/core/units.hpp"
#include "sim/document/reader.hpp"
#include "sim/sweep/value_key.hpp"

namespace hearsay::sweep {
namespace {

using document::child_path;
using document::integer_value;
using document::nearest;
using document::not_a_choice;
using document::Place;
using document::real_value;
using document::text_value;
using document::Type;
using document::Value;

constexpr std::array<const char*, 4> kRangeKeys = {"from", "to", "steps", "scale"};

enum class Quantity { kNumber, kDuration, kSize, kRate, kFrequency };

/// An end of a range, in the base unit of its quantity.
struct End {
  Quantity quantity = Quantity::kNumber;
  double value = 0;
};

std::optional<End> end_of(const Value& value) {
  if (value.type == Type::kInteger) return End{Quantity::kNumber, static_cast<double>(value.integer)};
  if (value.type == Type::kReal && std::isfinite(value.real)) return End{Quantity::kNumber, value.real};
  if (value.type != Type::kText) return std::nullopt;
  const auto end = [](Quantity quantity, auto parsed) { return End{quantity, static_cast<double>(parsed)}; };
  if (const auto duration = parse_duration(value.text).value) return end(Quantity::kDuration, duration->ns);
  if (const auto bytes = parse_size(value.text).value) return end(Quantity::kSize, *bytes);
  if (const auto rate = parse_rate_bit_per_s(value.text).value; rate && *rate > 0) return end(Quantity::kRate, *rate);
  if (const auto frequency = parse_frequency_per_s(value.text).value) return end(Quantity::kFrequency, *frequency);
  return std::nullopt;
}

/// To twelve significant digits, so that a third step of 0.1 is 0.3.
double rounded(double value) {
  const std::string text = fmt::format("{:.12g}", value);
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Value value_of(Quantity quantity, double value, bool whole_ends) {
  switch (quantity) {
    case Quantity::kNumber: break;
    case Quantity::kDuration: return text_value(format_duration(nearest_duration(value)));
    case Quantity::kSize: return text_value(format_size(static_cast<std::uint64_t>(std::llround(value))));
    case Quantity::kRate: return text_value(format_rate(static_cast<std::uint64_t>(std::llround(value))));
    case Quantity::kFrequency: return text_value(format_frequency(rounded(value)));
  }
  value = rounded(value);
  const bool whole = whole_ends && value == std::floor(value);
  return whole ? integer_value(static_cast<std::int64_t>(value)) : real_value(value);
}

class RangeReader {
 public:
  RangeReader(const Value& entry, const std::string& shown, const SweepDiagnostics& report)
      : entry_(entry), shown_(shown), report_(report) {}

  std::vector<Value> read() {
    check_keys();
    read_ends();
    read_steps();
    read_scale();
    if (wrong_) return {};
    std::vector<Value> values;
    for (std::int64_t i = 0; i < steps_; ++i) {
      values.push_back(i == 0 ? *from_ : i + 1 == steps_ ? *to_ : between(i));
      Value& value = values.back();
      value.key.clear();
      value.id = entry_.id;
      value.where = value.key_where = entry_.where;
      value.fraction = value.type == Type::kReal;
    }
    return values;
  }

 private:
  void error(const Place& place, const std::string& key, const std::string& message) {
    report_(place, key.empty() ? shown_ : child_path(shown_, key), message);
    wrong_ = true;
  }

  void check_keys() {
    for (const Value& member : entry_.items) {
      if (std::find(kRangeKeys.begin(), kRangeKeys.end(), member.key) != kRangeKeys.end()) continue;
      const std::string near = nearest(member.key, {kRangeKeys.begin(), kRangeKeys.end()});
      error(member.key_where, member.key,
            near.empty() ? "unknown key; a range has from, to, steps and scale"
                         : "unknown key; did you mean \"" + near + "\"?");
    }
  }

  const Value* required(const char* key, const char* example) {
    const Value* value = entry_.find(key);
    if (value == nullptr)
      error(entry_.key_where, "", fmt::format("a range needs {}; write for example {}", key, example));
    return value;
  }

  std::optional<End> read_end(const char* key, const char* example) {
    const Value* value = required(key, example);
    if (value == nullptr) return std::nullopt;
    const auto end = end_of(*value);
    if (!end)
      error(
          value->where, key,
          fmt::format("expected a number, or a quantity with its unit such as \"10 ms\", found {}", describe(*value)));
    return end;
  }

  void read_ends() {
    const auto from = read_end("from", "from = 1"), to = read_end("to", "to = 16");
    if (!from || !to) return;
    from_ = entry_.find("from");
    to_ = entry_.find("to");
    first_ = from->value;
    last_ = to->value;
    quantity_ = from->quantity;
    if (from->quantity != to->quantity) {
      error(to_->where, "to",
            fmt::format("{} and from = {} are of different kinds; write both as numbers or both with units of one kind",
                        label(*to_), label(*from_)));
    } else if (first_ == last_) {
      error(to_->where, "to",
            fmt::format("{} is also where the range begins; write another end, or a list of one value", label(*to_)));
    }
  }

  void read_steps() {
    const Value* steps = required("steps", "steps = 5, the number of values");
    if (steps == nullptr) return;
    if (steps->type != Type::kInteger) {
      error(steps->where, "steps", "expected an integer, the number of values, found " + describe(*steps));
    } else if (steps->integer < 1 || steps->integer > static_cast<std::int64_t>(kMostPoints)) {
      error(steps->where, "steps",
            fmt::format("{} is outside [1, {}]; it is the number of values, both ends among them", steps->integer,
                        kMostPoints));
    } else {
      steps_ = steps->integer;
    }
  }

  void read_scale() {
    const Value* scale = entry_.find("scale");
    if (scale == nullptr) return;
    if (scale->type != Type::kText || (scale->text != "linear" && scale->text != "log")) {
      error(scale->where, "scale", not_a_choice(label(*scale), {"linear", "log"}));
      return;
    }
    log_ = scale->text == "log";
    if (!log_ || from_ == nullptr) return;
    for (const auto& [key, end, value] : {std::tuple{"from", from_, first_}, std::tuple{"to", to_, last_}}) {
      if (!(value > 0))
        error(end->where, key,
              fmt::format("{} is not above 0, which scale = \"log\" needs; write \"linear\"", label(*end)));
    }
  }

  Value between(std::int64_t i) const {
    const double share = static_cast<double>(i) / static_cast<double>(steps_ - 1);
    const double value = log_ ? first_ * det_pow(last_ / first_, share) : first_ + (last_ - first_) * share;
    return value_of(quantity_, value, from_->type == Type::kInteger && to_->type == Type::kInteger);
  }

  const Value& entry_;
  const std::string& shown_;
  const SweepDiagnostics& report_;
  const Value* from_ = nullptr;
  const Value* to_ = nullptr;
  Quantity quantity_ = Quantity::kNumber;
  double first_ = 0, last_ = 0;
  std::int64_t steps_ = 0;
  bool log_ = false;
  bool wrong_ = false;
};

}  // namespace

bool is_range(const Value& entry) {
  return entry.type == Type::kTable &&
         std::any_of(kRangeKeys.begin(), kRangeKeys.end(), [&](const char* key) { return entry.find(key) != nullptr; });
}

std::vector<Value> read_range(const Value& entry, const std::string& shown, const SweepDiagnostics& report) {
  return RangeReader(entry, shown, report).read();
}

void round_values(Axis& axis) {
  for (Value& value : axis.values) {
    if (!value.fraction) continue;
    value.type = Type::kInteger;
    value.integer = std::llround(value.real);
    value.fraction = false;
  }
}

void drop_repeats(Axis& axis) {
  std::set<std::string> seen;
  std::erase_if(axis.values, [&](const Value& value) { return !seen.insert(value_key(value)).second; });
}

}  // namespace hearsay::sweep
