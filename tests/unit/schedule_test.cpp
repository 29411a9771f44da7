#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "sim/workload/spec.hpp"

namespace hearsay::workload::schedule_test {
namespace {

using network::NodeAttributes;

std::vector<NodeAttributes> nodes(std::size_t n) { return std::vector<NodeAttributes>(n); }

WorkloadSpec poisson(double rate_per_s, SimTime stop) {
  WorkloadSpec spec;
  spec.arrivals = Arrivals::kPoisson;
  spec.rate_per_s = rate_per_s;
  spec.stop = stop;
  spec.size_bytes = Distribution::constant(1000);
  return spec;
}

WorkloadSpec interval(double gap_ns, SimTime stop) {
  WorkloadSpec spec;
  spec.arrivals = Arrivals::kInterval;
  spec.gap_ns = Distribution::constant(gap_ns);
  spec.stop = stop;
  return spec;
}

Schedule draw(const WorkloadSpec& spec, std::size_t n = 10, std::uint64_t seed = 1) {
  return schedule(std::vector{spec}, nodes(n), seed);
}

std::vector<std::int64_t> times(const Schedule& drawn) {
  std::vector<std::int64_t> ns;
  for (const Publication& p : drawn.publications) ns.push_back(p.time.ns);
  return ns;
}

// 100,000 in the mean with standard deviation sqrt(100,000) = 316; gaps with mean 10 ms and sd of the mean
// 10 ms / 316 = 0.0316 ms.
TEST(Schedule, PoissonHasItsRateAndExponentialGaps) {
  const Schedule drawn = draw(poisson(100, SimTime{} + seconds(1000)));
  const auto n = static_cast<double>(drawn.publications.size());
  EXPECT_NEAR(n, 100'000, 3.89 * 316);
  // A share 1/e of exponential gaps exceeds the mean: sd sqrt(0.2325 / 100,000) = 0.00152.
  double longer = 0;
  for (std::size_t i = 1; i < drawn.publications.size(); ++i) {
    longer += drawn.publications[i].time - drawn.publications[i - 1].time > milliseconds(10) ? 1 : 0;
  }
  EXPECT_NEAR(longer / (n - 1), std::exp(-1.0), 3.89 * 0.00152);
}

TEST(Schedule, ItemsArePublishedInTheHalfOpenInterval) {
  auto spec = poisson(1000, SimTime{} + seconds(3));
  spec.start = SimTime{} + seconds(2);
  const auto ns = times(draw(spec));
  ASSERT_FALSE(ns.empty());
  EXPECT_GT(ns.front(), 2'000'000'000);  // one gap after the start
  EXPECT_LT(ns.back(), 3'000'000'000);
  spec.stop = spec.start;
  EXPECT_TRUE(draw(spec).publications.empty());
}

TEST(Schedule, AnIntervalStartsAtTheStartAndExcludesTheStop) {
  EXPECT_EQ(times(draw(interval(20, SimTime{60}))), (std::vector<std::int64_t>{0, 20, 40}));
  EXPECT_EQ(times(draw(interval(20, SimTime{61}))), (std::vector<std::int64_t>{0, 20, 40, 60}));
}

// Gaps of 1/3 ns add up before they are rounded.
TEST(Schedule, FractionsOfANanosecondAreNotLost) {
  const auto ns = times(draw(interval(10.0 / 3.0, SimTime{1'000'000})));
  EXPECT_EQ(ns.size(), 300'000u);
  EXPECT_EQ(ns[1], 3);
  EXPECT_EQ(ns[2], 7);
  EXPECT_EQ(ns[3], 10);
  EXPECT_EQ(ns[299'997], 999'990);
}

// Gaps uniform in [0, 20 ms): mean 10 ms; 1000 +- sqrt(n) cv = 1000 +- 31.6 / sqrt(3) in 10 s.
TEST(Schedule, GapsFromADistributionStartOneGapAfterTheStart) {
  WorkloadSpec spec;
  spec.arrivals = Arrivals::kDistribution;
  spec.gap_ns = Distribution::uniform(0, 20e6);
  spec.stop = SimTime{} + seconds(10);
  const auto ns = times(draw(spec));
  EXPECT_NEAR(static_cast<double>(ns.size()), 1000, 3.89 * 18.3);
  EXPECT_GT(ns.front(), 0);
  for (std::size_t i = 1; i < ns.size(); ++i) EXPECT_LE(ns[i] - ns[i - 1], 20'000'000);
}

TEST(Schedule, NegativeGapsAreZero) {
  WorkloadSpec spec;
  spec.arrivals = Arrivals::kDistribution;
  spec.gap_ns = Distribution::normal(100, 200);
  spec.stop = SimTime{100'000};
  const auto ns = times(draw(spec));
  EXPECT_TRUE(std::is_sorted(ns.begin(), ns.end()));
}

TEST(Schedule, ACountIsPublishedAtOnce) {
  WorkloadSpec spec;
  spec.count = 5;
  spec.at = SimTime{77};
  EXPECT_EQ(times(draw(spec)), std::vector<std::int64_t>(5, 77));
}

TEST(Schedule, ATraceIsTakenAsItStands) {
  WorkloadSpec spec;
  spec.arrivals = Arrivals::kTrace;
  spec.stop = SimTime{100};
  spec.trace = {{SimTime{50}, 3, 700, ClassId{1}},
                {SimTime{10}, 2, 0, ClassId{0}},
                {SimTime{50}, 1, 9, ClassId{0}},
                {SimTime{100}, 1, 9, ClassId{0}}};
  const Schedule drawn = draw(spec);
  EXPECT_EQ(drawn.publications.size(), 3u);
  EXPECT_EQ(drawn.publications[0].origin, NodeId{2});
  EXPECT_EQ(drawn.publications[0].size_bytes, 1u);  // no item is smaller than a byte
  EXPECT_EQ(drawn.publications[1].origin, NodeId{3});
  EXPECT_EQ(drawn.publications[1].size_bytes, 700u);
  EXPECT_EQ(drawn.publications[1].item_class, ClassId{1});
  EXPECT_EQ(drawn.publications[2].origin, NodeId{1});
}

// 1000 in the mean at each of ten nodes, sd sqrt(10,000 x 0.09) = 30; 4.5 of these give 7e-6 for each of ten.
TEST(Schedule, RandomOriginsAreUniformOverAllNodes) {
  WorkloadSpec spec;
  spec.count = 10'000;
  std::vector<int> hits(10);
  for (const Publication& p : draw(spec).publications) ++hits.at(index(p.origin));
  for (const int hit : hits) EXPECT_NEAR(hit, 1000, 135);
}

TEST(Schedule, ANodeOrARoleCanBeTheOrigin) {
  WorkloadSpec spec;
  spec.count = 100;
  spec.origin = OriginKind::kNode;
  spec.origin_node = 4;
  for (const Publication& p : draw(spec).publications) EXPECT_EQ(p.origin, NodeId{4});

  spec.origin = OriginKind::kRole;
  spec.origin_role = RoleId{1};
  auto all = nodes(10);
  all[2].role = RoleId{1};
  all[7].role = RoleId{1};
  all[8].role = RoleId{0};
  std::set<NodeId> origins;
  for (const Publication& p : schedule(std::vector{spec}, all, 1).publications) origins.insert(p.origin);
  EXPECT_EQ(origins, (std::set{NodeId{2}, NodeId{7}}));
}

TEST(Schedule, ARoleWithoutNodesPublishesNothing) {
  WorkloadSpec spec;
  spec.count = 100;
  spec.origin = OriginKind::kRole;
  spec.origin_role = RoleId{1};
  EXPECT_TRUE(draw(spec).publications.empty());
}

TEST(Schedule, SizesAreRoundedAndAtLeastOneByte) {
  WorkloadSpec spec;
  spec.count = 1000;
  spec.size_bytes = Distribution::normal(1, 2);
  for (const Publication& p : draw(spec).publications) EXPECT_GE(p.size_bytes, 1u);
  spec.size_bytes = Distribution::constant(12.5);
  EXPECT_EQ(draw(spec).publications[0].size_bytes, 13u);
}

// r = 3: three quarters of 100,000 operations are reads, sd sqrt(100,000 x 3/16) = 137 beside the 316 of the Poisson
// total, together 300 reads' worth of sqrt(75,000) = 274.
TEST(Schedule, ReadsTakeTheirShareOfTheOperations) {
  auto spec = poisson(100, SimTime{} + seconds(1000));
  spec.reads_per_publish = 3;
  const Schedule drawn = draw(spec);
  EXPECT_NEAR(static_cast<double>(drawn.reads.size()), 75'000, 3.89 * 274);
  EXPECT_NEAR(static_cast<double>(drawn.publications.size()), 25'000, 3.89 * 158);
  std::vector<double> hits(10);
  for (const Read& read : drawn.reads) ++hits.at(index(read.node));
  for (const double hit : hits) EXPECT_NEAR(hit, 7'500, 4.5 * 87);  // sqrt(75,000 / 10)
}

// The operations' times are those of the table without reads.
TEST(Schedule, ReadsDoNotMoveTheOperations) {
  auto spec = poisson(100, SimTime{} + seconds(10));
  const auto without = times(draw(spec));
  spec.reads_per_publish = 1;
  const Schedule drawn = draw(spec);
  auto merged = times(drawn);
  for (const Read& read : drawn.reads) merged.push_back(read.time.ns);
  std::sort(merged.begin(), merged.end());
  EXPECT_EQ(merged, without);
}

TEST(Schedule, TablesAreMergedByTimeThenTableThenIndex) {
  auto first = interval(20, SimTime{50});
  auto second = interval(10, SimTime{50});
  first.item_class = ClassId{0};
  second.item_class = ClassId{1};
  const auto drawn = schedule(std::vector{first, second}, nodes(3), 1);
  std::vector<std::pair<std::int64_t, std::size_t>> order;
  for (const Publication& p : drawn.publications) order.emplace_back(p.time.ns, index(p.item_class));
  EXPECT_EQ(order, (std::vector<std::pair<std::int64_t, std::size_t>>{
                       {0, 0}, {0, 1}, {10, 1}, {20, 0}, {20, 1}, {30, 1}, {40, 0}, {40, 1}}));
}

// A table added behind changes nothing of those before it, and sizes are drawn apart from origins and times.
TEST(Schedule, EachTableAndEachPropertyHasItsOwnDraws) {
  auto spec = poisson(50, SimTime{} + seconds(2));
  const auto alone = draw(spec);
  auto other = poisson(10, SimTime{} + seconds(2));
  other.item_class = ClassId{1};
  const auto both = schedule(std::vector{spec, other}, nodes(10), 1);
  std::vector<std::pair<std::int64_t, NodeId>> a;
  std::vector<std::pair<std::int64_t, NodeId>> b;
  for (const auto& p : alone.publications) a.emplace_back(p.time.ns, p.origin);
  for (const auto& p : both.publications) {
    if (p.item_class == ClassId{0}) b.emplace_back(p.time.ns, p.origin);
  }
  EXPECT_EQ(a, b);
  spec.size_bytes = Distribution::exponential(1000);
  const auto sized = draw(spec);
  EXPECT_EQ(times(sized), times(alone));
  EXPECT_EQ(sized.publications[3].origin, alone.publications[3].origin);
}

// To the nanosecond, on every machine and compiler. A change here changes every stored result.
TEST(Schedule, TheDrawsOfSeed42AreFixed) {
  auto spec = poisson(50, SimTime{} + seconds(10));
  spec.size_bytes = Distribution::lognormal(1000, 500);
  spec.reads_per_publish = 1;
  const Schedule drawn = draw(spec, 100, 42);
  ASSERT_EQ(drawn.publications.size(), 267u);
  ASSERT_EQ(drawn.reads.size(), 241u);
  const Publication& last = drawn.publications.back();
  EXPECT_EQ(last.time.ns, 9'980'146'179);
  EXPECT_EQ(last.origin, NodeId{8});
  EXPECT_EQ(last.size_bytes, 1520u);
  EXPECT_EQ(drawn.reads.back().time.ns, 9'982'824'887);
  EXPECT_EQ(drawn.reads.back().node, NodeId{44});
}

TEST(Schedule, TheExpectedNumberOfItemsIsTheMean) {
  auto ops = poisson(100, SimTime{} + seconds(10));
  ops.reads_per_publish = 1;
  WorkloadSpec count;
  count.count = 7;
  EXPECT_DOUBLE_EQ(expected_items(std::vector{ops, interval(20, SimTime{50}), count}), 500 + 3 + 7);
}

}  // namespace
}  // namespace hearsay::workload::schedule_test
