#include "sim/cli/text_table.hpp"

#include <algorithm>
#include <numeric>

namespace hearsay::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 24;  // of a column that wraps

/// Breaks text between words into lines of at most `width`.
std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!lines.back().empty() && display_width(lines.back()) + 1 + display_width(word) > width) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

std::vector<std::size_t> TextTable::widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(display_width(columns_[c].header));
    for (const auto& row : rows_) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  return widths;
}

std::size_t TextTable::width() const {
  const std::vector<std::size_t> all = widths();
  return std::accumulate(all.begin(), all.end(), kGap * (all.size() - 1));
}

void TextTable::append_row(std::string& out, const std::vector<std::string>& row,
                           const std::vector<std::size_t>& widths) const {
  std::string line;
  const std::size_t last = columns_.size() - 1;
  for (std::size_t c = 0; c < last; ++c) {
    const std::string padding(widths[c] - display_width(row[c]), ' ');
    line += (columns_[c].right ? padding + row[c] : row[c] + padding) + std::string(kGap, ' ');
  }
  const std::size_t indent = display_width(line);
  if (columns_[last].right) {
    out += line + std::string(widths[last] - display_width(row[last]), ' ') + row[last] + "\n";
    return;
  }
  const std::size_t room = std::max(kNarrowest, kTableWidth - std::min(indent, kTableWidth));
  for (const std::string& part : wrap(row[last], room)) {
    line += part;
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    line.assign(indent, ' ');
  }
}

std::string TextTable::text() const {
  const std::vector<std::size_t> all = widths();
  std::string out;
  std::vector<std::string> headers;
  for (const auto& column : columns_) headers.push_back(column.header);
  append_row(out, headers, all);
  for (const auto& row : rows_) append_row(out, row, all);
  return out;
}

}  // namespace hearsay::cli
