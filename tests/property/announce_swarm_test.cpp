// Announcing over random networks, faults and workloads, with random parameters. A failure names the scenario's number.
// The simulation checks conservation itself and aborts with the number, too.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

#include "protocols/announce.hpp"
#include "tests/support/random_specs.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::announce_swarm_test {
namespace {

using hearsay::test::metric;
using protocols::Announce;

Announce::Params random_params(KeyedDraws& draws) {
  Announce::Params p;
  if (draws.chance(0.3)) p.full_peers = static_cast<std::int64_t>(draws.below(4));
  if (draws.chance(0.3)) p.full_peers = draws.uniform();
  p.announce_rest = draws.chance(0.9);
  if (draws.chance(0.5)) p.trickle = milliseconds(1 + static_cast<std::int64_t>(draws.below(2000)));
  if (draws.chance(0.7)) p.request_timeout = milliseconds(50 + static_cast<std::int64_t>(draws.below(2000)));
  if (draws.chance(0.4)) p.mempool_bytes = 1 + static_cast<std::int64_t>(draws.below(100'000));
  p.eviction = static_cast<Announce::Eviction>(draws.below(2));
  if (draws.chance(0.4)) p.tx_expiry = milliseconds(1 + static_cast<std::int64_t>(draws.below(5000)));
  return p;
}

simulation::RunSpec random_announce(std::uint64_t number) {
  auto spec = hearsay::test::random_spec(number);
  KeyedDraws draws(number, Stream::kProperty, 17);
  spec.protocol = simulation::find_protocol("announce");
  spec.params = spec.protocol->make_params();
  hearsay::test::params<Announce>(spec) = random_params(draws);
  spec.network.latency_by_kind.clear();  // of the flood's messages
  if (draws.chance(0.3)) spec.network.keep_alive = milliseconds(500);
  return spec;
}

TEST(AnnounceSwarm, ObeysItsLawsWhateverHappens) {
  for (std::uint64_t number = 0; number < 150 && !::testing::Test::HasFailure(); ++number) {
    SCOPED_TRACE(::testing::Message() << "random scenario " << number);
    const auto spec = random_announce(number);
    const auto& p = protocol::params_in<Announce::Params>(*spec.params);
    simulation::RunOptions options;
    options.replay = "random announce scenario " + std::to_string(number);
    const auto result = simulation::run(spec, options);
    ASSERT_EQ(result.digest, simulation::run(spec, options).digest);
    std::map<std::string, double> sent;
    for (const auto& kind : result.messages_by_kind) sent[kind.name] = static_cast<double>(kind.count);
    const auto no_sooner = [&](const char* count, bool possible) {
      if (!possible) {
        EXPECT_EQ(metric(result, count), 0) << count;
      }
    };
    no_sooner("tx_refused", p.mempool_bytes.has_value());
    no_sooner("tx_evicted", p.mempool_bytes.has_value());
    no_sooner("tx_expired", p.tx_expiry.has_value());
    no_sooner("requests_timed_out", p.request_timeout.has_value());
    EXPECT_LE(metric(result, "requests_not_found"), sent["notfound"] * metric(result, "items_published"));
    EXPECT_FALSE(metric(result, "coverage_mean") > 1);  // none if nobody lives
    if (!p.announce_rest) {
      EXPECT_EQ(sent["inv"] + sent["getdata"] + sent["notfound"], 0);
    }
    if (sent["inv"] == 0) {
      EXPECT_EQ(sent["getdata"], 0);
    }
    if (p.mempool_bytes) {
      EXPECT_FALSE(metric(result, "items_held_max") > static_cast<double>(*p.mempool_bytes));  // a byte each at least
    }
  }
}

}  // namespace
}  // namespace hearsay::announce_swarm_test
