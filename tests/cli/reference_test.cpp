#include "tests/cli/program.hpp"

namespace hearsay::test::reference_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Reference : public ProgramTest {};

TEST_F(Reference, TellsItsVersionCommitAndCompiler) {
  const Outcome outcome = hearsay({"--version"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, AllOf(StartsWith("hearsay 0."), HasSubstr("GNU ")));
}

TEST_F(Reference, HelpsWhoSaysNothing) {
  const Outcome outcome = hearsay({});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("run"), HasSubstr("check"), HasSubstr("Exit codes")));
}

TEST_F(Reference, RefusesWhatItDoesNotKnow) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"fly"},
                                             {"run"},
                                             {"run", "x.toml", "--resume"},
                                             {"run", "x.toml", "--jobs", "0"},
                                             {"run", "x.toml", "--jobs", "many"},
                                             {"run", "x.toml", "--point", "-1"},
                                             {"run", "x.toml", "--seed", "1.5"},
                                             {"run", "x.toml", "--set", "nothing"},
                                             {"trace", "x.toml", "--format", "pcap"},
                                             {"list"},
                                             {"plot"}}) {
    const Outcome outcome = hearsay(words);
    EXPECT_EQ(outcome.code, 2) << testing::PrintToString(words);
    EXPECT_FALSE(outcome.err.empty());
    EXPECT_THAT(outcome.out, IsEmpty());
  }
}

TEST_F(Reference, ListsEveryTopic) {
  const std::map<std::string, std::string> expected = {
      {"protocols", "flood"},   {"topologies", "barabasi-albert"}, {"metrics", "t90_s"}, {"latencies", "lognormal"},
      {"faults", "loss-burst"}, {"workloads", "broadcast"},        {"scenarios", ""}};
  for (const auto& [topic, entry] : expected) {
    const Outcome outcome = hearsay({"list", topic});
    EXPECT_EQ(outcome.code, 0) << topic;
    EXPECT_THAT(outcome.out, HasSubstr(entry));
  }
}

TEST_F(Reference, DescribesAProtocolWithItsParameters) {
  const Outcome outcome = hearsay({"describe", "flood"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("forward_delay"), HasSubstr("duration"), HasSubstr("max_hops"),
                                 HasSubstr("off"), HasSubstr("random-subset")));
}

TEST_F(Reference, DescribesAFaultWithTheKeysThatItsKindReads) {
  const Outcome spike = hearsay({"describe", "latency-spike"});
  EXPECT_EQ(spike.code, 0);
  EXPECT_THAT(spike.out, AllOf(HasSubstr("factor"), HasSubstr("add"), HasSubstr("all nodes"), Not(HasSubstr("sides"))));
  const Outcome drop = hearsay({"describe", "bandwidth-drop"});
  EXPECT_THAT(drop.out, AllOf(HasSubstr("(0, 1]"), HasSubstr("(required)"), HasSubstr("left of the bandwidth")));
}

TEST_F(Reference, DescribesAMetricAlsoWithALabel) {
  for (const char* name : {"t90_s", "t90_s[role=explorer]"}) {
    const Outcome outcome = hearsay({"describe", name});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("unit: s"), HasSubstr("better: lower")));
  }
}

TEST_F(Reference, SuggestsTheNearestName) {
  const std::map<std::vector<std::string>, std::string> expected = {
      {{"list", "protocol5"}, "'protocols'"},
      {{"describe", "flod"}, "'flood'"},
      {{"describe", "random_regular"}, "'random-regular'"},
      {{"describe", "t90"}, "'t90_s'"}};
  for (const auto& [words, suggestion] : expected) {
    const Outcome outcome = hearsay(words);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(suggestion));
  }
}

TEST_F(Reference, ChecksWithoutRunning) {
  write_scenario("good", "[sweep]\n\"topology.degree\" = [4, 6]\n");
  const Outcome outcome = hearsay({"check", "good.toml"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("2 points x 3 replications = 6 runs"), HasSubstr("components"),
                                 HasSubstr("estimated"), HasSubstr("memory")));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "results"));
}

TEST_F(Reference, ChecksEveryFileAndFailsIfOneIsBad) {
  write_scenario("good");
  write_scenario("bad", "nodez = 3\n");
  const Outcome outcome = hearsay({"check", "bad.toml", "good.toml", "missing.toml"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("bad.toml:"), HasSubstr("nodez"), HasSubstr("missing.toml")));
  EXPECT_THAT(outcome.out, HasSubstr("good.toml: good is good"));
}

}  // namespace
}  // namespace hearsay::test::reference_test
