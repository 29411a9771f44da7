// The one list of a run's numbers: whatever it names goes everywhere, and what a result has is named.

#include "sim/metrics/result_fields.hpp"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "sim/results/codec.hpp"
#include "sim/results/store.hpp"
#include "sim/results/store_schema.hpp"
#include "sim/results/tables.hpp"
#include "tests/support/campaigns/campaigns.hpp"

namespace hearsay::results::results_fields_test {
namespace {

using metrics::FieldPlace;
using metrics::FieldValue;
using metrics::RunField;
using testing::HasSubstr;

/// Every number of it has a value of its own. The bindings name every member, so that this does not compile once one
/// is added: it belongs into the list, or beside the tables that the codec knows.
metrics::RunResult full_result() {
  metrics::RunResult result;
  auto& [failed, failure, digest, simulated_s, metrics, kinds, drops, faults, miners, reach, columns, series, ledger,
         ledger_tables, performance] = result;
  auto& [events, setup_s, wall_s, peak_rss_bytes, memory] = performance;
  auto& [nodes, items, messages] = memory;
  std::uint64_t next = 0x9f65'0b4a'c365'1e1c;  // more than SQLite counts to
  for (std::uint64_t* count : {&digest, &events, &peak_rss_bytes, &nodes, &items, &messages}) *count = next++;
  double real = 0.1;
  for (double* number : {&simulated_s, &setup_s, &wall_s}) *number = real++;
  return result;
}

void expect_same_numbers(const metrics::RunResult& a, const metrics::RunResult& b) {
  const auto& [failed, failure, digest, simulated_s, metrics, kinds, drops, faults, miners, reach, columns, series,
               ledger, ledger_tables, performance] = b;
  const auto& [events, setup_s, wall_s, peak_rss_bytes, memory] = performance;
  const auto& [nodes, items, messages] = memory;
  EXPECT_EQ(a.digest, digest);
  EXPECT_EQ(a.simulated_s, simulated_s);
  EXPECT_EQ(a.performance.events, events);
  EXPECT_EQ(a.performance.setup_s, setup_s);
  EXPECT_EQ(a.performance.wall_s, wall_s);
  EXPECT_EQ(a.performance.peak_rss_bytes, peak_rss_bytes);
  EXPECT_EQ(a.performance.memory.nodes, nodes);
  EXPECT_EQ(a.performance.memory.items, items);
  EXPECT_EQ(a.performance.memory.messages, messages);
}

TEST(RunFields, HaveNamesAndMembersOfTheirOwn) {
  const metrics::RunResult full = full_result();
  std::set<std::string_view> names;
  std::set<FieldValue> values;
  for (const RunField& field : metrics::run_fields()) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    EXPECT_TRUE(values.insert(field.get(full)).second) << field.name;
  }
}

TEST(RunFields, CopyAllNumbersOfARun) {
  const metrics::RunResult full = full_result();
  metrics::RunResult copy;
  for (const RunField& field : metrics::run_fields()) {
    if (field.is_stored()) field.set(copy, field.get(full));
  }
  expect_same_numbers(copy, full);
}

TEST(RunFields, SurviveTheWayBetweenProcessesAndTheStore) {
  const metrics::RunResult full = full_result();
  expect_same_numbers(decode(encode(full)), full);

  const auto scenario = test::bare_scenario(1, 1);
  Store store(scenario, PointLabels(scenario));
  store.add({{0, 0}, RunStatus::kDone, full});
  std::size_t runs = 0;
  store.read({{0, 1}}, Store::Detail::kWhole, [&](RunRecord&& run) {
    expect_same_numbers(run.result, full);
    ++runs;
  });
  EXPECT_EQ(runs, 1u);
}

TEST(RunFields, AreColumnsWhereTheySayThatTheyShow) {
  const auto scenario = test::bare_scenario(1, 1);
  const PointLabels labels(scenario);
  const std::string sql = store_tables();
  const auto header = [&](std::string_view name) {
    for (const RunTable& table : run_tables({labels, 1, Columns({}), Columns({})})) {
      if (table.name == name) return table.header;
    }
    return std::string();
  };
  for (const RunField& field : metrics::run_fields()) {
    const std::string column = "," + std::string(field.name);
    if (field.is_stored()) {
      EXPECT_THAT(sql, HasSubstr("\n  " + std::string(field.name) + " "));
    }
    if (field.place == FieldPlace::kRun) {
      EXPECT_THAT(header("runs.csv"), HasSubstr(column));
    }
    if (field.place == FieldPlace::kPerformance) {
      EXPECT_THAT(header("performance.csv"), HasSubstr(column));
    }
  }
}

// Figures, comparisons and queries that users have written name these columns.
TEST(RunFields, KeepTheirColumns) {
  const auto scenario = test::bare_scenario(1, 1);
  const PointLabels labels(scenario);
  const auto tables = run_tables({labels, 1, Columns({"t90_s"}), Columns({})});
  EXPECT_EQ(tables[0].header, "point,protocol.fanout,replication,seed,digest,failed,failure,t90_s\n");
  EXPECT_EQ(tables[4].header, "point,replication,node,share,found,stale\n");
  EXPECT_EQ(tables[5].header,
            "point,replication,events,setup_s,wall_s,events_per_s,peak_rss_bytes,nodes_bytes,items_bytes,"
            "messages_bytes\n");
  EXPECT_THAT(store_tables(), HasSubstr(R"(
  failure TEXT,
  digest TEXT,
  simulated_s REAL,
  metric_list INTEGER NOT NULL,
  series_list INTEGER NOT NULL,
  events INTEGER,
  setup_s REAL,
  wall_s REAL,
  peak_rss_bytes INTEGER,
  nodes_bytes INTEGER,
  items_bytes INTEGER,
  messages_bytes INTEGER,
  long_check INTEGER NOT NULL,
  row_check INTEGER NOT NULL,
  UNIQUE (point, replication));
)"));
}

}  // namespace
}  // namespace hearsay::results::results_fields_test
