// What a user mistypes on the command line: exit code 2 and a sentence, never the text of a library or a shell's
// colour.

#include <sys/stat.h>

#include <filesystem>

#include "tests/cli/program.hpp"

namespace hearsay::test::bad_input_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class BadCommand : public ProgramTest {
 protected:
  void expect_refused(const std::vector<std::string>& arguments, const std::string& message) {
    const Outcome outcome = hearsay(arguments);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(message), Not(HasSubstr("filesystem error"))));
    EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos);
    EXPECT_LT(outcome.err.size(), 4'000u);
  }
};

TEST_F(BadCommand, ASeedIsAPlainNumberOf64Bits) {
  write_busy_scenario("busy");
  for (const std::string seed : {"010", "-1", "18446744073709551616", "0x10", "1e3", ""})
    expect_refused({"run", "busy.toml", "--seed", seed}, "not a whole number from 0 to 18446744073709551615");
  expect_refused({"run", "busy.toml", "--point", "01"}, "not a whole number");
  expect_refused({"trace", "busy.toml", "--replication", "4294967296"}, "not a whole number");
  expect_refused({"run", "busy.toml", "--jobs", "010"}, "not a whole number");
}

TEST_F(BadCommand, AnOutThatIsNoDirectorySaysWhy) {
  write_busy_scenario("busy");
  expect_refused({"run", "busy.toml", "--quiet", "--out", "busy.toml"}, "there is a file of that name");
  expect_refused({"run", "busy.toml", "--quiet", "--out", "busy.toml/x"}, "a part of the path is a file");
  expect_refused({"run", "busy.toml", "--quiet", "--out", ""}, "the name is empty");
  expect_refused({"run", "busy.toml", "--quiet", "--out", std::string(300, 'x')}, "the name is too long");
  expect_refused({"trace", "busy.toml", "--out", ""}, "name a file");
  expect_refused({"trace", "busy.toml", "--out", "."}, "name a file");
  expect_refused({"trace", "busy.toml", "--out", std::string(300, 'x')}, "name a file");
}

// The program would wait for a writer of the pipe, and for the end of the device, for ever.
TEST_F(BadCommand, APipeOrADeviceAmongResultsIsNoResult) {
  write_scenario("small");
  const auto put = [&](const std::string& name, bool pipe) {
    std::filesystem::remove_all(scratch_ / "a");
    EXPECT_EQ(hearsay({"run", "small.toml", "--quiet", "--out", "a"}).code, 0);
    std::filesystem::remove(scratch_ / "a" / name);
    if (pipe)
      EXPECT_EQ(::mkfifo((scratch_ / "a" / name).c_str(), 0600), 0);
    else
      std::filesystem::create_symlink("/dev/zero", scratch_ / "a" / name);
  };
  for (const bool pipe : {true, false}) {
    put("runs.csv", pipe);
    expect_refused({"compare", "a", "a"}, "runs.csv: is a pipe, a device or a directory");
    put("reach.csv", pipe);
    expect_refused({"plot", "a"}, "reach.csv: is a pipe, a device or a directory");
    put("manifest.json", pipe);
    expect_refused({"compare", "a", "a"}, "not a directory of results");
    put("runs.sqlite", pipe);
    expect_refused({"run", "small.toml", "--quiet", "--out", "a"}, "a pipe or a device");
    EXPECT_EQ(hearsay({"run", "small.toml", "--quiet", "--fresh", "--out", "a"}).code, 0);
  }
}

TEST_F(BadCommand, EscapeBytesAndMegabytesAreNotRepeated) {
  expect_refused({"run", "no\x1b[31msuch.toml"}, "no\\x1b[31msuch.toml");
  expect_refused({"run", "busy.toml", "--\x1b[31m"}, "\\x1b[31m");
  expect_refused({"describe", "\x1b[31m"}, "\\x1b[31m");
  expect_refused({"check", std::string(100'000, 'x')}, "bytes left out");
}

}  // namespace
}  // namespace hearsay::test::bad_input_test
