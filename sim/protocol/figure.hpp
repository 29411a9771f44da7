#pragma once

// A figure that a protocol, or a part of one, declares: what it counts or measures beside what every run does. Each is
// one constant, which says what there is to say of it and is what the author counts and measures with:
//
//   static constexpr protocol::Counter kEvicted{"rumors_evicted", {.better = protocol::Better::kLower,
//                                                                  .help = "rumors that fell out of the cache"}};
//   static constexpr auto kFigures = protocol::figures(kEvicted);
//   ...
//   ctx.count(kEvicted);
//
// Metrics of the run, columns of series.csv, `hearsay describe`, `hearsay list metrics`, --fail-if and comparisons
// follow from it. There are four kinds:
//
//   Counter   how often something happened, over all nodes: Context::count. Its metric has its name.
//   Ratio     one counter over another, such as hits over attempts: a share, or a mean per something. Its metric has
//   its
//             name.
//   Gauge     what a node has at one time: the protocol's gauges() fills it in at each sample of [output] series and at
//             the end of the run. Mean over the live nodes: a column of series.csv with its name, and over the samples
//             NAME_mean; the most at any node at any of these times: NAME_max.
//   ItemTime  how long something about an item took at a node: Context::measure, once or more for each item and node.
//             NAME_mean_s, NAME_p50_s, NAME_p90_s, NAME_p99_s, NAME_max_s over all of them, of the items that [run]
//             measure chooses.
//
// No figure enters the trace digest, and none depends on the number of threads.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace hearsay::protocol {

/// Which direction is an improvement.
enum class Better : std::uint8_t { kHigher, kLower, kNeither };

enum class FigureKind : std::uint8_t { kCounter, kGauge, kItemTime, kRatio };

struct FigureOptions {
  std::string_view unit = "1";  ///< "1", "B" ...; of an ItemTime always seconds
  Better better = Better::kNeither;
  std::string_view help;
  bool rare = false;  ///< of a Counter: a few in a run, so that the interval of its mean is one for counts
};

struct Figure {
  FigureKind kind;
  std::string_view name;  ///< its last word is the unit, if there is one
  FigureOptions options;

 protected:
  consteval Figure(FigureKind k, std::string_view n, const FigureOptions& o) : kind(k), name(n), options(o) {
    if (n.empty() || n.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string_view::npos)
      throw "the name of a figure is made of a-z, 0-9 and _";
    if (o.help.empty()) throw "a figure says what it means: .help";
    if (o.rare && k != FigureKind::kCounter) throw "only a counter is rare";
  }
};

struct Counter : Figure {
  consteval Counter(std::string_view n, const FigureOptions& o) : Figure(FigureKind::kCounter, n, o) {}
};
/// Null where `per` is 0. Both counters are listed beside it.
struct Ratio : Figure {
  const Counter* of;
  const Counter* per;
  bool is_share;  ///< `per` counts trials, and `of` those that came out so
  consteval Ratio(std::string_view n, const Counter& o, const Counter& p, bool share, const FigureOptions& options)
      : Figure(FigureKind::kRatio, n, options), of(&o), per(&p), is_share(share) {}
};
struct Gauge : Figure {
  consteval Gauge(std::string_view n, const FigureOptions& o) : Figure(FigureKind::kGauge, n, o) {}
};
struct ItemTime : Figure {
  consteval ItemTime(std::string_view n, const FigureOptions& o) : Figure(FigureKind::kItemTime, n, o) {}
};

template <std::size_t N>
using FigureArray = std::array<const Figure*, N>;

namespace detail {
template <class T>
struct SizeOf : std::integral_constant<std::size_t, 1> {};
template <std::size_t N>
struct SizeOf<FigureArray<N>> : std::integral_constant<std::size_t, N> {};
}  // namespace detail

/// A list of figures, in this order: single ones and lists.
template <class... Some>
constexpr FigureArray<(detail::SizeOf<Some>::value + ... + 0)> figures(const Some&... some) {
  FigureArray<(detail::SizeOf<Some>::value + ... + 0)> all{};
  std::size_t at = 0;
  const auto add = [&](const auto& one) {
    if constexpr (requires { one.size(); })
      for (const Figure* figure : one) all[at++] = figure;
    else
      all[at++] = &one;
  };
  (add(some), ...);
  return all;
}

}  // namespace hearsay::protocol
