#include "sim/core/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace hearsay::units_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::int64_t ns(const char* text) {
  const auto parsed = parse_duration(text);
  EXPECT_EQ(parsed.error, "") << text;
  return parsed.value ? parsed.value->ns : INT64_MIN;
}

std::uint64_t bytes(const char* text) { return parse_size(text).value.value_or(UINT64_MAX); }
std::uint64_t bit_per_s(const char* text) { return parse_rate_bit_per_s(text).value.value_or(UINT64_MAX); }

TEST(Units, ReadsEveryUnitOfDuration) {
  EXPECT_EQ(ns("7 ns"), 7);
  EXPECT_EQ(ns("7 us"), 7'000);
  EXPECT_EQ(ns("7 \u00b5s"), 7'000);
  EXPECT_EQ(ns("7 ms"), 7'000'000);
  EXPECT_EQ(ns("7 s"), 7'000'000'000);
  EXPECT_EQ(ns("2 min"), 120'000'000'000);
  EXPECT_EQ(ns("2 h"), 7'200'000'000'000);
  EXPECT_EQ(ns("1 d"), 86'400'000'000'000);
  EXPECT_EQ(ns("1 y"), 31'557'600'000'000'000);
}

TEST(Units, ReadsDecimalsExactly) {
  EXPECT_EQ(ns("0.5 s"), 500'000'000);
  EXPECT_EQ(ns("0.1 s"), 100'000'000);
  EXPECT_EQ(ns("1e-3 s"), 1'000'000);
  EXPECT_EQ(ns("1.5E+2 ms"), 150'000'000);
  EXPECT_EQ(ns(".25 s"), 250'000'000);
  EXPECT_EQ(ns("3. s"), 3'000'000'000);
  EXPECT_EQ(ns("123456789.123456789 s"), 123'456'789'123'456'789);  // more digits than a double has
  EXPECT_EQ(ns("00000000000000000000000000010 ms"), 10'000'000);
  EXPECT_EQ(ns("0.00000000000000000001e20 s"), 1'000'000'000);
}

TEST(Units, RoundsToTheNearestNanosecondWithHalvesAwayFromZero) {
  EXPECT_EQ(ns("1.4 ns"), 1);
  EXPECT_EQ(ns("1.5 ns"), 2);
  EXPECT_EQ(ns("-1.5 ns"), -2);
  EXPECT_EQ(ns("0.0333333333333 s"), 33'333'333);
}

TEST(Units, SpacesAroundAndBeforeTheUnitAreOptional) {
  EXPECT_EQ(ns("10ms"), 10'000'000);
  EXPECT_EQ(ns("  10   ms "), 10'000'000);
  EXPECT_EQ(bytes("1kB"), 1'000u);
}

TEST(Units, KeepsTheSignOfADuration) {
  EXPECT_EQ(ns("-10 ms"), -10'000'000);
  EXPECT_EQ(ns("+10 ms"), 10'000'000);
  EXPECT_EQ(ns("-0 s"), 0);
}

TEST(Units, ADurationWithoutUnitSaysWhatToWrite) {
  EXPECT_EQ(parse_duration("10").error, "missing unit: write \"10 ms\"");
  EXPECT_EQ(parse_size("64").error, "missing unit: write \"64 kB\"");
  EXPECT_EQ(parse_rate_bit_per_s("20").error, "missing unit: write \"20 Mbit/s\"");
  EXPECT_EQ(parse_frequency_per_s("50").error, "missing unit: write \"50/s\"");
}

TEST(Units, AnUnknownUnitListsTheKnownOnes) {
  EXPECT_THAT(parse_duration("10 sec").error, AllOf(HasSubstr("\"sec\""), HasSubstr("ns, us, ms, s, min, h, d, y")));
  EXPECT_THAT(parse_size("10 kb").error, HasSubstr("B, kB, MB"));
  EXPECT_THAT(parse_rate_bit_per_s("10 Mbps").error, HasSubstr("Mbit/s"));
  EXPECT_THAT(parse_frequency_per_s("10 s").error, HasSubstr("/s"));
  EXPECT_THAT(parse_duration("1e ms").error, HasSubstr("\"e ms\""));
}

TEST(Units, RefusesWhatIsNotAFiniteNumber) {
  for (const char* text :
       {"", " ", "ms", "nan ms", "inf s", "-inf s", "NaN", ".", "- 5 ms", "0x10 ms", "1.2.3 s", "1 2 s"}) {
    EXPECT_FALSE(parse_duration(text).value) << text;
    EXPECT_NE(parse_duration(text).error, "") << text;
  }
  EXPECT_FALSE(parse_frequency_per_s("nan/s").value);
  EXPECT_FALSE(parse_frequency_per_s("inf/s").value);
  EXPECT_FALSE(parse_frequency_per_s("1e999/s").value);
}

TEST(Units, RefusesWhatIsFinerThanTheBaseUnit) {
  EXPECT_EQ(parse_duration("0.5 ns").error, "0.5 ns is not zero but less than 1 ns");
  EXPECT_THAT(parse_duration("1e-30 s").error, HasSubstr("less than 1 ns"));
  EXPECT_THAT(parse_duration("1e-99999999999 s").error, HasSubstr("less than 1 ns"));
  EXPECT_THAT(parse_size("0.2 B").error, HasSubstr("less than 1 B"));
  EXPECT_EQ(ns("0 ns"), 0);
  EXPECT_EQ(ns("0.000 s"), 0);
  EXPECT_EQ(ns("0e99999999 s"), 0);
}

TEST(Units, RefusesMoreThan290Years) {
  EXPECT_EQ(ns("290 y"), kMaxSimTime.ns);
  EXPECT_THAT(parse_duration("291 y").error, HasSubstr("more than 290 years"));
  EXPECT_THAT(parse_duration("-291 y").error, HasSubstr("more than 290 years"));
  EXPECT_THAT(parse_duration("1e30 s").error, HasSubstr("more than 290 years"));
  EXPECT_THAT(parse_duration("1e99999999999999999999 s").error, HasSubstr("more than 290 years"));
  EXPECT_THAT(parse_duration("99999999999999999999999999999999999999999999 ns").error,
              HasSubstr("more than 290 years"));
}

TEST(Units, ReadsSizesDecimalAndBinary) {
  EXPECT_EQ(bytes("12361 B"), 12'361u);
  EXPECT_EQ(bytes("1 kB"), 1'000u);
  EXPECT_EQ(bytes("1.5 MB"), 1'500'000u);
  EXPECT_EQ(bytes("2 GB"), 2'000'000'000u);
  EXPECT_EQ(bytes("1 KiB"), 1'024u);
  EXPECT_EQ(bytes("1 MiB"), 1'048'576u);
  EXPECT_EQ(bytes("1 GiB"), 1'073'741'824u);
  EXPECT_EQ(bytes("0 B"), 0u);
}

TEST(Units, RefusesNegativeSizesAndRates) {
  EXPECT_EQ(parse_size("-1 kB").error, "-1 kB is negative");
  EXPECT_EQ(parse_rate_bit_per_s("-1 Mbit/s").error, "-1 Mbit/s is negative");
  EXPECT_EQ(parse_frequency_per_s("-1/s").error, "-1/s is negative");
}

TEST(Units, ReadsRatesInBitsAndBytes) {
  EXPECT_EQ(bit_per_s("20 Mbit/s"), 20'000'000u);
  EXPECT_EQ(bit_per_s("19.2 Mbit/s"), 19'200'000u);
  EXPECT_EQ(bit_per_s("500 kbit/s"), 500'000u);
  EXPECT_EQ(bit_per_s("1 Gbit/s"), 1'000'000'000u);
  EXPECT_EQ(bit_per_s("9600 bit/s"), 9'600u);
  EXPECT_EQ(bit_per_s("1 kB/s"), 8'000u);
  EXPECT_EQ(bit_per_s("1.25 MB/s"), 10'000'000u);
}

TEST(Units, UnlimitedIsARateOfNoLimitAndZeroIsAnError) {
  EXPECT_EQ(bit_per_s("unlimited"), 0u);
  EXPECT_THAT(parse_rate_bit_per_s("0 Mbit/s").error, HasSubstr("unlimited"));
}

TEST(Units, ReadsFrequencies) {
  EXPECT_EQ(parse_frequency_per_s("50/s").value, 50.0);
  EXPECT_EQ(parse_frequency_per_s("0.1 /s").value, 0.1);
  EXPECT_EQ(parse_frequency_per_s("3/min").value, 0.05);
  EXPECT_EQ(parse_frequency_per_s("36/h").value, 0.01);
  EXPECT_EQ(parse_frequency_per_s("2/ms").value, 2000.0);
  EXPECT_EQ(parse_frequency_per_s("0/s").value, 0.0);
  EXPECT_FALSE(parse_frequency_per_s("1e10/s").value);
}

TEST(Units, WritesTheLargestExactUnit) {
  EXPECT_EQ(format_duration(milliseconds(1500)), "1500 ms");
  EXPECT_EQ(format_duration(seconds(120)), "2 min");
  EXPECT_EQ(format_duration(seconds(90)), "90 s");
  EXPECT_EQ(format_duration(Duration{}), "0 s");
  EXPECT_EQ(format_duration(nanoseconds(-1001)), "-1001 ns");
  EXPECT_EQ(format_duration(Duration{kNever.ns}), "never");
  EXPECT_EQ(format_size(1'500), "1.5 kB");
  EXPECT_EQ(format_size(999), "999 B");
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(65'536), "64 KiB");
  EXPECT_EQ(format_rate(19'200'000), "19.2 Mbit/s");
  EXPECT_EQ(format_rate(0), "unlimited");
  EXPECT_EQ(format_frequency(50), "50/s");
}

TEST(Units, WhatIsWrittenIsReadBackExactly) {
  // Powers of three and seven share no factor with any unit, so every number of digits and decimals occurs. The
  // bounds are the largest duration (9.15e18 ns), rate (1e18 bit/s) and size (1.25e17 B) that are read.
  for (std::uint64_t v = 1; v < 1'000'000'000'000'000'000; v *= 3) {
    const auto duration = static_cast<std::int64_t>(v);
    EXPECT_EQ(ns(format_duration(nanoseconds(duration)).c_str()), duration);
    EXPECT_EQ(ns(format_duration(nanoseconds(-8 * duration)).c_str()), -8 * duration);
    EXPECT_EQ(bit_per_s(format_rate(v).c_str()), v);
  }
  for (std::uint64_t v = 1; v < 15'000'000'000'000'000; v *= 7) {
    EXPECT_EQ(bit_per_s(format_rate(v * 50).c_str()), v * 50);
    EXPECT_EQ(bytes(format_size(v).c_str()), v);
    EXPECT_EQ(bytes(format_size(v * 8).c_str()), v * 8);
  }
  for (const double rate : {0.1, 1.0 / 3.0, 12345.678, 1e-9}) {
    EXPECT_EQ(parse_frequency_per_s(format_frequency(rate)).value, rate);
  }
}

}  // namespace
}  // namespace hearsay::units_test
