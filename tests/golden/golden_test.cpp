// Small scenarios whose results are stored beside them: NAME.toml and NAME.json. A change of any digest or metric
// is a change of results, to be understood and then accepted with
//
//   HEARSAY_UPDATE_GOLDEN=1 build/release/tests/hearsay_tests_golden

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/scratch.hpp"

namespace hearsay::test::golden_test {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

const fs::path kFolder = fs::path(HEARSAY_SOURCE_DIR) / "tests" / "golden";

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// What `hearsay run --json` prints, as text.
std::string run(const fs::path& file) {
  const ScratchDirectory scratch;
  const fs::path out = scratch / "out.json";
  const std::string command = "cd '" + scratch.path().string() + "' && '" HEARSAY_BINARY "' run '" + file.string() +
                              "' --json --quiet >'" + out.string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  return file_text(out);
}

/// The document without what differs from machine to machine or release to release.
ordered_json comparable(ordered_json document) {
  document.erase("hearsay");
  for (auto& point : document.at("points")) {
    point.erase("metrics");  // follows from the runs
    for (auto& run : point.at("runs")) run.erase("performance");
  }
  return document;
}

/// "path: stored value, new value" each; the whole documents would bury them.
std::vector<std::string> differences(const ordered_json& stored, const ordered_json& now) {
  std::vector<std::string> lines;
  for (const auto& change : nlohmann::json::diff(nlohmann::json(stored), nlohmann::json(now))) {
    const ordered_json::json_pointer path(change.at("path").get<std::string>());
    const std::string before = stored.contains(path) ? stored.at(path).dump() : "nothing";
    lines.push_back(path.to_string() + ": " + before + ", now " +
                    (now.contains(path) ? now.at(path).dump() : "nothing"));
  }
  return lines;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, GivesTheStoredResults) {
  const ordered_json document = comparable(ordered_json::parse(run(kFolder / (GetParam() + ".toml"))));
  const fs::path stored = kFolder / (GetParam() + ".json");
  if (std::getenv("HEARSAY_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(stored) << document.dump(1) << "\n";
    return;
  }
  ASSERT_TRUE(fs::exists(stored));
  EXPECT_THAT(differences(ordered_json::parse(file_text(stored)), document), testing::IsEmpty());
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Golden, testing::ValuesIn(names()), test_name);

}  // namespace
}  // namespace hearsay::test::golden_test
