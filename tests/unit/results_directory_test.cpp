#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <system_error>

#include "sim/campaign/campaign.hpp"
#include "sim/document/diagnostics.hpp"
#include "sim/results/directory.hpp"
#include "sim/results/run.hpp"
#include "sim/results/tables.hpp"
#include "tests/support/scratch.hpp"

namespace hearsay::results::results_directory_test {
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

  /// What a call of the program does: both runs, then the tables.
  void write(const fs::path& path, bool fresh = false) {
    const PointLabels labels(scenario_);
    ResultDirectory directory(path, scenario_, labels, fresh);
    Store& store = directory.store();
    for (std::uint32_t r = 0; r < 2; ++r) store.add(run(r));
    const Counted counted(scenario_.points.size(), {0, scenario_.replications});
    Overview overview(scenario_);
    PointSummaries points([&](const PointSummary& point) { directory.write(point); });
    directory.begin(
        {labels, scenario_.seed, Columns(store.metric_names(counted)), Columns(store.series_columns(counted))});
    store.read(counted, Store::Detail::kWhole, [&](const RunRecord& record) {
      overview.add(record);
      points.add(record);
      directory.write(record);
    });
    points.finish();
    CampaignResult result;
    result.planned = result.finished = 2;
    const std::vector<std::string> why_one_lane(scenario_.points.size(), "a unit is never divided");
    directory.finish(manifest_text({scenario_, {"unit.toml", {}, {}}, {}, result, overview, {}, labels, why_one_lane}));
  }

  /// Changes a store as no campaign does.
  static void tamper(const fs::path& directory, const std::string& sql) {
    SQLite::Database((directory / kStoreFile).string(), SQLite::OPEN_READWRITE).exec(sql);
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
  EXPECT_THAT(names(at), UnorderedElementsAre("runs.sqlite", "manifest.json", "runs.csv", "points.csv", "messages.csv",
                                              "drops.csv", "faults.csv", "series.csv", "reach.csv", "ledger.csv",
                                              "performance.csv"));
  EXPECT_EQ(content(at / "runs.csv"),
            "point,network.loss,replication,seed,digest,failed,failure,coverage_mean,t99_s\n"
            "0,0.1,0,42,0000000000000abc,0,,1,0.1\n"
            "0,0.1,1,42,0000000000000abd,0,,1,\n");
  EXPECT_EQ(content(at / "reach.csv"),
            "point,replication,class,share,time_s\n0,0,,0.5,0.25\n0,0,,1,\n0,1,,0.5,0.25\n0,1,,1,\n");
  EXPECT_EQ(content(at / "ledger.csv"),
            "point,replication,item,node,from,time_s,hops\n0,0,0,1,-1,1.500000000,0\n0,1,0,1,-1,1.500000000,0\n");
  EXPECT_EQ(content(at / "series.csv"), "point,replication,time_s,coverage\n0,0,1,0.5\n0,1,1,0.5\n");
  EXPECT_THAT(content(at / "points.csv"), HasSubstr("0,0.1,coverage_mean,1,1,0,,,,2\n0,0.1,t99_s,s,0.1,,,,,1\n"));
}

TEST_F(Directory, KeepsTheClockOutOfWhatIsCompared) {
  write(root_ / "a");
  for (const std::string& name : names(root_ / "a")) {
    if (name == "performance.csv" || name == "runs.sqlite") continue;
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
              ThrowsMessage<document::InputError>(
                  testing::AllOf(HasSubstr("another scenario ('unit')"), HasSubstr("--out"), HasSubstr("--fresh"))));
  write(root_ / "a", true);
  EXPECT_EQ(read_manifest(root_ / "a")->scenario_id, scenario_id(scenario_));
}

TEST_F(Directory, IsRefusedIfItHoldsAnythingElse) {
  std::ofstream(root_ / "thesis.tex") << "x";
  EXPECT_THAT([&] { write(root_, true); },
              ThrowsMessage<document::InputError>(HasSubstr("neither empty nor a directory of results")));
  EXPECT_THAT(names(root_), ElementsAre("thesis.tex"));
}

TEST_F(Directory, WithoutManifestIsReplacedOnlyOnRequest) {
  std::ofstream(root_ / "runs.csv") << "x";
  EXPECT_THAT([&] { write(root_); }, ThrowsMessage<document::InputError>(
                                         testing::AllOf(HasSubstr("without runs.sqlite"), HasSubstr("--fresh"))));
  write(root_, true);
  EXPECT_TRUE(read_manifest(root_));
}

TEST_F(Directory, DoesNotMindWhatAKilledCampaignLeft) {
  std::ofstream(root_ / ".hearsay-ledger.csv.tmp") << "x";
  EXPECT_NO_THROW(write(root_));
  EXPECT_THAT(names(root_), Not(testing::Contains(testing::StartsWith("."))));
}

TEST_F(Directory, IsNotLeftBehindEmpty) {
  { const ResultDirectory directory(root_ / "a", scenario_, PointLabels(scenario_), false); }
  EXPECT_FALSE(fs::exists(root_ / "a"));
}

TEST_F(Directory, ThatCannotBeOneIsTheUsersMistake) {
  std::ofstream(root_ / "file") << "x";
  EXPECT_THROW(write(root_ / "file" / "a"), document::InputError);
  EXPECT_THROW(write(root_ / "file"), document::InputError);
  EXPECT_THROW(write(""), document::InputError);
  EXPECT_THROW(write(root_ / std::string(300, 'x')), document::InputError);
}

TEST_F(Directory, ThatCannotBeCreatedIsTheMachinesFailure) {
  try {
    write("/proc/no-such-directory");
    ADD_FAILURE() << "it was created";
  } catch (const document::InputError& error) {
    ADD_FAILURE() << error.what();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/proc/no-such-directory cannot be created"));
  }
}

TEST_F(Directory, KeepsWhatIsCompleteWhenAFileCannotBeWritten) {
  fs::create_directories(root_ / "a" / ".hearsay-ledger.csv.tmp" / "x");  // in the way of a temporary file
  EXPECT_THAT([&] { write(root_ / "a"); },
              ThrowsMessage<std::runtime_error>(testing::AllOf(HasSubstr("ledger.csv cannot be written"),
                                                               HasSubstr("complete are manifest.json, runs.csv"),
                                                               HasSubstr("all runs are in runs.sqlite"))));
  EXPECT_TRUE(fs::exists(root_ / "a" / "runs.csv"));
  EXPECT_TRUE(fs::exists(root_ / "a" / "reach.csv"));
  EXPECT_FALSE(fs::exists(root_ / "a" / "ledger.csv"));
}

TEST_F(Directory, IsGoneOnWithByTheBuildThatBeganIt) {
  write(root_ / "a");
  const auto before = content(root_ / "a" / "runs.csv");
  write(root_ / "a");
  EXPECT_EQ(content(root_ / "a" / "runs.csv"), before);
  {
    SQLite::Database store((root_ / "a" / kStoreFile).string(), SQLite::OPEN_READWRITE);
    store.exec("UPDATE campaign SET value = 'another' WHERE key = 'executable'");
    seal_store(store);
  }
  EXPECT_THAT([&] { write(root_ / "a"); },
              ThrowsMessage<document::InputError>(
                  testing::AllOf(HasSubstr("another build of hearsay (0."), HasSubstr("--out"), HasSubstr("--fresh"))));
  write(root_ / "a", true);
  write(root_ / "a");
}

TEST_F(Directory, OfAnotherSchemaIsReplacedOnlyOnRequest) {
  write(root_ / "a");
  tamper(root_ / "a", "PRAGMA user_version = 99");
  EXPECT_THAT([&] { write(root_ / "a"); }, ThrowsMessage<document::InputError>(testing::AllOf(
                                               HasSubstr("schema 99"), HasSubstr("schema 3"), HasSubstr("--fresh"))));
  write(root_ / "a", true);
  write(root_ / "a");
}

/// What two calls of a campaign leave must be the same, or the second says that the store is damaged.
TEST_F(Directory, FindsEveryFlippedByteOfItsStore) {
  write(root_ / "whole");
  write(root_ / "whole");
  const std::string store = content(root_ / "whole" / kStoreFile);
  const auto tables = [&](const fs::path& at) {
    std::string all;
    for (const char* name : {"runs.csv", "points.csv", "messages.csv", "drops.csv", "faults.csv", "miners.csv",
                             "series.csv", "reach.csv", "ledger.csv", "performance.csv"})
      all += content(at / name);
    return all;
  };
  const std::string expected = tables(root_ / "whole");
  std::mt19937 random(7);
  int found = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const fs::path at = root_ / ("flipped" + std::to_string(trial));
    fs::create_directories(at);
    fs::copy_file(root_ / "whole" / "manifest.json", at / "manifest.json");
    // Half of them where something is written, as most of a page may be empty.
    std::size_t place = random() % store.size();
    while (trial % 2 == 0 && store[place] == 0) place = random() % store.size();
    std::string flipped = store;
    flipped[place] = static_cast<char>(flipped[place] ^ (1 << random() % 8));
    std::ofstream(at / kStoreFile, std::ios::binary) << flipped;
    try {
      write(at);
      EXPECT_EQ(tables(at), expected) << "byte " << place;
    } catch (const document::InputError& error) {
      EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("--fresh"), testing::Not(HasSubstr("json.exception"))))
          << "byte " << place;
      ++found;
      write(at, true);
      EXPECT_TRUE(fs::exists(at / "runs.sqlite.damaged-1")) << "byte " << place << ": " << error.what();
      EXPECT_EQ(tables(at), expected);
    }
    fs::remove_all(at);
  }
  EXPECT_GT(found, 100);
}

TEST_F(Directory, RefusesARunWhoseFiguresAreNotThoseThatWereWritten) {
  for (const char* change :
       {"UPDATE metric_values SET value = 0.5 WHERE run = 1", "UPDATE runs SET replication = 7 WHERE replication = 1",
        "DELETE FROM metric_values WHERE run = 1", "UPDATE long_tables SET data = x'00' WHERE run = 1",
        "DELETE FROM long_tables WHERE run = 1", "UPDATE runs SET failure = 'x'", "DELETE FROM name_lists",
        "UPDATE metrics SET name = 'coverage_min' WHERE name = 'coverage_mean'", "UPDATE metrics SET better = 'lower'",
        "UPDATE runs SET status = 'crashed'", "UPDATE points SET name = 'x'", "UPDATE campaign SET value = 'x'",
        "UPDATE runs SET digest = '00'", "DROP VIEW results"}) {
    write(root_ / "a");
    tamper(root_ / "a", change);
    EXPECT_THAT([&] { write(root_ / "a"); },
                ThrowsMessage<document::InputError>(testing::AllOf(HasSubstr("damaged"), HasSubstr("--fresh"))))
        << change;
    fs::remove_all(root_ / "a");
  }
}

TEST_F(Directory, KeepsADamagedStoreAsideOnRequestAndElseLeavesIt) {
  const std::vector<std::function<void(const fs::path&)>> damages = {
      [](const fs::path& store) { std::ofstream(store) << std::string(10'000, 'x'); },
      [](const fs::path& store) { fs::resize_file(store, fs::file_size(store) / 2); },
      [](const fs::path& store) { tamper(store.parent_path(), "DROP TABLE drops"); },
      [](const fs::path& store) { tamper(store.parent_path(), "PRAGMA application_id = 5"); },
  };
  int number = 0;
  for (const auto& damage : damages) {
    write(root_ / "a");
    const fs::path store = root_ / "a" / kStoreFile;
    damage(store);
    const std::string damaged = content(store);
    EXPECT_THAT([&] { write(root_ / "a"); },
                ThrowsMessage<document::InputError>(
                    testing::AllOf(HasSubstr("runs.sqlite is damaged ("), HasSubstr("--out"), HasSubstr("--fresh"))));
    EXPECT_EQ(content(store), damaged);
    write(root_ / "a", true);
    EXPECT_EQ(content(root_ / "a" / ("runs.sqlite.damaged-" + std::to_string(++number))), damaged);
  }
}

// A process killed between creating the file and its first commit leaves one of these.
TEST_F(Directory, TakesAStoreInWhichNothingWasBegunForANewOne) {
  fs::create_directory(root_ / "a");
  std::ofstream(root_ / "a" / kStoreFile).close();
  write(root_ / "a");
  fs::create_directory(root_ / "b");
  SQLite::Database((root_ / "b" / kStoreFile).string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("PRAGMA journal_mode = WAL");
  write(root_ / "b");
  EXPECT_EQ(content(root_ / "a" / "runs.csv"), content(root_ / "b" / "runs.csv"));
}

TEST_F(Directory, BelongsToOneProcessAtATime) {
  const PointLabels labels(scenario_);
  auto directory = std::make_unique<ResultDirectory>(root_ / "a", scenario_, labels, false);
  const auto try_in_another_process = [&] {
    const pid_t child = ::fork();
    if (child == 0) {
      std::string what;
      try {
        const ResultDirectory second(root_ / "a", scenario_, labels, true);
      } catch (const document::InputError& error) {
        what = error.what();
      }
      const bool refused = what.find("in use by another campaign (process " + std::to_string(::getppid())) != what.npos;
      ::_exit(what.empty() ? 0 : refused ? 1 : 2);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  EXPECT_EQ(try_in_another_process(), 1);
  directory.reset();
  EXPECT_EQ(try_in_another_process(), 0);
}

TEST(ExactSeconds, HaveNineDecimals) {
  EXPECT_EQ(exact_seconds(0), "0.000000000");
  EXPECT_EQ(exact_seconds(1), "0.000000001");
  EXPECT_EQ(exact_seconds(123'456'789'012'345'678), "123456789.012345678");
}

}  // namespace
}  // namespace hearsay::results::results_directory_test
