#pragma once

// Complaints about a scenario, collected and reported all at once.

#include <cstddef>
#include <string>
#include <vector>

namespace hearsay::scenario {

struct Position {
  std::string file;  ///< as the user named it; "--set" for an override
  int line = 0;      ///< 1-based; 0: none
  int column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Diagnostic {
  bool warning = false;
  Position where;
  std::string key;      ///< dotted, array indices from 0
  std::string message;  ///< what is wrong, the limit, and what to write instead
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// `file:line:column: error: key: message`
std::string to_text(const Diagnostic& diagnostic);

class Diagnostics {
 public:
  void error(Position where, std::string key, std::string message);
  void warning(Position where, std::string key, std::string message);
  bool has_errors() const { return errors_ > 0; }
  /// Sorted by position, without repeats (points of a sweep share their mistakes).
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

/// The candidate nearest to `word` by edit distance, or "" if none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace hearsay::scenario
