#pragma once

// A TOML document as plain data: every value with its place in the file, tables in file order. The rest of
// this folder works on it, so that the parsing library is included by one file only.
//
// Copies keep the id of the original: a sweep copies the document for each point, and a key is known to be
// used if any of these copies was read.

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hearsay::document {

/// kNothing is never read from a file: it stands for what is off in the resolved scenario.
enum class Type : std::uint8_t { kFlag, kInteger, kReal, kText, kTime, kArray, kTable, kNothing };

struct Place {
  int line = 0;  ///< 1-based; 0: none
  int column = 0;
  bool set = false;  ///< given on the command line
};

struct Value {
  Type type = Type::kTable;
  bool flag = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;          ///< kText; kTime as written
  std::vector<Value> items;  ///< elements of an array; members of a table, in file order
  std::string key;           ///< as a member of a table
  Place where;
  Place key_where;
  std::uint32_t id = 0;   ///< 0: made here, not written by the user
  int axis = -1;          ///< which axis of the sweep put it here; -1: none
  bool fraction = false;  ///< between the ends of a range: an integer key takes it rounded

  const Value* find(std::string_view name) const;
  Value* find(std::string_view name);
};

/// What it is, for messages: `the text "abc"`, `the number 1.5`, `an array`.
std::string describe(const Value& value);
/// As a person writes it in a table: text without quotes, a table by its `name` or `kind`.
std::string label(const Value& value);
/// JSON with tables in the order of the file.
std::string json_text(const Value& value);
Value flag_value(bool flag);
Value integer_value(std::int64_t integer);
Value real_value(double real);
Value text_value(std::string text);
Value empty_value(Type type);
/// The member `key` of a table, made if it is not there.
Value& member_of(Value& table, const std::string& key);

/// The Value of a plain one; a number that needs the 64th bit becomes text.
template <class T>
Value make_value(const T& plain) {
  if constexpr (std::is_same_v<T, Value>) {
    return plain;
  } else if constexpr (std::is_same_v<T, bool>) {
    return flag_value(plain);
  } else if constexpr (std::is_floating_point_v<T>) {
    return real_value(plain);
  } else if constexpr (std::is_integral_v<T>) {
    return std::in_range<std::int64_t>(plain) ? integer_value(static_cast<std::int64_t>(plain))
                                              : text_value(std::to_string(plain));
  } else if constexpr (std::is_convertible_v<T, std::string>) {
    return text_value(plain);
  } else {
    Value array = empty_value(Type::kArray);
    for (const auto& item : plain) array.items.push_back(make_value(item));
    return array;
  }
}

/// Everything else the program writes is JSON, which holds nothing but UTF-8.
bool is_utf8(const std::string& text);
/// JSON with sorted tables: equal texts mean equal documents.
std::string canonical(const Value& value);

}  // namespace hearsay::document
