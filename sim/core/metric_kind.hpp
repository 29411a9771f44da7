#pragma once

// What a run's value of a metric is. The catalogue of metrics says it, and the statistics make the interval of it.

#include <cstdint>

namespace hearsay {

enum class MetricKind : std::uint8_t {
  kMean,        ///< a measured quantity, its mean, or a quantile that many values decide
  kNoInterval,  ///< what a few runs cannot show the spread of: a maximum, a far quantile
  kCount,       ///< a number of events that may be rare, without known trials
  kAmount,      ///< what such events sum up to: bytes, waiting
  kShare,       ///< the share of known trials that came out so
  kNumber,      ///< the number of those
};

}  // namespace hearsay
