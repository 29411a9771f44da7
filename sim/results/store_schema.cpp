#include "sim/results/store_schema.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "sim/core/build_info.hpp"
#include "sim/core/digest.hpp"
#include "sim/metrics/result_fields.hpp"
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

StoreState inspect(SQLite::Database& db) {
  StoreState state;
  const auto number = [&](const char* pragma) { return db.execAndGet(std::string("PRAGMA ") + pragma).getInt(); };
  std::set<std::string, std::less<>> objects;
  SQLite::Statement names(db, "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'");
  while (names.executeStep()) objects.insert(names.getColumn(0).getString());
  state.schema = number("user_version");
  const int application = number("application_id");
  if (objects.empty() && state.schema == 0 && application == 0) return state;

  state.kind = StoreState::Kind::kDamaged;
  if (application != kStoreApplication) {
    state.damage = "it is a database of another program";
    return state;
  }
  if (const std::string check = db.execAndGet("PRAGMA quick_check(1)").getString(); check != "ok") {
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
  state.kind = StoreState::Kind::kCurrent;
  state.name = facts["name"];
  state.scenario_id = facts["scenario_id"];
  state.executable = facts["executable"];
  state.version = fmt::format("{}, {}", facts["hearsay"], facts["commit"]);
  return state;
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
  transaction.commit();
}

StoreState inspect_store(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  try {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE, kStoreBusyMs);
    leave_log(db, true);
    StoreState state = inspect(db);
    leave_log(db, state.kind == StoreState::Kind::kDamaged);
    return state;
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() != SQLITE_CORRUPT && error.getErrorCode() != SQLITE_NOTADB) {
      throw StoreError(fmt::format("{} cannot be read: {}", file.string(), error.what()));
    }
    return {.kind = StoreState::Kind::kDamaged,
            .damage = error.what(),
            .schema = 0,
            .name = {},
            .scenario_id = {},
            .executable = {},
            .version = {}};
  }
}

}  // namespace hearsay::results
