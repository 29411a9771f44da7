#include "sim/network/faults/slow.hpp"

namespace hearsay::network {

const std::vector<FaultKey<Slow>>& Slow::keys() {
  static const std::vector<FaultKey<Slow>> keys = {
      {.name = "delay", .member = &Slow::delay, .help = "before each send", .required = "delay = \"1 s\""},
  };
  return keys;
}

}  // namespace hearsay::network
