#pragma once

// Scenario texts for tests: written to a directory of their own, loaded, and gone afterwards.

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/load.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::test {

/// A complete scenario with a section replaced or something appended.
struct ScenarioText {
  std::string run = "seed = 1\nduration = \"60 s\"\n";
  std::string topology = "kind = \"random-regular\"\nnodes = 100\ndegree = 8\n";
  std::string network = "latency = { kind = \"constant\", value = \"50 ms\" }\n";
  std::string protocol = "name = \"flood\"\n";
  std::string workload = "kind = \"broadcast\"\nrate = \"1/s\"\nsize = \"1 kB\"\nstop = \"30 s\"\n";
  std::string rest = {};

  std::string text() const {
    return "[run]\n" + run + "[topology]\n" + topology + "[network]\n" + network + "[protocol]\n" + protocol +
           "[workload]\n" + workload + rest;
  }
};

class ScenarioDirectory {
 public:
  ScenarioDirectory() {
    static std::atomic<int> next{0};
    path_ = std::filesystem::path(::testing::TempDir()) /
            ("scenario-" + std::to_string(::getpid()) + "-" + std::to_string(next++));
    std::filesystem::create_directories(path_);
  }
  ~ScenarioDirectory() { std::filesystem::remove_all(path_); }
  ScenarioDirectory(const ScenarioDirectory&) = delete;
  ScenarioDirectory& operator=(const ScenarioDirectory&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  scenario::Loaded load(const std::string& text, std::vector<std::string> sets = {}) const {
    return scenario::load(write("test.toml", text), {.sets = std::move(sets), .seed = {}});
  }
  scenario::Loaded load(const ScenarioText& text, std::vector<std::string> sets = {}) const {
    return load(text.text(), std::move(sets));
  }

 private:
  std::filesystem::path path_;
};

/// One per line, without the file's directory: `test.toml:3:8: error: ...`
inline std::string diagnostics_text(const scenario::Loaded& loaded) {
  std::string text;
  for (document::Diagnostic d : loaded.diagnostics) {
    d.where.file = std::filesystem::path(d.where.file).filename().string();
    text += document::to_text(d) + "\n";
  }
  return text;
}

}  // namespace hearsay::test
