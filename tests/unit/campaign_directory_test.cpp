#include <gmock/gmock.h>

#include <fstream>
#include <system_error>

#include "analysis/csv.hpp"
#include "sim/campaign/input_error.hpp"
#include "sim/campaign/result_directory.hpp"
#include "sim/campaign/tables.hpp"
#include "tests/support/scratch.hpp"

namespace hearsay::campaign {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

class Directory : public testing::Test {
 protected:
  Directory() {
    scenario_.name = "unit";
    scenario_.identity = "one";
    scenario_.seed = 42;
    scenario_.replications = 2;
    scenario_.points.resize(1);
    scenario_.points[0].axes = {{"network.loss", "0.1", "0.1"}};
    scenario_.points[0].resolved_json = R"({"network":{"loss":0.1}})";
  }
  static RunRecord run(std::uint32_t replication) {
    RunRecord record{{0, replication}, RunStatus::kDone, {}};
    record.result.digest = 0xabc + replication;
    record.result.metrics = {{"coverage_mean", 1.0}, {"t99_s", replication == 0 ? std::optional(0.1) : std::nullopt}};
    record.result.reach = {{"", {0.5, 1}, {0.25, std::nullopt}}};
    record.result.ledger = {{0, 1, -1, 1'500'000'000, 0}};
    record.result.series_columns = {"coverage"};
    record.result.series = {{1, {0.5}}};
    record.result.performance.wall_s = 1 + replication;
    return record;
  }

  void write(const fs::path& path, bool fresh = false) {
    ResultDirectory directory(path, scenario_, fresh);
    CampaignResult result;
    result.planned = 2;
    for (std::uint32_t r = 0; r < 2; ++r) {
      RunRecord record = run(r);
      directory.append(record);
      result.runs.push_back(std::move(record));
    }
    directory.finish({scenario_, {"unit.toml", {}, {}}, {}, result, {}, PointLabels(scenario_)});
  }

  static std::string content(const fs::path& file) { return test::file_text(file); }
  static std::vector<std::string> names(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename().string());
    return names;
  }

  test::ScratchDirectory scratch_;
  const fs::path& root_ = scratch_.path();
  scenario::Scenario scenario_;
};

TEST_F(Directory, HoldsEveryTable) {
  write(root_ / "a" / "b");
  const fs::path at = root_ / "a" / "b";
  EXPECT_THAT(names(at),
              UnorderedElementsAre("manifest.json", "runs.csv", "points.csv", "messages.csv", "drops.csv", "faults.csv",
                                   "series.csv", "reach.csv", "ledger.csv", "performance.csv"));
  EXPECT_EQ(content(at / "runs.csv"),
            "point,network.loss,replication,seed,digest,failed,failure,coverage_mean,t99_s\n"
            "0,0.1,0,42,0000000000000abc,0,,1,0.1\n"
            "0,0.1,1,42,0000000000000abd,0,,1,\n");
  EXPECT_EQ(content(at / "reach.csv"),
            "point,replication,class,share,time_s\n0,0,,0.5,0.25\n0,0,,1,\n0,1,,0.5,0.25\n0,1,,1,\n");
  EXPECT_EQ(content(at / "ledger.csv"),
            "point,replication,item,node,from,time_s,hops\n0,0,0,1,-1,1.500000000,0\n0,1,0,1,-1,1.500000000,0\n");
  EXPECT_EQ(content(at / "series.csv"), "point,replication,time_s,coverage\n0,0,1,0.5\n0,1,1,0.5\n");
  EXPECT_THAT(content(at / "points.csv"), HasSubstr("0,0.1,coverage_mean,1,1,0,1,1,2\n0,0.1,t99_s,s,0.1,,,,1\n"));
}

TEST_F(Directory, KeepsTheClockOutOfWhatIsCompared) {
  write(root_ / "a");
  for (const std::string& name : names(root_ / "a")) {
    if (name == "performance.csv") continue;
    EXPECT_THAT(content(root_ / "a" / name), Not(HasSubstr("wall"))) << name;
  }
}

TEST_F(Directory, TellsAReaderWhatItHolds) {
  write(root_ / "a");
  const auto manifest = read_manifest(root_ / "a");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->name, "unit");
  EXPECT_EQ(manifest->scenario_id, scenario_id(scenario_));
  EXPECT_THAT(manifest->axes, ElementsAre("network.loss"));
  EXPECT_THAT(manifest->point_names, ElementsAre("0.1"));
  EXPECT_FALSE(read_manifest(root_));
}

TEST_F(Directory, IsReplacedByTheSameScenario) {
  write(root_ / "a");
  std::ofstream(root_ / "a" / "reach.svg") << "a figure of the earlier results";
  scenario_.name = "renamed";
  write(root_ / "a");
  EXPECT_EQ(read_manifest(root_ / "a")->name, "renamed");
  EXPECT_FALSE(fs::exists(root_ / "a" / "reach.svg"));
}

TEST_F(Directory, IsReplacedByAnotherScenarioOnlyOnRequest) {
  write(root_ / "a");
  scenario_.identity = "two";
  EXPECT_THAT([&] { write(root_ / "a"); },
              ThrowsMessage<InputError>(
                  testing::AllOf(HasSubstr("another scenario ('unit')"), HasSubstr("--out"), HasSubstr("--fresh"))));
  write(root_ / "a", true);
  EXPECT_EQ(read_manifest(root_ / "a")->scenario_id, scenario_id(scenario_));
}

TEST_F(Directory, IsRefusedIfItHoldsAnythingElse) {
  std::ofstream(root_ / "thesis.tex") << "x";
  EXPECT_THAT([&] { write(root_, true); },
              ThrowsMessage<InputError>(HasSubstr("neither empty nor a directory of results")));
  EXPECT_THAT(names(root_), ElementsAre("thesis.tex"));
}

TEST_F(Directory, WithoutManifestIsReplacedOnlyOnRequest) {
  std::ofstream(root_ / "runs.csv") << "x";
  EXPECT_THAT([&] { write(root_); }, ThrowsMessage<InputError>(HasSubstr("without a readable manifest.json")));
  write(root_, true);
  EXPECT_TRUE(read_manifest(root_));
}

TEST_F(Directory, DoesNotMindWhatAKilledCampaignLeft) {
  std::ofstream(root_ / ".hearsay-ledger.csv.tmp") << "x";
  EXPECT_NO_THROW(write(root_));
}

TEST_F(Directory, IsNotLeftBehindEmpty) {
  { const ResultDirectory directory(root_ / "a", scenario_, false); }
  EXPECT_FALSE(fs::exists(root_ / "a"));
}

TEST_F(Directory, ThatCannotBeCreatedIsTheMachinesFailure) {
  std::ofstream(root_ / "file") << "x";
  EXPECT_THROW(write(root_ / "file" / "a"), std::system_error);
  EXPECT_THROW(write(root_ / "file"), std::system_error);
}

TEST_F(Directory, KeepsWhatIsCompleteWhenAFileCannotBeWritten) {
  fs::create_directories(root_ / "a" / ".hearsay-ledger.csv.tmp");  // in the way of a temporary file
  EXPECT_THAT([&] { write(root_ / "a"); },
              ThrowsMessage<std::runtime_error>(testing::AllOf(HasSubstr("ledger.csv cannot be written"),
                                                               HasSubstr("complete are manifest.json, runs.csv"))));
  EXPECT_TRUE(fs::exists(root_ / "a" / "runs.csv"));
  EXPECT_TRUE(fs::exists(root_ / "a" / "reach.csv"));
  EXPECT_FALSE(fs::exists(root_ / "a" / "ledger.csv"));
}

TEST(ExactSeconds, HaveNineDecimals) {
  EXPECT_EQ(exact_seconds(0), "0.000000000");
  EXPECT_EQ(exact_seconds(1), "0.000000001");
  EXPECT_EQ(exact_seconds(123'456'789'012'345'678), "123456789.012345678");
}

}  // namespace
}  // namespace hearsay::campaign
