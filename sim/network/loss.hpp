#pragma once

// Loss of a message on its way, drawn at send.

#include <cstdint>
#include <unordered_map>

#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"
#include "sim/core/time.hpp"
#include "sim/network/spec.hpp"

namespace hearsay::network {

/// Independent loss, or a Gilbert-Elliott chain per directed link: exponential sojourns in a good and a
/// bad state, started in the stationary state. A chain is a function of (seed, link, time) alone; its
/// current sojourn is remembered so that a query costs O(sojourns since the last one).
class LossModel {
 public:
  LossModel(const LossSpec& spec, std::uint64_t seed) : spec_(spec), seed_(seed) {}

  bool none() const { return spec_.kind == LossSpec::Kind::kNone; }

 private:
  struct Chain {
    std::uint64_t draws = 0;  // position in the link's own sequence
    bool bad = false;
    SimTime since;  // of the current sojourn
    SimTime until;
  };

 public:
  /// The chains of some links as they are now: of those whose senders one thread runs.
  using Chains = std::unordered_map<std::uint64_t, Chain>;  // looked up only, never iterated

  /// True if the message `sequence` of `from` to `to`, whose transmission starts at `start`, is lost.
  /// Queries about one link need not come in order of time, but always with the same chains.
  bool lost(NodeId from, NodeId to, std::uint32_t sequence, SimTime start, Chains& chains) const;

 private:
  Chain first_sojourn(std::uint64_t link) const;
  bool in_bad_state(std::uint64_t link, SimTime t, Chains& chains) const;

  LossSpec spec_;
  std::uint64_t seed_;
};

}  // namespace hearsay::network
