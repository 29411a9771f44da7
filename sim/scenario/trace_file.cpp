#include "sim/scenario/trace_file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "sim/core/csv_lines.hpp"
#include "sim/core/units.hpp"
#include "sim/document/value.hpp"

namespace hearsay::scenario {
namespace {

using document::is_utf8;

constexpr std::size_t kMostErrors = 20;

/// "" or what is wrong.
std::string parse_row(const std::vector<std::string_view>& fields, TraceFileRow& row) {
  const auto time = parse_duration(fields[0]);
  if (!time.value) return "time: " + time.error;
  if (time.value->ns < 0) return fmt::format("time: {} is before the start of the run", fields[0]);
  row.time = SimTime{} + *time.value;
  const auto [end, error] = std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), row.node);
  if (error != std::errc() || end != fields[1].data() + fields[1].size() || fields[1].empty()) {
    return fmt::format("node: \"{}\" is not a node; write an integer from 0", fields[1]);
  }
  const auto size = parse_size(fields[2]);
  if (!size.value) return "size: " + size.error;
  if (*size.value == 0) return "size: 0 is not above 0";
  row.size_bytes = *size.value;
  if (fields.size() > 3) row.item_class = std::string(fields[3]);
  return "";
}

}  // namespace

TraceFile parse_trace_file(const std::string& text) {
  TraceFile out;
  if (!is_utf8(text)) {
    out.errors.push_back({0, "the file is not UTF-8 text"});
    return out;
  }
  std::size_t columns = 0;
  for (CsvLines lines(text); out.errors.size() < kMostErrors && lines.next();) {
    const std::vector<std::string_view>& fields = lines.fields();
    if (columns == 0) {
      const bool plain = fields == std::vector<std::string_view>{"time", "node", "size"};
      if (!plain && fields != std::vector<std::string_view>{"time", "node", "size", "class"}) {
        out.errors.push_back({lines.number(), fmt::format("the header is \"{}\"; write time,node,size or "
                                                          "time,node,size,class",
                                                          lines.line())});
        return out;
      }
      columns = fields.size();
      continue;
    }
    TraceFileRow row;
    row.line = lines.number();
    const std::string wrong = fields.size() == columns ? parse_row(fields, row)
                                                       : fmt::format("{} fields instead of {}", fields.size(), columns);
    if (wrong.empty()) {
      out.rows.push_back(std::move(row));
    } else {
      out.errors.push_back({lines.number(), wrong});
    }
  }
  if (columns == 0 && out.errors.empty())
    out.errors.push_back({0, "the file is empty; write the header time,node,size and one line per publication"});
  return out;
}

}  // namespace hearsay::scenario
