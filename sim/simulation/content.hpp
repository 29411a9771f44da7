#pragma once

// What a message or timer contributes to the trace digest: its content() tuple, word by word.

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "sim/core/digest.hpp"
#include "sim/core/time.hpp"

namespace hearsay::simulation {

inline void add_content(Digest& digest, Duration d) { digest.add(static_cast<std::uint64_t>(d.ns)); }
inline void add_content(Digest& digest, SimTime t) { digest.add(static_cast<std::uint64_t>(t.ns)); }
inline void add_content(Digest& digest, const std::string& text) {
  digest.add(text.size());
  for (const char c : text) digest.add(static_cast<unsigned char>(c));
}
template <class T>
requires std::is_integral_v<T> || std::is_enum_v<T>
void add_content(Digest& digest, T value) { digest.add(static_cast<std::uint64_t>(value)); }
template <class A, class B>
void add_content(Digest& digest, const std::pair<A, B>& pair);
/// What a message is made of, a Piece for example.
template <class T>
requires requires(const T& part) { part.content(); }
void add_content(Digest& digest, const T& part);
template <class... T>
void add_content(Digest& digest, const std::tuple<T...>& fields);
template <class T>
void add_content(Digest& digest, const std::optional<T>& value) {
  digest.add(value.has_value());
  if (value) add_content(digest, *value);
}
template <class T>
void add_content(Digest& digest, const std::vector<T>& values) {
  digest.add(values.size());
  for (const T& value : values) add_content(digest, value);
}
template <class A, class B>
void add_content(Digest& digest, const std::pair<A, B>& pair) {
  add_content(digest, pair.first);
  add_content(digest, pair.second);
}
template <class... T>
void add_content(Digest& digest, const std::tuple<T...>& fields) {
  std::apply([&](const auto&... field) { (add_content(digest, field), ...); }, fields);
}

template <class T>
requires requires(const T& part) { part.content(); }
void add_content(Digest& digest, const T& part) { add_content(digest, part.content()); }

/// Of a message: which alternative it is, and its content.
template <class... M>
std::uint64_t content_digest(const std::variant<M...>& message) {
  Digest digest;
  digest.add(message.index());
  std::visit([&](const auto& m) { add_content(digest, m.content()); }, message);
  return digest.value();
}

}  // namespace hearsay::simulation
