#include "tests/cli/program.hpp"

namespace hearsay::test::trace_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class Trace : public ProgramTest {
 protected:
  static std::vector<json> lines(const std::string& text) {
    std::vector<json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
  }
};

TEST_F(Trace, HasALineForEveryEventInOrderOfTime) {
  write_scenario("small");
  const Outcome outcome = hearsay({"trace", "small.toml"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  std::map<std::string, int> events;
  double last = 0;
  for (const json& line : lines(outcome.out)) {
    ++events[line.at("event").get<std::string>()];
    EXPECT_GE(line.at("time_s").get<double>(), last);
    last = line.at("time_s").get<double>();
  }
  EXPECT_EQ(events["publish"], 5);
  EXPECT_GE(events["deliver"], 5 * 49);
  EXPECT_GE(events["send"], events["receive"]);
  EXPECT_THAT(outcome.out, HasSubstr("\"time_s\":1.000000000"));
}

TEST_F(Trace, AgreesWithTheRunItLogs) {
  write_scenario("small", "[sweep]\n\"network.loss\" = [0.0, 0.2]\n");
  const Outcome run = hearsay({"run", "small.toml", "--point", "1", "--replication", "2", "--json"});
  const json metrics = json::parse(run.out).at("points").at(0).at("runs").at(0).at("metrics");
  const Outcome trace = hearsay({"trace", "small.toml", "--point", "1", "--replication", "2"});
  std::map<std::string, int> events;
  for (const json& line : lines(trace.out)) ++events[line.at("event").get<std::string>()];
  EXPECT_EQ(events["send"], metrics.at("messages_sent").get<int>());
  EXPECT_EQ(events["receive"], metrics.at("messages_received").get<int>());
  EXPECT_EQ(events["drop"], metrics.at("messages_lost").get<int>());
}

TEST_F(Trace, NamesEveryItemOfAMessage) {
  write_scenario("small");
  const Outcome outcome = hearsay({"trace", "small.toml", "--set", "protocol={ name = \"push-pull\", mode = \"push\" }",
                                   "--set", "workload.interval=10 ms"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  int several = 0;
  for (const json& line : lines(outcome.out)) {
    if (!line.contains("items")) continue;
    ++several;
    EXPECT_GT(line.at("items").size(), 1u);
    EXPECT_EQ(line.at("items").at(0), line.at("item"));
    EXPECT_EQ(line.at("kind"), "push");
  }
  EXPECT_GT(several, 10);
}

TEST_F(Trace, IsADocumentThatPerfettoReads) {
  write_scenario("small");
  ASSERT_EQ(hearsay({"trace", "small.toml", "--format", "perfetto", "--out", "trace.json"}).code, 0);
  const json document = json::parse(file_text(scratch_ / "trace.json"));
  std::map<std::string, int> phases;
  std::set<std::string> sent;
  for (const json& event : document.at("traceEvents")) {
    const std::string phase = event.at("ph");
    ++phases[phase];
    EXPECT_TRUE(event.contains("pid") && event.contains("tid") && event.contains("name"));
    if (phase != "s" && phase != "f") continue;
    const std::string id = event.at("id");
    EXPECT_TRUE(phase == "s" ? sent.insert(id).second : sent.count(id) == 1) << event;
  }
  EXPECT_EQ(phases["M"], 50);
  EXPECT_GT(phases["f"], 0);
  EXPECT_EQ(phases["X"], phases["s"] + phases["f"]);
}

TEST_F(Trace, IsTheSameEveryTime) {
  write_scenario("small");
  EXPECT_EQ(hearsay({"trace", "small.toml"}).out, hearsay({"trace", "small.toml"}).out);
}

TEST_F(Trace, RefusesBadInputAndLeavesNoFile) {
  write_scenario("bad", "nodez = 3\n");
  EXPECT_EQ(hearsay({"trace", "bad.toml", "--out", "t.jsonl"}).code, 2);
  write_scenario("small");
  EXPECT_EQ(hearsay({"trace", "small.toml", "--replication", "3", "--out", "t.jsonl"}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "t.jsonl"));
  EXPECT_EQ(hearsay({"trace", "small.toml", "--out", "nowhere/t.jsonl"}).code, 2);
}

}  // namespace
}  // namespace hearsay::test::trace_test
