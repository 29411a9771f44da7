#include "sim/sweep/value_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/core/units.hpp"

namespace hearsay::sweep {
namespace {

using document::text_value;
using document::Type;
using document::Value;

std::string text_key(const std::string& text) {
  if (const auto duration = parse_duration(text).value) return fmt::format("{}ns", duration->ns);
  if (const auto bytes = parse_size(text).value) return fmt::format("{}B", *bytes);
  if (const auto rate = parse_rate_bit_per_s(text).value) return fmt::format("{}bit/s", *rate);
  if (const auto frequency = parse_frequency_per_s(text).value) return fmt::format("{}/s", *frequency);
  return json_text(text_value(text));
}

/// Whole numbers as integers, whatever the type they were written in.
std::string number_key(double number) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: below it no integer is rounded
  if (number > -kExact && number < kExact && number == static_cast<double>(static_cast<std::int64_t>(number)))
    return std::to_string(static_cast<std::int64_t>(number));
  return fmt::format("{}", number);
}

std::string joined(const std::vector<std::string>& parts, char open, char close) {
  std::string text(1, open);
  for (const std::string& part : parts) text += part + ",";
  return text + close;
}

}  // namespace

std::string value_key(const Value& value) {
  switch (value.type) {
    case Type::kFlag: return value.flag ? "true" : "false";
    case Type::kInteger: return std::to_string(value.integer);
    case Type::kReal: return number_key(value.real);
    case Type::kText: return text_key(value.text);
    case Type::kTime: return "time " + value.text;
    case Type::kArray: {
      std::vector<std::string> parts;
      for (const Value& item : value.items) parts.push_back(value_key(item));
      return joined(parts, '[', ']');
    }
    case Type::kTable: {
      std::vector<std::string> parts;
      for (const Value& item : value.items) parts.push_back(json_text(text_value(item.key)) + ":" + value_key(item));
      std::sort(parts.begin(), parts.end());
      return joined(parts, '{', '}');
    }
    case Type::kNothing: break;
  }
  return "";
}

bool matches(const Value& value, const Value& pattern) {
  if (value.type != Type::kTable || pattern.type != Type::kTable) return value_key(value) == value_key(pattern);
  return std::all_of(pattern.items.begin(), pattern.items.end(), [&](const Value& member) {
    const Value* own = value.find(member.key);
    return own != nullptr && matches(*own, member);
  });
}

}  // namespace hearsay::sweep
