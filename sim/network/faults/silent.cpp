#include "sim/network/faults/silent.hpp"

namespace hearsay::network {

const std::vector<FaultKey<Silent>>& Silent::keys() {
  static const std::vector<FaultKey<Silent>> keys;
  return keys;
}

}  // namespace hearsay::network
