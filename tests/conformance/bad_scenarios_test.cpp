// Every file of scenarios/bad is refused for one reason, which its first line names: `# expect: <part of the message>`;
// `# expect-line: N` on the second says in which line of the file the mistake is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sim/scenario/load.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::scenario::bad_scenarios_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct Expected {
  std::string text;
  std::string line;  ///< "": anywhere
};

/// Empty text: not a scenario that must be refused, but a file that one of them names.
Expected expectation_of(const fs::path& file) {
  std::ifstream stream(file);
  const auto after = [&stream](const std::string& mark) {
    std::string line;
    std::getline(stream, line);
    return line.rfind(mark, 0) == 0 ? line.substr(mark.size()) : "";
  };
  Expected expected;
  expected.text = after("# expect: ");
  expected.line = after("# expect-line: ");
  return expected;
}

std::vector<fs::path> bad_scenarios() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(HEARSAY_SOURCE_DIR) / "scenarios" / "bad")) {
    if (entry.path().extension() == ".toml" && !expectation_of(entry.path()).text.empty())
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string all_text(const Loaded& loaded) {
  std::string text;
  for (const document::Diagnostic& d : loaded.diagnostics) text += to_text(d) + "\n";
  return text;
}

class BadScenario : public testing::TestWithParam<fs::path> {};

TEST_P(BadScenario, IsRefusedForItsOneReason) {
  const Expected expected = expectation_of(GetParam());
  const Loaded loaded = load(GetParam(), {});
  EXPECT_FALSE(loaded.scenario.has_value());
  const std::string text = all_text(loaded);
  EXPECT_THAT(text, HasSubstr(expected.text));
  EXPECT_EQ(
      std::count_if(loaded.diagnostics.begin(), loaded.diagnostics.end(), [](const auto& d) { return !d.warning; }), 1)
      << text;
  for (const document::Diagnostic& d : loaded.diagnostics) {
    EXPECT_THAT(d.where.file, HasSubstr("scenarios/"));
    if (d.warning || expected.line.empty()) continue;
    EXPECT_EQ(d.where.file, GetParam().string());
    EXPECT_EQ(std::to_string(d.where.line), expected.line) << text;
    EXPECT_GT(d.where.column, 0);
  }
}

std::string test_name(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, BadScenario, testing::ValuesIn(bad_scenarios()), test_name);

TEST(BadScenarios, AreManyEnoughToBeAllOfThem) { EXPECT_GE(bad_scenarios().size(), 90u); }

/// A file in a directory of its own, gone afterwards.
class BadFile : public testing::Test {
 protected:
  BadFile() : dir_(fs::path(testing::TempDir()) / ("bad-file-" + std::to_string(::getpid()))) {
    fs::create_directories(dir_);
  }
  ~BadFile() override { fs::remove_all(dir_); }

  fs::path write(const std::string& name, const std::string& content) const {
    std::ofstream(dir_ / name, std::ios::binary) << content;
    return dir_ / name;
  }
  static void expect_refused(const fs::path& file, const std::string& message) {
    const Loaded loaded = load(file, {});
    EXPECT_FALSE(loaded.scenario.has_value());
    ASSERT_EQ(loaded.diagnostics.size(), 1u) << all_text(loaded);
    EXPECT_FALSE(loaded.diagnostics[0].warning);
    EXPECT_EQ(loaded.diagnostics[0].where.file, file.string());
    EXPECT_THAT(loaded.diagnostics[0].message, HasSubstr(message));
  }
  fs::path dir_;
};

TEST_F(BadFile, ThatIsNotThere) { expect_refused(dir_ / "none.toml", "there is no such file"); }

TEST_F(BadFile, ThatIsADirectory) { expect_refused(dir_, "this is a directory"); }

TEST_F(BadFile, ThatIsEmpty) { expect_refused(write("empty.toml", ""), "the file is empty"); }

TEST_F(BadFile, ThatHoldsOnlyBlankLines) { expect_refused(write("blank.toml", "\n  \n"), "the file is empty"); }

TEST_F(BadFile, ThatIsBinary) {
  expect_refused(write("binary.toml", std::string("\x7f"
                                                  "ELF\0\0\1",
                                                  7)),
                 "binary file");
}

TEST_F(BadFile, ThatIsNotUnicode) { expect_refused(write("latin.toml", "name = \"caf\xe9\"\n"), "not valid TOML"); }

TEST_F(BadFile, ThatIsACycleOfLinks) {
  fs::create_symlink(dir_ / "b.toml", dir_ / "a.toml");
  fs::create_symlink(dir_ / "a.toml", dir_ / "b.toml");
  expect_refused(dir_ / "a.toml", "cannot read it: Too many levels of symbolic links");
}

TEST_F(BadFile, ThatMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const fs::path file = write("secret.toml", "name = \"x\"\n");
  fs::permissions(file, fs::perms::none);
  expect_refused(file, "cannot read it: Permission denied");
}

}  // namespace
}  // namespace hearsay::scenario::bad_scenarios_test
