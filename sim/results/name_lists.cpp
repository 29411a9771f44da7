#include "sim/results/name_lists.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <string_view>

#include "sim/metrics/catalogue.hpp"
#include "sim/results/sql.hpp"

namespace hearsay::results {
std::string_view better_name(const metrics::MetricInfo* info) {
  switch (info == nullptr ? metrics::Better::kNeither : info->better) {
    case metrics::Better::kHigher: return "higher";
    case metrics::Better::kLower: return "lower";
    case metrics::Better::kNeither: break;
  }
  return "neither";
}

void NameLists::load() {
  SQLite::Statement known(db_, "SELECT metric, name FROM metrics");
  while (known.executeStep()) metric_ids_[known.getColumn(1).getString()] = known.getColumn(0).getInt64();
  std::map<std::int64_t, std::vector<std::string>> names;
  SQLite::Statement rows(db_, "SELECT list, name FROM name_lists ORDER BY list, position");
  while (rows.executeStep()) names[rows.getColumn(0).getInt64()].push_back(rows.getColumn(1).getString());
  lists_.push_back({});
  for (auto& [id, list] : names) remember(id, std::move(list));
}

void NameLists::remember(std::int64_t id, std::vector<std::string> names) {
  List list{id, std::move(names), {}};
  list.metrics.reserve(list.names.size());
  for (const auto& name : list.names) {
    const auto metric = metric_ids_.find(name);
    list.metrics.push_back(metric == metric_ids_.end() ? 0 : metric->second);
  }
  lists_.push_back(std::move(list));
}

template <class Items, class Name>
const NameLists::List* NameLists::find_equal(const Items& items, const Name& name) const {
  const auto same = [&](const List& list) {
    return std::equal(items.begin(), items.end(), list.names.begin(), list.names.end(),
                      [&](const auto& item, const std::string& known) { return name(item) == known; });
  };
  const auto found = std::find_if(lists_.begin(), lists_.end(), same);
  return found == lists_.end() ? nullptr : &*found;
}

const NameLists::List& NameLists::of_metrics(
    const std::vector<std::pair<std::string, std::optional<double>>>& metrics) {
  const auto name = [](const auto& metric) -> const std::string& { return metric.first; };
  if (const List* const known = find_equal(metrics, name)) return *known;
  std::vector<std::string> names;
  names.reserve(metrics.size());
  for (const auto& metric : metrics) names.push_back(metric.first);
  return store(std::move(names), true);
}

const NameLists::List& NameLists::of_columns(const std::vector<std::string>& columns) {
  const List* const known = find_equal(columns, [](const std::string& column) -> const std::string& { return column; });
  return known != nullptr ? *known : store(columns, false);
}

const NameLists::List& NameLists::store(std::vector<std::string> names, bool are_metrics) {
  const std::int64_t id = lists_.back().id + 1;
  std::map<std::string, std::int64_t> new_metrics;
  SQLite::Transaction transaction(db_);
  SQLite::Statement row(db_, "INSERT INTO name_lists VALUES (?,?,?)");
  for (std::size_t i = 0; i < names.size(); ++i) {
    execute(row, id, i, names[i]);
  }
  if (are_metrics) {
    SQLite::Statement metric(db_, "INSERT INTO metrics VALUES (?,?,?,?)");
    for (const auto& name : names) {
      if (metric_ids_.count(name) > 0) continue;
      const auto next = static_cast<std::int64_t>(metric_ids_.size() + new_metrics.size() + 1);
      if (!new_metrics.emplace(name, next).second) continue;
      const metrics::MetricInfo* info = metrics::find_metric(name);
      execute(metric, next, name, std::string(info == nullptr ? "" : info->unit), std::string(better_name(info)));
    }
  }
  transaction.commit();
  metric_ids_.merge(new_metrics);
  remember(id, std::move(names));
  return lists_.back();
}

const NameLists::List* NameLists::find(std::int64_t id) const {
  const auto found = std::find_if(lists_.begin(), lists_.end(), [id](const List& list) { return list.id == id; });
  return found == lists_.end() ? nullptr : &*found;
}

}  // namespace hearsay::results
