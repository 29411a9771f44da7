#include "sim/campaign/result_directory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "sim/campaign/input_error.hpp"
#include "sim/campaign/tables.hpp"

namespace hearsay::campaign {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReach = "reach.csv";
constexpr const char* kLedger = "ledger.csv";

/// All that a campaign, or a figure drawn from it, may leave behind.
constexpr std::array kFiles = {kManifestFile, "runs.csv", "points.csv", "messages.csv",    "drops.csv", "faults.csv",
                               "series.csv",  kReach,     kLedger,      "performance.csv", "reach.svg", "reach.png"};

bool is_temporary(const fs::path& file) { return file.filename().string().starts_with(kTemporaryPrefix); }

/// Any file that is not temporary; with `foreign`, any that no campaign leaves.
bool holds_any(const fs::path& directory, bool foreign) {
  return std::any_of(
      fs::directory_iterator(directory), fs::directory_iterator(), [&](const fs::directory_entry& entry) {
        const bool ours = std::find(kFiles.begin(), kFiles.end(), entry.path().filename().string()) != kFiles.end();
        return !is_temporary(entry.path()) && !(foreign && ours);
      });
}

}  // namespace

ResultDirectory::ResultDirectory(fs::path path, const scenario::Scenario& scenario, bool fresh)
    : path_(std::move(path)) {
  if (!path_.has_filename()) path_ = path_.parent_path();  // "results/x/"
  if (fs::is_directory(path_)) judge(scenario, fresh);
  created_ = fs::create_directories(path_);
  AtomicFile probe(path_, "probe");
  probe.write("x");
  probe.close();
}

ResultDirectory::~ResultDirectory() {
  std::error_code ignored;
  if (created_ && complete_.empty()) fs::remove(path_, ignored);  // fails unless empty
}

void ResultDirectory::judge(const scenario::Scenario& scenario, bool fresh) const {
  const std::optional<Manifest> manifest = read_manifest(path_);
  if (manifest) {
    if (fresh || manifest->scenario_id == scenario_id(scenario)) return;
    throw InputError(
        fmt::format("{} holds the results of another scenario ('{}'): choose another directory with --out, or replace "
                    "them with --fresh",
                    path_.string(), manifest->name));
  }
  if (holds_any(path_, true)) {
    throw InputError(
        fmt::format("{} is neither empty nor a directory of results: choose another one with --out", path_.string()));
  }
  // A campaign on a full disk can leave results without a manifest.
  if (!fresh && holds_any(path_, false)) {
    throw InputError(
        fmt::format("{} holds results without a readable {}: choose another directory with --out, or "
                    "replace them with --fresh",
                    path_.string(), kManifestFile));
  }
}

void ResultDirectory::append(RunRecord& run) {
  append_rows(reach_, kReach, kReachHeader, reach_rows(run));
  append_rows(ledger_, kLedger, kLedgerHeader, ledger_rows(run));
  run.result.reach = {};
  run.result.ledger = {};
}

void ResultDirectory::append_rows(std::optional<AtomicFile>& file, const char* name, const char* header,
                                  const std::string& rows) {
  if (rows.empty() || std::find(failed_.begin(), failed_.end(), name) != failed_.end()) return;
  try {
    if (!file) {
      file.emplace(path_, name);
      file->write(header);
    }
    file->write(rows);
  } catch (const std::system_error& error) {
    file.reset();  // gives its space back, so that the others may fit
    failed(name, error.what());
  }
}

void ResultDirectory::write_all(const char* name, const std::string& text) {
  if (text.empty()) return;
  try {
    AtomicFile file(path_, name);
    file.write(text);
    file.close();
    files_.push_back(std::move(file));
  } catch (const std::system_error& error) {
    failed(name, error.what());
  }
}

void ResultDirectory::finish(const ManifestInput& input) {
  const TableInput tables{input.scenario, input.labels, input.result};
  write_all(kManifestFile, manifest_text(input));
  write_all("runs.csv", runs_csv(tables));
  write_all("points.csv", points_csv(tables));
  write_all("messages.csv", messages_csv(tables));
  write_all("drops.csv", drops_csv(tables));
  write_all("faults.csv", faults_csv(tables));
  write_all("performance.csv", performance_csv(tables));
  write_all("series.csv", series_csv(tables));
  for (auto* file : {&reach_, &ledger_}) {
    if (!*file) continue;
    try {
      (*file)->close();
      files_.push_back(std::move(**file));
    } catch (const std::system_error& error) {
      failed((*file)->name(), error.what());
    }
    file->reset();
  }
  publish();
  if (failures_.empty()) return;
  throw std::runtime_error(fmt::format(
      "{}\n{}: {}", failures_, path_.string(),
      complete_.empty() ? "no result is kept" : fmt::format("complete are {}", fmt::join(complete_, ", "))));
}

void ResultDirectory::failed(const std::string& name, const std::string& why) {
  failed_.push_back(name);
  failures_ += (failures_.empty() ? "" : "\n") + why;
}

void ResultDirectory::publish() {
  // The manifest is first: with it, whatever else is there is known as ours.
  for (AtomicFile& file : files_) {
    try {
      file.publish();
      complete_.push_back(file.name());
    } catch (const std::system_error& error) {
      failed(file.name(), error.what());
    }
  }
  files_.clear();
  if (complete_.empty()) return;
  // What an earlier campaign left and this one did not replace would pass for this one's.
  std::error_code ignored;
  for (const char* name : kFiles) {
    if (std::find(complete_.begin(), complete_.end(), name) == complete_.end()) fs::remove(path_ / name, ignored);
  }
}

}  // namespace hearsay::campaign
