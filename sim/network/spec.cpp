#include "sim/network/spec.hpp"

#include "sim/core/check.hpp"

namespace hearsay::network {

const char* fault_kind_name(FaultKind kind) {
  switch (kind) {
    case FaultKind::kPartition: return "partition";
    case FaultKind::kCrash: return "crash";
    case FaultKind::kChurn: return "churn";
    case FaultKind::kLossBurst: return "loss-burst";
    case FaultKind::kLatencySpike: return "latency-spike";
    case FaultKind::kBandwidthDrop: return "bandwidth-drop";
    case FaultKind::kSilent: return "silent";
    case FaultKind::kSlow: return "slow";
  }
  HEARSAY_CHECK(false, "a fault of no kind");
}

}  // namespace hearsay::network
