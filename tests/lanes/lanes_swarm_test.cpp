// One run is the same run however many lanes it is divided into and however many threads work on them: every figure,
// every sample, every row of the ledger. A failure names the scenario's number.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/simulation/lanes.hpp"
#include "sim/simulation/registry.hpp"
#include "tests/support/random_specs.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::lanes_swarm_test {
namespace {

using hearsay::test::add_random_membership;
using hearsay::test::expect_same;
using hearsay::test::random_spec;
using simulation::RunOptions;
using simulation::RunSpec;

RunOptions lanes_of(std::uint32_t nodes, unsigned threads, std::uint64_t number) {
  RunOptions options = test::on_threads(threads, nodes);
  options.replay = "random scenario " + std::to_string(number);
  return options;
}

/// True if the scenario could be divided.
bool check(RunSpec& spec, std::uint64_t number) {
  SCOPED_TRACE(::testing::Message() << "random scenario " << number << ", " << spec.protocol->name << ", "
                                    << spec.membership->name);
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
    if (number % 2 == 1) spec.network.transport = network::Transport::kReliable;
    if (number % 7 == 0) spec.network.keep_alive = milliseconds(300);
    spec.network.reconnect_delay = milliseconds(700);
    spec.network.connect_timeout = milliseconds(500);
    if (number % 3 == 1) add_random_membership(spec, number);
    if (number % 2 == 0) spec.output.series = milliseconds(70);
    if (number % 3 == 0) spec.output.ledger = true;
    if (number % 5 == 0) spec.output.by = {metrics::Label::kClass, metrics::Label::kGroup};
    constexpr std::string_view kOthers[] = {"rumor", "push-pull", "hybrid"};
    if (number % 4 == 3) use(spec, kOthers[number / 4 % 3]);
    if (check(spec, number)) ++divided;
  }
  EXPECT_GT(divided, (end - first) / 6) << "too few scenarios have a latency with a lower bound";
}

// Under the thread sanitizer a window takes a hundred times as long, and finds what it finds in any of them.
#ifdef __SANITIZE_THREAD__
constexpr std::uint64_t kScenarios = 12;
#else
constexpr std::uint64_t kScenarios = 48;
#endif
TEST(LanesSwarm, EveryRunIsTheSameInAnyNumberOfLanesAndThreads) { swarm(0, kScenarios); }

TEST(NightlyLanesSwarm, EveryRunIsTheSameInAnyNumberOfLanesAndThreads) { swarm(2'000'000, 2'010'000); }

}  // namespace
}  // namespace hearsay::lanes_swarm_test
