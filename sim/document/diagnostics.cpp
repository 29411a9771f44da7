#include "sim/document/diagnostics.hpp"

#include <algorithm>
#include <cctype>
#include <tuple>
#include <utility>

namespace hearsay::document {
namespace {

/// Levenshtein distance with case and the choice between '-' and '_' set aside. O(|a| |b|).
std::size_t distance(const std::string& a, const std::string& b) {
  const auto folded = [](char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  };
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (folded(a[i - 1]) == folded(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// Bytes of the UTF-8 character at the start of `text`; 0: there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xc2 ? 0 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
  if (byte(0) > 0xf4 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return length;
}

/// C0, DEL and C1: what a terminal obeys.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return character.size() == 2 && first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

/// Kept of a long message, at each end: what is wrong stands at the beginning, the fix at the end.
constexpr std::size_t kKept = 500;

/// Not in the middle of a character.
std::size_t character_start(std::string_view text, std::size_t at) {
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
  if (text.size() > 4 * kKept) {
    const std::size_t head = character_start(text, kKept), tail = character_start(text, text.size() - kKept);
    return printable(text.substr(0, head), lines) + " ... (" + std::to_string(tail - head) + " bytes left out) ... " +
           printable(text.substr(tail), lines);
  }
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length > 0 && (!is_control(character) || (lines && character[0] == '\n'))) {
      out += character;
    } else {
      for (const char c : character) {
        out += "\\x";
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 15];
      }
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::string to_text(const Diagnostic& diagnostic) {
  std::string text = diagnostic.where.file;
  if (diagnostic.where.line > 0) text += ":" + std::to_string(diagnostic.where.line);
  if (diagnostic.where.line > 0 && diagnostic.where.column > 0) text += ":" + std::to_string(diagnostic.where.column);
  if (!text.empty()) text += ": ";
  text += diagnostic.warning ? "warning: " : "error: ";
  if (!diagnostic.key.empty()) text += diagnostic.key + ": ";
  return printable(text + diagnostic.message);
}

void Diagnostics::error(Position where, std::string key, std::string message) {
  all_.push_back({false, std::move(where), std::move(key), std::move(message)});
  ++errors_;
}

void Diagnostics::warning(Position where, std::string key, std::string message) {
  all_.push_back({true, std::move(where), std::move(key), std::move(message)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  const auto order = [](const Diagnostic& d) { return std::tie(d.where, d.key, d.warning, d.message); };
  std::vector<Diagnostic> out = all_;
  std::sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestWord = 200;  // nothing is named so
  if (word.size() > kLongestWord) return "";
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    // A word that is all replaced is no near miss: "of" is not a typing mistake for "at".
    if (d < best_distance && d < std::max(word.size(), candidate.size())) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace hearsay::document
