#pragma once

// ledger.sqlite: the nodes, blocks and transactions of the runs that keep a ledger, for questions in SQL. The
// deliveries themselves are in ledger.csv beside it. `hearsay describe ledger` shows the tables and queries of this
// file.

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sim/results/run.hpp"

namespace hearsay::results {

inline constexpr const char* kLedgerFile = "ledger.sqlite";

struct LedgerColumn {
  std::string_view name;
  std::string_view type;  ///< SQLite's
  std::string_view help;
};
struct LedgerTable {
  std::string_view name;
  std::string_view help;
  std::span<const LedgerColumn> columns;  ///< after point and replication, which every table begins with
};
struct LedgerQuery {
  std::string_view question;
  std::string_view sql;
};
std::span<const LedgerTable> ledger_schema();
std::span<const LedgerQuery> ledger_queries();

/// Appears whole or not at all, as the other files do. Throws std::runtime_error, with the file's name and the reason.
class LedgerFile {
 public:
  explicit LedgerFile(const std::filesystem::path& directory);
  LedgerFile(const LedgerFile&) = delete;
  LedgerFile& operator=(const LedgerFile&) = delete;
  /// Removes the temporary file unless publish() was called.
  ~LedgerFile();
  void write(const RunRecord& run);
  void close();
  void publish();

 private:
  struct Database;
  std::filesystem::path directory_, temporary_;
  std::unique_ptr<Database> database_;
};

}  // namespace hearsay::results
