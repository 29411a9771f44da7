#include "sim/results/store_schema.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <functional>
#include <map>
#include <set>
#include <string_view>

namespace hearsay::results {
namespace {

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

}  // namespace

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
