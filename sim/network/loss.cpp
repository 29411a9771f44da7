#include "sim/network/loss.hpp"

#include <algorithm>

#include "sim/core/math.hpp"

namespace hearsay::network {

namespace {

// An exponential sojourn of at least 1 ns, so that a chain always moves on.
Duration sojourn(Duration mean, KeyedDraws& draws) {
  const double ns = -static_cast<double>(mean.ns) * det_log(draws.open_uniform());
  return std::max(nearest_duration(ns), nanoseconds(1));
}

}  // namespace

LossModel::Chain LossModel::first_sojourn(std::uint64_t link) const {
  KeyedDraws draws(seed_, Stream::kLossChain, link);
  Chain chain;
  const double mean_sum = static_cast<double>(spec_.good.ns) + static_cast<double>(spec_.bad.ns);
  chain.bad = draws.uniform() < static_cast<double>(spec_.bad.ns) / mean_sum;
  // Memoryless: the residual of the sojourn under way has the law of a whole one.
  chain.until = SimTime{} + sojourn(chain.bad ? spec_.bad : spec_.good, draws);
  chain.draws = draws.position();
  return chain;
}

bool LossModel::in_bad_state(std::uint64_t link, SimTime t, Chains& chains) const {
  const auto [at, fresh] = chains.try_emplace(link);
  Chain& chain = at->second;
  // A transmission that a fast path starts before one already queued asks about the past: replay.
  if (fresh || t < chain.since) chain = first_sojourn(link);
  if (t >= chain.until) {
    KeyedDraws draws(seed_, Stream::kLossChain, link);
    draws.seek(chain.draws);
    while (t >= chain.until) {
      chain.bad = !chain.bad;
      chain.since = chain.until;
      chain.until = chain.until + sojourn(chain.bad ? spec_.bad : spec_.good, draws);
    }
    chain.draws = draws.position();
  }
  return chain.bad;
}

bool LossModel::lost(NodeId from, NodeId to, std::uint32_t sequence, SimTime start, Chains& chains) const {
  double probability = spec_.probability;
  if (spec_.kind == LossSpec::Kind::kGilbertElliott) {
    const std::uint64_t link = (static_cast<std::uint64_t>(from) << 32) | static_cast<std::uint64_t>(to);
    probability = in_bad_state(link, start, chains) ? spec_.loss_bad : spec_.loss_good;
  }
  if (probability <= 0) return false;
  if (probability >= 1) return true;
  return KeyedDraws(seed_, Stream::kLoss, static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(to), sequence)
      .chance(probability);
}

}  // namespace hearsay::network
