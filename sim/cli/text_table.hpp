#pragma once

// Aligned columns for a terminal.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hearsay::cli {

inline constexpr std::size_t kTableWidth = 120;

/// Characters on the screen, for UTF-8 without combining or wide ones.
std::size_t display_width(std::string_view text);

struct TableColumn {
  std::string header;
  bool right = false;  ///< aligned to the right: numbers
};

class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// Width without wrapping.
  std::size_t width() const;
  /// Lines of at most kTableWidth, as long as the words of the last column allow: it wraps if aligned to the left.
  std::string text() const;

 private:
  std::vector<std::size_t> widths() const;
  void append_row(std::string& out, const std::vector<std::string>& row, const std::vector<std::size_t>& widths) const;

  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hearsay::cli
