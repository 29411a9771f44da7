#include <gmock/gmock.h>

#include <cstdlib>
#include <iterator>

#include "analysis/gnuplot.hpp"
#include "analysis/reach_figure.hpp"
#include "tests/support/scratch.hpp"

namespace hearsay::analysis::analysis_reach_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

/// point, replication, class, share, time
CsvTable table(std::vector<std::vector<std::string>> rows) {
  return {"reach.csv", {"point", "replication", "class", "share", "time_s"}, std::move(rows)};
}

TEST(ReachLines, AreMeansOverReplications) {
  const auto lines = reach_lines(table(
      {{"0", "0", "", "0.5", "1"}, {"0", "0", "", "1", "2"}, {"0", "1", "", "0.5", "3"}, {"0", "1", "", "1", "4"}}));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].replications, 2u);
  EXPECT_THAT(lines[0].points, ElementsAre(AllOf(Field(&ReachPoint::share, 0.5), Field(&ReachPoint::time_s, 2)),
                                           AllOf(Field(&ReachPoint::share, 1), Field(&ReachPoint::time_s, 3))));
}

TEST(ReachLines, HaveABandFromLeastToGreatestBelowThreeReplications) {
  const auto lines = reach_lines(table({{"0", "0", "", "0.5", "1"}, {"0", "1", "", "0.5", "3"}}));
  EXPECT_EQ(lines[0].points[0].low_s, 1);
  EXPECT_EQ(lines[0].points[0].high_s, 3);
}

// 1 2 3: half width 4.3027 / sqrt(3) x sqrt(1 + 5/3) = 4.0566, so the lower end would be before publication.
TEST(ReachLines, HaveTheIntervalOfTheMeanFromThreeOnAndNoTimeBeforePublication) {
  const auto lines =
      reach_lines(table({{"0", "0", "", "0.5", "1"}, {"0", "1", "", "0.5", "2"}, {"0", "2", "", "0.5", "3"}}));
  EXPECT_EQ(lines[0].points[0].low_s, 0);
  EXPECT_NEAR(lines[0].points[0].high_s, 2 + 4.0566, 1e-4);
}

TEST(ReachLines, EndWhereFewerThanHalfOfTheReplicationsGot) {
  const auto lines = reach_lines(table({{"0", "0", "", "0.1", "1"},
                                        {"0", "1", "", "0.1", "1"},
                                        {"0", "2", "", "0.1", "1"},
                                        {"0", "0", "", "0.5", "2"},
                                        {"0", "1", "", "0.5", "2"},
                                        {"0", "2", "", "0.5", ""},
                                        {"0", "0", "", "0.9", "3"},
                                        {"0", "1", "", "0.9", ""},
                                        {"0", "2", "", "0.9", ""}}));
  EXPECT_THAT(lines[0].points, ElementsAre(AllOf(Field(&ReachPoint::share, 0.1), Field(&ReachPoint::by_all, true)),
                                           AllOf(Field(&ReachPoint::share, 0.5), Field(&ReachPoint::by_all, false))));
}

TEST(ReachLines, KeepPointsAndClassesApart) {
  const auto lines =
      reach_lines(table({{"1", "0", "", "1", "1"}, {"0", "0", "tx", "1", "1"}, {"0", "0", "block", "1", "1"}}));
  EXPECT_THAT(lines, ElementsAre(AllOf(Field(&ReachLine::point, 0u), Field(&ReachLine::item_class, "block")),
                                 AllOf(Field(&ReachLine::point, 0u), Field(&ReachLine::item_class, "tx")),
                                 AllOf(Field(&ReachLine::point, 1u), Field(&ReachLine::item_class, ""))));
}

TEST(ReachLines, RefuseATableThatIsNoneOfOurs) {
  EXPECT_THAT(
      [] {
        reach_lines(table({{"x", "0", "", "1", "1"}}));
      },
      ThrowsMessage<BadTable>(HasSubstr("'x' is not a number")));
  EXPECT_THAT(
      [] {
        reach_lines(table({{"0", "-1", "", "1", "1"}}));
      },
      ThrowsMessage<BadTable>(HasSubstr("not an index")));
}

bool gnuplot_is_there() { return std::system("gnuplot --version >/dev/null 2>&1") == 0; }

class ReachFigureTest : public testing::Test {
 protected:
  ReachFigureTest() { std::filesystem::create_directory(directory_); }

  std::string svg() const { return test::file_text(directory_ / "reach.svg"); }

  static ReachFigure figure(std::vector<ReachLine> lines) {
    return {"some_title", "", [](std::uint32_t point) { return "it's point " + std::to_string(point); },
            std::move(lines)};
  }
  static ReachLine line(std::uint32_t point, std::string item_class = "") {
    return {point, std::move(item_class), 1, {{0.5, 1, 1, 1, true}, {1, 2, 2, 2, true}}};
  }

  bool skip_ = !gnuplot_is_there();
  test::ScratchDirectory scratch_;
  std::filesystem::path directory_ = scratch_ / "a figure's";
};

TEST_F(ReachFigureTest, IsAnSvgAndAPngWithTitleLabelsAndUnits) {
  if (skip_) GTEST_SKIP() << "no gnuplot";
  draw_reach_figure(figure({line(0), line(1)}), directory_);
  EXPECT_TRUE(std::filesystem::file_size(directory_ / "reach.png") > 1000);
  EXPECT_THAT(svg(), AllOf(HasSubstr("some_title"), HasSubstr("point 0"), HasSubstr("point 1"),
                           HasSubstr("time since publication (s)"), HasSubstr("nodes reached (%)")));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 2) << "temporary files were left";
}

TEST_F(ReachFigureTest, ShowsClassesInsteadOfAllItemsWhereThereAreSome) {
  if (skip_) GTEST_SKIP() << "no gnuplot";
  draw_reach_figure(figure({line(0), line(0, "block"), line(0, "tx")}), directory_);
  EXPECT_THAT(svg(), AllOf(HasSubstr("block"), HasSubstr("tx"), Not(HasSubstr("lines shown"))));
}

TEST_F(ReachFigureTest, SaysHowManyLinesItLeavesOut) {
  if (skip_) GTEST_SKIP() << "no gnuplot";
  std::vector<ReachLine> lines;
  for (std::uint32_t point = 0; point < 30; ++point) lines.push_back(line(point));
  draw_reach_figure(figure(lines), directory_);
  EXPECT_THAT(svg(), AllOf(HasSubstr("8 of 30 lines shown"), HasSubstr("point 0"), HasSubstr("point 29")));
}

TEST_F(ReachFigureTest, SaysWhenThereIsNothingToDraw) {
  EXPECT_THAT([&] { draw_reach_figure(figure({}), directory_); },
              ThrowsMessage<std::runtime_error>(HasSubstr("nothing to draw")));
}

TEST(Gnuplot, ReportsItsOwnWords) {
  if (!gnuplot_is_there()) GTEST_SKIP() << "no gnuplot";
  EXPECT_THAT([] { run_gnuplot("plot nonsense("); }, ThrowsMessage<std::runtime_error>(HasSubstr("gnuplot failed")));
}

}  // namespace
}  // namespace hearsay::analysis::analysis_reach_test
