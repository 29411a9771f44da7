#include "sim/network/faults/churn.hpp"

#include <algorithm>

#include "sim/core/random.hpp"

namespace hearsay::network {

namespace {

// A session or downtime lasts at least 1 ns; a draw beyond the longest run is as good as for ever.
Duration whole_ns(double ns) { return std::max(nearest_duration(ns), nanoseconds(1)); }

constexpr std::size_t kGrid = 4096;

}  // namespace

const std::vector<FaultKey<Churn>>& Churn::keys() {
  static const std::vector<FaultKey<Churn>> keys = {
      {.name = "session",
       .member = &Churn::session,
       .help = "how long a node stays",
       .required = "session = { kind = \"exponential\", mean = \"60 s\" }"},
      {.name = "downtime",
       .member = &Churn::downtime,
       .help = "how long it is away",
       .required = "downtime = { kind = \"exponential\", mean = \"10 s\" }"},
      {.name = "lose_state", .member = &Churn::lose_state, .help = "nodes forget all they knew"},
  };
  return keys;
}

Sessions::Sessions(const Distribution& session, const Distribution& downtime, std::uint64_t seed, std::uint64_t fault,
                   std::uint32_t nodes)
    : session_(session), downtime_(downtime), seed_(seed), fault_(fault), draws_(nodes, 0) {
  if (session.kind() == Distribution::Kind::kExponential || session.is_constant()) return;
  double sum = 0;
  for (std::size_t i = 0; i < kGrid; ++i) {
    quantiles_.push_back(std::max(1.0, session.quantile((static_cast<double>(i) + 0.5) / kGrid)));
    cumulative_.push_back(sum += quantiles_.back());
  }
}

Duration Sessions::draw(const Distribution& distribution, NodeId node) {
  KeyedDraws draws(seed_, Stream::kChurn, fault_, static_cast<std::uint64_t>(node));
  draws.seek(draws_[index(node)]++);
  return whole_ns(distribution.quantile(draws.open_uniform()));
}

Duration Sessions::first_session(NodeId node) {
  if (session_.kind() == Distribution::Kind::kExponential) return next_session(node);
  KeyedDraws draws(seed_, Stream::kChurn, fault_, static_cast<std::uint64_t>(node));
  draws.seek(draws_[index(node)]);
  draws_[index(node)] += 2;
  const double within = draws.open_uniform();
  if (session_.is_constant()) return whole_ns(within * session_.mean());
  const double at = draws.open_uniform() * cumulative_.back();
  const auto found = std::lower_bound(cumulative_.begin(), cumulative_.end(), at) - cumulative_.begin();
  return whole_ns(within * quantiles_[static_cast<std::size_t>(found)]);
}

}  // namespace hearsay::network
