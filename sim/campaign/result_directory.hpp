#pragma once

// The directory that a campaign leaves behind: manifest.json and the tables of tables.hpp.
//
// It is judged before anything runs and filled at the end, but for the long tables, which grow run by run under
// a temporary name. No file is ever seen half-written. If one cannot be written (a full disk), the others are
// kept and the error says which are complete.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/campaign/atomic_file.hpp"
#include "sim/campaign/documents.hpp"
#include "sim/campaign/run_record.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

class ResultDirectory {
 public:
  /// Creates the directory, or checks that what is there may be replaced: nothing, results of the same scenario,
  /// or with `fresh` results of any scenario. Throws InputError if not, std::system_error if it cannot be
  /// created or written to.
  ResultDirectory(std::filesystem::path path, const scenario::Scenario& scenario, bool fresh);
  /// Removes the directory if it was created here and nothing came to be in it.
  ~ResultDirectory();
  ResultDirectory(const ResultDirectory&) = delete;
  ResultDirectory& operator=(const ResultDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Writes the run's rows of the long tables and empties them in `run`. In the order of the plan. Never throws
  /// for a file: finish() does.
  void append(RunRecord& run);

  /// Writes the rest and puts every file in its place. Throws std::runtime_error, after doing all that could be
  /// done, if a file could not be written.
  void finish(const ManifestInput& input);

 private:
  void judge(const scenario::Scenario& scenario, bool fresh) const;
  void append_rows(std::optional<AtomicFile>& file, const char* name, const char* header, const std::string& rows);
  void write_all(const char* name, const std::string& text);
  void failed(const std::string& name, const std::string& why);
  void publish();

  std::filesystem::path path_;
  bool created_ = false;
  std::optional<AtomicFile> reach_, ledger_;
  std::vector<AtomicFile> files_;               ///< complete, not yet in their place
  std::vector<std::string> complete_, failed_;  ///< names
  std::string failures_;                        ///< one line each
};

}  // namespace hearsay::campaign
