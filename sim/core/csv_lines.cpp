#include "sim/core/csv_lines.hpp"

#include <algorithm>
#include <cstddef>

#include "sim/core/text.hpp"

namespace hearsay {
namespace {

constexpr std::string_view kBlankOrReturn = " \t\r";

/// Where the field at the start of `text` ends: at a comma that no quotes enclose, or at the end.
std::size_t end_of_field(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  std::size_t from = 0;
  if (first != std::string_view::npos && text[first] == '"') {
    const std::size_t close = text.find('"', first + 1);
    if (close != std::string_view::npos) from = close + 1;
  }
  return std::min(text.find(',', from), text.size());
}

}  // namespace

CsvLines::CsvLines(std::string_view text) : rest_(text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

bool CsvLines::next() {
  while (!rest_.empty()) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = trimmed(rest_.substr(0, end), kBlankOrReturn);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    if (line_.empty() || line_.front() == '#') continue;
    split();
    return true;
  }
  return false;
}

void CsvLines::split() {
  fields_.clear();
  for (std::string_view left = line_;;) {
    const std::size_t end = end_of_field(left);
    std::string_view field = trimmed(left.substr(0, end), kBlankOrReturn);
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
      field = trimmed(field.substr(1, field.size() - 2), kBlankOrReturn);
    fields_.push_back(field);
    if (end == left.size()) return;
    left.remove_prefix(end + 1);
  }
}

}  // namespace hearsay
