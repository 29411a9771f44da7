#include "sim/scenario/resolved.hpp"

#include <algorithm>
#include <charconv>

namespace hearsay::scenario {
namespace {

constexpr char kMember = '\x1f';
constexpr char kElement = '\x1e';

/// Turns `at` into a container of the type `type`, unless it is one.
void make(Value& at, Type type) {
  if (at.type == type) return;
  at.type = type;
  at.items.clear();
}

Value& element(Value& array, const std::string& step) {
  std::size_t index = 0;
  std::from_chars(step.data(), step.data() + step.size(), index);
  make(array, Type::kArray);
  // What comes before has been read, or is missing for a mistake that has been reported.
  while (array.items.size() <= index) array.items.push_back(empty_value(Type::kNothing));
  return array.items[index];
}

Value& member(Value& table, const std::string& step) {
  make(table, Type::kTable);
  return member_of(table, step);
}

}  // namespace

std::string member_pointer(const std::string& pointer, const std::string& key) {
  std::string name = key;
  std::erase_if(name, [](char c) { return c == kMember || c == kElement; });
  return pointer + kMember + name;
}

std::string element_pointer(const std::string& pointer, std::size_t index) {
  return pointer + kElement + std::to_string(index);
}

void put_resolved(Value& root, const std::string& pointer, Value value) {
  Value* at = &root;
  for (std::size_t begin = 0; begin < pointer.size();) {
    const std::size_t end = std::min(pointer.find_first_of("\x1e\x1f", begin + 1), pointer.size());
    const std::string step = pointer.substr(begin + 1, end - begin - 1);
    at = pointer[begin] == kElement ? &element(*at, step) : &member(*at, step);
    begin = end;
  }
  value.key = at->key;
  *at = std::move(value);
}

}  // namespace hearsay::scenario
