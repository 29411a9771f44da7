// Work on a node's cores: by hand, and through runs with crashes and on several threads.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/flood.hpp"
#include "protocols/hybrid.hpp"
#include "sim/simulation/cores.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::work_test {
namespace {

using protocols::Flood;
using protocols::Hybrid;
using test::metric;
using test::Script;

Flood::Params validating(Duration delay, Duration per_byte = {}) {
  Flood::Params p;
  p.validation_delay = delay;
  p.validation_per_byte = per_byte;
  return p;
}

TEST(Work, AnItemIsValidatedThenDeliveredAndSentOn) {
  Script<Flood> s(validating(milliseconds(3), microseconds(2)), test::peers_of_line(3));
  const ItemId item = s.publish(0, {.bytes = 1000});
  s.expect_delivered(0, item);  // the publisher need not validate
  s.deliver(0, 1);
  s.expect_not_delivered(1, item);
  s.advance(milliseconds(5) - nanoseconds(1));
  s.expect_not_delivered(1, item);
  s.expect_no_message(1, 2);
  s.advance(nanoseconds(1));
  s.expect_delivered(1, item);
  s.expect_message<Flood::Item>(1, 2);
}

TEST(Work, AnItemOfNoBytesTakesNoTimeByTheByte) {
  Script<Flood> s(validating({}, microseconds(2)), test::peers_of_line(3));
  const ItemId item = s.publish(0, {.bytes = 0});
  s.deliver(0, 1);
  s.expect_delivered(1, item);
  s.expect_message<Flood::Item>(1, 2);
}

TEST(Work, JobsWaitForACoreFirstComeFirstServed) {
  Script<Flood> s(validating(milliseconds(10)), test::peers_of_star(3));
  s.attributes(0).cores = 1;
  const ItemId first = s.publish(1), second = s.publish(2);
  s.deliver(1, 0);
  s.advance(milliseconds(4));
  s.deliver(2, 0);
  s.advance(milliseconds(6));
  s.expect_delivered(0, first);
  s.advance(milliseconds(10) - nanoseconds(1));  // the second began when the first was done
  s.expect_not_delivered(0, second);
  s.advance(nanoseconds(1));
  s.expect_delivered(0, second);
}

TEST(Work, TwoCoresWorkSideBySide) {
  Script<Flood> s(validating(milliseconds(10)), test::peers_of_star(4));
  s.attributes(0).cores = 2;
  const ItemId a = s.publish(1), b = s.publish(2), c = s.publish(3);
  for (const unsigned from : {1u, 2u, 3u}) s.deliver(from, 0);
  s.advance(milliseconds(10));
  s.expect_delivered(0, a);
  s.expect_delivered(0, b);
  s.expect_not_delivered(0, c);
  s.advance(milliseconds(10));
  s.expect_delivered(0, c);
}

TEST(Work, ACrashEmptiesTheCores) {
  Script<Flood> s(validating(milliseconds(10)), test::peers_of_star(3));
  s.attributes(0).cores = 1;
  const ItemId lost = s.publish(1);
  s.deliver(1, 0);
  s.advance(milliseconds(1));
  s.restart(0);
  const ItemId next = s.publish(2);
  s.deliver(2, 0);
  s.advance(milliseconds(10));
  s.expect_delivered(0, next);  // at once: the core is free
  s.expect_not_delivered(0, lost);
}

TEST(Work, WhatWasNotValidatedIsBegunAnewAfterARestartWithItsState) {
  Script<Flood> s(validating(milliseconds(10)), test::peers_of_line(3));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.advance(milliseconds(9));
  s.restart(1, false);
  s.advance(milliseconds(9));
  s.expect_not_delivered(1, item);
  s.advance(milliseconds(1));
  s.expect_delivered(1, item);
  s.expect_message<Flood::Item>(1, 2);
  EXPECT_EQ(s.gauges(1).front(), 0);  // nothing is held any more
}

TEST(Work, ValidationComesBeforeTheForwardingDelayAndKnownPeersCountDuringBoth) {
  Flood::Params p = validating(milliseconds(10));
  p.forward_delay = milliseconds(5);
  p.exclude = Flood::Exclude::kKnown;
  Script<Flood> s(p, {{1, 2, 3}, {0, 2, 3}, {0, 1}, {0, 1}});
  s.publish(0);
  s.deliver(0, 1);
  s.deliver(0, 2);
  s.deliver(0, 3);
  s.advance(milliseconds(15));  // 1, 2 and 3 send on at once, in this order
  EXPECT_THAT(s.recipients(1), ::testing::ElementsAre(2u, 3u));
  s.lose_all();
  s.expect_no_timer();
}

TEST(Work, WhatHasMadeItsHopsIsValidatedAndNotSentOn) {
  Flood::Params p = validating(milliseconds(10));
  p.max_hops = 1;
  Script<Flood> s(p, test::peers_of_line(3));
  const ItemId item = s.publish(0);
  s.deliver(0, 1);
  s.advance(milliseconds(10));
  s.expect_delivered(1, item);
  s.expect_no_message(1, 2);
  EXPECT_EQ(s.gauges(1).front(), 0);
}

TEST(Work, OfAPartIsTheNodes) {
  Hybrid::Params p;
  p.phase = Hybrid::Phase::kFlood;
  p.flood = validating(milliseconds(10));
  Script<Hybrid> s(p, test::peers_of_line(3));
  s.attributes(1).cores = 1;
  const ItemId a = s.publish(0), b = s.publish(0);
  s.deliver(0, 1);
  s.deliver(0, 1);
  s.expect_delivered(1, a);  // as a part it is delivered when it comes
  s.advance(milliseconds(10));
  s.expect_message<Flood::Item>(1, 2, [&](const auto& copy) { return copy.id == a; });
  s.expect_no_message(1, 2);
  s.advance(milliseconds(10));
  s.expect_message<Flood::Item>(1, 2, [&](const auto& copy) { return copy.id == b; });
}

simulation::RunSpec busy_network() {
  auto spec = test::basic_spec("flood", network::TopologyKind::kRandomRegular, 200);
  spec.topology.degree = 6;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 60e6));
  spec.workloads = {test::burst(30, std::nullopt)};
  test::params<Flood>(spec) = validating(milliseconds(2));
  network::GroupSpec group;
  group.by = network::SelectBy::kRest;
  group.cores = 1;
  spec.network.groups = {group};
  return spec;
}

TEST(WorkInARun, IsTheSameForAnyNumberOfThreads) {
  auto spec = busy_network();
  network::FaultSpec churn;
  churn.kind = network::Churn{
      .session = Distribution::constant(60e6), .downtime = Distribution::constant(20e6), .lose_state = false};
  churn.at = SimTime{} + milliseconds(10);
  churn.until = SimTime{} + milliseconds(150);
  spec.faults = {churn};
  const auto one = test::run_on_any_threads(spec);
  EXPECT_GT(metric(one, "core_utilisation_max"), 0.1);
}

TEST(WorkInARun, WaitsWhereValidationCompetesWithValidation) {
  auto spec = busy_network();
  const auto limited = test::run(spec);
  spec.network.groups[0].cores.reset();
  const auto unlimited = test::run(spec);
  EXPECT_GT(metric(limited, "latency_mean_s"), metric(unlimited, "latency_mean_s"));
  EXPECT_EQ(metric(limited, "coverage_min"), 1);
}

TEST(Cores, GiveEachJobTheOneThatIsFreeFirst) {
  std::vector<network::NodeAttributes> nodes(2);
  nodes[0].cores = 2;
  simulation::Cores cores(nodes);
  const auto at = [](std::int64_t ns) { return SimTime{ns}; };
  EXPECT_EQ(cores.until_done(NodeId{0}, at(0), nanoseconds(100)).ns, 100);
  EXPECT_EQ(cores.until_done(NodeId{0}, at(0), nanoseconds(30)).ns, 30);
  EXPECT_EQ(cores.until_done(NodeId{0}, at(10), nanoseconds(30)).ns, 50);  // from 30 on, on the second
  EXPECT_EQ(cores.until_done(NodeId{0}, at(70), nanoseconds(5)).ns, 5);    // the second is idle since 60
  EXPECT_EQ(cores.until_done(NodeId{1}, at(0), nanoseconds(7)).ns, 7);     // no limit
  const auto utilisation = cores.utilisation(at(200));
  EXPECT_DOUBLE_EQ(*utilisation.mean, 165.0 / 400);
  cores.clear(NodeId{0}, at(80));
  EXPECT_EQ(cores.until_done(NodeId{0}, at(80), nanoseconds(1)).ns, 1);
}

}  // namespace
}  // namespace hearsay::work_test
