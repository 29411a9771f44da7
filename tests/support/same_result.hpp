#pragma once

// Whether two results are of the same run: every figure, every sample, every row of the ledger. Above all, of a run on
// one thread and on several.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "sim/simulation/run_spec.hpp"

namespace hearsay::test {

/// Bit by bit, since "no value" is NaN: the first column that differs, or none.
inline std::string difference(const metrics::RunResult& one, const metrics::RunResult& many, std::size_t sample) {
  const auto &a = one.series[sample].values, &b = many.series[sample].values;
  for (std::size_t c = 0; c < one.series_columns.size(); ++c)
    if (std::memcmp(&a.at(c), &b.at(c), sizeof(double)) != 0)
      return one.series_columns[c] + ": " + std::to_string(a[c]) + " and " + std::to_string(b[c]);
  return {};
}

inline void expect_same(const metrics::RunResult& one, const metrics::RunResult& many) {
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
  ASSERT_EQ(one.miners.size(), many.miners.size());
  for (std::size_t m = 0; m < one.miners.size(); ++m) {
    EXPECT_EQ(one.miners[m].node, many.miners[m].node);
    EXPECT_EQ(one.miners[m].found, many.miners[m].found) << "miner " << one.miners[m].node;
    EXPECT_EQ(one.miners[m].stale, many.miners[m].stale) << "miner " << one.miners[m].node;
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

/// So many threads work on the run, whether it gains or not. `lane_nodes`: nodes of a lane; 0: as the program chooses.
inline simulation::RunOptions on_threads(unsigned threads, std::uint32_t lane_nodes = 0) {
  simulation::RunOptions options;
  options.threads = threads;
  options.threads_asked = true;
  options.lane_nodes = lane_nodes;
  return options;
}

/// What one thread gives, and two and three likewise.
inline metrics::RunResult run_on_any_threads(const simulation::RunSpec& spec) {
  metrics::RunResult one = simulation::run(spec, {});
  for (const unsigned threads : {2u, 3u}) {
    SCOPED_TRACE(::testing::Message() << threads << " threads");
    expect_same(one, simulation::run(spec, on_threads(threads)));
  }
  return one;
}

}  // namespace hearsay::test
