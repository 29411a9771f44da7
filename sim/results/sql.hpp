#pragma once

// Values on their way into SQL statements. Templates over SQLite::Statement, whose header stays out of this one.

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace hearsay::results {

/// SQLite counts to 2^63; the few numbers beyond keep their bits.
inline std::int64_t to_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
inline std::uint64_t to_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

/// Binds values to the parameters 1, 2 .. of the statement. Texts have to outlive its execution.
template <class Statement, class... Values>
void bind(Statement& statement, const Values&... values) {
  statement.reset();
  int at = 0;
  const auto bind_one = [&](const auto& value) {
    ++at;
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, std::optional<double>>) {
      value ? statement.bind(at, *value) : statement.bind(at);
    } else if constexpr (std::is_same_v<Value, std::string>) {
      statement.bindNoCopy(at, value);
    } else if constexpr (std::is_floating_point_v<Value>) {
      statement.bind(at, value);
    } else {
      statement.bind(at, static_cast<std::int64_t>(value));
    }
  };
  (bind_one(values), ...);
}

/// Carries the statement out with these values.
template <class Statement, class... Values>
void execute(Statement& statement, const Values&... values) {
  bind(statement, values...);
  statement.exec();
}

}  // namespace hearsay::results
