#pragma once

// The lists of names in a store: which metrics a run has, and which columns its series. All runs of a campaign have but
// a few different ones, so a run refers to its lists, and they are kept in memory.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/metrics/catalogue.hpp"

namespace SQLite {
class Database;
}

namespace hearsay::results {

/// "higher", "lower" or "neither"; that too for a metric that the catalogue lacks.
std::string_view better_name(const metrics::MetricInfo* info);

class NameLists {
 public:
  /// The names of one list, and what the store calls them.
  struct List {
    std::int64_t id = 0;
    std::vector<std::string> names;
    std::vector<std::int64_t> metrics;  ///< ids, if these are metrics
  };

  /// Of a store in `db`, which outlives this. Members throw what SQLiteCpp throws.
  explicit NameLists(SQLite::Database& db) : db_(db) {}
  /// Reads what the store has. Before anything else.
  void load();

  /// The list of the names of these metrics, or of these columns; stored, in a transaction of its own, if it is new.
  const List& of_metrics(const std::vector<std::pair<std::string, std::optional<double>>>& metrics);
  const List& of_columns(const std::vector<std::string>& columns);
  /// nullptr if there is none of that id.
  const List* find(std::int64_t id) const;

 private:
  template <class Items, class Name>
  const List* find_equal(const Items& items, const Name& name) const;
  const List& store(std::vector<std::string> names, bool are_metrics);
  void remember(std::int64_t id, std::vector<std::string> names);

  SQLite::Database& db_;
  std::vector<List> lists_;  ///< the first is empty
  std::map<std::string, std::int64_t> metric_ids_;
};

}  // namespace hearsay::results
