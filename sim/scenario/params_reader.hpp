#pragma once

// Parameters of a protocol by their description (sim/protocol/params.hpp): read from a table, shown as values.

#include <string>
#include <vector>

#include "sim/document/reader.hpp"
#include "sim/protocol/params.hpp"

namespace hearsay::scenario {

/// Sets what `table` gives in `params`. A parameter that is not used beside the others stays unread, with the
/// reason.
void read_params(const std::vector<protocol::ParamInfo>& infos, protocol::ParamFields& params,
                 const document::Reader& table, const std::vector<std::string>& classes);

/// All parameters that are used; kNothing: off.
document::Value params_value(const std::vector<protocol::ParamInfo>& infos, protocol::ParamFields& params);

}  // namespace hearsay::scenario
