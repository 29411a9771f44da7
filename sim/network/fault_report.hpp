#pragma once

#include <cstdint>
#include <string>

namespace hearsay::network {

/// What a fault did in a run.
struct FaultReport {
  std::string kind;
  std::uint64_t dropped = 0;  ///< messages it destroyed (crash, partition, loss-burst, silent: suppressed sends)
  std::uint64_t delayed = 0;  ///< messages it made slower
  std::uint64_t nodes = 0;    ///< nodes it hit
  bool touched_nothing() const { return dropped == 0 && delayed == 0 && nodes == 0; }
};

}  // namespace hearsay::network
