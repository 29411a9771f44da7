#include "sim/protocol/rounds.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/distribution.hpp"
#include "sim/core/units.hpp"

namespace hearsay::protocol {

namespace {

Duration exponential(Duration mean, KeyedDraws& rng) {
  const double ns = Distribution::exponential(static_cast<double>(mean.ns)).sample(rng);
  if (ns >= static_cast<double>(kMaxSimTime.ns)) return {kMaxSimTime.ns};
  return {std::max<std::int64_t>(static_cast<std::int64_t>(ns), 1)};
}

}  // namespace

Duration delay_to_first_tick(Phase phase, Duration interval, SimTime now, KeyedDraws& rng) {
  if (phase == Phase::kRandom)
    return {1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(interval.ns)))};
  return delay_to_next_tick(phase, interval, now, rng);
}

Duration delay_to_next_tick(Phase phase, Duration interval, SimTime now, KeyedDraws& rng) {
  switch (phase) {
    case Phase::kSynchronous: return round_start(now, interval) + interval - now;
    case Phase::kPoisson: return exponential(interval, rng);
    case Phase::kRandom: break;
  }
  return interval;
}

void require_partners(const std::string& key, std::uint32_t count, const Setting& setting, Diagnostics& problems) {
  if (!setting.complete_graph || setting.nodes == 0 || count < setting.nodes) return;
  problems.push_back({key, std::to_string(count) + " distinct partners, but each of " + std::to_string(setting.nodes) +
                               " nodes has only " + std::to_string(setting.nodes - 1) + " others; write at most that"});
}

void require_exchange_fits(const std::string& key, Duration interval, int legs, const Setting& setting,
                           Diagnostics& problems) {
  const double longest_ns = legs * setting.max_latency_ns;
  if (longest_ns < static_cast<double>(interval.ns)) return;
  const std::string takes = legs == 1 ? "the longest latency" : std::to_string(legs) + " times the longest latency";
  if (std::isinf(longest_ns))
    problems.push_back({key, "latencies have no bound, so " + takes + " may not fit into a synchronous round", true});
  else
    problems.push_back({key, "a synchronous round must be longer than " + takes + ", " +
                                 format_duration({static_cast<std::int64_t>(longest_ns)}) + "; write a longer one"});
}

}  // namespace hearsay::protocol
