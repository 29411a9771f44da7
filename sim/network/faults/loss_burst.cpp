#include "sim/network/faults/loss_burst.hpp"

namespace hearsay::network {

const std::vector<FaultKey<LossBurst>>& LossBurst::keys() {
  static const std::vector<FaultKey<LossBurst>> keys = {
      {.name = "loss",
       .member = &LossBurst::loss,
       .help = "probability that a message is lost",
       .required = "loss = 0.2",
       .max = 1,
       .instead = "write a probability such as 0.01"},
  };
  return keys;
}

}  // namespace hearsay::network
