#include "sim/results/store.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <set>
#include <span>
#include <utility>

#include "sim/core/build_info.hpp"
#include "sim/core/digest.hpp"
#include "sim/metrics/result_fields.hpp"
#include "sim/results/codec.hpp"
#include "sim/results/name_lists.hpp"
#include "sim/results/run.hpp"
#include "sim/results/sql.hpp"
#include "sim/results/store_schema.hpp"

namespace hearsay::results {
namespace {

constexpr std::array<std::string_view, 4> kStatusNames = {"done", "refused", "crashed", "timed out"};

/// Of a name that is none, one that no run has: its digest will not be right.
RunStatus status_of(const SQLite::Column& column) {
  const auto at = std::find(kStatusNames.begin(), kStatusNames.end(), column.getString());
  return static_cast<RunStatus>(at - kStatusNames.begin());
}

/// Calls `each` with every stored field of a run and the number of its parameter or column; the first has `first`.
template <class Each>
void for_each_field(int first, const Each& each) {
  for (const metrics::RunField& field : metrics::run_fields()) {
    if (field.is_stored()) each(field, first++);
  }
}

/// A text for every stored field.
template <class Text>
std::string field_list(const Text& text) {
  std::string list;
  for_each_field(0, [&](const metrics::RunField& field, int) { list += text(field); });
  return list;
}

void bind_field(SQLite::Statement& statement, int at, const metrics::RunField& field, const metrics::RunResult& run) {
  const metrics::FieldValue value = field.get(run);
  switch (field.type) {
    case metrics::FieldType::kCount: return statement.bind(at, to_signed(std::get<std::uint64_t>(value)));
    case metrics::FieldType::kReal: return statement.bind(at, std::get<double>(value));
    case metrics::FieldType::kDigest:
      return statement.bind(at, run.failed ? std::string() : to_hex(std::get<std::uint64_t>(value)));
  }
}

metrics::FieldValue field_in(const SQLite::Column& column, metrics::FieldType type) {
  if (type == metrics::FieldType::kCount) return to_unsigned(column.getInt64());
  if (type == metrics::FieldType::kReal) return column.getDouble();
  const std::string digits = column.getString();
  std::uint64_t digest = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), digest, 16);
  return digest;
}

/// Numbers as SQLite gives them back: it has no NaN, and no negative zero.
std::uint64_t bits_of(double value) { return std::isnan(value) ? 0 : std::bit_cast<std::uint64_t>(value + 0.0); }

/// Of a row of long_tables; 0 without one.
std::uint64_t digest_of_bytes(std::span<const std::uint8_t> bytes) {
  return bytes.empty() ? 0 : digest_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// Of all that the store has of a run, `long_check` in the place of its long tables.
std::uint64_t digest_of_run(const RunRecord& record, const std::string& id, std::uint64_t long_check) {
  const metrics::RunResult& result = record.result;
  Digest digest;
  const auto add_text = [&](const std::string& text) { digest.add(digest_of(text)); };
  for (const std::uint64_t word : {std::uint64_t{record.key.point}, std::uint64_t{record.key.replication},
                                   static_cast<std::uint64_t>(record.status), long_check}) {
    digest.add(word);
  }
  add_text(id);
  add_text(result.failure);
  for_each_field(0, [&](const metrics::RunField& field, int) {
    const metrics::FieldValue value = field.get(result);
    if (field.type == metrics::FieldType::kReal) return digest.add(bits_of(std::get<double>(value)));
    const bool is_stored = field.type != metrics::FieldType::kDigest || record.status == RunStatus::kDone;
    digest.add(is_stored ? std::get<std::uint64_t>(value) : 0);
  });
  for (const auto& [name, value] : result.metrics) {
    add_text(name);
    const bool known = value && !std::isnan(*value);
    digest.add(known ? 1 : 0);
    if (known) digest.add(bits_of(*value));
  }
  for (const metrics::NamedCount& kind : result.messages_by_kind) {
    add_text(kind.name);
    digest.add(kind.count);
    digest.add(kind.bytes);
  }
  for (const auto& [reason, count] : result.drops) {
    add_text(reason);
    digest.add(count);
  }
  for (const metrics::FaultReport& fault : result.faults) {
    add_text(fault.kind);
    for (const std::uint64_t count : {fault.dropped, fault.delayed, fault.nodes}) digest.add(count);
  }
  for (const metrics::MinerReport& miner : result.miners) {
    digest.add(bits_of(miner.share));
    for (const std::uint64_t count : {std::uint64_t{miner.node}, miner.found, miner.stale}) digest.add(count);
  }
  for (const std::string& column : result.series_columns) add_text(column);
  return digest.value();
}

/// A run that is not as it was written.
struct DamagedStore : StoreError {
  DamagedStore(const std::string& file, std::string what)
      : StoreError(
            fmt::format("{} is damaged ({}): run the same command again, which says what can be done", file, what)),
        damage(std::move(what)) {}
  std::string damage;
};

}  // namespace

struct Store::Database {
  struct Statements {
    explicit Statements(SQLite::Database& db)
        : find_run(db, "SELECT run FROM runs WHERE point = ? AND replication = ?"),
          run(db, fmt::format("INSERT INTO runs (point, replication, id, status, failure, metric_list, series_list, "
                              "long_check, row_check{}) VALUES (?,?,?,?,?,?,?,?,?{})",
                              field_list(comma_name), field_list([](const metrics::RunField&) { return ",?"; }))),
          value(db, "INSERT INTO metric_values VALUES (?,?,?)"),
          kind(db, "INSERT INTO messages_by_kind VALUES (?,?,?,?,?)"),
          drop(db, "INSERT INTO drops VALUES (?,?,?,?)"),
          fault(db, "INSERT INTO faults VALUES (?,?,?,?,?,?,?)"),
          miner(db, "INSERT INTO miners VALUES (?,?,?,?,?)"),
          long_tables(db, "INSERT INTO long_tables VALUES (?,?)"),
          runs_of_point(
              db,
              fmt::format(
                  "SELECT {}{} FROM runs WHERE point = ? AND replication >= ? AND replication < ? ORDER BY replication",
                  kColumns, field_list(comma_name))),
          all_runs(db,
                   fmt::format("SELECT {}{} FROM runs ORDER BY point, replication", kColumns, field_list(comma_name))),
          values_of_run(db, "SELECT metric, value FROM metric_values WHERE run = ?"),
          kinds_of_run(db, "SELECT kind, count, bytes FROM messages_by_kind WHERE run = ? ORDER BY position"),
          drops_of_run(db, "SELECT reason, count FROM drops WHERE run = ? ORDER BY position"),
          faults_of_run(db, "SELECT kind, dropped, delayed, nodes, nodes_hit FROM faults WHERE run = ? ORDER BY fault"),
          miners_of_run(db, "SELECT node, share, found, stale FROM miners WHERE run = ? ORDER BY node"),
          long_tables_of_run(db, "SELECT data FROM long_tables WHERE run = ?") {}
    static std::string comma_name(const metrics::RunField& field) { return fmt::format(", {}", field.name); }
    /// How many parameters of `run`, and columns of `runs_of_point`, stand before the fields.
    static constexpr int kBeforeFields = 9, kColumnsBeforeFields = 10;
    static constexpr const char* kColumns =
        "run, point, replication, id, status, failure, metric_list, series_list, long_check, row_check";
    SQLite::Statement find_run, run, value, kind, drop, fault, miner, long_tables;
    SQLite::Statement runs_of_point, all_runs, values_of_run, kinds_of_run, drops_of_run, faults_of_run, miners_of_run,
        long_tables_of_run;
  };

  Database(std::string name, const scenario::Scenario& of, const PointLabels& labels)
      : file(std::move(name)), point_ids(ids_of(of.points)), db(open(file)) {
    attempt("opened", [&] {
      settle();
      if (db.tableExists("campaign")) {
        update_name(of.name);
      } else {
        create_store(db, of, point_ids, labels);
      }
      lists.load();
      statements.emplace(db);
    });
  }

  /// To be looked at.
  explicit Database(std::string name) : file(std::move(name)), db(open(file)) {
    attempt("opened", [&] {
      lists.load();
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

  void update_name(const std::string& name) {
    SQLite::Transaction transaction(db);
    SQLite::Statement update(db, "UPDATE campaign SET value = ?1 WHERE key = 'name' AND value <> ?1");
    update.bind(1, name);
    if (update.exec() > 0) seal_store(db);
    transaction.commit();
  }

  DamagedStore damaged(const std::string& damage) const { return {file, damage}; }

  const NameLists::List& list(std::int64_t id) const {
    const NameLists::List* const found = lists.find(id);
    if (found == nullptr) throw damaged(fmt::format("name list {} is missing", id));
    return *found;
  }

  void erase(std::int64_t run) {
    for (const std::string_view table : kTablesByRun) db.exec(fmt::format("DELETE FROM {} WHERE run = {}", table, run));
    db.exec(fmt::format("DELETE FROM runs WHERE run = {}", run));
  }

  void add(const RunRecord& record) {
    const metrics::RunResult& result = record.result;
    Statements& to = *statements;
    const std::int64_t metric_list = lists.of_metrics(result.metrics).id;
    const std::int64_t series_list = lists.of_columns(result.series_columns).id;
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

    const std::string id = to_hex(run_id(point_ids[record.key.point], record.key.replication));
    const std::string status(kStatusNames[static_cast<std::size_t>(record.status)]);
    const std::uint64_t long_check = digest_of_bytes(long_tables);
    results::bind(to.run, record.key.point, record.key.replication, id, status, result.failure, metric_list,
                  series_list, to_signed(long_check), to_signed(digest_of_run(record, id, long_check)));
    for_each_field(Statements::kBeforeFields + 1, [&](const metrics::RunField& field, int parameter) {
      bind_field(to.run, parameter, field, result);
    });
    to.run.exec();
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
      execute(to.fault, run, i, fault.kind, to_signed(fault.dropped), to_signed(fault.delayed), to_signed(fault.nodes),
              to_signed(fault.nodes_hit));
    }
    for (const metrics::MinerReport& miner : result.miners)
      execute(to.miner, run, std::int64_t{miner.node}, std::optional(miner.share), to_signed(miner.found),
              to_signed(miner.stale));
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

  void read_metrics(std::int64_t run, const NameLists::List& list, metrics::RunResult& result) {
    result.metrics.reserve(list.names.size());
    for (const auto& name : list.names) result.metrics.emplace_back(name, std::nullopt);
    std::size_t expected = 0;  // values come by id, which is the order of the list as a rule
    rows_of(statements->values_of_run, run, [&](SQLite::Statement& row) {
      const std::int64_t metric = row.getColumn(0).getInt64();
      if (expected >= list.metrics.size() || list.metrics[expected] != metric) {
        expected = static_cast<std::size_t>(std::find(list.metrics.begin(), list.metrics.end(), metric) -
                                            list.metrics.begin());
        if (expected == list.metrics.size()) throw damaged(fmt::format("run {} has a metric too many", run));
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
      result.faults.push_back(
          {row.getColumn(0).getString(), count(row, 1), count(row, 2), count(row, 3), count(row, 4)});
    });
    rows_of(statements->miners_of_run, run, [&](SQLite::Statement& row) {
      result.miners.push_back({row.getColumn(0).getUInt(), row.getColumn(1).getDouble(), count(row, 2), count(row, 3)});
    });
  }

  void read_long_tables(std::int64_t run, std::uint64_t long_check, metrics::RunResult& result) {
    std::uint64_t found = 0;
    rows_of(statements->long_tables_of_run, run, [&](SQLite::Statement& row) {
      const SQLite::Column data = row.getColumn(0);
      const std::span<const std::uint8_t> bytes(static_cast<const std::uint8_t*>(data.getBlob()),
                                                static_cast<std::size_t>(data.getBytes()));
      found = digest_of_bytes(bytes);
      if (found == long_check) decode_long_tables(bytes, result);
    });
    if (found != long_check) throw damaged(fmt::format("the long tables of run {} are not as they were written", run));
  }

  /// Of a row with the columns of Statements::kColumns. Throws StoreError unless it is as it was written.
  RunRecord record(SQLite::Statement& row, Detail detail) {
    const std::int64_t run = row.getColumn(0).getInt64();
    RunRecord record{{row.getColumn(1).getUInt(), row.getColumn(2).getUInt()}, status_of(row.getColumn(4)), {}};
    metrics::RunResult& result = record.result;
    result.failed = record.status != RunStatus::kDone;
    result.failure = row.getColumn(5).getString();
    read_metrics(run, list(row.getColumn(6).getInt64()), result);
    result.series_columns = list(row.getColumn(7).getInt64()).names;
    for_each_field(Statements::kColumnsBeforeFields, [&](const metrics::RunField& field, int column) {
      field.set(result, field_in(row.getColumn(column), field.type));
    });
    read_details(run, result);
    const std::uint64_t long_check = to_unsigned(row.getColumn(8).getInt64());
    if (digest_of_run(record, row.getColumn(3).getString(), long_check) != to_unsigned(row.getColumn(9).getInt64())) {
      throw damaged(fmt::format("run {} is not as it was written", run));
    }
    if (detail == Detail::kWhole) read_long_tables(run, long_check, result);
    return record;
  }

  /// Calls `each` with every run, in the order of the plan.
  template <class Each>
  void for_each_run(Detail detail, Each&& each) {
    SQLite::Statement& rows = statements->all_runs;
    rows.reset();
    while (rows.executeStep()) each(record(rows, detail));
    rows.reset();
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
  std::vector<std::uint64_t> point_ids;
  SQLite::Database db;
  std::optional<Statements> statements;
  NameLists lists{db};
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

void Store::finished(const std::function<void(const FinishedRun&)>& each,
                     const std::vector<std::string>& metrics) const {
  database_->attempt("read", [&] {
    database_->for_each_run(Detail::kShort, [&](const RunRecord& record) {
      FinishedRun run{record.key, record.status};
      for (const std::string& metric : metrics) {
        const auto& all = record.result.metrics;
        const auto found = std::find_if(all.begin(), all.end(), [&](const auto& m) { return m.first == metric; });
        run.values.push_back(found == all.end() ? std::nullopt : found->second);
      }
      each(run);
    });
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
    while (rows.executeStep()) reader(database_->record(rows, detail));
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

std::string Store::damage_of_runs(const std::filesystem::path& file) {
  try {
    Database database(file.string());
    database.attempt("read", [&] { database.for_each_run(Detail::kWhole, [](const RunRecord&) {}); });
  } catch (const DamagedStore& error) {
    return error.damage;
  } catch (const std::exception& error) {  // of SQLite, or of a codec
    return error.what();
  }
  return {};
}

}  // namespace hearsay::results
