#include "sim/results/ledger_file.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "sim/results/files.hpp"
#include "sim/results/sql.hpp"

namespace hearsay::results {

namespace {

using Tables = metrics::LedgerTables;

constexpr LedgerColumn kNodes[] = {
    {"node", "INTEGER", "its number, as in ledger.csv"},
    {"region", "TEXT", "null: none"},
    {"role", "TEXT", "null: none"},
    {"hash_power", "REAL", "share of the whole"},
    {"uplink_bit_per_s", "INTEGER", "null: unlimited"},
    {"downlink_bit_per_s", "INTEGER", "null: unlimited"},
    {"peers", "INTEGER", "at the end of the run"},
    {"up", "INTEGER", "at the end of the run: 1, or 0"},
};
constexpr LedgerColumn kBlocks[] = {
    {"block", "INTEGER", "its item in ledger.csv"},
    {"parent", "INTEGER", "a block; null: the genesis block"},
    {"height", "INTEGER", "1 for a child of the genesis block"},
    {"miner", "INTEGER", "the node that found it"},
    {"size_bytes", "INTEGER", "of what it holds, where that is known, else as the workload says"},
    {"transactions", "INTEGER", "its coinbase among them; null: not known"},
    {"time_s", "REAL", "of its discovery"},
    {"status", "TEXT", "main, stale or invalid"},
    {"t50_s", "REAL", "from its discovery until half of the nodes that are up at the end had it; null: they never did"},
    {"t90_s", "REAL", "from its discovery until 90 % of the nodes that are up at the end had it; null: they never did"},
};
constexpr LedgerColumn kTransactions[] = {
    {"tx", "INTEGER", "its item in ledger.csv: any item that is no block"},
    {"time_s", "REAL", "of its publication"},
    {"origin", "INTEGER", "the node that published it"},
    {"size_bytes", "INTEGER", ""},
    {"block", "INTEGER", "that has it, the main chain's if there is one; null: none, or it is not known"},
    {"status", "TEXT",
     "confirmed (by the main chain), stale (in stale blocks alone) or pending; null where it is not "
     "known what blocks hold"},
};
constexpr LedgerTable kSchema[] = {
    {"nodes", "every node of a run", kNodes},
    {"blocks", "every block that was found", kBlocks},
    {"transactions", "every item that was published and is no block", kTransactions},
};

constexpr LedgerQuery kQueries[] = {
    {"Which share of its blocks did each miner lose, the largest miners first?",
     "SELECT n.point, n.replication, n.node, n.hash_power, count(*) AS found, avg(b.status = 'stale') AS stale_share\n"
     "FROM blocks b JOIN nodes n ON (n.point, n.replication, n.node) = (b.point, b.replication, b.miner)\n"
     "WHERE b.status <> 'invalid' GROUP BY b.point, b.replication, n.node ORDER BY n.hash_power DESC, n.node LIMIT 20"},
    {"Do stale blocks spread more slowly, or are they larger?",
     "SELECT point, status, count(*) AS blocks, avg(size_bytes) AS size_bytes, avg(t50_s) AS t50_s, avg(t90_s) AS "
     "t90_s\n"
     "FROM blocks GROUP BY point, status ORDER BY point, status"},
    {"Which rivals were there: blocks of the same height, and how long after each other were they found?",
     "SELECT a.point, a.replication, a.height, a.block AS first, b.block AS second, b.time_s - a.time_s AS apart_s\n"
     "FROM blocks a JOIN blocks b ON (a.point, a.replication, a.height) = (b.point, b.replication, b.height)\n"
     "WHERE a.block < b.block AND 'invalid' NOT IN (a.status, b.status)\n"
     "ORDER BY a.point, a.replication, a.height LIMIT 20"},
    {"How long did transactions wait for their block, by minute of publication?",
     "SELECT t.point, CAST(t.time_s / 60 AS INTEGER) AS minute, count(*) AS published,\n"
     "       avg(t.status = 'confirmed') AS confirmed, avg(b.time_s - t.time_s) AS wait_s\n"
     "FROM transactions t LEFT JOIN blocks b\n"
     "  ON (b.point, b.replication, b.block) = (t.point, t.replication, t.block) AND b.status = 'main'\n"
     "GROUP BY t.point, minute ORDER BY t.point, minute"},
    {"What do the nodes of each region have?",
     "SELECT point, region, count(*) AS nodes, sum(hash_power) AS hash_power, avg(peers) AS peers\n"
     "FROM nodes WHERE replication = 0 GROUP BY point, region ORDER BY point, nodes DESC"},
};

std::string create_statement(const LedgerTable& table) {
  std::string columns = "point INTEGER NOT NULL, replication INTEGER NOT NULL";
  for (const LedgerColumn& column : table.columns) columns += fmt::format(", {} {}", column.name, column.type);
  return fmt::format("CREATE TABLE {} ({}, PRIMARY KEY (point, replication, {})) WITHOUT ROWID", table.name, columns,
                     table.columns.front().name);
}

std::string insert_statement(const LedgerTable& table) {
  std::string marks = "?,?";
  for (std::size_t i = 0; i < table.columns.size(); ++i) marks += ",?";
  return fmt::format("INSERT INTO {} VALUES ({})", table.name, marks);
}

/// A column that may be null.
template <class Value>
void bind_or_null(SQLite::Statement& to, int at, const Value& value, bool known) {
  known ? to.bind(at, value) : to.bind(at);
}

constexpr const char* kBlockStatus[] = {"main", "stale", "invalid"};
constexpr const char* kTxStatus[] = {"", "confirmed", "stale", "pending"};

}  // namespace

std::span<const LedgerTable> ledger_schema() { return kSchema; }
std::span<const LedgerQuery> ledger_queries() { return kQueries; }

struct LedgerFile::Database {
  explicit Database(const std::filesystem::path& file)
      : db(created(file)),
        node(db, insert_statement(kSchema[0])),
        block(db, insert_statement(kSchema[1])),
        transaction(db, insert_statement(kSchema[2])) {}

  void write(const RunKey& key, const Tables& tables) {
    SQLite::Transaction whole(db);
    for (std::size_t n = 0; n < tables.nodes.size(); ++n) write(key, n, tables.nodes[n]);
    for (const auto& each : tables.blocks) write(key, each);
    for (const auto& each : tables.transactions) write(key, each);
    whole.commit();
  }

  SQLite::Database db;
  SQLite::Statement node, block, transaction;

 private:
  /// Only this program reads it before it is complete, and then it is closed.
  static SQLite::Database created(const std::filesystem::path& file) {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    for (const LedgerTable& table : kSchema) db.exec(create_statement(table));
    return db;
  }
  static void begin(SQLite::Statement& row, const RunKey& key) {
    row.reset();
    row.bind(1, static_cast<std::int64_t>(key.point));
    row.bind(2, static_cast<std::int64_t>(key.replication));
  }
  void write(const RunKey& key, std::size_t number, const Tables::Node& n) {
    begin(node, key);
    node.bind(3, static_cast<std::int64_t>(number));
    bind_or_null(node, 4, n.region, !n.region.empty());
    bind_or_null(node, 5, n.role, !n.role.empty());
    node.bind(6, n.hash_power);
    bind_or_null(node, 7, to_signed(n.uplink_bit_per_s), n.uplink_bit_per_s > 0);
    bind_or_null(node, 8, to_signed(n.downlink_bit_per_s), n.downlink_bit_per_s > 0);
    node.bind(9, static_cast<std::int64_t>(n.peers));
    node.bind(10, n.up ? 1 : 0);
    node.exec();
  }
  void write(const RunKey& key, const Tables::Block& b) {
    const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
    begin(block, key);
    block.bind(3, static_cast<std::int64_t>(b.item));
    bind_or_null(block, 4, b.parent, b.parent >= 0);
    block.bind(5, static_cast<std::int64_t>(b.height));
    block.bind(6, static_cast<std::int64_t>(b.miner));
    block.bind(7, to_signed(b.size_bytes));
    bind_or_null(block, 8, static_cast<std::int64_t>(b.transactions), b.transactions > 0);
    block.bind(9, seconds(b.time_ns));
    block.bind(10, kBlockStatus[static_cast<std::size_t>(b.status)]);
    bind_or_null(block, 11, seconds(b.t50_ns), b.t50_ns >= 0);
    bind_or_null(block, 12, seconds(b.t90_ns), b.t90_ns >= 0);
    block.exec();
  }
  void write(const RunKey& key, const Tables::Transaction& t) {
    begin(transaction, key);
    transaction.bind(3, static_cast<std::int64_t>(t.item));
    transaction.bind(4, static_cast<double>(t.time_ns) / 1e9);
    transaction.bind(5, static_cast<std::int64_t>(t.origin));
    transaction.bind(6, to_signed(t.size_bytes));
    bind_or_null(transaction, 7, t.block, t.block >= 0);
    bind_or_null(transaction, 8, kTxStatus[static_cast<std::size_t>(t.status)], t.status != Tables::TxStatus::kUnknown);
    transaction.exec();
  }
};

namespace {

/// SQLite's errors, as those of the other files.
template <class Work>
void with_name(const std::filesystem::path& directory, const Work& work) {
  try {
    work();
  } catch (const SQLite::Exception& error) {
    throw std::runtime_error(fmt::format("{} cannot be written: {}", (directory / kLedgerFile).string(), error.what()));
  }
}

}  // namespace

LedgerFile::LedgerFile(const std::filesystem::path& directory)
    : directory_(directory), temporary_(directory / fmt::format("{}{}.tmp", kTemporaryPrefix, kLedgerFile)) {
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
  with_name(directory_, [&] { database_ = std::make_unique<Database>(temporary_); });
}

LedgerFile::~LedgerFile() {
  database_.reset();
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
}

void LedgerFile::write(const RunRecord& run) {
  with_name(directory_, [&] { database_->write(run.key, run.result.ledger_tables); });
}

void LedgerFile::close() { database_.reset(); }

void LedgerFile::publish() {
  close();
  std::filesystem::rename(temporary_, directory_ / kLedgerFile);
  temporary_.clear();
}

}  // namespace hearsay::results
