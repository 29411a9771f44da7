#include "sim/scenario/key_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hearsay::scenario {
namespace {

/// The index that `part` writes, or nothing if it is no number.
std::optional<std::size_t> as_index(const std::string& part) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return index;
}

Value* element(Value& array, const std::string& part, const std::string& path, std::string& problem) {
  const std::size_t size = array.items.size();
  const auto index = as_index(part);
  if (index && *index < size) return &array.items[*index];
  if (size == 0) {
    problem = fmt::format("{} is an empty array", path);
  } else if (!index) {
    problem =
        fmt::format("{} is an array; name one of its elements by its index, {}.0 to {}.{}", path, path, path, size - 1);
  } else {
    problem = fmt::format("index {} is out of range: {} has {} (0 to {})", part, path, size, size - 1);
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
  if (quote != 0 || (path.back().empty() && !quoted)) return std::nullopt;
  return path;
}

std::string put(Value& root, const KeyPath& path, Value value) {
  Value* at = &root;
  std::string walked;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool last = i + 1 == path.size();
    std::string problem;
    Value* next = nullptr;
    if (at->type == Type::kTable) {
      next = at->find(path[i]);
    } else if (at->type == Type::kArray) {
      next = element(*at, path[i], walked, problem);
    } else {
      problem = fmt::format("{} is {}, it holds no key {}", walked, describe(*at), path[i]);
    }
    if (!problem.empty()) return problem;
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

}  // namespace hearsay::scenario
