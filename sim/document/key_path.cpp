#include "sim/document/key_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hearsay::document {
namespace {

/// The index that `part` writes, or nothing if it is no number.
std::optional<std::size_t> as_index(const std::string& part) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return index;
}

Value* element(Value& array, const std::string& part, const std::string& path, std::string& wrong) {
  const std::size_t size = array.items.size();
  const auto index = as_index(part);
  if (index && *index < size) return &array.items[*index];
  if (size == 0) {
    wrong = fmt::format("{} is an empty array", path);
  } else if (!index) {
    wrong =
        fmt::format("{} is an array; name one of its elements by its index, {}.0 to {}.{}", path, path, path, size - 1);
  } else {
    wrong = fmt::format("index {} is out of range: {} has {} (0 to {})", part, path, size, size - 1);
  }
  return nullptr;
}

void replace(Value& place, Value value) {
  value.key = place.key;
  value.key_where = value.where;
  place = std::move(value);
}

Value& add_member(Value& table, const std::string& key, Value value) {
  value.key = key;
  value.key_where = value.where;
  return table.items.emplace_back(std::move(value));
}

}  // namespace

std::optional<KeyPath> split_key(std::string_view dotted) {
  KeyPath path(1);
  char quote = 0;
  bool quoted = false;
  for (const char c : dotted) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        path.back() += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      quoted = true;
    } else if (c == '.') {
      if (path.back().empty() && !quoted) return std::nullopt;
      path.emplace_back();
      quoted = false;
    } else if (c != ' ') {
      path.back() += c;
    }
  }
  if (quote != 0 || (path.back().empty() && !quoted) || path.size() > kMostKeyParts) return std::nullopt;
  return path;
}

std::string put(Value& root, const KeyPath& path, Value value) {
  Value* at = &root;
  std::string walked;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool last = i + 1 == path.size();
    std::string wrong;
    Value* next = nullptr;
    if (at->type == Type::kTable) {
      next = at->find(path[i]);
    } else if (at->type == Type::kArray) {
      next = element(*at, path[i], walked, wrong);
    } else {
      wrong = fmt::format("{} is {}, it holds no key {}", walked, describe(*at), path[i]);
    }
    if (!wrong.empty()) return wrong;
    if (last) {
      next == nullptr ? void(add_member(*at, path[i], std::move(value))) : replace(*next, std::move(value));
      return "";
    }
    if (next == nullptr) {
      Value table;
      table.where = value.where;
      table.axis = value.axis;
      next = &add_member(*at, path[i], std::move(table));
    }
    at = next;
    walked += (walked.empty() ? "" : ".") + path[i];
  }
  return "";
}

const Value* look_up(const Value& root, const KeyPath& path) {
  const Value* at = &root;
  for (const std::string& part : path) {
    if (at->type == Type::kArray) {
      const auto index = as_index(part);
      at = index && *index < at->items.size() ? &at->items[*index] : nullptr;
    } else {
      at = at->find(part);
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

bool starts_with(const KeyPath& path, const KeyPath& prefix) {
  return path.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

std::string join_key(const KeyPath& path) {
  std::string text;
  for (const std::string& part : path) text += (text.empty() ? "" : ".") + part;
  return text;
}

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

}  // namespace hearsay::document
