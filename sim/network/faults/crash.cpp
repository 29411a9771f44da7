#include "sim/network/faults/crash.hpp"

namespace hearsay::network {

const std::vector<FaultKey<Crash>>& Crash::keys() {
  static const std::vector<FaultKey<Crash>> keys = {
      {.name = "lose_state", .member = &Crash::lose_state, .help = "nodes forget all they knew"},
  };
  return keys;
}

}  // namespace hearsay::network
