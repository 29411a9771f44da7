#include "sim/results/directory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <system_error>

#include "sim/document/diagnostics.hpp"
#include "sim/results/run.hpp"
#include "sim/results/store_schema.hpp"

namespace hearsay::results {
namespace {

namespace fs = std::filesystem;

/// All that is made from a store, figures included.
constexpr std::array kMade = {kManifestFile, "runs.csv",        "points.csv", "messages.csv", "drops.csv",
                              "faults.csv",  "miners.csv",      "series.csv", "reach.csv",    "ledger.csv",
                              kLedgerFile,   "performance.csv", "reach.svg",  "reach.png"};
/// A store, and what SQLite keeps beside it while it is open or after its program was killed.
constexpr std::array kStoreSuffixes = {"", "-wal", "-shm", "-journal"};
constexpr const char* kDamaged = "runs.sqlite.damaged-";

bool is_temporary(const std::string& name) { return name.starts_with(kTemporaryPrefix); }

bool is_ours(const std::string& name) {
  return std::find(kMade.begin(), kMade.end(), name) != kMade.end() || name.starts_with(kDamaged) ||
         std::any_of(kStoreSuffixes.begin(), kStoreSuffixes.end(),
                     [&](const char* suffix) { return name == std::string(kStoreFile) + suffix; });
}

/// Any file that is not temporary; with `foreign`, any that no campaign leaves.
bool holds_any(const fs::path& directory, bool foreign) {
  return std::any_of(fs::directory_iterator(directory), fs::directory_iterator(),
                     [&](const fs::directory_entry& entry) {
                       const std::string name = entry.path().filename().string();
                       return !is_temporary(name) && !(foreign && is_ours(name));
                     });
}

/// Temporary files of a killed campaign. The lock is ours, so nobody is writing them.
void remove_leftovers(const fs::path& directory) {
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (is_temporary(name) && name.ends_with(".tmp")) leftovers.push_back(entry.path());
  }
  std::error_code ignored;
  for (const auto& file : leftovers) fs::remove(file, ignored);
}

/// True if it was not there. A path that cannot be a directory is the user's mistake, a full disk is not.
bool make_directory(const fs::path& path) {
  const auto refuse = [&](const std::string& why) {
    throw document::InputError(
        fmt::format("\"{}\" cannot be a directory of results: {}; name another one with --out", path.string(), why));
  };
  std::error_code error;
  if (path.empty()) refuse("the name is empty");
  if (const fs::file_status status = fs::status(path, error); fs::exists(status) && !fs::is_directory(status))
    refuse("there is a file of that name");
  const bool created = fs::create_directories(path, error);
  if (!error) return created;
  if (error == std::errc::not_a_directory) refuse("a part of the path is a file");
  if (error == std::errc::filename_too_long) refuse("the name is too long");
  if (error == std::errc::too_many_symbolic_link_levels) refuse("its links go round in a circle");
  throw std::runtime_error(fmt::format("{} cannot be created: {}", path.string(), error.message()));
}

constexpr const char* kTwoWaysOut = "choose another directory with --out, or replace them with --fresh";

}  // namespace

ResultDirectory::ResultDirectory(fs::path path, const scenario::Scenario& scenario, const PointLabels& labels,
                                 bool fresh)
    : path_(std::move(path)) {
  if (!path_.has_filename()) path_ = path_.parent_path();  // "results/x/"
  created_ = make_directory(path_);
  lock_.emplace(path_);
  const StoreState state = judge(scenario, fresh);
  if (fresh) clear(state);
  remove_leftovers(path_);
  store_.emplace(path_ / kStoreFile, scenario, labels);
}

ResultDirectory::~ResultDirectory() {
  bool empty = false;
  try {
    empty = created_ && complete_.empty() && store_->size() == 0;
  } catch (const StoreError&) {
    // What cannot be read is not thrown away.
  }
  store_.reset();
  if (empty) remove_store();
  lock_.reset();
  std::error_code ignored;
  if (empty) fs::remove(path_, ignored);  // fails unless empty
}

StoreState ResultDirectory::judge(const scenario::Scenario& scenario, bool fresh) const {
  StoreState state = inspect_store(path_ / kStoreFile);
  // Another build's runs may have other fields, and are refused anyway.
  if (state.kind == StoreState::Kind::kCurrent && state.executable == executable_id()) {
    state.damage = Store::damage_of_runs(path_ / kStoreFile);
    if (!state.damage.empty()) state.kind = StoreState::Kind::kDamaged;
  }
  const std::optional<Manifest> manifest = read_manifest(path_);
  const bool is_store = state.kind == StoreState::Kind::kCurrent || state.kind == StoreState::Kind::kOtherSchema;
  if (!is_store && !manifest && holds_any(path_, true)) {
    throw document::InputError(
        fmt::format("{} is neither empty nor a directory of results: choose another one with --out", path_.string()));
  }
  if (fresh) return state;
  const auto refuse_other = [&](const std::string& name) {
    throw document::InputError(
        fmt::format("{} holds the results of another scenario ('{}'): {}", path_.string(), name, kTwoWaysOut));
  };
  switch (state.kind) {
    case StoreState::Kind::kNone:
      if (manifest && manifest->scenario_id != scenario_id(scenario)) refuse_other(manifest->name);
      if (!manifest && holds_any(path_, false) && !fs::exists(path_ / kStoreFile)) {
        throw document::InputError(fmt::format("{} holds results without {} or a readable {}: {}", path_.string(),
                                               kStoreFile, kManifestFile, kTwoWaysOut));
      }
      break;
    case StoreState::Kind::kCurrent:
      if (state.scenario_id != scenario_id(scenario)) refuse_other(state.name);
      if (state.executable != executable_id()) {
        throw document::InputError(
            fmt::format("{} holds the results of another build of hearsay ({}), and only that build can "
                        "resume them: {}",
                        path_.string(), state.version, kTwoWaysOut));
      }
      break;
    case StoreState::Kind::kOtherSchema:
      throw document::InputError(fmt::format("{} holds a store of schema {}, and this build reads schema {} alone: {}",
                                             path_.string(), state.schema, kStoreSchema, kTwoWaysOut));
    case StoreState::Kind::kDamaged:
      throw document::InputError(
          fmt::format("{} is damaged ({}): choose another directory with --out, or begin anew with "
                      "--fresh, which keeps it as {}N",
                      (path_ / kStoreFile).string(), state.damage, kDamaged));
  }
  return state;
}

/// Makes room for a new store. What may still be of use to somebody gets another name: a damaged store, and one of
/// another schema, which may be a damaged one as well.
void ResultDirectory::clear(const StoreState& state) const {
  if (state.kind == StoreState::Kind::kDamaged || state.kind == StoreState::Kind::kOtherSchema) {
    int number = 1;
    while (fs::exists(path_ / fmt::format("{}{}", kDamaged, number))) ++number;
    for (const char* suffix : kStoreSuffixes) {
      const fs::path file = path_ / (std::string(kStoreFile) + suffix);
      if (fs::exists(file)) fs::rename(file, path_ / fmt::format("{}{}{}", kDamaged, number, suffix));
    }
  }
  for (const char* name : kMade) fs::remove(path_ / name);
  remove_store();
}

void ResultDirectory::remove_store() const {
  std::error_code ignored;
  for (const char* suffix : kStoreSuffixes) fs::remove(path_ / (std::string(kStoreFile) + suffix), ignored);
}

void ResultDirectory::begin(TableLayout layout) {
  layout_.emplace(std::move(layout));
  tables_ = run_tables(*layout_);
  for (const RunTable& table : tables_) {
    Growing& growing = growing_.emplace_back(Growing{table.name, table.header, {}, false});
    if (table.even_empty) grow(growing, "");
  }
  points_.emplace(Growing{kPointsTable, points_header(*layout_), {}, false});
  grow(*points_, "");
}

void ResultDirectory::write(const RunRecord& run) {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const std::string rows = tables_[i].rows(*layout_, run);
    if (!rows.empty()) grow(growing_[i], rows);
  }
  if (run.result.ledger_tables.nodes.empty() || ledger_failed_) return;
  try {
    if (!ledger_) ledger_.emplace(path_);
    ledger_->write(run);
  } catch (const std::runtime_error& error) {
    ledger_.reset();
    ledger_failed_ = true;
    failed(error.what());
  }
}

void ResultDirectory::write(const PointSummary& point) { grow(*points_, points_rows(*layout_, point)); }

void ResultDirectory::grow(Growing& table, const std::string& rows) {
  if (table.failed) return;
  try {
    if (!table.file) {
      table.file.emplace(path_, table.name);
      table.file->write(table.header);
    }
    table.file->write(rows);
  } catch (const std::system_error& error) {
    table.file.reset();  // gives its space back, so that the others may fit
    table.failed = true;
    failed(error.what());
  }
}

void ResultDirectory::close(Growing& table) {
  if (!table.file) return;
  try {
    table.file->close();
    files_.push_back(std::move(*table.file));
  } catch (const std::system_error& error) {
    failed(error.what());
  }
  table.file.reset();
}

void ResultDirectory::finish(const std::string& manifest) {
  Growing about{kManifestFile, manifest, {}, false};
  grow(about, "");
  close(about);
  for (Growing& table : growing_) close(table);
  if (points_) close(*points_);
  if (ledger_) {
    try {
      ledger_->close();
    } catch (const std::runtime_error& error) {
      ledger_.reset();
      failed(error.what());
    }
  }
  publish();
  if (failures_.empty()) return;
  throw std::runtime_error(fmt::format(
      "{}\n{}: {}; all runs are in {}: make room and run the same command again, without --fresh", failures_,
      path_.string(),
      complete_.empty() ? "no table is written" : fmt::format("complete are {}", fmt::join(complete_, ", ")),
      kStoreFile));
}

void ResultDirectory::failed(const std::string& why) { failures_ += (failures_.empty() ? "" : "\n") + why; }

void ResultDirectory::publish() {
  for (AtomicFile& file : files_) {
    try {
      file.publish();
      complete_.push_back(file.name());
    } catch (const std::system_error& error) {
      failed(error.what());
    }
  }
  files_.clear();
  if (ledger_) {
    try {
      ledger_->publish();
      complete_.emplace_back(kLedgerFile);
    } catch (const std::system_error& error) {
      failed(error.what());
    }
    ledger_.reset();
  }
  if (complete_.empty()) return;
  // What an earlier call left and this one did not replace would pass for this one's.
  std::error_code ignored;
  for (const char* name : kMade) {
    if (std::find(complete_.begin(), complete_.end(), name) == complete_.end()) fs::remove(path_ / name, ignored);
  }
}

}  // namespace hearsay::results
