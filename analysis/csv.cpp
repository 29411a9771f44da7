#include "analysis/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>

namespace hearsay::analysis {
namespace {

/// Splits text into rows of fields.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool done() const { return at_ >= text_.size(); }

  std::vector<std::string> row() {
    std::vector<std::string> fields;
    do {
      fields.push_back(field());
    } while (take(','));
    take('\r');
    take('\n');
    return fields;
  }

 private:
  bool take(char wanted) {
    if (done() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  std::string field() {
    std::string out;
    if (!take('"')) {
      while (!done() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') out += text_[at_++];
      return out;
    }
    while (!done()) {
      const char c = text_[at_++];
      if (c == '"' && !take('"')) break;  // a doubled quote stands for one
      out += c;
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::size_t CsvTable::column(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) throw BadTable(fmt::format("{}:1: no column '{}'", file.string(), name));
  return static_cast<std::size_t>(found - header.begin());
}

CsvTable read_csv(const std::filesystem::path& file) {
  if (std::error_code error; std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error))
    throw BadTable(fmt::format("{}: is a pipe, a device or a directory, not a table", file.string()));
  std::ifstream in(file, std::ios::binary);
  if (!in) throw BadTable(fmt::format("{}: cannot be read", file.string()));
  const std::string text(std::istreambuf_iterator<char>(in), {});
  CsvTable table;
  table.file = file;
  Reader reader(text);
  table.header = reader.row();
  while (!reader.done()) {
    table.rows.push_back(reader.row());
    const std::size_t fields = table.rows.back().size();
    if (fields != table.header.size()) {
      throw BadTable(fmt::format("{}: row {} has {} fields, but the header has {}", file.string(), table.rows.size(),
                                 fields, table.header.size()));
    }
  }
  return table;
}

std::optional<double> csv_number(const CsvTable& table, std::size_t row, std::size_t column) {
  const std::string& text = table.rows[row][column];
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw BadTable(fmt::format("{}: row {}, column {}: '{}' is not a number", table.file.string(), row + 1,
                               table.header[column], text));
  }
  return value;
}

std::string csv_text(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

std::string csv_text(std::optional<double> number) {
  if (!number || std::isnan(*number)) return {};
  return fmt::to_string(*number);
}

}  // namespace hearsay::analysis
