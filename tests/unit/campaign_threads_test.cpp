// How processors are shared out among runs, and among the threads of each.

#include <gtest/gtest.h>

#include "sim/campaign/threads.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::campaign::campaign_threads_test {
namespace {

unsigned threads_of(const Wishes& wishes, unsigned processors, unsigned jobs, std::uint64_t runs_left) {
  return threads_of_a_run(wishes, processors, jobs, runs_left).number;
}

TEST(RunThreads, AreOneWhereEveryProcessorHasARun) {
  EXPECT_EQ(threads_of({}, 8, 8, 100), 1u);
  EXPECT_EQ(threads_of({}, 8, 8, 8), 1u);
  EXPECT_EQ(threads_of({}, 8, 8, 5), 1u) << "three are too few to help five";
}

TEST(RunThreads, AreSharedOutEvenlyWhereRunsAreFew) {
  EXPECT_EQ(threads_of({}, 8, 8, 4), 2u);
  EXPECT_EQ(threads_of({}, 8, 8, 3), 2u);
  EXPECT_EQ(threads_of({}, 8, 8, 1), 8u);
  EXPECT_EQ(threads_of({}, 8, 8, 0), 8u) << "nothing is left, and nothing divides by 0";
  EXPECT_EQ(threads_of({}, 8, 2, 100), 4u) << "the memory does not hold more runs";
  EXPECT_FALSE(threads_of_a_run({}, 8, 8, 1).asked);
}

TEST(RunThreads, StayWithinTheJobsThatAreAskedFor) {
  for (unsigned jobs = 1; jobs <= 9; ++jobs) {
    for (std::uint64_t left = 1; left <= 9; ++left) {
      const unsigned threads = threads_of({.jobs = jobs, .threads = {}}, 64, jobs, left);
      EXPECT_GE(threads, 1u);
      EXPECT_LE(threads * std::min<std::uint64_t>(left, jobs), jobs);
    }
  }
  EXPECT_EQ(threads_of({.jobs = 4, .threads = {}}, 64, 4, 1), 4u);
}

TEST(RunThreads, AreAsManyAsAskedFor) {
  const RunThreads threads = threads_of_a_run({.jobs = {}, .threads = 3}, 2, 1, 100);
  EXPECT_EQ(threads.number, 3u);
  EXPECT_TRUE(threads.asked);
  EXPECT_EQ(threads_of({.jobs = 4, .threads = 3}, 2, 4, 100), 3u);
  EXPECT_FALSE(asked_threads({.jobs = {}, .threads = 1}).asked) << "one thread is no wish to divide a run";
  EXPECT_EQ(asked_threads({}).number, 1u);
}

TEST(RunThreads, DivideRunsByRegionsThoughNoNodeIsDrawn) {
  simulation::RunSpec spec = test::basic_spec("flood", network::TopologyKind::kComplete, 64);
  spec.network.latency = {};
  spec.network.latency.kind = network::LatencyKind::kMatrix;
  spec.network.latency.regions = 2;
  spec.network.latency.matrix_ns = {1e3, 50e6, 50e6, 1e3};  // too little within a region to divide that
  const simulation::LanePlan plan = lanes_of_a_run(spec, {.number = 2, .asked = true});
  EXPECT_EQ(plan.why_one_lane, "");
  EXPECT_EQ(plan.division.lanes, 2u);
  EXPECT_EQ(plan.threads, 2u);
}

TEST(Jobs, LeaveRoomForTheThreadsOfEach) {
  EXPECT_EQ(jobs_at_a_time({}, 8, 8), 8u);
  EXPECT_EQ(jobs_at_a_time({.jobs = {}, .threads = 3}, 8, 8), 2u);
  EXPECT_EQ(jobs_at_a_time({.jobs = {}, .threads = 16}, 8, 8), 1u);
  EXPECT_EQ(jobs_at_a_time({.jobs = {}, .threads = 1}, 8, 5), 5u) << "the memory does not hold more runs";
  EXPECT_EQ(jobs_at_a_time({.jobs = 6, .threads = 16}, 8, 8), 6u);
}

}  // namespace
}  // namespace hearsay::campaign::campaign_threads_test
