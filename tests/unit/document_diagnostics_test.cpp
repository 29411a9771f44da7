#include "sim/document/diagnostics.hpp"

#include <gtest/gtest.h>

namespace hearsay::document::document_diagnostics_test {
namespace {

TEST(Diagnostics, AreWrittenAsCompilersDo) {
  EXPECT_EQ(to_text({false, {"x.toml", 14, 8}, "network.loss", "1.2 is outside [0, 1]"}),
            "x.toml:14:8: error: network.loss: 1.2 is outside [0, 1]");
  EXPECT_EQ(to_text({true, {"x.csv", 3, 0}, "", "odd"}), "x.csv:3: warning: odd");
  EXPECT_EQ(to_text({false, {"--set", 0, 0}, "run.seed", "odd"}), "--set: error: run.seed: odd");
}

TEST(Diagnostics, ComeSortedByPlaceAndOnce) {
  Diagnostics d;
  d.error({"x", 9, 1}, "b", "later");
  d.warning({"x", 2, 5}, "a", "second");
  d.error({"x", 2, 1}, "a", "first");
  d.error({"x", 9, 1}, "b", "later");
  const auto sorted = d.sorted();
  ASSERT_EQ(sorted.size(), 3u);
  EXPECT_EQ(sorted[0].message, "first");
  EXPECT_EQ(sorted[1].message, "second");
  EXPECT_EQ(sorted[2].message, "later");
}

TEST(Diagnostics, OnlyErrorsAreErrors) {
  Diagnostics d;
  d.warning({}, "", "x");
  EXPECT_FALSE(d.has_errors());
  d.error({}, "", "x");
  EXPECT_TRUE(d.has_errors());
}

TEST(Nearest, FindsTypingMistakes) {
  EXPECT_EQ(nearest("noods", {"degree", "nodes", "kind"}), "nodes");
  EXPECT_EQ(nearest("random_regular", {"ring", "random-regular"}), "random-regular");
  EXPECT_EQ(nearest("Flood", {"rumor", "flood"}), "flood");
  EXPECT_EQ(nearest("fanot", {"fanout"}), "fanout");
}

TEST(Nearest, FindsNothingInOtherWords) {
  EXPECT_EQ(nearest("banana", {"nodes", "degree"}), "");
  EXPECT_EQ(nearest("of", {"at", "if"}), "if");
  EXPECT_EQ(nearest("of", {"at"}), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace hearsay::document::document_diagnostics_test
