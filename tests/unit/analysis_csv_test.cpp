#include "analysis/csv.hpp"

#include <gmock/gmock.h>

#include <clocale>
#include <cmath>
#include <limits>

#include "tests/support/scratch.hpp"

namespace hearsay::analysis::analysis_csv_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class Csv : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) const { return scratch_.write("table.csv", text); }

  test::ScratchDirectory scratch_;
};

TEST_F(Csv, ReadsRowsOfFields) {
  const CsvTable table = read_csv(write("a,b\n1,2\n3,\n"));
  EXPECT_THAT(table.header, ElementsAre("a", "b"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "")));
  EXPECT_EQ(csv_number(table, 0, 1), 2.0);
  EXPECT_EQ(csv_number(table, 1, 1), std::nullopt);
}

TEST_F(Csv, NeedsNoRowsAndNoLastLineFeed) {
  EXPECT_THAT(read_csv(write("a,b\n")).rows, IsEmpty());
  EXPECT_THAT(read_csv(write("a\n1")).rows, ElementsAre(ElementsAre("1")));
  EXPECT_THAT(read_csv(write("a\r\n1\r\n")).rows, ElementsAre(ElementsAre("1")));
}

TEST_F(Csv, GivesBackAnyTextThatItQuoted) {
  for (const std::string text : {"plain", "with, comma", "with \"quotes\"", "two\nlines", "\"", "\"\"", ",", ""}) {
    const CsvTable table = read_csv(write("a,b\n" + csv_text(std::string_view(text)) + ",x\n"));
    EXPECT_THAT(table.rows, ElementsAre(ElementsAre(text, "x")));
  }
}

TEST_F(Csv, GivesBackTheSameNumberWhateverTheLocale) {
  std::setlocale(LC_ALL, "de_DE.UTF-8");
  for (const double number : {0.1, 1.0 / 3, 1e-300, 1.7976931348623157e308, -0.25, 123456789.125, 0.0}) {
    const CsvTable table = read_csv(write("a\n" + csv_text(number) + "\n"));
    EXPECT_EQ(csv_number(table, 0, 0), number);
  }
  EXPECT_EQ(csv_text(0.5), "0.5");
  EXPECT_EQ(csv_text(std::optional<double>()), "");
  EXPECT_EQ(csv_text(std::numeric_limits<double>::quiet_NaN()), "");
  std::setlocale(LC_ALL, "C");
}

TEST_F(Csv, NamesWhatIsWrongAndWhere) {
  EXPECT_THAT([&] { read_csv("/nowhere/x.csv"); },
              ThrowsMessage<BadTable>(HasSubstr("/nowhere/x.csv: cannot be read")));
  EXPECT_THAT([&] { read_csv(write("a,b\n1,2\n3\n")); },
              ThrowsMessage<BadTable>(HasSubstr("row 2 has 1 fields, but the header has 2")));
  const CsvTable table = read_csv(write("a\nx1\n"));
  EXPECT_THAT([&] { csv_number(table, 0, 0); },
              ThrowsMessage<BadTable>(HasSubstr("row 1, column a: 'x1' is not a number")));
  EXPECT_THAT([&] { (void)table.column("b"); }, ThrowsMessage<BadTable>(HasSubstr("no column 'b'")));
}

}  // namespace
}  // namespace hearsay::analysis::analysis_csv_test
