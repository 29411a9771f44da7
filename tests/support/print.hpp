#pragma once

// How GoogleTest prints times and ids.

#include <ostream>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"

namespace hearsay {

inline void PrintTo(Duration d, std::ostream* os) { *os << d.ns << " ns"; }
inline void PrintTo(SimTime t, std::ostream* os) { *os << "at " << t.ns << " ns"; }
inline void PrintTo(NodeId id, std::ostream* os) { *os << "node " << index(id); }
inline void PrintTo(ItemId id, std::ostream* os) { *os << "item " << index(id); }

}  // namespace hearsay
