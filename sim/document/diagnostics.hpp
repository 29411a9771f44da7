#pragma once

// Diagnostics: what is wrong with the user's input, each with its place, collected and reported all at once.

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hearsay::document {

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

/// `file:line:column: error: key: message`, on one line, fit for a terminal: see printable().
std::string to_text(const Diagnostic& diagnostic);

/// A message as it may go to a terminal, whatever of the user's it quotes: characters that a terminal obeys become
/// `\x1b`, and so do bytes that are no UTF-8; of a long text the middle is left out. Line breaks stay if `lines`.
std::string printable(std::string_view text, bool lines = false);

/// The user's mistake where no diagnostic with a place applies: an option, a result directory. The program ends with
/// exit code 2. Any other exception that reaches main is the environment's failure: exit code 1.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

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

}  // namespace hearsay::document
