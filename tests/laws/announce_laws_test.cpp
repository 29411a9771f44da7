// Laws of announcing, through scenario files.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "sim/simulation/run_spec.hpp"
#include "tests/support/scenario_file.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::laws::announce_laws_test {
namespace {

using test::metric;

struct Text {
  std::string topology = "kind = \"ring\"\nnodes = 25\n";
  std::string latency = "{ kind = \"uniform\", min = \"10 ms\", max = \"100 ms\" }";
  std::string network = {};
  std::string protocol = "name = \"announce\"\n";
  std::string workload = "count = 1\nsize = \"250 B\"\n";
  std::string run = "until = \"covered\"\n";
};

simulation::RunSpec spec_of(const Text& text, std::uint64_t seed = 1) {
  static const test::ScenarioDirectory directory;
  scenario::Loaded loaded =
      directory.load(test::ScenarioText{.run = "seed = " + std::to_string(seed) + "\nduration = \"1 h\"\n" + text.run,
                                        .topology = text.topology,
                                        .network = "latency = " + text.latency + "\n" + text.network,
                                        .protocol = text.protocol,
                                        .workload = "kind = \"transactions\"\n" + text.workload});
  if (!loaded.scenario) throw std::invalid_argument(test::diagnostics_text(loaded));
  return std::move(loaded.scenario->points.at(0).spec);
}

std::map<std::string, double> messages(const metrics::RunResult& result) {
  std::map<std::string, double> out;
  for (const auto& kind : result.messages_by_kind) out[kind.name] = static_cast<double>(kind.count);
  return out;
}

// ------------------------------------------------------------------------------------------- EX-11

class AnnounceCounts : public ::testing::TestWithParam<const char*> {};

// EX-11: getdata = tx = N - 1; |E| <= inv <= 2|E| - (N - 1). Each edge carries an inv one way or both ways, but those
// of the tree of first receipts only one, as none goes back.
TEST_P(AnnounceCounts, AreOneRequestANodeAndOneOrTwoHashesAnEdge) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (const char* latency :
         {"{ kind = \"constant\", value = \"50 ms\" }", "{ kind = \"uniform\", min = \"10 ms\", max = \"100 ms\" }"}) {
      // A request takes at most 200 ms: longer than the timeout is none.
      for (const char* timeout : {"", "request_timeout = \"201 ms\"\n"}) {
        const auto result = test::run(spec_of(
            {.topology = GetParam(), .latency = latency, .protocol = std::string("name = \"announce\"\n") + timeout},
            seed));
        auto sent = messages(result);
        const double nodes = metric(result, "nodes"), edges = metric(result, "edges");
        EXPECT_EQ(metric(result, "coverage_min"), 1);
        EXPECT_EQ(sent["getdata"], nodes - 1);
        EXPECT_EQ(sent["tx"], nodes - 1);
        EXPECT_GE(sent["inv"], edges);
        EXPECT_LE(sent["inv"], 2 * edges - (nodes - 1));
        EXPECT_EQ(sent["notfound"], 0);
        EXPECT_EQ(metric(result, "duplicates"), 0);
        EXPECT_EQ(metric(result, "bytes_sent"),
                  61 * (sent["inv"] + sent["getdata"]) + (24 + 250) * sent["tx"]);  // 24 + 1 + 36 B a hash
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Graphs, AnnounceCounts,
                         ::testing::Values("kind = \"line\"\nnodes = 25\n", "kind = \"ring\"\nnodes = 25\n",
                                           "kind = \"ring\"\nnodes = 26\n", "kind = \"star\"\nnodes = 25\n",
                                           "kind = \"grid\"\nnodes = 25\n",
                                           "kind = \"tree\"\nnodes = 25\nbranching = 4\n",
                                           "kind = \"complete\"\nnodes = 25\n", "kind = \"hypercube\"\nnodes = 256\n",
                                           "kind = \"random-regular\"\nnodes = 200\ndegree = 8\n",
                                           "kind = \"barabasi-albert\"\nnodes = 150\nattach = 3\n"));

// On a tree each edge carries exactly one, and with constant latency L a hop is inv, getdata and tx: 3L.
TEST(Announce, AHopTakesThreeLatencies) {
  const auto result = test::run(spec_of({.topology = "kind = \"line\"\nnodes = 9\n",
                                         .latency = "{ kind = \"constant\", value = \"50 ms\" }",
                                         .workload = "count = 1\nsize = \"250 B\"\norigin = 0\n"}));
  EXPECT_NEAR(metric(result, "t100_s"), 8 * 0.15, 1e-9);
  EXPECT_EQ(metric(result, "hops_max"), 8);
  EXPECT_EQ(messages(result)["inv"], 8);
}

// 1250 B/s up, inv and getdata of 61 B, tx of 1000 + 24 B, 50 ms: 3 x 0.05 + (61 + 61 + 1024) / 1250 s a hop. The one
// peer of a line's end is the first in the queue.
TEST(Announce, BytesWaitForTheUplink) {
  const auto result = test::run(spec_of({.topology = "kind = \"line\"\nnodes = 2\n",
                                         .latency = "{ kind = \"constant\", value = \"50 ms\" }",
                                         .network = "uplink = \"10 kbit/s\"\n",
                                         .workload = "count = 1\nsize = \"1 kB\"\norigin = 0\n"}));
  EXPECT_NEAR(metric(result, "t100_s"), 0.15 + 1146 / 1250.0, 1e-8);
}

// ------------------------------------------------------------------------------------------ reductions

/// Item, node and time of each delivery.
std::vector<std::tuple<std::uint32_t, std::uint32_t, std::int64_t>> deliveries(const metrics::RunResult& result) {
  std::vector<std::tuple<std::uint32_t, std::uint32_t, std::int64_t>> out;
  for (const auto& row : result.ledger) out.emplace_back(row.item, row.node, row.time_ns);
  return out;
}

// With all peers full it is a flood of items that are a header larger.
TEST(Announce, WithAllPeersFullIsAFlood) {
  for (const char* network : {"", "uplink = \"1 Mbit/s\"\ndownlink = \"2 Mbit/s\"\n", "loss = 0.1\n"}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const auto run = [&](const char* protocol, const char* size) {
        auto spec = spec_of({.topology = "kind = \"random-regular\"\nnodes = 60\ndegree = 6\n",
                             .network = network,
                             .protocol = protocol,
                             .workload = std::string("rate = \"5/s\"\nstop = \"10 s\"\nsize = \"") + size + "\"\n",
                             .run = "until = \"quiet\"\n"},
                            seed);
        spec.output.ledger = true;
        return test::run(spec);
      };
      const auto announced = run("name = \"announce\"\nfull_peers = 1.0\n", "476 B");
      const auto flooded = run("name = \"flood\"\n", "500 B");
      EXPECT_EQ(deliveries(announced), deliveries(flooded));
      EXPECT_EQ(metric(announced, "messages_sent"), metric(flooded, "messages_sent"));
      EXPECT_EQ(metric(announced, "bytes_sent"), metric(flooded, "bytes_sent"));
      EXPECT_EQ(metric(announced, "duplicates"), metric(flooded, "duplicates"));
      EXPECT_EQ(metric(announced, "queue_delay_mean_s"), metric(flooded, "queue_delay_mean_s"));
      EXPECT_GT(metric(announced, "messages_sent"), 10'000);
    }
  }
}

// As many full peers as there are, or a group of all, is the same.
TEST(Announce, AllFullPeersAreAllHoweverTheyAreNamed) {
  const auto digest = [&](const std::string& full, const std::string& rest) {
    return test::run(spec_of({.topology = "kind = \"random-regular\"\nnodes = 60\ndegree = 6\n",
                              .protocol = "name = \"announce\"\nfull_peers = " + full + "\n",
                              .workload = "count = 5\nsize = \"250 B\"\n" + rest}))
        .digest;
  };
  EXPECT_EQ(digest("6", ""), digest("1.0", ""));
  EXPECT_EQ(digest("\"all\"", "[[group]]\nname = \"all\"\nrest = true\n"), digest("1.0", ""));
}

// --------------------------------------------------------------------------------------------- trickle

// Two nodes: a transaction takes the residual of a Poisson clock, Exp(mean 1 s), and three latencies. Publications are
// 60 s apart, so that two wait for one tick with probability e^-60.
TEST(Announce, AHashWaitsForAPoissonClock) {
  const auto result = test::run(spec_of({.topology = "kind = \"line\"\nnodes = 2\n",
                                         .latency = "{ kind = \"constant\", value = \"10 ms\" }",
                                         .protocol = "name = \"announce\"\ntrickle = \"1 s\"\n",
                                         .workload = "interval = \"60 s\"\nsize = \"250 B\"\n",
                                         .run = "until = \"covered\"\n"}));
  const double items = metric(result, "items_published");
  EXPECT_EQ(items, 60);
  // Sixty waits say little: 200 runs.
  double sum = 0, count = 0, below_median = 0;
  for (std::uint64_t replication = 0; replication < 200; ++replication) {
    auto spec = spec_of({.topology = "kind = \"line\"\nnodes = 2\n",
                         .latency = "{ kind = \"constant\", value = \"10 ms\" }",
                         .protocol = "name = \"announce\"\ntrickle = \"1 s\"\n",
                         .workload = "interval = \"60 s\"\nsize = \"250 B\"\n"});
    spec.output.ledger = true;
    const auto many = test::run(spec, replication);
    std::map<std::uint32_t, std::int64_t> published;
    for (const auto& row : many.ledger) {
      const auto [first, is_origin] = published.try_emplace(row.item, row.time_ns);
      if (is_origin) continue;
      const double wait_s = static_cast<double>(row.time_ns - first->second) / 1e9 - 0.03;
      EXPECT_GT(wait_s, 0);
      sum += wait_s;
      below_median += wait_s < std::log(2.0) ? 1 : 0;
      ++count;
    }
  }
  EXPECT_EQ(count, 200 * 60);
  EXPECT_NEAR(sum / count, 1, 3.89 / std::sqrt(count));                   // an exponential's SD is its mean
  EXPECT_NEAR(below_median / count, 0.5, 3.89 * 0.5 / std::sqrt(count));  // and its median ln 2
}

// ------------------------------------------------------------------------------- loss, and its repair

// Two nodes, loss q. The receiver gets the transaction if inv, getdata and tx all arrive: nobody else announces it.
TEST(Announce, OneAnnouncerIsAskedOnce) {
  double covered = 0;
  constexpr int kItems = 3000;
  const auto result = test::run(spec_of({.topology = "kind = \"line\"\nnodes = 2\n",
                                         .network = "loss = 0.1\n",
                                         .protocol = "name = \"announce\"\nrequest_timeout = \"10 s\"\n",
                                         .workload = "count = 3000\nsize = \"250 B\"\n",
                                         .run = "until = \"quiet\"\n"}));
  covered = metric(result, "coverage_mean") * 2 * kItems - kItems;  // the origin has each
  const double p = 0.9 * 0.9 * 0.9;
  EXPECT_NEAR(covered / kItems, p, 3.89 * std::sqrt(p * (1 - p) / kItems));
  // Whoever has asked and not got it: (1 - 0.81) of those who heard.
  EXPECT_NEAR(metric(result, "requests_timed_out") / kItems, 0.9 * 0.19, 3.89 * std::sqrt(0.171 * 0.829 / kItems));
}

// The complete graph of three, from 0, loss q on the second and third leg only cannot be had; but with a timeout a node
// that heard of it twice asks twice, so more are reached than without one.
TEST(Announce, ATimeoutRepairsWhatLossHasTaken) {
  const auto coverage = [&](const char* timeout) {
    return metric(test::run(spec_of({.topology = "kind = \"random-regular\"\nnodes = 200\ndegree = 8\n",
                                     .network = "loss = 0.1\n",
                                     .protocol = std::string("name = \"announce\"\n") + timeout,
                                     .workload = "count = 20\nsize = \"250 B\"\n",
                                     .run = "until = \"quiet\"\n"})),
                  "coverage_mean");
  };
  // Without: a node gets it if its one request succeeds, 0.81, once anybody has announced it. With: all but surely.
  EXPECT_NEAR(coverage(""), 0.81, 0.03);
  EXPECT_GT(coverage("request_timeout = \"10 s\"\n"), 0.995);
}

}  // namespace
}  // namespace hearsay::laws::announce_laws_test
