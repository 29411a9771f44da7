#include "sim/protocol/rounds.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/distribution.hpp"
#include "sim/core/units.hpp"

namespace hearsay::protocol {

namespace {

Duration exponential(Duration mean, KeyedDraws& rng) {
  const double ns = Distribution::exponential(static_cast<double>(mean.ns)).sample(rng);
  return std::max(nearest_duration(std::floor(ns)), nanoseconds(1));
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

namespace {

double bits_ns(double bytes, std::uint64_t bit_per_s) {
  return bit_per_s == 0 ? 0 : bytes * 8e9 / static_cast<double>(bit_per_s);
}

std::string shown(double ns) { return format_duration(nearest_duration(std::ceil(ns))); }

}  // namespace

void require_exchange_fits(const std::string& key, Duration interval, const ExchangeNeeds& needs,
                           const Setting& setting, Diagnostics& problems) {
  // A connection for each message: its round trip, then the message.
  const int ways = needs.legs * (setting.connection_per_message ? 3 : 1);
  const double latency_ns = ways * setting.max_latency_ns;
  const double bytes = needs.message_bytes + static_cast<double>(setting.overhead_bytes);
  const double sending_ns =
      std::max(bits_ns(bytes, setting.slowest_uplink_bit_per_s) * (setting.uplinks_queue ? needs.copies : 1),
               bits_ns(bytes, setting.slowest_downlink_bit_per_s));
  const auto preparation_ns = static_cast<double>(needs.preparation.ns);
  const double longest_ns = latency_ns + sending_ns + preparation_ns;
  if (longest_ns < static_cast<double>(interval.ns)) return;
  std::string takes = ways == 1 ? "the longest latency" : std::to_string(ways) + " times the longest latency";
  if (std::isinf(longest_ns)) {
    problems.push_back({key, "latencies have no bound, so " + takes + " may not fit into a synchronous round", true});
    return;
  }
  if (sending_ns > 0)
    takes += " and " + shown(sending_ns) + " to send " +
             (needs.copies > 1 && setting.uplinks_queue ? std::to_string(needs.copies) + " copies of one item"
                                                        : "one item") +
             " over the slowest link";
  if (preparation_ns > 0) takes += " and " + shown(preparation_ns) + " to compress it";
  problems.push_back(
      {key, "a synchronous round must be longer than " + takes + ", " + shown(longest_ns) + "; write a longer one"});
}

void require_countable(const std::string& key, Duration interval, const Setting& setting, Diagnostics& problems) {
  if (interval.ns < 1 || setting.duration.ns / interval.ns <= kMostRounds) return;
  problems.push_back({key, "every " + format_duration(interval) + " is more than " + std::to_string(kMostRounds) +
                               " times within the run; write at least \"" +
                               format_duration({setting.duration.ns / kMostRounds + 1}) + "\", or a shorter run"});
}

void warn_of_few_peers(const std::string& key, std::uint32_t wanted, const Setting& setting, Diagnostics& problems) {
  if (setting.complete_graph || wanted <= setting.most_peers) return;
  problems.push_back({key,
                      std::to_string(wanted) + " distinct peers, but no node has more than " +
                          std::to_string(setting.most_peers) +
                          ", so all of them are chosen each time; write at most that",
                      true});
}

}  // namespace hearsay::protocol
