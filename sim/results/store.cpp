#include "sim/results/store.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "sim/core/build_info.hpp"
#include "sim/core/digest.hpp"
#include "sim/metrics/catalogue.hpp"
#include "sim/results/codec.hpp"
#include "sim/results/run.hpp"
#include "sim/results/store_schema.hpp"

namespace hearsay::results {
namespace {

constexpr std::array<std::string_view, 4> kStatusNames = {"done", "refused", "crashed", "timed out"};

RunStatus status_of(std::string_view name) {
  const auto at = std::find(kStatusNames.begin(), kStatusNames.end(), name);
  if (at == kStatusNames.end()) throw StoreError(fmt::format("the store holds a run that is '{}'", name));
  return static_cast<RunStatus>(at - kStatusNames.begin());
}

std::string_view better_name(metrics::Better better) {
  switch (better) {
    case metrics::Better::kHigher: return "higher";
    case metrics::Better::kLower: return "lower";
    case metrics::Better::kNeither: break;
  }
  return "neither";
}

/// SQLite counts to 2^63; the few numbers beyond keep their bits.
std::int64_t to_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t to_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

/// Binds values to the parameters 1, 2 .. and carries the statement out.
template <class... Values>
void execute(SQLite::Statement& statement, const Values&... values) {
  statement.reset();
  int at = 0;
  const auto bind = [&](const auto& value) {
    ++at;
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, std::optional<double>>) {
      value ? statement.bind(at, *value) : statement.bind(at);
    } else if constexpr (std::is_same_v<Value, std::string>) {
      statement.bindNoCopy(at, value);
    } else if constexpr (std::is_floating_point_v<Value>) {
      statement.bind(at, value);
    } else {
      statement.bind(at, static_cast<std::int64_t>(value));
    }
  };
  (bind(values), ...);
  statement.exec();
}

/// An axis value as SQL has it: a number, else the label.
void bind_coordinate(SQLite::Statement& statement, int at, const std::string& json, const std::string& label) {
  const char* const end = json.data() + json.size();
  std::int64_t integer = 0;
  double number = 0;
  if (const auto [stop, error] = std::from_chars(json.data(), end, integer); error == std::errc() && stop == end) {
    statement.bind(at, integer);
  } else if (const auto [stop2, error2] = std::from_chars(json.data(), end, number);
             error2 == std::errc() && stop2 == end) {
    statement.bind(at, number);
  } else {
    statement.bind(at, label);
  }
}

}  // namespace

struct Store::Database {
  /// The names of one list, and what the store calls them.
  struct List {
    std::int64_t id = 0;
    std::vector<std::string> names;
    std::vector<std::int64_t> metrics;  ///< ids, if these are metrics
  };
  struct Statements {
    explicit Statements(SQLite::Database& db)
        : find_run(db, "SELECT run FROM runs WHERE point = ? AND replication = ?"),
          run(db,
              "INSERT INTO runs (point, replication, id, status, failure, digest, simulated_s, metric_list, "
              "series_list, events, setup_s, wall_s, peak_rss_bytes, nodes_bytes, items_bytes, messages_bytes) "
              "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
          value(db, "INSERT INTO metric_values VALUES (?,?,?)"),
          kind(db, "INSERT INTO messages_by_kind VALUES (?,?,?,?,?)"),
          drop(db, "INSERT INTO drops VALUES (?,?,?,?)"),
          fault(db, "INSERT INTO faults VALUES (?,?,?,?,?,?)"),
          long_tables(db, "INSERT INTO long_tables VALUES (?,?)"),
          runs_of_point(db,
                        "SELECT run, replication, status, failure, digest, simulated_s, metric_list, series_list, "
                        "events, setup_s, wall_s, peak_rss_bytes, nodes_bytes, items_bytes, messages_bytes FROM runs "
                        "WHERE point = ? AND replication >= ? AND "
                        "replication < ? ORDER BY replication"),
          values_of_run(db, "SELECT metric, value FROM metric_values WHERE run = ?"),
          kinds_of_run(db, "SELECT kind, count, bytes FROM messages_by_kind WHERE run = ? ORDER BY position"),
          drops_of_run(db, "SELECT reason, count FROM drops WHERE run = ? ORDER BY position"),
          faults_of_run(db, "SELECT kind, dropped, delayed, nodes FROM faults WHERE run = ? ORDER BY fault"),
          long_tables_of_run(db, "SELECT data FROM long_tables WHERE run = ?") {}
    SQLite::Statement find_run, run, value, kind, drop, fault, long_tables;
    SQLite::Statement runs_of_point, values_of_run, kinds_of_run, drops_of_run, faults_of_run, long_tables_of_run;
  };

  Database(std::string name, const scenario::Scenario& of, const PointLabels& labels)
      : file(std::move(name)), scenario(of), db(open(file)) {
    attempt("opened", [&] {
      settle();
      if (db.tableExists("campaign")) {
        update_name();
      } else {
        create(labels);
      }
      load_lists();
      statements.emplace(db);
    });
  }

  static SQLite::Database open(const std::string& file) {
    try {
      return {file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kStoreBusyMs};
    } catch (const SQLite::Exception& error) {
      throw StoreError(fmt::format("{} cannot be opened: {}", file, error.what()));
    }
  }

  /// Turns SQLite's exceptions into ours.
  template <class F>
  auto attempt(const char* verb, F&& f) const -> decltype(f()) {
    try {
      return f();
    } catch (const SQLite::Exception& error) {
      throw StoreError(
          fmt::format("{} cannot be {}: {} (SQLite error {})", file, verb, error.what(), error.getExtendedErrorCode()));
    }
  }

  static std::vector<std::uint64_t> ids_of(const std::vector<scenario::Point>& points) {
    std::vector<std::uint64_t> ids;
    ids.reserve(points.size());
    for (const scenario::Point& point : points) ids.push_back(point_id(point));
    return ids;
  }

  void settle() {
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = NORMAL");
    db.exec("PRAGMA wal_autocheckpoint = 4000");  // 16 MB
    db.exec("PRAGMA cache_size = -16384");
  }

  void create(const PointLabels& labels) {
    SQLite::Transaction transaction(db);
    db.exec(kStoreTables);
    db.exec(fmt::format("PRAGMA application_id = {}", kStoreApplication));
    db.exec(fmt::format("PRAGMA user_version = {}", kStoreSchema));
    SQLite::Statement about(db, "INSERT INTO campaign VALUES (?,?)");
    const std::pair<std::string, std::string> facts[] = {
        {"name", scenario.name},         {"scenario_id", scenario_id(scenario)},
        {"executable", executable_id()}, {"hearsay", build_info().version},
        {"commit", build_info().commit}, {"seed", std::to_string(scenario.seed)},
    };
    for (const auto& [key, value] : facts) execute(about, key, value);

    SQLite::Statement axis(db, "INSERT INTO axis_keys VALUES (?,?)");
    for (std::size_t a = 0; a < labels.axes().size(); ++a) execute(axis, a, labels.axes()[a]);
    SQLite::Statement point(db, "INSERT INTO points (point, id, name) VALUES (?,?,?)");
    SQLite::Statement coordinate(db, "INSERT INTO coordinates VALUES (?,?,?)");
    for (std::size_t p = 0; p < scenario.points.size(); ++p) {
      execute(point, p, to_hex(point_ids[p]), labels.name(p));
      for (const auto& value : scenario.points[p].axes) {
        const auto a = std::find(labels.axes().begin(), labels.axes().end(), value.key) - labels.axes().begin();
        coordinate.reset();
        coordinate.bind(1, static_cast<std::int64_t>(p));
        coordinate.bind(2, static_cast<std::int64_t>(a));
        bind_coordinate(coordinate, 3, value.json, labels.values(p)[static_cast<std::size_t>(a)]);
        coordinate.exec();
      }
    }
    transaction.commit();
  }

  void update_name() {
    SQLite::Statement update(db, "UPDATE campaign SET value = ?1 WHERE key = 'name' AND value <> ?1");
    execute(update, scenario.name);
  }

  void load_lists() {
    SQLite::Statement known(db, "SELECT metric, name FROM metrics");
    while (known.executeStep()) metric_ids[known.getColumn(1).getString()] = known.getColumn(0).getInt64();
    std::map<std::int64_t, std::vector<std::string>> names;
    SQLite::Statement rows(db, "SELECT list, name FROM name_lists ORDER BY list, position");
    while (rows.executeStep()) names[rows.getColumn(0).getInt64()].push_back(rows.getColumn(1).getString());
    lists.push_back({});
    for (auto& [id, list] : names) remember(id, std::move(list));
  }

  void remember(std::int64_t id, std::vector<std::string> names) {
    List list{id, std::move(names), {}};
    list.metrics.reserve(list.names.size());
    for (const auto& name : list.names) {
      const auto metric = metric_ids.find(name);
      list.metrics.push_back(metric == metric_ids.end() ? 0 : metric->second);
    }
    lists.push_back(std::move(list));
  }

  /// The list of these names, which is stored if it is new. All runs of a campaign have but a few.
  template <class Names>
  const List& list_of(const Names& items, bool metrics) {
    const auto name = [](const auto& item) -> const std::string& {
      if constexpr (requires { item.first; }) {
        return item.first;
      } else {
        return item;
      }
    };
    const auto same = [&](const List& list) {
      return std::equal(items.begin(), items.end(), list.names.begin(), list.names.end(),
                        [&](const auto& item, const std::string& known) { return name(item) == known; });
    };
    const auto found = std::find_if(lists.begin(), lists.end(), same);
    if (found != lists.end()) return *found;

    std::vector<std::string> names;
    names.reserve(items.size());
    for (const auto& item : items) names.push_back(name(item));
    const std::int64_t id = lists.back().id + 1;
    std::map<std::string, std::int64_t> new_metrics;
    SQLite::Transaction transaction(db);
    SQLite::Statement row(db, "INSERT INTO name_lists VALUES (?,?,?)");
    for (std::size_t i = 0; i < names.size(); ++i) execute(row, id, i, names[i]);
    if (metrics) {
      SQLite::Statement metric(db, "INSERT INTO metrics VALUES (?,?,?,?)");
      for (const auto& each : names) {
        if (metric_ids.count(each) > 0) continue;
        const auto next = static_cast<std::int64_t>(metric_ids.size() + new_metrics.size() + 1);
        if (!new_metrics.emplace(each, next).second) continue;
        const metrics::MetricInfo* info = metrics::find_metric(each);
        execute(metric, next, each, std::string(info == nullptr ? "" : info->unit),
                std::string(better_name(info == nullptr ? metrics::Better::kNeither : info->better)));
      }
    }
    transaction.commit();
    metric_ids.merge(new_metrics);
    remember(id, std::move(names));
    return lists.back();
  }

  const List& list(std::int64_t id) const {
    const auto found = std::find_if(lists.begin(), lists.end(), [id](const List& list) { return list.id == id; });
    if (found == lists.end()) throw StoreError(fmt::format("{} is damaged: name list {} is missing", file, id));
    return *found;
  }

  void erase(std::int64_t run) {
    for (const std::string_view table : kTablesByRun) db.exec(fmt::format("DELETE FROM {} WHERE run = {}", table, run));
    db.exec(fmt::format("DELETE FROM runs WHERE run = {}", run));
  }

  void add(const RunRecord& record) {
    const metrics::RunResult& result = record.result;
    Statements& to = *statements;
    const std::int64_t metric_list = list_of(result.metrics, true).id;
    const std::int64_t series_list = list_of(result.series_columns, false).id;
    const std::vector<std::uint8_t> long_tables = encode_long_tables(result);
    SQLite::Transaction transaction(db);
    to.find_run.reset();
    to.find_run.bind(1, static_cast<std::int64_t>(record.key.point));
    to.find_run.bind(2, static_cast<std::int64_t>(record.key.replication));
    if (to.find_run.executeStep()) {
      const std::int64_t earlier = to.find_run.getColumn(0).getInt64();
      to.find_run.reset();
      erase(earlier);
    }
    to.find_run.reset();

    const metrics::Performance& p = result.performance;
    execute(to.run, record.key.point, record.key.replication,
            to_hex(run_id(point_ids[record.key.point], record.key.replication)),
            std::string(kStatusNames[static_cast<std::size_t>(record.status)]), result.failure,
            result.failed ? std::string() : to_hex(result.digest), result.simulated_s, metric_list, series_list,
            to_signed(p.events), p.setup_s, p.wall_s, to_signed(p.peak_rss_bytes), to_signed(p.memory.nodes),
            to_signed(p.memory.items), to_signed(p.memory.messages));
    const std::int64_t run = db.getLastInsertRowid();
    const std::vector<std::int64_t>& ids = list(metric_list).metrics;
    for (std::size_t i = 0; i < result.metrics.size(); ++i) execute(to.value, run, ids[i], result.metrics[i].second);
    for (std::size_t i = 0; i < result.messages_by_kind.size(); ++i) {
      const metrics::NamedCount& kind = result.messages_by_kind[i];
      execute(to.kind, run, i, kind.name, to_signed(kind.count), to_signed(kind.bytes));
    }
    for (std::size_t i = 0; i < result.drops.size(); ++i) {
      execute(to.drop, run, i, result.drops[i].first, to_signed(result.drops[i].second));
    }
    for (std::size_t i = 0; i < result.faults.size(); ++i) {
      const metrics::FaultReport& fault = result.faults[i];
      execute(to.fault, run, i, fault.kind, to_signed(fault.dropped), to_signed(fault.delayed), to_signed(fault.nodes));
    }
    if (!long_tables.empty()) {
      to.long_tables.reset();
      to.long_tables.bind(1, run);
      to.long_tables.bindNoCopy(2, long_tables.data(), static_cast<int>(long_tables.size()));
      to.long_tables.exec();
    }
    transaction.commit();
  }

  /// Calls `row` for every row of a query about one run.
  template <class Row>
  static void rows_of(SQLite::Statement& query, std::int64_t run, Row&& row) {
    query.reset();
    query.bind(1, run);
    while (query.executeStep()) row(query);
    query.reset();
  }

  void read_metrics(std::int64_t run, const List& list, metrics::RunResult& result) {
    result.metrics.reserve(list.names.size());
    for (const auto& name : list.names) result.metrics.emplace_back(name, std::nullopt);
    std::size_t expected = 0;  // values come by id, which is the order of the list as a rule
    rows_of(statements->values_of_run, run, [&](SQLite::Statement& row) {
      const std::int64_t metric = row.getColumn(0).getInt64();
      if (expected >= list.metrics.size() || list.metrics[expected] != metric) {
        expected = static_cast<std::size_t>(std::find(list.metrics.begin(), list.metrics.end(), metric) -
                                            list.metrics.begin());
        if (expected == list.metrics.size()) throw StoreError(fmt::format("{} is damaged: run {}", file, run));
      }
      const SQLite::Column value = row.getColumn(1);
      if (!value.isNull()) result.metrics[expected].second = value.getDouble();
      ++expected;
    });
  }

  void read_details(std::int64_t run, metrics::RunResult& result) {
    const auto count = [](SQLite::Statement& row, int column) { return to_unsigned(row.getColumn(column).getInt64()); };
    rows_of(statements->kinds_of_run, run, [&](SQLite::Statement& row) {
      result.messages_by_kind.push_back({row.getColumn(0).getString(), count(row, 1), count(row, 2)});
    });
    rows_of(statements->drops_of_run, run,
            [&](SQLite::Statement& row) { result.drops.emplace_back(row.getColumn(0).getString(), count(row, 1)); });
    rows_of(statements->faults_of_run, run, [&](SQLite::Statement& row) {
      result.faults.push_back({row.getColumn(0).getString(), count(row, 1), count(row, 2), count(row, 3)});
    });
  }

  void read_long_tables(std::int64_t run, metrics::RunResult& result) {
    rows_of(statements->long_tables_of_run, run, [&](SQLite::Statement& row) {
      const SQLite::Column data = row.getColumn(0);
      decode_long_tables({static_cast<const std::uint8_t*>(data.getBlob()), static_cast<std::size_t>(data.getBytes())},
                         result);
    });
  }

  RunRecord record(std::uint32_t point, SQLite::Statement& row, Detail detail) {
    const std::int64_t run = row.getColumn(0).getInt64();
    RunRecord record{{point, row.getColumn(1).getUInt()}, status_of(row.getColumn(2).getText()), {}};
    metrics::RunResult& result = record.result;
    result.failed = record.status != RunStatus::kDone;
    result.failure = row.getColumn(3).getString();
    const std::string digest = row.getColumn(4).getString();
    std::from_chars(digest.data(), digest.data() + digest.size(), result.digest, 16);
    result.simulated_s = row.getColumn(5).getDouble();
    result.performance = {to_unsigned(row.getColumn(8).getInt64()),
                          row.getColumn(9).getDouble(),
                          row.getColumn(10).getDouble(),
                          to_unsigned(row.getColumn(11).getInt64()),
                          {to_unsigned(row.getColumn(12).getInt64()), to_unsigned(row.getColumn(13).getInt64()),
                           to_unsigned(row.getColumn(14).getInt64())}};
    result.series_columns = list(row.getColumn(7).getInt64()).names;
    read_metrics(run, list(row.getColumn(6).getInt64()), result);
    read_details(run, result);
    if (detail == Detail::kWhole) read_long_tables(run, result);
    return record;
  }

  std::vector<std::string> names(const Counted& counted, const char* column) const {
    std::vector<std::string> all;
    std::set<std::string> known;
    std::set<std::int64_t> seen;
    SQLite::Statement rows(db,
                           fmt::format("SELECT point, replication, {} FROM runs ORDER BY point, replication", column));
    while (rows.executeStep()) {
      const auto point = static_cast<std::size_t>(rows.getColumn(0).getInt64());
      const auto replication = to_unsigned(rows.getColumn(1).getInt64());
      if (point >= counted.size() || replication < counted[point].first || replication >= counted[point].end())
        continue;
      const std::int64_t id = rows.getColumn(2).getInt64();
      if (!seen.insert(id).second) continue;
      for (const auto& name : list(id).names) {
        if (known.insert(name).second) all.push_back(name);
      }
    }
    return all;
  }

  std::string file;
  const scenario::Scenario& scenario;
  std::vector<std::uint64_t> point_ids = ids_of(scenario.points);
  SQLite::Database db;
  std::optional<Statements> statements;
  std::vector<List> lists;  // the first is empty
  std::map<std::string, std::int64_t> metric_ids;
};

Store::Store(const scenario::Scenario& scenario, const PointLabels& labels)
    : database_(std::make_unique<Database>(":memory:", scenario, labels)) {}

Store::Store(const std::filesystem::path& file, const scenario::Scenario& scenario, const PointLabels& labels)
    : database_(std::make_unique<Database>(file.string(), scenario, labels)) {}

Store::~Store() = default;

void Store::add(const RunRecord& run) {
  database_->attempt("written", [&] { database_->add(run); });
}

std::uint64_t Store::size() const {
  return database_->attempt(
      "read", [&] { return to_unsigned(database_->db.execAndGet("SELECT count(*) FROM runs").getInt64()); });
}

void Store::finished(const std::function<void(const FinishedRun&)>& each, const std::string& metric) const {
  database_->attempt("read", [&] {
    SQLite::Statement rows(database_->db,
                           "SELECT point, replication, status, v.value FROM runs r LEFT JOIN metric_values v ON "
                           "v.run = r.run AND v.metric = (SELECT metric FROM metrics WHERE name = ?) "
                           "ORDER BY point, replication");
    rows.bind(1, metric);
    while (rows.executeStep()) {
      const SQLite::Column value = rows.getColumn(3);
      each({{rows.getColumn(0).getUInt(), rows.getColumn(1).getUInt()},
            status_of(rows.getColumn(2).getText()),
            value.isNull() ? std::nullopt : std::optional(value.getDouble())});
    }
  });
}

void Store::count(const Counted& counted) {
  database_->attempt("written", [&] {
    SQLite::Transaction transaction(database_->db);
    SQLite::Statement update(database_->db,
                             "UPDATE points SET first_replication = ?2, replications = ?3 WHERE point = ?1 AND "
                             "(first_replication <> ?2 OR replications <> ?3)");
    for (std::size_t p = 0; p < counted.size(); ++p) execute(update, p, counted[p].first, counted[p].replications);
    transaction.commit();
  });
}

void Store::read_point(std::uint32_t point, const CountedRuns& counted, Detail detail, const Reader& reader) const {
  database_->attempt("read", [&] {
    SQLite::Statement& rows = database_->statements->runs_of_point;
    rows.reset();
    rows.bind(1, static_cast<std::int64_t>(point));
    rows.bind(2, static_cast<std::int64_t>(counted.first));
    rows.bind(3, to_signed(counted.end()));
    while (rows.executeStep()) reader(database_->record(point, rows, detail));
    rows.reset();
  });
}

void Store::read(const Counted& counted, Detail detail, const Reader& reader) const {
  for (std::size_t p = 0; p < counted.size(); ++p) {
    if (counted[p].replications > 0) read_point(static_cast<std::uint32_t>(p), counted[p], detail, reader);
  }
}

std::vector<std::string> Store::metric_names(const Counted& counted) const {
  return database_->attempt("read", [&] { return database_->names(counted, "metric_list"); });
}

std::vector<std::string> Store::series_columns(const Counted& counted) const {
  return database_->attempt("read", [&] { return database_->names(counted, "series_list"); });
}

}  // namespace hearsay::results
