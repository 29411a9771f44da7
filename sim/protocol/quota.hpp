#pragma once

// How many of a node's peers, or which of them.

#include <cstdint>
#include <string>
#include <variant>

namespace hearsay::protocol {

/// A count (an integer), a share (a real number in [0, 1]), or all of a group, by its name. So 1 is one and 1.0 is all.
using Quota = std::variant<std::int64_t, double, std::string>;

}  // namespace hearsay::protocol
