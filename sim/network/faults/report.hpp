#pragma once

#include <cstdint>
#include <string>

namespace hearsay::network {

/// What a fault did in a run.
struct FaultReport {
  std::string kind;
  std::uint64_t dropped = 0;    ///< messages it destroyed, or kept from being sent
  std::uint64_t delayed = 0;    ///< messages it made slower
  std::uint64_t nodes = 0;      ///< nodes chosen: those it could hit
  std::uint64_t nodes_hit = 0;  ///< of them, those that went down or were an end of such a message
  bool touched_nothing() const { return dropped == 0 && delayed == 0 && nodes_hit == 0; }
  friend bool operator==(const FaultReport&, const FaultReport&) = default;
};

}  // namespace hearsay::network
