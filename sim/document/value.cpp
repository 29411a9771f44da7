#include "sim/document/value.hpp"

#include <nlohmann/json.hpp>

namespace hearsay::document {

const Value* Value::find(std::string_view name) const {
  if (type != Type::kTable) return nullptr;
  for (const Value& member : items) {
    if (member.key == name) return &member;
  }
  return nullptr;
}

Value* Value::find(std::string_view name) { return const_cast<Value*>(std::as_const(*this).find(name)); }

std::string describe(const Value& value) {
  switch (value.type) {
    case Type::kFlag: return value.flag ? "true" : "false";
    case Type::kInteger: return "the integer " + label(value);
    case Type::kReal: return "the number " + label(value);
    case Type::kText: return "the text \"" + value.text + "\"";
    case Type::kTime: return "a date or time";
    case Type::kArray: return "an array";
    case Type::kTable: return "a table";
    case Type::kNothing: break;
  }
  return "";
}

std::string label(const Value& value) {
  if (value.type == Type::kText || value.type == Type::kTime) return value.text;
  if (value.type == Type::kTable) {
    for (const char* title : {"name", "kind"}) {
      const Value* member = value.find(title);
      if (member != nullptr && member->type == Type::kText) return member->text;
    }
  }
  if (value.type == Type::kReal && value.real != value.real) return "nan";
  if (value.type == Type::kReal && value.real - value.real != 0) return value.real < 0 ? "-inf" : "inf";
  return json_text(value);
}

namespace {

nlohmann::ordered_json to_json(const Value& value) {
  switch (value.type) {
    case Type::kFlag: return value.flag;
    case Type::kInteger: return value.integer;
    case Type::kReal: return value.real;
    case Type::kText:
    case Type::kTime: return value.text;
    case Type::kArray: {
      auto array = nlohmann::ordered_json::array();
      for (const Value& item : value.items) array.push_back(to_json(item));
      return array;
    }
    case Type::kTable: {
      auto table = nlohmann::ordered_json::object();
      for (const Value& item : value.items) table[item.key] = to_json(item);
      return table;
    }
    case Type::kNothing: return nullptr;
  }
  return nullptr;
}

}  // namespace

std::string json_text(const Value& value) { return to_json(value).dump(); }

Value flag_value(bool flag) {
  Value value = empty_value(Type::kFlag);
  value.flag = flag;
  return value;
}

Value integer_value(std::int64_t integer) {
  Value value = empty_value(Type::kInteger);
  value.integer = integer;
  return value;
}

Value real_value(double real) {
  Value value = empty_value(Type::kReal);
  value.real = real;
  return value;
}

Value text_value(std::string text) {
  Value value = empty_value(Type::kText);
  value.text = std::move(text);
  return value;
}

Value empty_value(Type type) {
  Value value;
  value.type = type;
  return value;
}

Value& member_of(Value& table, const std::string& key) {
  if (Value* found = table.find(key)) return *found;
  Value& member = table.items.emplace_back();
  member.key = key;
  return member;
}

bool is_utf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

std::string canonical(const Value& value) { return nlohmann::json(to_json(value)).dump(); }

}  // namespace hearsay::document
