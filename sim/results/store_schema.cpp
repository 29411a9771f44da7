#include "sim/results/store_schema.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "sim/core/build_info.hpp"
#include "sim/core/digest.hpp"
#include "sim/metrics/catalogue.hpp"
#include "sim/metrics/result_fields.hpp"
#include "sim/results/name_lists.hpp"
#include "sim/results/sql.hpp"

namespace hearsay::results {
namespace {

const char* sql_type(metrics::FieldType type) {
  switch (type) {
    case metrics::FieldType::kCount: return "INTEGER";
    case metrics::FieldType::kReal: return "REAL";
    case metrics::FieldType::kDigest: break;
  }
  return "TEXT";
}

/// Closing folds the log into the file, unless it is to stay as it is.
void leave_log(SQLite::Database& db, bool leave) {
  sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave ? 1 : 0, nullptr);
}

constexpr const char* kSeal = "digest";
constexpr const char* kNameSeal = "name_digest";

/// A row of the table of metrics that says something else than the catalogue; empty if there is none.
std::string wrong_metric(SQLite::Database& db) {
  SQLite::Statement rows(db, "SELECT name, unit, better FROM metrics");
  while (rows.executeStep()) {
    const std::string name = rows.getColumn(0).getString();
    const metrics::MetricInfo* info = metrics::find_metric(name);
    const std::string unit(info == nullptr ? "" : info->unit);
    if (rows.getColumn(1).getString() != unit || rows.getColumn(2).getString() != better_name(info)) return name;
  }
  return {};
}

StoreState inspect(SQLite::Database& db) {
  StoreState state;
  const auto number = [&](const char* pragma) { return db.execAndGet(std::string("PRAGMA ") + pragma).getInt(); };
  std::set<std::string, std::less<>> objects;
  SQLite::Statement names(db, "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'");
  while (names.executeStep()) objects.insert(names.getColumn(0).getString());
  state.schema = number("user_version");
  const int application = number("application_id");
  if (objects.empty() && state.schema == 0 && application == 0 && number("page_count") <= 1) return state;

  state.kind = StoreState::Kind::kDamaged;
  if (application != kStoreApplication) {
    state.damage = "it is a database of another program";
    return state;
  }
  if (const std::string check = db.execAndGet("PRAGMA integrity_check(1)").getString(); check != "ok") {
    state.damage = check;
    return state;
  }
  if (state.schema != kStoreSchema) {
    state.kind = StoreState::Kind::kOtherSchema;
    return state;
  }
  for (const std::string_view object : kStoreObjects) {
    if (objects.count(object) > 0) continue;
    state.damage = fmt::format("its table {} is missing", object);
    return state;
  }
  std::map<std::string, std::string> facts;
  SQLite::Statement rows(db, "SELECT key, value FROM campaign");
  while (rows.executeStep()) facts[rows.getColumn(0).getString()] = rows.getColumn(1).getString();
  if (facts[kSeal] != to_hex(constant_digest(db)) || facts[kNameSeal] != to_hex(digest_of(facts["name"]))) {
    state.damage = "what it says of its campaign is not what was written";
    return state;
  }
  // Another build may have had other metrics.
  if (const std::string metric = wrong_metric(db); !metric.empty() && facts["executable"] == executable_id()) {
    state.damage = fmt::format("its metric {} is none, or not as it should be", metric);
    return state;
  }
  state.kind = StoreState::Kind::kCurrent;
  state.name = facts["name"];
  state.scenario_id = facts["scenario_id"];
  state.executable = facts["executable"];
  state.version = fmt::format("{}, {}", facts["hearsay"], facts["commit"]);
  return state;
}

/// What another attempt, or more rights, may mend. A file that can be read and is not understood is damaged.
bool is_environment(int code) {
  switch (code) {
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_INTERRUPT: return true;
    default: return false;
  }
}

/// SQLite opens a file of another format for reading alone, or not at all, and then says that of its rights.
bool has_unknown_format(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::array<char, 20> header{};
  if (!in.read(header.data(), header.size())) return false;
  const char write = header[18], read = header[19];
  return write != read || (write != 1 && write != 2);
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

std::string store_tables() {
  std::string results, costs;
  for (const metrics::RunField& field : metrics::run_fields()) {
    if (!field.is_stored()) continue;
    std::string& columns = field.place == metrics::FieldPlace::kPerformance ? costs : results;
    columns += fmt::format("  {} {},\n", field.name, sql_type(field.type));
  }
  return fmt::format(fmt::runtime(kStoreTables), fmt::arg("results", results), fmt::arg("costs", costs));
}

void create_store(SQLite::Database& db, const scenario::Scenario& scenario, const std::vector<std::uint64_t>& point_ids,
                  const PointLabels& labels) {
  SQLite::Transaction transaction(db);
  db.exec(store_tables());
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
  seal_store(db);
  transaction.commit();
}

std::uint64_t constant_digest(SQLite::Database& db) {
  Digest digest;
  for (const char* query :
       {"SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
        "SELECT key, value FROM campaign WHERE key NOT IN ('name', 'digest', 'name_digest') ORDER BY key",
        "SELECT point, id, name FROM points ORDER BY point", "SELECT axis, key FROM axis_keys ORDER BY axis",
        "SELECT point, axis, typeof(value), value FROM coordinates ORDER BY point, axis"}) {
    SQLite::Statement rows(db, query);
    while (rows.executeStep()) {
      for (int column = 0; column < rows.getColumnCount(); ++column) {
        digest.add(digest_of(rows.getColumn(column).getString()));
      }
    }
  }
  return digest.value();
}

void seal_store(SQLite::Database& db) {
  const std::string name = db.execAndGet("SELECT value FROM campaign WHERE key = 'name'").getString();
  SQLite::Statement fact(db, "INSERT OR REPLACE INTO campaign VALUES (?,?)");
  execute(fact, std::string(kSeal), to_hex(constant_digest(db)));
  execute(fact, std::string(kNameSeal), to_hex(digest_of(name)));
}

StoreState inspect_store(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  const auto damaged = [](std::string damage) {
    StoreState state;
    state.kind = StoreState::Kind::kDamaged;
    state.damage = std::move(damage);
    return state;
  };
  if (!std::filesystem::is_regular_file(file) && !std::filesystem::is_directory(file))
    return damaged("it is a pipe or a device, not a file");
  if (!std::ifstream(file)) throw StoreError(fmt::format("{} cannot be read", file.string()));
  if (has_unknown_format(file)) return damaged("its header is not that of a database");
  try {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE, kStoreBusyMs);
    leave_log(db, true);
    StoreState state = inspect(db);
    leave_log(db, state.kind == StoreState::Kind::kDamaged);
    return state;
  } catch (const SQLite::Exception& error) {
    if (is_environment(error.getErrorCode())) {
      throw StoreError(fmt::format("{} cannot be read: {}", file.string(), error.what()));
    }
    return damaged(error.what());
  }
}

}  // namespace hearsay::results
