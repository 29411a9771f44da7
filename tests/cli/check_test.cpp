#include "tests/cli/program.hpp"

namespace hearsay::test::check_test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class Check : public ProgramTest {};

TEST_F(Check, PrintsThePlanWithEveryPointAndItsId) {
  write_scenario("small",
                 "[sweep]\n\"topology.degree\" = [4, 6]\n\"network.loss\" = [0.0, 0.1]\n"
                 "include = [{ \"network.loss\" = 0.5 }]\n"
                 "exclude = [{ \"topology.degree\" = 6, \"network.loss\" = 0.1 }]\n");
  const Outcome outcome = hearsay({"check", "small.toml"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("4 points x 3 replications = 12 runs"));
  EXPECT_THAT(outcome.out, ContainsRegex("point +id +degree +loss +nodes +components +memory/run +time/run"));
  EXPECT_THAT(outcome.out, ContainsRegex("    2  [0-9a-f]{16}  6 +0.0 +50 +1 "));
  EXPECT_THAT(outcome.out, ContainsRegex("    3  [0-9a-f]{16}  4 +0.5 +50 +1 "));
  EXPECT_THAT(outcome.out, ContainsRegex("estimated: .* on one core, .* with [0-9]+ jobs?; .* of memory"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "results"));
}

TEST_F(Check, NamesPointsByTheIdsOfTheManifest) {
  write_scenario("small", "[sweep]\n\"topology.degree\" = [4, 6]\n");
  const Outcome checked = hearsay({"check", "small.toml"});
  ASSERT_EQ(hearsay({"run", "small.toml", "--quiet"}).code, 0);
  const auto manifest = nlohmann::json::parse(file_text(scratch_ / "results/small/manifest.json"));
  for (const auto& point : manifest.at("points"))
    EXPECT_THAT(checked.out, HasSubstr(point.at("id").get<std::string>()));
}

TEST_F(Check, TakesTheJobsIntoAccount) {
  write_scenario("small");
  EXPECT_THAT(hearsay({"check", "small.toml", "--jobs", "1"}).out, HasSubstr("with 1 job;"));
  EXPECT_THAT(hearsay({"check", "small.toml", "--jobs", "64"}).out, HasSubstr("with 3 jobs;"))
      << "there are three runs";
}

TEST_F(Check, SaysHowManyRunsAStoppingRuleCanMean) {
  const auto file = write_scenario("small");
  std::string text = file_text(file);
  text.replace(text.find("replications = 3"), 16,
               "stop_when = { metric = \"t90_s\", relative_half_width = 0.05, at_least = 5, at_most = 40 }");
  scratch_.write("small.toml", text);
  const Outcome outcome = hearsay({"check", "small.toml"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 point x 5 to 40 replications = 5 to 40 runs, until t90_s is known to 5 %"));
}

TEST_F(Check, ShowsTheFirstOfManyPoints) {
  write_scenario("many", "[sweep]\n\"network.overhead_bytes\" = { from = 1, to = 150, steps = 150 }\n");
  const Outcome outcome = hearsay({"check", "many.toml"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("\n   99  "), Not(HasSubstr("\n  100  ")), HasSubstr("and 50 more points")));
  EXPECT_THAT(outcome.out, HasSubstr("~")) << "times that are inferred are marked";
}

TEST_F(Check, OfMoreThanAMillionRunsIsRefusedByRunAtOnce) {
  // Were all points resolved before the refusal, this would take a minute.
  write_scenario("huge",
                 "[sweep]\n\"network.overhead_bytes\" = { from = 1, to = 1000, steps = 1000 }\n"
                 "include = [{ \"topology.degree\" = 6 }]\n[[sweep.zip]]\n"
                 "\"network.control_bytes\" = { from = 1, to = 900, steps = 900 }\n"
                 "\"topology.nodes\" = { from = 50, to = 1848, steps = 900 }\n");
  const Outcome outcome = hearsay({"run", "huge.toml"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err,
              HasSubstr("900001 points x 3 replications are 2700003 runs, more than 1000000; if you mean it, "
                        "add --yes"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "results"));
}

}  // namespace
}  // namespace hearsay::test::check_test
