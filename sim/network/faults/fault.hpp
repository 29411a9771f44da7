#pragma once

// What every kind of fault shares.
//
// A kind of fault is a plain struct in a file of its own. Its members are the values of its keys, and it says
//
//   kName, kSummary                  as in a scenario and in the reference
//   kUnnamed                         whom it hits where a scenario names nobody
//   keys()                           its keys, each with its limits and its meaning
//   wrong(given)                     optional: what is wrong with this choice of its keys, else ""
//   kAllChosen                       optional: what is suspicious if all nodes are chosen
//   period_ns()                      optional: something of it comes round so often, on average; 0: not known. A
//                                    scenario in which it does so too often is refused, at the first key
//
// and then those of the following that are what it does. A message is "of" the fault if one of its ends is chosen.
//
//   divide(chosen), cuts(from, to)   puts each node on a side; a message from one side to the other that is on its way
//                                    at some instant of the fault is lost
//   loses(draws)                     a message whose transmission starts within it is lost
//   latency(usual), least_factor()   of a transmission that starts within it; never less than that share of the usual
//   bandwidth(usual)                 of a chosen node, for transmissions that start within it
//   kSilences                        chosen nodes send nothing but what they published themselves
//   pause()                          before each send of a chosen node
//   kDown, lose_state                chosen nodes go down: all at once until it is over, or each by itself
//   sessions(seed, fault, nodes)     ... if each by itself: when
//
// Everything else follows: what a scenario may say, `hearsay describe`, whom a run asks, what it reports. A new kind is
// one more file and one more word in kinds.hpp.

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/core/distribution.hpp"
#include "sim/core/time.hpp"
#include "sim/network/nodes.hpp"
#include "sim/network/spec.hpp"

namespace hearsay::network {

/// Which nodes a fault hits if the scenario names none.
enum class Unnamed : std::uint8_t {
  kRefused,   ///< the scenario has to name some
  kAllNodes,  ///< the whole network
};

/// How nodes go down.
enum class Down : std::uint8_t {
  kNever,
  kTogether,  ///< from the beginning of the fault to its end
  kOneByOne,  ///< each by its own sessions and downtimes
};

/// The nodes of a side are those of all its selectors (groups or regions). Nodes on no side are cut from none.
using Sides = std::vector<std::vector<NodeSelector>>;

/// Of each node, in a partition.
using Side = std::uint16_t;
inline constexpr Side kNoSide = std::numeric_limits<Side>::max();

/// What a fault was drawn for.
struct Chosen {
  std::span<const std::uint32_t> members;  ///< ascending
  std::span<const NodeAttributes> nodes;   ///< all
  std::uint64_t seed;
  std::uint64_t fault;  ///< index
};

/// One key of a kind of fault.
template <class Kind>
struct FaultKey {
  const char* name;
  /// Durations are above 0 and so are the means of distributions, which are of durations.
  std::variant<bool Kind::*, double Kind::*, Duration Kind::*, Distribution Kind::*, Sides Kind::*> member;
  const char* help;
  const char* required = "";  ///< what to write; "": the key may be absent
  double min = 0;             ///< of a number
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;
  const char* instead = "";  ///< what to write where a number is outside
};

/// A key as the reference shows it.
struct FaultKeyInfo {
  std::string_view name, type, fallback;
  std::string range;
  std::string_view help;
};

}  // namespace hearsay::network
