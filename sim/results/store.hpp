#pragma once

// The result store: every run that ended, with every metric, in an SQLite file that store_schema.hpp describes.
//
// One transaction per run, committed before the next is taken. The file is in WAL mode with synchronous = NORMAL: what
// is committed survives the end of the process at any instant; a power loss may cost the last commits, never the
// file. Others may read it meanwhile. Runs come in any order, and are read in the order of the plan, one at a time.
//
// Every run has a digest of all that was written of it, and no run is given to anybody whose digest is another.
//
// add() is O(metrics of the run); reading is O(what is read), at most one run in memory. A store belongs to one
// process: see directory_lock.hpp. Members throw StoreError, which names file and reason, when the environment fails;
// what was committed before is safe.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/results/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::results {

/// How a run ended, and the metrics that were asked for.
struct FinishedRun {
  RunKey key;
  RunStatus status = RunStatus::kDone;
  std::vector<std::optional<double>> values = {};
};

class Store {
 public:
  enum class Detail : std::uint8_t {
    kShort,  ///< all but reach, series and ledger
    kWhole,
  };
  using Reader = std::function<void(RunRecord&&)>;

  /// In memory, for a call that leaves nothing behind.
  Store(const scenario::Scenario& scenario, const PointLabels& labels);
  /// Opens the file, which inspect_store() found to be a store or nothing yet, or creates it.
  Store(const std::filesystem::path& file, const scenario::Scenario& scenario, const PointLabels& labels);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// One transaction; takes the place of an earlier attempt at the same run. After a StoreError the store is as it
  /// was before the call.
  void add(const RunRecord& run);

  /// Runs that ended, in the order of the plan; with the values that `metrics` had, empty where there is none.
  void finished(const std::function<void(const FinishedRun&)>& each,
                const std::vector<std::string>& metrics = {}) const;
  std::uint64_t size() const;

  /// Records which runs the results are made of, for those who query the file. Writes nothing if that is recorded.
  void count(const Counted& counted);

  /// The runs that count, in the order of the plan; the reader may not change the store.
  void read(const Counted& counted, Detail detail, const Reader& reader) const;
  void read_point(std::uint32_t point, const CountedRuns& counted, Detail detail, const Reader& reader) const;

  /// Names of the metrics, or of the columns of the series, of the runs that count, in the order in which a reader of
  /// all would meet them.
  std::vector<std::string> metric_names(const Counted& counted) const;
  std::vector<std::string> series_columns(const Counted& counted) const;

  /// Reads every run, whole; what is wrong with the first that is not as it was written, or nothing. The file is that
  /// of a store whose state is current; its content stays as it is.
  static std::string damage_of_runs(const std::filesystem::path& file);

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

}  // namespace hearsay::results
