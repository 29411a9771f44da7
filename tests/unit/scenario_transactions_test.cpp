// The workload of transactions: as a scenario writes it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::scenario_transactions_test {
namespace {

using test::diagnostics_text;
using test::ScenarioText;
using testing::ElementsAre;
using testing::HasSubstr;

class ScenarioTransactions : public testing::Test {
 protected:
  Loaded load(const ScenarioText& scenario) {
    Loaded loaded = directory_.load(scenario);
    EXPECT_TRUE(loaded.scenario) << diagnostics_text(loaded);
    return loaded;
  }
  test::ScenarioDirectory directory_;
};

TEST_F(ScenarioTransactions, TransactionsAreABroadcastOfClassTx) {
  const auto specs = [&](const std::string& kind) {
    ScenarioText scenario;
    scenario.workload = "kind = \"" + kind +
                        "\"\nrate = \"7/s\"\nstop = \"30 s\"\nstart = \"1 s\"\n"
                        "size = { kind = \"lognormal\", mean = \"500 B\", sd = \"300 B\" }\n";
    Loaded loaded = load(scenario);
    return std::move(loaded.scenario->points[0].spec);
  };
  const auto plain = specs("broadcast"), transactions = specs("transactions");
  EXPECT_THAT(plain.classes, ElementsAre(""));
  EXPECT_THAT(transactions.classes, ElementsAre("tx"));
  const auto &a = plain.workloads.at(0), &b = transactions.workloads.at(0);
  EXPECT_EQ(b.arrivals, workload::Arrivals::kPoisson);
  EXPECT_EQ(b.origin, workload::OriginKind::kRandom);
  EXPECT_EQ(a.rate_per_s, b.rate_per_s);
  EXPECT_EQ(a.size_bytes, b.size_bytes);
  EXPECT_EQ(a.start, b.start);
  EXPECT_EQ(a.stop, b.stop);
}

TEST_F(ScenarioTransactions, TransactionsCanHaveAnotherClass) {
  ScenarioText scenario;
  scenario.workload = "kind = \"transactions\"\nclass = \"swap\"\ncount = 3\nsize = \"500 B\"\n";
  EXPECT_THAT(load(scenario).scenario->points[0].spec.classes, ElementsAre("swap"));
}

TEST_F(ScenarioTransactions, TheirClassIsInTheResolvedScenario) {
  ScenarioText scenario;
  scenario.workload = "kind = \"transactions\"\ncount = 3\nsize = \"500 B\"\n";
  EXPECT_THAT(load(scenario).scenario->points[0].resolved_json, HasSubstr("\"class\":\"tx\""));
}

TEST_F(ScenarioTransactions, OtherPartsTellThemByTheirClass) {
  ScenarioText scenario;
  scenario.protocol = "name = \"flood\"\npolicies = { tx = { policy = \"count\", count = 3 } }\n";
  scenario.workload = "kind = \"transactions\"\ncount = 3\nsize = \"500 B\"\n";
  EXPECT_EQ(diagnostics_text(load(scenario)), "");
}

}  // namespace
}  // namespace hearsay::scenario::scenario_transactions_test
