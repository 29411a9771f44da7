#pragma once

// The lines of a CSV file that a person or a spreadsheet wrote: a byte order mark, blank lines and comments (lines that
// begin with #) are passed over, blanks around a field too, and quotes around a field are taken off. A comma within
// quotes belongs to the field; a field cannot hold a quote or a line break.

#include <string_view>
#include <vector>

namespace hearsay {

class CsvLines {
 public:
  /// `text` must outlive it.
  explicit CsvLines(std::string_view text);

  /// Goes to the next line with content; false at the end.
  bool next();
  int number() const { return number_; }  ///< of the line, from 1
  std::string_view line() const { return line_; }
  const std::vector<std::string_view>& fields() const { return fields_; }

 private:
  void split();

  std::string_view rest_;
  std::string_view line_;
  int number_ = 0;
  std::vector<std::string_view> fields_;
};

}  // namespace hearsay
