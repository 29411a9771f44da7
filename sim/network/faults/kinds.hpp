#pragma once

// The kinds of faults, and what can be asked of any of them.

#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "sim/network/faults/bandwidth_drop.hpp"
#include "sim/network/faults/churn.hpp"
#include "sim/network/faults/crash.hpp"
#include "sim/network/faults/fault.hpp"
#include "sim/network/faults/latency_spike.hpp"
#include "sim/network/faults/loss_burst.hpp"
#include "sim/network/faults/partition.hpp"
#include "sim/network/faults/silent.hpp"
#include "sim/network/faults/slow.hpp"

namespace hearsay::network {

/// The one list, in the order of the reference.
using FaultKind = std::variant<Partition, Crash, Churn, LossBurst, LatencySpike, BandwidthDrop, Silent, Slow>;

/// One of each, with the defaults of its keys.
const std::vector<FaultKind>& fault_kinds();

std::string_view fault_kind_name(const FaultKind& kind);
std::string_view fault_kind_summary(const FaultKind& kind);
/// The whole network, if the scenario names no nodes.
bool hits_all_unless_named(const FaultKind& kind);
/// Its own keys, beside those that every kind has.
std::vector<FaultKeyInfo> fault_kind_keys(const FaultKind& kind);

inline Down down(const FaultKind& fault) {
  return std::visit(
      [](const auto& kind) {
        if constexpr (requires { kind.kDown; }) return kind.kDown;
        return Down::kNever;
      },
      fault);
}
inline bool takes_down(const FaultKind& fault) { return down(fault) != Down::kNever; }

inline bool cuts_links(const FaultKind& fault) {
  return std::visit(
      [](const auto& kind) {
        if constexpr (requires { kind.cuts(Side{}, Side{}); }) return true;
        return false;
      },
      fault);
}
/// Whether a message may be lost for good by it.
inline bool destroys_messages(const FaultKind& fault) {
  return takes_down(fault) || cuts_links(fault) ||
         std::visit(
             [](const auto& kind) {
               if constexpr (requires(KeyedDraws & draws) { kind.loses(draws); }) return true;
               return false;
             },
             fault);
}
/// Whether a node that it takes down forgets all it knew.
inline bool loses_state(const FaultKind& fault) {
  return std::visit(
      [](const auto& kind) {
        if constexpr (requires { kind.lose_state; }) return kind.lose_state;
        return false;
      },
      fault);
}

struct FaultSpec {
  FaultKind kind;
  SimTime at{};
  SimTime until = kNever;  ///< in force in [at, until)
  NodeSelector nodes{};    ///< Partition: unless it has sides
};

}  // namespace hearsay::network
