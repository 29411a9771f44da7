#pragma once

// The directory that a campaign leaves behind: the store (runs.sqlite) and, made from it, manifest.json and the tables
// of tables.hpp, and ledger.sqlite (ledger_file.hpp) where runs keep a ledger.
//
// It is judged and locked before anything runs. The store fills run by run; everything else is written at the end, and
// can be written again from the store as long as that is there. No file is ever seen half-written. If one cannot be
// written (a full disk), the others are kept and the error says which are complete.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/results/documents.hpp"
#include "sim/results/files.hpp"
#include "sim/results/ledger_file.hpp"
#include "sim/results/overview.hpp"
#include "sim/results/run.hpp"
#include "sim/results/store.hpp"
#include "sim/results/store_schema.hpp"
#include "sim/results/tables.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::results {

inline constexpr const char* kStoreFile = "runs.sqlite";

class ResultDirectory {
 public:
  /// Creates the directory, or resumes the one that this program began for the same scenario. With `fresh` it empties
  /// a directory of any scenario, and puts a damaged store aside under another name. Throws InputError if what is there
  /// may not be touched or another campaign is at work in it, StoreError or std::system_error if it cannot be created
  /// or written to.
  ResultDirectory(std::filesystem::path path, const scenario::Scenario& scenario, const PointLabels& labels,
                  bool fresh);
  /// Removes the directory if it was created here and nothing came to be in it.
  ~ResultDirectory();
  ResultDirectory(const ResultDirectory&) = delete;
  ResultDirectory& operator=(const ResultDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  Store& store() { return *store_; }
  const Store& store() const { return *store_; }

  /// Begins the tables. Neither this nor write() throws for a file: finish() does.
  void begin(TableLayout layout);
  /// Writes the rows of a run, of a point. In the order of the plan.
  void write(const RunRecord& run);
  void write(const PointSummary& point);
  /// Writes the manifest and puts every file in its place. Throws std::runtime_error, after doing all that could be
  /// done, if a file could not be written.
  void finish(const std::string& manifest);

 private:
  struct Growing {
    std::string name, header;
    std::optional<AtomicFile> file;  ///< from the first row on
    bool failed = false;
  };

  StoreState judge(const scenario::Scenario& scenario, bool fresh) const;
  void clear(const StoreState& state) const;
  void remove_store() const;
  void grow(Growing& table, const std::string& rows);
  void close(Growing& table);
  void failed(const std::string& why);
  void publish();

  std::filesystem::path path_;
  bool created_ = false;
  std::optional<DirectoryLock> lock_;
  std::optional<Store> store_;
  std::optional<TableLayout> layout_;
  std::vector<RunTable> tables_;
  std::vector<Growing> growing_;  ///< one for each of tables_
  std::optional<Growing> points_;
  std::optional<LedgerFile> ledger_;  ///< from the first run that has one on
  bool ledger_failed_ = false;
  std::vector<AtomicFile> files_;      ///< complete, not yet in their place
  std::vector<std::string> complete_;  ///< names
  std::string failures_;               ///< one line each
};

}  // namespace hearsay::results
