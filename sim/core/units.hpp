#pragma once

// Quantities with units, as text: the one reading and the one writing of durations, sizes, rates and
// frequencies, for scenarios, topology files, traces, network tables and reports.
//
//   "10 ms"  "0.5 s"  "1e-3 s"  "2 min"     ns, us, ms, s, min, h, d (24 h), y (365.25 d)
//   "1 kB"   "1.5 MB" "64 KiB"              B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (of 1024)
//   "20 Mbit/s"  "1 MB/s"  "unlimited"      bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s, B/s, kB/s, MB/s, GB/s
//   "50/s"   "3/min"                        /ms, /s, /min, /h, /d
//
// The space before the unit is optional, the unit is not. Decimal arithmetic on integers, so "0.1 s" is exactly
// 100,000,000 ns; what is finer than the base unit is rounded to the nearest (halves away from zero), and a value
// that is not 0 but below one base unit is an error. Only the first 19 significant digits count. Pure functions,
// linear in the length of the text.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/core/time.hpp"

namespace hearsay {

/// A value, or what is wrong and what to write instead.
template <class T>
struct Parsed {
  std::optional<T> value;
  std::string error;  ///< "" if there is a value
};

/// May be negative: whether that makes sense is the caller's to say. At most 290 years either way.
Parsed<Duration> parse_duration(std::string_view text);
/// Bytes, at least 0.
Parsed<std::uint64_t> parse_size(std::string_view text);
/// bit/s; 0 is "unlimited", and a rate of zero is an error.
Parsed<std::uint64_t> parse_rate_bit_per_s(std::string_view text);
/// Events per second, finite and at least 0.
Parsed<double> parse_frequency_per_s(std::string_view text);

// The shortest exact text; parsing it gives the value back.

/// In the largest unit of which it is a whole multiple: "1500 ms", "2 min"; "never" for kNever's ns.
std::string format_duration(Duration duration);
/// "1.5 kB", "64 KiB".
std::string format_size(std::uint64_t bytes);
/// "19.2 Mbit/s"; "unlimited" for 0.
std::string format_rate(std::uint64_t bit_per_s);
/// "50/s".
std::string format_frequency(double per_s);

}  // namespace hearsay
