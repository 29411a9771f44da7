#pragma once

#include <string>

#include "sim/scenario/reader.hpp"

namespace hearsay::scenario {

/// An error for each key below `table`, whose path is `path`, that nobody has read.
void complain_of_unread(const Value& table, const std::string& path, ReadContext& context);

}  // namespace hearsay::scenario
