#pragma once

// What the gossip family shares: when a node ticks, what a synchronous round may look at, and the choice of partners.
//
// Ticks
//   synchronous   at multiples of the interval, the first one interval after the start of the run, at all nodes alike;
//                 a node that joins or restarts falls in step
//   random        the first uniform in (0, interval] after the node started, then every interval
//   poisson       gaps Exp(interval), at least 1 ns; a clock that is only wound up when there is something to do is
//                 the same process, as it has no memory
//
// A synchronous round lasts from its tick to the next and reads the state of its start: known_at_round_start() is
// false for whatever came at or after the tick. At one instant a node's timer comes before its messages (but after a
// publication), so this is a rule of time alone, not of order.
//
// Partners are uniform among the candidates and distinct, in random order (with a FIFO uplink the first is served
// first): the head of a Fisher-Yates shuffle. No call allocates.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/params.hpp"

namespace hearsay::protocol {

/// How the ticks of different nodes lie to each other.
enum class Phase : std::uint8_t { kSynchronous, kRandom, kPoisson };

/// From `now` to the first tick of a node that starts now; at least 1 ns. `interval` > 0.
Duration delay_to_first_tick(Phase phase, Duration interval, SimTime now, KeyedDraws& rng);

/// From one tick, which is now, to the next; at least 1 ns. `interval` > 0.
Duration delay_to_next_tick(Phase phase, Duration interval, SimTime now, KeyedDraws& rng);

/// The tick of the synchronous round that `now` lies in: the latest multiple of `interval` that is not after `now`.
constexpr SimTime round_start(SimTime now, Duration interval) { return {now.ns - now.ns % interval.ns}; }

/// Did what happened at `since` precede the synchronous round that `now` lies in?
constexpr bool known_at_round_start(SimTime since, SimTime now, Duration interval) {
  return since < round_start(now, interval);
}

/// What a round takes at least where a node has one recent item.
struct ExchangeNeeds {
  int legs = 1;               ///< messages that wait for one another
  std::uint32_t copies = 1;   ///< messages with the item that a node sends in a round
  double message_bytes = 0;   ///< of one of them, without the network's overhead
  Duration preparation = {};  ///< before they leave
};

/// Reports it if such an exchange cannot end within one synchronous round: an error if latencies, round trips of
/// connections, the slowest node's bandwidth and the preparation fill the round, a warning if latencies have no bound.
/// `key` names the interval's parameter.
void require_exchange_fits(const std::string& key, Duration interval, const ExchangeNeeds& needs,
                           const Setting& setting, Diagnostics& problems);

/// Reports it if there are more than kMostRounds of them within the run: an interval of 1 ns never ends.
inline constexpr std::int64_t kMostRounds = 10'000'000;
void require_countable(const std::string& key, Duration interval, const Setting& setting, Diagnostics& problems);

/// Warns if a node is to choose more distinct peers than any has.
void warn_of_few_peers(const std::string& key, std::uint32_t wanted, const Setting& setting, Diagnostics& problems);

/// Reports it if each node is to choose `count` distinct partners, the value of parameter `key`, of fewer peers.
void require_partners(const std::string& key, std::uint32_t count, const Setting& setting, Diagnostics& problems);

/// Puts `count` uniform distinct elements (all, if there are fewer) first and drops the rest. O(count) draws.
inline void keep_random(KeyedDraws& rng, std::vector<NodeId>& candidates, std::size_t count) {
  if (count > candidates.size()) count = candidates.size();
  for (std::size_t i = 0; i < count; ++i) std::swap(candidates[i], candidates[i + rng.below(candidates.size() - i)]);
  candidates.resize(count);
}

/// `count` uniform distinct elements of `from` (all, if there are fewer), in random order. `from` is not
/// ctx.scratch(), which holds the result. O(count^2) up to 16 partners, whatever the size of `from`; O(|from|) above.
template <class P>
std::span<const NodeId> choose_partners(Context<P>& ctx, std::span<const NodeId> from, std::size_t count) {
  constexpr std::size_t kFew = 16;
  std::vector<NodeId>& chosen = ctx.scratch();
  if (count > kFew || count >= from.size()) {
    chosen.assign(from.begin(), from.end());
    keep_random(ctx.rng(), chosen, count);
    return chosen;
  }
  // The same shuffle without the copy: only the places that it has changed are remembered, at most one a draw.
  std::array<std::pair<std::size_t, NodeId>, kFew> changed;
  std::size_t changes = 0;
  const auto find = [&](std::size_t place) {
    std::size_t k = 0;
    while (k < changes && changed[k].first != place) ++k;
    return k;
  };
  const auto at = [&](std::size_t place) {
    const std::size_t k = find(place);
    return k < changes ? changed[k].second : from[place];
  };
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = i + ctx.rng().below(from.size() - i);
    chosen.push_back(at(place));
    const NodeId moved = at(i);
    const std::size_t k = find(place);
    if (k == changes) ++changes;
    changed[k] = {place, moved};
  }
  return chosen;
}

/// The same among those of `from` for which keep(node) holds. O(|from|) to copy, but keep() is asked only for those
/// drawn: about count / (share kept) calls.
template <class P, class Keep>
std::span<const NodeId> choose_partners(Context<P>& ctx, std::span<const NodeId> from, std::size_t count,
                                        const Keep& keep) {
  std::vector<NodeId>& chosen = ctx.scratch();
  chosen.assign(from.begin(), from.end());
  std::size_t kept = 0;
  // Places below `kept` hold the chosen, places from `left` on the rejected.
  for (std::size_t left = chosen.size(); kept < count && kept < left;) {
    const std::size_t place = kept + ctx.rng().below(left - kept);
    if (keep(chosen[place]))
      std::swap(chosen[kept++], chosen[place]);
    else
      std::swap(chosen[--left], chosen[place]);
  }
  chosen.resize(kept);
  return chosen;
}

}  // namespace hearsay::protocol
