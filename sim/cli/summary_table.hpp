#pragma once

// The table at the end of `hearsay run`: a line per point, a column per axis and key metric.

#include <string>

#include "sim/campaign/campaign.hpp"
#include "sim/campaign/labels.hpp"

namespace hearsay::cli {

/// Each value is the mean and the half width of its 95 % interval, in a unit that suits its column; columns without
/// any value are left out, and the least important ones where 120 characters do not hold them all.
std::string summary_table(const campaign::PointLabels& labels, const campaign::CampaignResult& result);

}  // namespace hearsay::cli
