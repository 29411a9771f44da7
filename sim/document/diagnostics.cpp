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

}  // namespace

std::string to_text(const Diagnostic& diagnostic) {
  std::string text = diagnostic.where.file;
  if (diagnostic.where.line > 0) text += ":" + std::to_string(diagnostic.where.line);
  if (diagnostic.where.line > 0 && diagnostic.where.column > 0) text += ":" + std::to_string(diagnostic.where.column);
  if (!text.empty()) text += ": ";
  text += diagnostic.warning ? "warning: " : "error: ";
  if (!diagnostic.key.empty()) text += diagnostic.key + ": ";
  return text + diagnostic.message;
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
