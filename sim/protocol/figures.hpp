#pragma once

// The figures of a protocol and of the parts that it is made of (sim/protocol/figure.hpp).
//
// A protocol that is made of others names them, `using Parts = std::tuple<A, B>;`: what they count and measure is then
// among its own figures. A figure that several of them declare (the same constant) is one: what they count adds up. The
// gauges of its parts are its own matter: its gauges() calls theirs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/protocol/figure.hpp"

namespace hearsay::protocol {

namespace detail {

template <class P>
struct PartsOf {
  using type = std::tuple<>;
};
template <class P>
requires requires { typename P::Parts; }
struct PartsOf<P> {
  using type = typename P::Parts;
};

template <class P>
constexpr auto own_figures() {
  if constexpr (requires { P::kFigures; })
    return figures(P::kFigures);
  else
    return FigureArray<0>{};
}

/// Its own and its parts', with repetitions.
template <class P>
constexpr auto listed_figures() {
  return []<class... Part>(std::type_identity<std::tuple<Part...>>) {
    return figures(own_figures<P>(), listed_figures<Part>()...);
  }(std::type_identity<typename PartsOf<P>::type>{});
}

/// By content: under a sanitizer two addresses are no constants to compare.
constexpr bool same(const Figure& a, const Figure& b) {
  return a.kind == b.kind && a.name == b.name && a.options.help == b.options.help;
}

template <std::size_t N>
constexpr bool is_first(const FigureArray<N>& all, std::size_t at) {
  for (std::size_t i = 0; i < at; ++i) {
    if (same(*all[i], *all[at])) return false;
    if (all[i]->name == all[at]->name) throw "two figures of a protocol or its parts have the same name";
  }
  return true;
}

template <class P>
constexpr auto make_figures_of() {
  constexpr auto listed = listed_figures<P>();
  constexpr std::size_t count = [&] {
    std::size_t firsts = 0;
    for (std::size_t i = 0; i < listed.size(); ++i) firsts += is_first(listed, i) ? 1 : 0;
    return firsts;
  }();
  FigureArray<count> unique{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < listed.size(); ++i)
    if (is_first(listed, i)) unique[at++] = listed[i];
  return unique;
}

template <class Whole, class Part>
constexpr bool is_part() {
  return []<class... Each>(std::type_identity<std::tuple<Each...>>) {
    return (std::is_same_v<Each, Part> || ...);
  }(std::type_identity<typename PartsOf<Whole>::type>{});
}

}  // namespace detail

/// Every figure of P, its own first.
template <class P>
inline constexpr auto figures_of = detail::make_figures_of<P>();

/// A figure of P, for use in P's handlers. Any other does not compile.
template <class P, class F>
struct FigureOf {
  std::uint32_t place = 0;               ///< in figures_of<P>
  consteval FigureOf(const F& figure) {  // NOLINT(google-explicit-constructor): the constant is what authors write
    while (place < figures_of<P>.size() && !detail::same(*figures_of<P>[place], figure)) ++place;
    if (place == figures_of<P>.size()) throw "the protocol does not list this figure in its kFigures";
  }
};

/// By place in figures_of<Part>, the place in figures_of<Whole>.
template <class Whole, class Part>
inline constexpr auto figure_places = [] {
  static_assert(figures_of<Part>.empty() || detail::is_part<Whole, Part>(),
                "a protocol names the parts that have figures: using Parts = std::tuple<Part, ...>");
  std::array<std::uint32_t, figures_of<Part>.size()> places{};
  for (std::size_t i = 0; i < places.size(); ++i)
    while (places[i] < figures_of<Whole>.size() && !detail::same(*figures_of<Whole>[places[i]], *figures_of<Part>[i]))
      ++places[i];
  return places;
}();

/// What one node says at a sample: a value for each gauge, 0 until it is added to.
class GaugeReadings {
 public:
  explicit GaugeReadings(std::span<const Figure* const> figures) {
    for (const Figure* figure : figures)
      if (figure->kind == FigureKind::kGauge) gauges_.push_back(figure);
    values_.resize(gauges_.size());
  }
  /// O(gauges). Whole numbers add up exactly below 2^53.
  template <class Number>
  void add(const Gauge& gauge, Number value) {
    std::size_t i = 0;
    while (i < gauges_.size() && gauges_[i] != &gauge) ++i;
    HEARSAY_CHECK(i < gauges_.size(), "a protocol lists the gauges that it reads in its kFigures");
    values_[i] += static_cast<double>(value);
  }
  void clear() { values_.assign(values_.size(), 0.0); }
  std::span<const Figure* const> gauges() const { return gauges_; }
  std::span<const double> values() const { return values_; }

 private:
  std::vector<const Figure*> gauges_;
  std::vector<double> values_;
};

}  // namespace hearsay::protocol
