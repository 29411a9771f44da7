#include "tests/cli/program.hpp"

namespace hearsay::test::plot_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Plot : public ProgramTest {};

TEST_F(Plot, DrawsTheResultsOfASweep) {
  if (shell("gnuplot --version").code != 0) GTEST_SKIP() << "no gnuplot";
  write_scenario("drawn", "[sweep]\n\"topology.degree\" = [4, 6, 8]\n");
  ASSERT_EQ(hearsay({"run", "drawn.toml"}).code, 0);
  const Outcome outcome = hearsay({"plot", "results/drawn"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "results/drawn/reach.svg\nresults/drawn/reach.png\n");
  EXPECT_THAT(file_text(scratch_ / "results/drawn/reach.svg"),
              AllOf(HasSubstr("drawn"), HasSubstr("topology.degree"), HasSubstr("3 replications")));
  EXPECT_EQ(file_text(scratch_ / "results/drawn/reach.png").substr(1, 3), "PNG");
}

TEST_F(Plot, SaysHowToInstallWhatIsMissing) {
  write_scenario("drawn");
  ASSERT_EQ(hearsay({"run", "drawn.toml"}).code, 0);
  const Outcome outcome = shell("PATH=/nowhere; \"$H\" plot results/drawn");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("apt install gnuplot-nox"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "results/drawn/reach.svg"));
}

TEST_F(Plot, RefusesWhatIsNoDirectoryOfResults) {
  const Outcome outcome = hearsay({"plot", "."});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("not a directory of results"));
  EXPECT_EQ(hearsay({"plot", "missing"}).code, 2);
}

TEST_F(Plot, RefusesADamagedTable) {
  write_scenario("drawn");
  ASSERT_EQ(hearsay({"run", "drawn.toml"}).code, 0);
  scratch_.write("results/drawn/reach.csv", "point,replication,class,share,time_s\n0,0,,half,1\n");
  const Outcome outcome = hearsay({"plot", "results/drawn"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("'half' is not a number"));
}

}  // namespace
}  // namespace hearsay::test::plot_test
