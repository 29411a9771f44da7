#pragma once

// Comma-separated tables as result directories hold them (RFC 4180 with a header, lines end in LF).
// Numbers are written so that reading them back gives the same double, whatever the locale.

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hearsay::analysis {

/// A table that cannot be read: says file, line and what is wrong.
class BadTable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct CsvTable {
  std::filesystem::path file;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the header

  /// Position of a column; throws BadTable if there is none.
  std::size_t column(std::string_view name) const;
};

/// Throws BadTable if the file is missing, or a row is longer or shorter than the header.
CsvTable read_csv(const std::filesystem::path& file);

/// The number in a field; nothing if the field is empty. Throws BadTable for anything else.
std::optional<double> csv_number(const CsvTable& table, std::size_t row, std::size_t column);

/// A field, quoted if it has to be.
std::string csv_text(std::string_view text);

/// The shortest text that reads back as the same double; empty for nothing and for NaN.
std::string csv_text(std::optional<double> number);

}  // namespace hearsay::analysis
