#include "sim/core/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <system_error>

#include "sim/core/int128.hpp"
#include "sim/core/text.hpp"

namespace hearsay {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t base;  ///< in base units; for frequencies the ns of the period
};

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kDayNs = 86'400 * kSecondNs;

constexpr std::array<Unit, 8> kDurationUnits{{{"ns", 1},
                                              {"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", kSecondNs},
                                              {"min", 60 * kSecondNs},
                                              {"h", 3'600 * kSecondNs},
                                              {"d", kDayNs},
                                              {"y", 365 * kDayNs + kDayNs / 4}}};
constexpr std::array<Unit, 9> kSizeUnits{{{"B", 1},
                                          {"kB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"TB", 1'000'000'000'000},
                                          {"KiB", std::uint64_t{1} << 10},
                                          {"MiB", std::uint64_t{1} << 20},
                                          {"GiB", std::uint64_t{1} << 30},
                                          {"TiB", std::uint64_t{1} << 40}}};
constexpr std::size_t kDecimalSizes = 5;
constexpr std::array<Unit, 9> kRateUnits{{{"bit/s", 1},
                                          {"kbit/s", 1'000},
                                          {"Mbit/s", 1'000'000},
                                          {"Gbit/s", 1'000'000'000},
                                          {"Tbit/s", 1'000'000'000'000},
                                          {"B/s", 8},
                                          {"kB/s", 8'000},
                                          {"MB/s", 8'000'000},
                                          {"GB/s", 8'000'000'000}}};
constexpr std::size_t kBitRates = 5;
constexpr std::array<Unit, 5> kFrequencyUnits{
    {{"/ms", 1'000'000}, {"/s", kSecondNs}, {"/min", 60 * kSecondNs}, {"/h", 3'600 * kSecondNs}, {"/d", kDayNs}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::string_view kBlank = " \t";

std::string names_of(std::span<const Unit> units) {
  std::string names;
  for (const Unit& unit : units) names += (names.empty() ? "" : ", ") + std::string(unit.name);
  return names;
}

/// (-1)^negative * mantissa * 10^exponent.
struct Decimal {
  bool negative = false;
  std::uint64_t mantissa = 0;
  int exponent = 0;
};

struct Quantity {
  Decimal number;
  std::string_view digits;  ///< the number as written
  const Unit* unit = nullptr;
};

/// Length of the number at the start of `text`, 0 if there is none; fills `number`.
std::size_t read_number(std::string_view text, Decimal& number) {
  constexpr std::uint64_t kRoom = 1'000'000'000'000'000'000;  // below this one more digit fits
  constexpr int kFar = 100'000;                               // beyond any exponent that matters
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) number.negative = text[i++] == '-';
  bool any = false;
  bool fraction = false;
  for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !fraction)); ++i) {
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    any = true;
    if (number.mantissa < kRoom) {
      number.mantissa = number.mantissa * 10 + static_cast<std::uint64_t>(text[i] - '0');
      number.exponent -= fraction ? 1 : 0;
    } else if (!fraction) {
      ++number.exponent;
    }
  }
  if (!any) return 0;
  // An 'e' belongs to the number only with digits behind it.
  std::size_t j = i;
  if (j < text.size() && (text[j] == 'e' || text[j] == 'E')) {
    ++j;
    bool down = false;
    if (j < text.size() && (text[j] == '+' || text[j] == '-')) down = text[j++] == '-';
    if (j < text.size() && is_digit(text[j])) {
      int power = 0;
      for (; j < text.size() && is_digit(text[j]); ++j) power = power < kFar ? power * 10 + (text[j] - '0') : power;
      number.exponent += down ? -power : power;
      i = j;
    }
  }
  return i;
}

/// Number and unit, or an error in `error`.
std::optional<Quantity> read_quantity(std::string_view text, std::span<const Unit> units, std::string_view usual_unit,
                                      std::string& error) {
  text = trimmed(text, kBlank);
  Quantity quantity;
  const std::size_t length = read_number(text, quantity.number);
  if (length == 0) {
    error = fmt::format("\"{}\" is not a number with a unit: write for example \"10{}{}\"", text,
                        usual_unit.front() == '/' ? "" : " ", usual_unit);
    return std::nullopt;
  }
  quantity.digits = text.substr(0, length);
  std::string_view unit = trimmed(text.substr(length), kBlank);
  if (unit.empty()) {
    error = fmt::format("missing unit: write \"{}{}{}\"", quantity.digits, usual_unit.front() == '/' ? "" : " ",
                        usual_unit);
    return std::nullopt;
  }
  if (unit == "\u00b5s" || unit == "\u03bcs") unit = "us";
  for (const Unit& known : units) {
    if (known.name == unit) {
      quantity.unit = &known;
      return quantity;
    }
  }
  error = fmt::format("unknown unit \"{}\": write one of {}", unit, names_of(units));
  return std::nullopt;
}

/// |number| * unit in base units, rounded, at most `limit`; or an error in `error`.
std::optional<std::uint64_t> to_base(const Quantity& quantity, std::uint64_t limit, std::string_view base_unit,
                                     std::string_view limit_text, std::string& error) {
  // mantissa < 10^19 < 2^63.2 and unit < 2^55, so their product fits in 128 bits.
  Uint128 value = static_cast<Uint128>(quantity.number.mantissa) * quantity.unit->base;
  if (value == 0) return 0;
  bool too_large = false;
  for (int e = quantity.number.exponent; e > 0 && !too_large; --e) {
    value *= 10;
    too_large = value > limit;
  }
  if (quantity.number.exponent < 0) {
    Uint128 divisor = 1;
    for (int e = quantity.number.exponent; e < 0 && divisor <= value; ++e) divisor *= 10;
    if (divisor > value) {
      error = fmt::format("{} {} is not zero but less than 1 {}", quantity.digits, quantity.unit->name, base_unit);
      return std::nullopt;
    }
    const Uint128 rest = value % divisor;
    value = value / divisor + (rest >= divisor - rest ? 1 : 0);
  }
  if (too_large || value > limit) {
    error = fmt::format("{} {} is more than {}", quantity.digits, quantity.unit->name, limit_text);
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(value);
}

/// A quantity that cannot be negative.
Parsed<std::uint64_t> parse_unsigned(std::string_view text, std::span<const Unit> units, std::string_view usual_unit,
                                     std::string_view base_unit, std::uint64_t limit, std::string_view limit_text) {
  std::string error;
  const auto quantity = read_quantity(text, units, usual_unit, error);
  if (!quantity) return {std::nullopt, error};
  if (quantity->number.negative && quantity->number.mantissa != 0) {
    return {std::nullopt, fmt::format("{} {} is negative", quantity->digits, quantity->unit->name)};
  }
  const auto value = to_base(*quantity, limit, base_unit, limit_text, error);
  if (!value) return {std::nullopt, error};
  return {*value, ""};
}

/// In the largest unit of which `value` has at most three decimals; exact because of the unit 1.
std::string with_decimals(std::uint64_t value, std::span<const Unit> units) {
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    if (unit->base == 1) break;
    const std::uint64_t milli = unit->base / 1'000;
    if (value < unit->base || value % milli != 0) continue;
    std::string decimals = fmt::format("{:03}", value % unit->base / milli);
    while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
    return fmt::format("{}{}{} {}", value / unit->base, decimals.empty() ? "" : ".", decimals, unit->name);
  }
  return fmt::format("{} {}", value, units.front().name);
}

}  // namespace

Parsed<Duration> parse_duration(std::string_view text) {
  std::string error;
  const auto quantity = read_quantity(text, kDurationUnits, "ms", error);
  if (!quantity) return {std::nullopt, error};
  const auto ns = to_base(*quantity, static_cast<std::uint64_t>(kMaxSimTime.ns), "ns", "290 years", error);
  if (!ns) return {std::nullopt, error};
  const auto magnitude = static_cast<std::int64_t>(*ns);
  return {Duration{quantity->number.negative ? -magnitude : magnitude}, ""};
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
  // So that a size in bits, too, is far from 2^63.
  return parse_unsigned(text, kSizeUnits, "kB", "B", 1'000'000'000'000'000'000 / 8, "125 PB");
}

Parsed<std::uint64_t> parse_rate_bit_per_s(std::string_view text) {
  if (trimmed(text, kBlank) == "unlimited") return {0, ""};
  auto parsed = parse_unsigned(text, kRateUnits, "Mbit/s", "bit/s", 1'000'000'000'000'000'000, "1000000 Tbit/s");
  if (parsed.value == 0) return {std::nullopt, "a rate of 0 would send nothing: for no limit write \"unlimited\""};
  return parsed;
}

Parsed<double> parse_frequency_per_s(std::string_view text) {
  std::string error;
  const auto quantity = read_quantity(text, kFrequencyUnits, "/s", error);
  if (!quantity) return {std::nullopt, error};
  if (quantity->number.negative && quantity->number.mantissa != 0) {
    return {std::nullopt, fmt::format("{}{} is negative", quantity->digits, quantity->unit->name)};
  }
  std::string_view digits = quantity->digits;
  if (digits.front() == '+' || digits.front() == '-') digits.remove_prefix(1);
  double count = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (read.ec == std::errc::result_out_of_range) {
    return {std::nullopt, fmt::format("{}{} is out of range", quantity->digits, quantity->unit->name)};
  }
  const double per_s = count * 1e9 / static_cast<double>(quantity->unit->base);
  if (!(per_s <= 1e9)) {
    return {std::nullopt, fmt::format("{}{} is more than one per nanosecond", quantity->digits, quantity->unit->name)};
  }
  return {per_s, ""};
}

std::string format_duration(Duration duration) {
  if (duration.ns == kNever.ns) return "never";
  if (duration.ns == 0) return "0 s";
  const Unit* unit = kDurationUnits.data();
  for (const Unit& candidate : kDurationUnits) {
    if (duration.ns % static_cast<std::int64_t>(candidate.base) == 0) unit = &candidate;
  }
  return fmt::format("{} {}", duration.ns / static_cast<std::int64_t>(unit->base), unit->name);
}

std::string format_size(std::uint64_t bytes) {
  if (bytes % 1'000 != 0) {
    for (std::size_t i = kSizeUnits.size(); i-- > kDecimalSizes;) {
      const Unit& unit = kSizeUnits[i];
      if (bytes % unit.base == 0) return fmt::format("{} {}", bytes / unit.base, unit.name);
    }
  }
  return with_decimals(bytes, std::span(kSizeUnits).first(kDecimalSizes));
}

std::string format_rate(std::uint64_t bit_per_s) {
  if (bit_per_s == 0) return "unlimited";
  return with_decimals(bit_per_s, std::span(kRateUnits).first(kBitRates));
}

std::string format_frequency(double per_s) { return fmt::format("{}/s", per_s); }

}  // namespace hearsay
