#pragma once

// The tables of runs.sqlite, for everybody who queries it. PRAGMA user_version is kStoreSchema, PRAGMA
// application_id kStoreApplication. A change of any table is a new version: there is no migration, since a store is
// resumed only by the build that began it.
//
//   campaign      key, value: name, scenario_id, executable, hearsay, commit, seed
//   points        one row per point of the sweep; id is that of hearsay check. Results are made of the replications
//                 first_replication .. first_replication + replications - 1; a store may hold more
//   axes          its coordinates: one row per point and axis; a number where the axis has numbers, else its label
//                 (campaign also has the digest of what never changes: the tables themselves, points, axes)
//   runs          one row per run that ended, in the order in which they did. status: done; refused (its input turned
//                 out impossible, which another attempt would repeat); crashed, timed out (attempted again by the
//                 next resume). failure says why it is not done. id is equal for the same run of any
//                 scenario (see plan.hpp). events .. messages_bytes say what the run cost; only they differ between
//                 two executions of one run. row_check is a digest of all that the store has of the run, in every
//                 table, and long_check of its row in long_tables: both are compared whenever a run is read
//   metrics       name, unit, better (higher, lower, neither) of every metric that occurred
//   metric_values one row per run and metric; NULL: the run has no such value
//   messages_by_kind, drops, faults, miners      as in messages.csv, drops.csv, faults.csv, miners.csv, by run
//   long_tables   reach, series and ledger of a run, as CBOR (see codec.hpp): the CSV files are the way to read them
//   name_lists    the order in which a run's result lists its metrics or the columns of its series
//   results       view: point, replication, metric, value, unit of all runs that count, failed ones apart
//
// Per run and metric about 20 bytes: values are keyed by small integers, and a number without a fraction is stored
// as one. Rows are appended, so pages are full.

#include <array>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/results/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace SQLite {
class Database;
}

namespace hearsay::results {

inline constexpr int kStoreSchema = 3;
inline constexpr std::int32_t kStoreApplication = 0x68727379;  // "hrsy"

/// How long to wait for somebody who queries the file by hand.
inline constexpr int kStoreBusyMs = 10'000;

/// `{results}` and `{costs}` stand for the columns of the fields of a run (metrics/result_fields.hpp); see
/// store_tables().
inline constexpr const char* kStoreTables = R"sql(
CREATE TABLE campaign (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE points (
  point INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  first_replication INTEGER NOT NULL DEFAULT 0,
  replications INTEGER NOT NULL DEFAULT 0);
CREATE TABLE axis_keys (axis INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE coordinates (point INTEGER NOT NULL, axis INTEGER NOT NULL, value, PRIMARY KEY (point, axis)) WITHOUT ROWID;
CREATE TABLE runs (
  run INTEGER PRIMARY KEY,
  point INTEGER NOT NULL,
  replication INTEGER NOT NULL,
  id TEXT NOT NULL,
  status TEXT NOT NULL,
  failure TEXT,
{results}  metric_list INTEGER NOT NULL,
  series_list INTEGER NOT NULL,
{costs}  long_check INTEGER NOT NULL,
  row_check INTEGER NOT NULL,
  UNIQUE (point, replication));
CREATE TABLE metrics (metric INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, unit TEXT, better TEXT);
CREATE TABLE metric_values (
  run INTEGER NOT NULL, metric INTEGER NOT NULL, value REAL, PRIMARY KEY (run, metric)) WITHOUT ROWID;
CREATE TABLE messages_by_kind (
  run INTEGER NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY (run, position)) WITHOUT ROWID;
CREATE TABLE drops (
  run INTEGER NOT NULL, position INTEGER NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (run, position)) WITHOUT ROWID;
CREATE TABLE faults (
  run INTEGER NOT NULL, fault INTEGER NOT NULL, kind TEXT NOT NULL, dropped INTEGER NOT NULL, delayed INTEGER NOT NULL,
  nodes INTEGER NOT NULL, nodes_hit INTEGER NOT NULL, PRIMARY KEY (run, fault)) WITHOUT ROWID;
CREATE TABLE miners (
  run INTEGER NOT NULL, node INTEGER NOT NULL, share REAL NOT NULL, found INTEGER NOT NULL, stale INTEGER NOT NULL,
  PRIMARY KEY (run, node)) WITHOUT ROWID;
CREATE TABLE long_tables (run INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE name_lists (
  list INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (list, position)) WITHOUT ROWID;
CREATE VIEW axes AS SELECT point, key, value FROM coordinates JOIN axis_keys USING (axis);
CREATE VIEW results AS
  SELECT r.point, r.replication, m.name AS metric, v.value, m.unit
  FROM runs r
  JOIN points p ON p.point = r.point AND r.replication >= p.first_replication
    AND r.replication < p.first_replication + p.replications
  JOIN metric_values v ON v.run = r.run
  JOIN metrics m ON m.metric = v.metric
  WHERE r.status = 'done';
)sql";

/// The statements that make the tables.
std::string store_tables();

/// Makes an empty database the store of this scenario, in one transaction. `point_ids`: of its points.
void create_store(SQLite::Database& db, const scenario::Scenario& scenario, const std::vector<std::uint64_t>& point_ids,
                  const PointLabels& labels);

/// Of all that a store never changes once it is made, but its name.
std::uint64_t constant_digest(SQLite::Database& db);
/// Records constant_digest() and the name; part of what create_store() does.
void seal_store(SQLite::Database& db);

/// What a whole store has: a file without one of these is damaged.
inline constexpr std::array<std::string_view, 15> kStoreObjects = {
    "campaign", "points", "axis_keys", "coordinates", "runs",       "metrics", "metric_values", "messages_by_kind",
    "drops",    "faults", "miners",    "long_tables", "name_lists", "axes",    "results"};

/// What belongs to a run besides its row in runs.
inline constexpr std::array<std::string_view, 6> kTablesByRun = {"metric_values", "messages_by_kind", "drops",
                                                                 "faults",        "miners",           "long_tables"};

class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What can be said of a file before it is opened as a store: whether it is one, whole, and whose.
struct StoreState {
  enum class Kind : std::uint8_t {
    kNone,         ///< no file, or one in which nothing was begun
    kCurrent,      ///< whole and of this schema: the fields below are set
    kOtherSchema,  ///< whole, but of another version
    kDamaged,      ///< not a database, not whole, or not of this program
  };
  Kind kind = Kind::kNone;
  std::string damage;  ///< what is wrong
  int schema = 0;
  std::string name, scenario_id, executable, version;  ///< of the campaign and of the program that began it
};

/// Leaves the content of the file as it is, and a damaged file untouched. Reads the whole file: its pages, its indexes
/// and the digest of what never changes. The digests of the runs are Store's business (damage_of_runs). Throws
/// StoreError if it cannot be read at all.
StoreState inspect_store(const std::filesystem::path& file);

}  // namespace hearsay::results
