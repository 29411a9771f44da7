// ledger.sqlite: what a user can ask of the nodes, blocks and transactions of a run.

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/results/ledger_file.hpp"
#include "tests/cli/program.hpp"

namespace hearsay::test::ledger_test {
namespace {

using ::testing::HasSubstr;

class Ledger : public ProgramTest {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& protocol, const std::string& transactions,
                              const std::string& output) const {
    return scratch_.write(
        name + ".toml",
        "name = \"" + name +
            "\"\n[run]\nseed = 7\nduration = \"30 min\"\nuntil = \"duration\"\nreplications = 2\n[topology]\nkind = "
            "\"random-regular\"\nnodes = 40\ndegree = 4\n[network]\nlatency = { kind = \"uniform\", min = \"0.5 s\", "
            "max "
            "= \"2 s\" }\nuplink = \"10 Mbit/s\"\n[[group]]\nids = [0, 1]\nrole = \"pool\"\nhash_power = "
            "0.5\n[[group]]\nrest = true\nhash_power = 0.5\n[protocol]\n" +
            protocol + transactions +
            "[[workload]]\nkind = \"mining\"\nclass = \"block\"\ninterval = \"30 s\"\nsize = \"1 MB\"\ninvalid_share = "
            "0.1\n[output]\nby = [\"class\"]\n" +
            output);
  }
  static double one(SQLite::Database& db, const std::string& sql) {
    SQLite::Statement query(db, sql);
    EXPECT_TRUE(query.executeStep()) << sql;
    return query.getColumn(0).getDouble();
  }
};

TEST_F(Ledger, SaysWhatTheMetricsSayAndAnswersItsExampleQueries) {
  const auto file =
      write("full", "name = \"block-relay\"\nmode = \"compact-low\"\nmempool = \"explicit\"\n",
            "[[workload]]\nkind = \"transactions\"\nrate = \"1/s\"\nsize = \"500 B\"\nstop = \"28 min\"\n",
            "ledger = true\n");
  const Outcome outcome = hearsay({"run", file.string(), "--json", "--out", scratch_ / "full"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto runs = nlohmann::json::parse(outcome.out)["points"][0]["runs"];
  SQLite::Database db(scratch_ / "full/ledger.sqlite", SQLite::OPEN_READONLY);
  for (std::size_t r = 0; r < 2; ++r) {
    const auto metric = [&](const char* name) { return runs[r]["metrics"][name].get<double>(); };
    const std::string here = " replication = " + std::to_string(r);
    const auto count = [&](const std::string& what) { return one(db, "SELECT count(*) FROM " + what + " AND" + here); };
    EXPECT_EQ(count("nodes WHERE up = 1 AND peers = 4 AND region IS NULL"), 40);
    EXPECT_EQ(count("nodes WHERE role = 'pool' AND hash_power = 0.25"), 2);
    EXPECT_EQ(count("blocks WHERE status = 'main'"), metric("blocks_main"));
    EXPECT_EQ(count("blocks WHERE status = 'stale'"), metric("blocks_stale"));
    EXPECT_EQ(count("blocks WHERE status = 'invalid'"), metric("blocks_invalid"));
    EXPECT_GT(metric("blocks_stale"), 0);
    EXPECT_GT(metric("blocks_invalid"), 0);
    // Each height has one block of the main chain, whose parent is the one below.
    EXPECT_EQ(one(db, "SELECT max(height) FROM blocks WHERE status = 'main' AND" + here), metric("blocks_main"));
    EXPECT_EQ(one(db,
                  "SELECT count(*) FROM blocks b JOIN blocks p ON p.block = b.parent AND p.replication = "
                  "b.replication WHERE b.status = 'main' AND p.status = 'main' AND p.height = b.height - 1 AND b." +
                      here.substr(1)),
              metric("blocks_main") - 1);
    EXPECT_EQ(count("transactions WHERE 1"), metric("tx_published"));
    EXPECT_NEAR(one(db, "SELECT avg(status = 'confirmed') FROM transactions WHERE" + here),
                metric("tx_confirmed_share"), 1e-12);
    EXPECT_EQ(one(db, "SELECT sum(transactions - 1) FROM blocks WHERE status = 'main' AND" + here),
              count("transactions WHERE status = 'confirmed'"));
    EXPECT_EQ(
        one(db, "SELECT sum(size_bytes) FROM blocks WHERE transactions < 253 AND" + here),
        one(db, "SELECT sum(80 + 1 + 200 + 500 * (transactions - 1)) FROM blocks WHERE transactions < 253 AND" + here));
    EXPECT_NEAR(one(db, "SELECT avg(t50_s) FROM blocks WHERE" + here), metric("t50_s[class=block]"), 1e-9);
    EXPECT_NEAR(one(db, "SELECT avg(t90_s) FROM blocks WHERE" + here), metric("t90_s[class=block]"), 1e-9);
  }
  const Outcome described = hearsay({"describe", "ledger"});
  EXPECT_EQ(described.code, 0);
  for (const results::LedgerQuery& query : results::ledger_queries()) {
    SQLite::Statement statement(db, std::string(query.sql));
    EXPECT_TRUE(statement.executeStep()) << query.question;
    EXPECT_THAT(described.out, HasSubstr(std::string(query.sql)));
  }
  for (const results::LedgerTable& table : results::ledger_schema())
    for (const results::LedgerColumn& column : table.columns)
      EXPECT_THAT(described.out, HasSubstr(std::string(column.name)));
}

TEST_F(Ledger, LeavesEmptyWhatNobodyKnows) {
  const auto file =
      write("flood", "name = \"flood\"\n",
            "[[workload]]\nkind = \"transactions\"\nrate = \"0.05/s\"\nsize = \"500 B\"\n", "ledger = true\n");
  ASSERT_EQ(hearsay({"run", file.string(), "--json", "--out", scratch_ / "flood"}).code, 0);
  const std::string path = scratch_ / "flood/ledger.sqlite";
  {
    SQLite::Database db(path, SQLite::OPEN_READONLY);
    EXPECT_GT(one(db, "SELECT count(*) FROM transactions"), 20);
    EXPECT_EQ(one(db, "SELECT count(*) FROM transactions WHERE status IS NOT NULL OR block IS NOT NULL"), 0);
    EXPECT_EQ(one(db, "SELECT count(*) FROM blocks WHERE transactions IS NOT NULL OR size_bytes <> 1000000"), 0);
  }
  // A directory that is begun anew without a ledger has none of before.
  const auto without = write("flood", "name = \"flood\"\n",
                             "[[workload]]\nkind = \"transactions\"\nrate = \"0.05/s\"\nsize = \"500 B\"\n", "");
  ASSERT_EQ(hearsay({"run", without.string(), "--json", "--fresh", "--out", scratch_ / "flood"}).code, 0);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace hearsay::test::ledger_test
