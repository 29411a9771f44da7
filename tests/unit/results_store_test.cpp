#include "sim/results/store.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>

#include "sim/results/codec.hpp"
#include "sim/results/run.hpp"
#include "sim/results/store_schema.hpp"
#include "tests/support/campaigns/campaigns.hpp"
#include "tests/support/scratch.hpp"

namespace hearsay::results::results_store_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreTest : public testing::Test {
 protected:
  Store open() const { return Store(file_, scenario_, labels_); }

  static std::vector<RunRecord> all(const Store& store, const Counted& counted) {
    std::vector<RunRecord> runs;
    store.read(counted, Store::Detail::kWhole, [&](RunRecord&& run) { runs.push_back(std::move(run)); });
    return runs;
  }
  static std::vector<RunKey> keys(const Store& store, const Counted& counted) {
    std::vector<RunKey> keys;
    for (const RunRecord& run : all(store, counted)) keys.push_back(run.key);
    return keys;
  }
  static RunRecord run(RunKey key, std::vector<std::pair<std::string, std::optional<double>>> metrics = {}) {
    RunRecord record{key, RunStatus::kDone, {}};
    record.result.metrics = std::move(metrics);
    return record;
  }
  /// Rows of a query on the file, fields joined by "|".
  std::vector<std::string> query(const std::string& sql) const {
    SQLite::Database db(file_.string(), SQLite::OPEN_READWRITE);
    SQLite::Statement statement(db, sql);
    std::vector<std::string> rows;
    while (statement.executeStep()) {
      std::string row;
      for (int i = 0; i < statement.getColumnCount(); ++i) {
        row += (i > 0 ? "|" : "") + statement.getColumn(i).getString();
      }
      rows.push_back(row);
    }
    return rows;
  }

  test::ScratchDirectory scratch_;
  std::filesystem::path file_ = scratch_ / "runs.sqlite";
  scenario::Scenario scenario_ = test::bare_scenario(2, 3);
  PointLabels labels_{scenario_};
};

TEST_F(StoreTest, GivesBackEveryFieldOfARun) {
  RunRecord in = test::full_run({1, 2});
  in.result.metrics[3].second = std::nullopt;
  in.result.metrics[4].second = std::numeric_limits<double>::infinity();
  in.result.metrics[5].second = 0.1 + 0.2;
  in.result.messages_by_kind.push_back({"huge", ~std::uint64_t{0}, 1});
  in.result.series_columns = {"coverage", "in_flight"};
  in.result.series = {{0, {0.5, 2}}, {1, {1, 0}}};
  in.result.ledger = {{0, 4'294'967'295u, -1, 0, 0}, {1, 2, 3, 9'000'000'000'000'000'000, 65'000}};
  { open().add(in); }
  const std::vector<RunRecord> out = all(open(), {{0, 3}, {0, 3}});
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].key, in.key);
  EXPECT_EQ(out[0].status, RunStatus::kDone);
  // The encoding covers every field.
  EXPECT_EQ(encode(out[0].result), encode(in.result));
}

TEST_F(StoreTest, GivesBackAFailure) {
  for (const RunStatus status : {RunStatus::kRefused, RunStatus::kCrashed, RunStatus::kTimedOut}) {
    RunRecord in{{0, static_cast<std::uint32_t>(status)}, status, {}};
    in.result.failed = true;
    in.result.failure = "line 1\n\"line 2\", \xff";
    Store store(scenario_, labels_);
    store.add(in);
    const auto out = all(store, {{0, 9}, {}});
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(out[0].status, status);
    EXPECT_TRUE(out[0].result.failed);
    EXPECT_EQ(out[0].result.failure, in.result.failure);
  }
}

TEST_F(StoreTest, TakesRunsInAnyOrderAndGivesThemInThatOfThePlan) {
  Store store = open();
  for (const RunKey key : {RunKey{1, 1}, RunKey{0, 2}, RunKey{1, 0}, RunKey{0, 0}}) store.add(run(key));
  EXPECT_THAT(keys(store, {{0, 3}, {0, 3}}), ElementsAre(RunKey{0, 0}, RunKey{0, 2}, RunKey{1, 0}, RunKey{1, 1}));
  EXPECT_THAT(keys(store, {{0, 2}, {1, 1}}), ElementsAre(RunKey{0, 0}, RunKey{1, 1}));
  EXPECT_THAT(keys(store, {{}, {1, 2}}), ElementsAre(RunKey{1, 1}));
  EXPECT_EQ(store.size(), 4u);
}

// Which run ends first must not show: ids are given in the order in which runs come.
TEST_F(StoreTest, KeepsTheOrderOfMetricsWhateverTheOrderOfRuns) {
  const RunRecord first = run({0, 0}, {{"a", 1}, {"c", 2}}), second = run({1, 0}, {{"a", 3}, {"b", 4}, {"c", 5}});
  for (const bool reversed : {false, true}) {
    Store store(scenario_, labels_);
    store.add(reversed ? second : first);
    store.add(reversed ? first : second);
    const Counted both = {{0, 3}, {0, 3}};
    EXPECT_THAT(store.metric_names(both), ElementsAre("a", "c", "b"));
    EXPECT_THAT(store.metric_names({{}, {0, 3}}), ElementsAre("a", "b", "c"));
    const auto out = all(store, both);
    EXPECT_EQ(out[0].result.metrics, first.result.metrics);
    EXPECT_EQ(out[1].result.metrics, second.result.metrics);
  }
}

TEST_F(StoreTest, ReplacesAnEarlierAttemptAtTheSameRun) {
  Store store = open();
  RunRecord attempt = test::full_run({0, 1});
  attempt.status = RunStatus::kCrashed;
  store.add(attempt);
  store.add(run({0, 1}, {{"a", 1}}));
  EXPECT_EQ(store.size(), 1u);
  EXPECT_THAT(query("SELECT count(*) FROM metric_values"), ElementsAre("1"));
  for (const char* table : {"messages_by_kind", "drops", "faults", "miners", "long_tables"}) {
    EXPECT_THAT(query(std::string("SELECT count(*) FROM ") + table), ElementsAre("0")) << table;
  }
}

TEST_F(StoreTest, TellsWhatIsFinishedWithTheValueThatIsAskedFor) {
  Store store = open();
  store.add(run({0, 1}, {{"a", 1}, {"b", 7}}));
  store.add(run({0, 0}, {{"a", std::nullopt}}));
  RunRecord crashed{{1, 0}, RunStatus::kCrashed, {}};
  store.add(crashed);
  std::vector<FinishedRun> finished;
  store.finished([&](const FinishedRun& run) { finished.push_back(run); }, {"a", "no such"});
  ASSERT_EQ(finished.size(), 3u);
  EXPECT_EQ(finished[0].key, (RunKey{0, 0}));
  EXPECT_THAT(finished[0].values, ElementsAre(std::nullopt, std::nullopt));
  EXPECT_THAT(finished[1].values, ElementsAre(1, std::nullopt));
  EXPECT_EQ(finished[2].status, RunStatus::kCrashed);
  EXPECT_THAT(finished[2].values, ElementsAre(std::nullopt, std::nullopt));
}

TEST_F(StoreTest, CanBeQueriedByHand) {
  {
    Store store = open();
    store.add(run({0, 0}, {{"t90_s", 0.25}}));
    store.add(run({1, 0}, {{"t90_s", 0.5}}));
    store.add(run({1, 2}, {{"t90_s", 9}}));
    store.add({{1, 1}, RunStatus::kCrashed, {}});
    store.count({{0, 2}, {0, 2}});
  }
  EXPECT_THAT(query("SELECT a.value, avg(r.value) FROM results r JOIN axes a USING (point) "
                    "WHERE metric = 't90_s' AND key = 'protocol.fanout' GROUP BY point"),
              ElementsAre("1|0.25", "2|0.5"));
  EXPECT_THAT(query("SELECT point, replication, status FROM runs WHERE status <> 'done'"), ElementsAre("1|1|crashed"));
  EXPECT_THAT(query("SELECT name, unit, better FROM metrics"), ElementsAre("t90_s|s|lower"));
  EXPECT_THAT(query("SELECT value FROM campaign WHERE key = 'name'"), ElementsAre("bare"));
  EXPECT_THAT(query("SELECT name FROM points"), ElementsAre("1", "2"));
  EXPECT_THAT(query("SELECT count(DISTINCT id) FROM runs"), ElementsAre("4"));
}

TEST_F(StoreTest, HasEveryTableThatItsInspectionLooksFor) {
  { open(); }
  std::set<std::string> names;
  for (const auto& name : query("SELECT name FROM sqlite_master WHERE type <> 'index'")) names.insert(name);
  EXPECT_EQ(names, std::set<std::string>(kStoreObjects.begin(), kStoreObjects.end()));
}

TEST_F(StoreTest, SaysWhoseItIs) {
  EXPECT_EQ(inspect_store(file_).kind, StoreState::Kind::kNone);
  { open(); }
  const StoreState state = inspect_store(file_);
  EXPECT_EQ(state.kind, StoreState::Kind::kCurrent);
  EXPECT_EQ(state.name, "bare");
  EXPECT_EQ(state.scenario_id, scenario_id(scenario_));
  EXPECT_EQ(state.executable, executable_id());
  scenario_.name = "renamed";
  { open(); }
  EXPECT_EQ(inspect_store(file_).name, "renamed");
}

TEST_F(StoreTest, ThatCannotBeOpenedIsTheMachinesFailure) {
  std::filesystem::create_directory(file_);
  EXPECT_THROW(open(), StoreError);
  EXPECT_THROW(inspect_store(file_), StoreError);
}

// What the limit of a store is stated for; Store_read of the benchmarks says how long reading takes.
TEST(NightlyStore, HoldsAHundredThousandRunsIn200Megabytes) {
  constexpr std::uint32_t kRuns = 100'000;
  const auto scenario = test::bare_scenario(10, kRuns / 10);
  const PointLabels labels(scenario);
  const test::ScratchDirectory scratch;
  {
    Store store(scratch / "runs.sqlite", scenario, labels);
    for (std::uint32_t r = 0; r < kRuns / 10; ++r) {
      for (std::uint32_t p = 0; p < 10; ++p) store.add(test::full_run({p, r}));
    }
  }
  EXPECT_LT(std::filesystem::file_size(scratch / "runs.sqlite"), 200'000'000u);
  EXPECT_EQ(inspect_store(scratch / "runs.sqlite").kind, StoreState::Kind::kCurrent);
  const Store store(scratch / "runs.sqlite", scenario, labels);
  std::uint64_t digests = 0;
  store.read(Counted(10, {0, kRuns / 10}), Store::Detail::kWhole,
             [&](const RunRecord& run) { digests ^= run.result.digest; });
  std::uint64_t expected = 0;
  for (std::uint32_t r = 0; r < kRuns / 10; ++r) {
    for (std::uint32_t p = 0; p < 10; ++p) expected ^= test::full_run({p, r}).result.digest;
  }
  EXPECT_EQ(digests, expected);
}

}  // namespace
}  // namespace hearsay::results::results_store_test
