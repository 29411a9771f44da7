#include "sim/document/parse.hpp"

#include <algorithm>
#include <sstream>
#include <tuple>
#include <utility>

#include <toml++/toml.h>

namespace hearsay::document {
namespace {

Place place_of(const toml::source_region& region) {
  return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column), false};
}

class Converter {
 public:
  explicit Converter(Ids& ids) : ids_(ids) {}

  Value convert(const toml::node& node) {
    Value value;
    value.id = ids_.next();
    value.where = place_of(node.source());
    if (const auto* table = node.as_table()) {
      value.type = Type::kTable;
      members(*table, value);
    } else if (const auto* array = node.as_array()) {
      value.type = Type::kArray;
      for (const toml::node& item : *array) value.items.push_back(convert(item));
    } else {
      scalar(node, value);
    }
    return value;
  }

 private:
  void scalar(const toml::node& node, Value& value) {
    if (const auto* flag = node.as_boolean()) {
      value.type = Type::kFlag;
      value.flag = flag->get();
    } else if (const auto* integer = node.as_integer()) {
      value.type = Type::kInteger;
      value.integer = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
      value.type = Type::kReal;
      value.real = real->get();
    } else if (const auto* text = node.as_string()) {
      value.type = Type::kText;
      value.text = text->get();
    } else {
      value.type = Type::kTime;
      std::ostringstream written;
      node.visit([&](const auto& n) {
        if constexpr (toml::is_value<decltype(n)>) written << n.get();
      });
      value.text = written.str();
    }
  }

  // The library keeps tables sorted by key; a sweep's axes count in file order.
  void members(const toml::table& table, Value& value) {
    for (const auto& [key, node] : table) {
      Value member = convert(node);
      member.key = std::string(key.str());
      member.key_where = place_of(key.source());
      value.items.push_back(std::move(member));
    }
    const auto place = [](const Value& v) { return std::tie(v.key_where.line, v.key_where.column); };
    std::stable_sort(value.items.begin(), value.items.end(),
                     [&](const Value& a, const Value& b) { return place(a) < place(b); });
  }

  Ids& ids_;
};

void mark_as_set(Value& value) {
  value.where = {0, 0, true};
  value.key_where = value.where;
  for (Value& item : value.items) mark_as_set(item);
}

/// Tables within tables that a scenario needs, and many more. Whoever walks a document calls itself at each.
constexpr int kMostNested = static_cast<int>(kMostKeyParts);

/// Finds the first line at which tables and arrays are nested deeper than kMostNested, be it by brackets, by dotted
/// keys or by both. It need be right for valid TOML alone, as the parser stops at what is not.
class NestingScan {
 public:
  explicit NestingScan(const std::string& text) : text_(text) {}

  /// 0: nowhere.
  int first_line_too_deep() {
    while (at_ < text_.size()) {
      step();
      if (depth() > kMostNested) return line_;
    }
    return 0;
  }

 private:
  int depth() const {
    int sum = table_ + dots_ + static_cast<int>(open_.size());
    for (const int dots : open_) sum += dots;
    return sum;
  }

  void step() {
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
      skip_string(c);
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      ++at_;
      bracket_or_separator(c);
    }
  }

  void bracket_or_separator(char c) {
    if (c == '\n') ++line_;
    if (c == '\n' && open_.empty()) {  // a new statement
      if (header_) table_ = dots_ + 1;
      header_ = false;
      dots_ = 0;
      begins_ = true;
      return;
    }
    if (c == '[' && begins_) {
      header_ = true;
      table_ = 0;
    } else if (!header_ && (c == '[' || c == '{')) {
      open_.push_back(std::exchange(dots_, 0));
    } else if (!header_ && (c == ']' || c == '}') && !open_.empty()) {
      dots_ = open_.back();
      open_.pop_back();
    } else if (c == '.') {
      ++dots_;
    } else if (c == ',') {
      dots_ = 0;
    }
    if (c != ' ' && c != '\t' && c != '\r') begins_ = false;
  }

  void skip_string(char quote) {
    const bool several_lines = text_.compare(at_, 3, std::string(3, quote)) == 0;
    at_ += several_lines ? 3 : 1;
    begins_ = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (!several_lines && c == '\n') return;
      if (c == '\\' && quote == '"') ++at_;
      if (c == quote && (!several_lines || text_.compare(at_, 3, std::string(3, quote)) == 0)) {
        at_ += several_lines ? 3 : 1;
        // A text may end with one or two quotes of its own before the three.
        while (several_lines && at_ < text_.size() && text_[at_] == quote) ++at_;
        return;
      }
      if (c == '\n') ++line_;
      ++at_;
    }
  }

  const std::string& text_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool begins_ = true;     // nothing of this statement was seen yet
  bool header_ = false;    // this statement is [a.b]
  int table_ = 0;          // depth of the table that the statements belong to
  int dots_ = 0;           // of the key at hand, or in a number
  std::vector<int> open_;  // of each open bracket, the dots before it
};

/// What is wrong before any parsing; "" if it looks like text.
std::string not_text(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    return "the file is empty; a scenario needs at least [run], [topology], [network], [protocol] and [workload]";
  if (text.find('\0') != std::string::npos) return "this is a binary file, not a TOML text";
  return "";
}

}  // namespace

std::optional<Value> parse_document(const std::string& text, const std::string& file, Ids& ids,
                                    Diagnostics& diagnostics) {
  if (const std::string wrong = not_text(text); !wrong.empty()) {
    diagnostics.error({file, 0, 0}, "", wrong);
    return std::nullopt;
  }
  if (const int line = NestingScan(text).first_line_too_deep(); line > 0) {
    diagnostics.error({file, line, 0}, "",
                      "tables and arrays are nested more than " + std::to_string(kMostNested) +
                          " deep here, which no scenario needs");
    return std::nullopt;
  }
  try {
    const toml::table table = toml::parse(text, file);
    Value document = Converter(ids).convert(table);
    document.where = {};  // what is missing at the top is missing in the file as a whole
    return document;
  } catch (const toml::parse_error& error) {
    const Place place = place_of(error.source());
    diagnostics.error({file, place.line, place.column}, "", "not valid TOML: " + std::string(error.description()));
    return std::nullopt;
  }
}

Value parse_override(const std::string& text, Ids& ids) {
  Value value;
  const std::string statement = "value = " + text;
  try {
    const bool too_deep = NestingScan(statement).first_line_too_deep() > 0;
    const toml::table table = too_deep ? toml::table() : toml::parse(statement);
    // More than one key: the text held a line break and goes on as another statement.
    if (table.size() == 1) value = Converter(ids).convert(*table.get("value"));
  } catch (const toml::parse_error&) {
  }
  if (value.id == 0) {
    value.id = ids.next();
    value.type = Type::kText;
    value.text = text;
  }
  mark_as_set(value);
  return value;
}

namespace {

const Position kCommandLine{"--set", 0, 0};

/// `sweep.protocol.fanout` means the axis "protocol.fanout", and `sweep.zip.0.protocol.fanout` one of a zip; in
/// `sweep."protocol.fanout".steps` the quotes say where the axis ends.
void join_axis(KeyPath& path) {
  if (path.size() <= 2 || path[0] != "sweep") return;
  const bool table = path[1] == "zip" || path[1] == "include" || path[1] == "exclude";
  const std::size_t before = table ? 3 : 1;
  if (path.size() <= before + 1 || path[before].find('.') != std::string::npos) return;
  const auto begin = path.begin() + static_cast<std::ptrdiff_t>(before);
  const std::string axis = join_key({begin, path.end()});
  path.erase(begin, path.end());
  path.push_back(axis);
}

void number_new_tables(Value& value, Ids& ids) {
  if (value.id == 0) {
    value.id = ids.next();
    value.where = value.key_where = {0, 0, true};
  }
  for (Value& item : value.items) number_new_tables(item, ids);
}

}  // namespace

std::vector<KeyPath> apply_overrides(Value& document, const std::vector<std::string>& sets, Ids& ids,
                                     Diagnostics& diagnostics) {
  std::vector<KeyPath> paths;
  for (const std::string& set : sets) {
    if (!is_utf8(set)) {
      diagnostics.error(kCommandLine, "", "a --set is not valid UTF-8 text");
      continue;
    }
    const auto equals = set.find('=');
    auto path = equals == std::string::npos ? std::nullopt : split_key(set.substr(0, equals));
    if (!path) {
      diagnostics.error(kCommandLine, "",
                        "\"" + set + "\" is not key=value; write for example --set topology.nodes=500");
      continue;
    }
    join_axis(*path);
    const auto first = set.find_first_not_of(' ', equals + 1);
    const std::string wrong =
        put(document, *path, parse_override(first == std::string::npos ? "" : set.substr(first), ids));
    if (wrong.empty()) {
      paths.push_back(std::move(*path));
    } else {
      diagnostics.error(kCommandLine, join_key(*path), "no such key: " + wrong);
    }
  }
  number_new_tables(document, ids);
  return paths;
}

}  // namespace hearsay::document
