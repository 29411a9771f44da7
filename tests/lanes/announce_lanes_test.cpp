// Announcing on several threads: the same run.

#include <gtest/gtest.h>

#include "protocols/announce.hpp"
#include "sim/simulation/lanes.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::announce_lanes_test {
namespace {

using protocols::Announce;

/// Everything at once: whole transactions and hashes, clocks, timeouts, a full mempool, expiry, loss, churn.
simulation::RunSpec busy(Announce::Eviction eviction) {
  auto spec = test::basic_spec("announce", network::TopologyKind::kRandomRegular, 120);
  spec.topology.degree = 6;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 100e6));
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 0.02;
  spec.network.uplink_bit_per_s = 1'000'000;
  spec.duration = SimTime{} + seconds(20);
  spec.until = simulation::Until::kDuration;
  auto& items = spec.workloads[0] = test::burst(1, std::nullopt, 300);
  items.arrivals = workload::Arrivals::kPoisson;
  items.rate_per_s = 20;
  items.stop = SimTime{} + seconds(20);
  network::FaultSpec churn;
  churn.kind = network::Churn{.session = Distribution::exponential(5e9), .downtime = Distribution::exponential(1e9)};
  churn.nodes.by = network::SelectBy::kShare;
  churn.nodes.share = 0.3;
  spec.faults = {churn};
  spec.output.series = seconds(1);
  spec.output.ledger = true;
  auto& p = test::params<Announce>(spec);
  p.full_peers = 0.2;
  p.trickle = milliseconds(300);
  p.request_timeout = milliseconds(700);
  p.mempool_bytes = 20'000;
  p.eviction = eviction;
  p.tx_expiry = seconds(6);
  return spec;
}

TEST(AnnounceLanes, GiveTheSameRunOnAnyNumberOfThreads) {
  for (const auto eviction : {Announce::Eviction::kLowestFee, Announce::Eviction::kOldest}) {
    const auto spec = busy(eviction);
    const auto one = simulation::run(spec, {});
    for (const char* count : {"tx_evicted", "requests_timed_out", "requests_not_found"})
      EXPECT_GT(test::metric(one, count), 0) << count;
    if (eviction == Announce::Eviction::kLowestFee) {  // the oldest make room for every newcomer, before they expire
      for (const char* count : {"tx_refused", "tx_expired"}) EXPECT_GT(test::metric(one, count), 0) << count;
    }
    for (const unsigned threads : {1u, 2u, 3u}) {
      const auto options = test::on_threads(threads, 8);
      ASSERT_TRUE(simulation::plan_lanes(spec, options).windows());
      test::expect_same(one, simulation::run(spec, options));
    }
  }
}

}  // namespace
}  // namespace hearsay::announce_lanes_test
