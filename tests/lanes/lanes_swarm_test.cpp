// One run is the same run however many lanes it is divided into and however many threads work on them: every figure,
// every sample, every row of the ledger. A failure names the scenario's number.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "sim/simulation/lanes.hpp"
#include "sim/simulation/registry.hpp"
#include "tests/support/random_specs.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

using hearsay::testing::random_spec;
using simulation::RunOptions;
using simulation::RunSpec;

RunOptions lanes_of(std::uint32_t nodes, unsigned threads, std::uint64_t number) {
  RunOptions options;
  options.replay = "random scenario " + std::to_string(number);
  options.lane_nodes = nodes;
  options.threads = threads;
  options.threads_asked = true;
  return options;
}

/// Bit by bit, since "no value" is NaN: the first column that differs, or none.
std::string difference(const metrics::RunResult& one, const metrics::RunResult& many, std::size_t sample) {
  const auto &a = one.series[sample].values, &b = many.series[sample].values;
  for (std::size_t c = 0; c < one.series_columns.size(); ++c)
    if (std::memcmp(&a.at(c), &b.at(c), sizeof(double)) != 0)
      return one.series_columns[c] + ": " + std::to_string(a[c]) + " and " + std::to_string(b[c]);
  return {};
}

void expect_same(const metrics::RunResult& one, const metrics::RunResult& many) {
  EXPECT_EQ(one.digest, many.digest);
  EXPECT_EQ(one.simulated_s, many.simulated_s);
  EXPECT_EQ(one.performance.events, many.performance.events);
  ASSERT_EQ(one.metrics.size(), many.metrics.size());
  for (std::size_t i = 0; i < one.metrics.size(); ++i)
    EXPECT_EQ(one.metrics[i], many.metrics[i]) << one.metrics[i].first;
  EXPECT_EQ(one.drops, many.drops);
  for (std::size_t k = 0; k < one.messages_by_kind.size(); ++k) {
    EXPECT_EQ(one.messages_by_kind[k].count, many.messages_by_kind[k].count);
    EXPECT_EQ(one.messages_by_kind[k].bytes, many.messages_by_kind[k].bytes);
  }
  for (std::size_t f = 0; f < one.faults.size(); ++f) {
    EXPECT_EQ(one.faults[f].dropped, many.faults[f].dropped) << one.faults[f].kind;
    EXPECT_EQ(one.faults[f].delayed, many.faults[f].delayed) << one.faults[f].kind;
    EXPECT_EQ(one.faults[f].nodes, many.faults[f].nodes) << one.faults[f].kind;
  }
  ASSERT_EQ(one.reach.size(), many.reach.size());
  for (std::size_t c = 0; c < one.reach.size(); ++c) EXPECT_EQ(one.reach[c].time_s, many.reach[c].time_s);
  ASSERT_EQ(one.series.size(), many.series.size());
  for (std::size_t s = 0; s < one.series.size(); ++s) {
    EXPECT_EQ(one.series[s].time_s, many.series[s].time_s);
    EXPECT_EQ(difference(one, many, s), "") << "sample " << s;
  }
  ASSERT_EQ(one.ledger.size(), many.ledger.size());
  for (std::size_t r = 0; r < one.ledger.size(); ++r) {
    const auto &a = one.ledger[r], &b = many.ledger[r];
    EXPECT_TRUE(a.item == b.item && a.node == b.node && a.from == b.from && a.time_ns == b.time_ns && a.hops == b.hops)
        << "row " << r;
  }
}

/// True if the scenario could be divided.
bool check(RunSpec& spec, std::uint64_t number) {
  SCOPED_TRACE(::testing::Message() << "random scenario " << number << ", " << spec.protocol->name);
  if (!simulation::plan_lanes(spec, lanes_of(8, 1, number)).windows()) return false;
  RunOptions one_lane;
  one_lane.replay = "random scenario " + std::to_string(number);
  const auto one = simulation::run(spec, one_lane);
  for (const auto& [nodes, threads] : {std::pair(8u, 1u), std::pair(16u, 2u), std::pair(2u, 3u), std::pair(4u, 7u)})
    expect_same(one, simulation::run(spec, lanes_of(nodes, threads, number)));
  return true;
}

void use(RunSpec& spec, std::string_view protocol) {
  spec.protocol = simulation::find_protocol(protocol);
  spec.params = spec.protocol->make_params();
}

void swarm(std::uint64_t first, std::uint64_t end) {
  std::uint64_t divided = 0;
  for (std::uint64_t number = first; number < end && !::testing::Test::HasFailure(); ++number) {
    RunSpec spec = random_spec(number);
    // What takes one lane anyway would not be tested.
    spec.network.transport = network::Transport::kDatagram;
    if (number % 2 == 0) spec.output.series = milliseconds(70);
    if (number % 3 == 0) spec.output.ledger = true;
    if (number % 5 == 0) spec.output.by = {metrics::Label::kClass, metrics::Label::kGroup};
    constexpr std::string_view kOthers[] = {"rumor", "push-pull", "hybrid"};
    if (number % 4 == 3) use(spec, kOthers[number / 4 % 3]);
    if (check(spec, number)) ++divided;
  }
  EXPECT_GT(divided, (end - first) / 6) << "too few scenarios have a latency with a lower bound";
}

TEST(LanesSwarm, EveryRunIsTheSameInAnyNumberOfLanesAndThreads) { swarm(0, 120); }

TEST(NightlyLanesSwarm, EveryRunIsTheSameInAnyNumberOfLanesAndThreads) { swarm(2'000'000, 2'010'000); }

}  // namespace
}  // namespace hearsay
