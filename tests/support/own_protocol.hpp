#pragma once

// Runs of a protocol that a test has written itself, which is in no registry.

#include "sim/simulation/entry.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::test {

/// Another protocol; returns its parameters, to be changed.
template <class P>
typename P::Params& set_protocol(simulation::RunSpec& spec) {
  static const simulation::ProtocolEntry entry = simulation::make_entry<P>();
  spec.protocol = &entry;
  spec.params = entry.make_params();
  return params<P>(spec);
}

}  // namespace hearsay::test
