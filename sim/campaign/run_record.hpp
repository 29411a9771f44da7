#pragma once

// One finished run of a campaign, whoever executed it.

#include <cstdint>
#include <string_view>

#include "sim/campaign/plan.hpp"
#include "sim/metrics/result.hpp"

namespace hearsay::campaign {

enum class RunStatus : std::uint8_t {
  kDone,
  kRefused,   ///< the run itself found its input impossible (a disconnected topology)
  kCrashed,   ///< its process died, or it threw
  kTimedOut,  ///< it was over its wall-clock limit
};

struct RunRecord {
  RunKey key;
  RunStatus status = RunStatus::kDone;
  metrics::RunResult result;  ///< `failed` and `failure` are set for all but kDone
};

}  // namespace hearsay::campaign
