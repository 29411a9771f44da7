// The scenarios that a user finds in scenarios/ are free of diagnostics, down to warnings.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/scenario/load.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::scenario::shipped_scenarios_test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> shipped() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(HEARSAY_SOURCE_DIR) / "scenarios")) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class ShippedScenario : public testing::TestWithParam<fs::path> {};

TEST_P(ShippedScenario, LoadsWithoutDiagnostics) {
  // A million nodes are drawn by whoever runs them.
  const Loaded loaded =
      load(GetParam(), {.sets = {}, .seed = {}, .draw_topologies = GetParam().stem() != "flood-million"});
  for (const document::Diagnostic& d : loaded.diagnostics) ADD_FAILURE() << to_text(d);
  ASSERT_TRUE(loaded.scenario.has_value());
  EXPECT_EQ(loaded.scenario->name, GetParam().stem().string());
  EXPECT_FALSE(loaded.scenario->description.empty());
}

std::string test_name(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ShippedScenario, testing::ValuesIn(shipped()), test_name);

}  // namespace
}  // namespace hearsay::scenario::shipped_scenarios_test
