#pragma once

// Parameters of a rumor that differ from the defaults.

#include "protocols/rumor.hpp"

namespace hearsay::protocols::rumor_test {

inline Rumor::Params with(auto change) {
  Rumor::Params p;
  change(p);
  return p;
}

/// Fanout 1, feedback, at the given timing.
inline Rumor::Params with_feedback(Rumor::Stop stop, std::uint32_t k, Rumor::Phase phase, Duration delay) {
  return with([&](auto& p) {
    p.fanout = 1;
    p.stop = stop;
    p.k = k;
    p.feedback = true;
    p.phase = phase;
    p.propagation_delay = delay;
  });
}

}  // namespace hearsay::protocols::rumor_test
