#pragma once

// The protocols and memberships that were compiled in. The lists themselves are generated from the words in
// protocols/CMakeLists.txt and sim/membership/CMakeLists.txt.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/metrics/result.hpp"
#include "sim/protocol/figure.hpp"
#include "sim/protocol/membership.hpp"
#include "sim/protocol/params.hpp"

namespace hearsay::simulation {

struct RunSpec;
struct RunOptions;

/// Everything the rest of the program knows of a protocol.
struct ProtocolEntry {
  std::string name;                        ///< as in a scenario: "push-pull"
  std::string summary;                     ///< one sentence
  std::vector<std::string> message_kinds;  ///< in the order of the Message variant
  std::vector<protocol::ParamInfo> params;
  std::vector<const protocol::Figure*> figures;  ///< its own and its parts', as it declares them
  std::unique_ptr<protocol::ParamBox> (*make_params)() = nullptr;
  metrics::RunResult (*run)(const RunSpec&, const RunOptions&) = nullptr;
  bool connects = false;       ///< it makes connections of its own
  std::size_t node_bytes = 0;  ///< sizeof one node's state: for memory estimates
};

class PartNodes;
class World;

/// Everything the rest of the program knows of a kind of membership.
struct MembershipEntry {
  std::string name;     ///< as in a scenario: "exchange"
  std::string summary;  ///< one sentence
  std::vector<std::string> message_kinds;
  std::vector<protocol::ParamInfo> params;
  std::vector<const protocol::Figure*> figures;  ///< its own, as it declares them
  protocol::TopologyUse topology{};
  bool full_mesh = false;     ///< everybody is connected to everybody, in the end
  bool repairs_only = false;  ///< there is nothing to do for it where connections cannot break
  std::unique_ptr<protocol::ParamBox> (*make_params)() = nullptr;
  std::unique_ptr<PartNodes> (*make)(const World&, protocol::ParamBox&, std::uint32_t lanes) = nullptr;
  /// How old the public list is that its nodes see; null: they look at none.
  Duration (*list_delay)(protocol::ParamBox&) = nullptr;
  /// Messages of all nodes in so many seconds, and nodes that one node knows, roughly; null: none.
  double (*expected_messages)(protocol::ParamBox&, double nodes, double seconds) = nullptr;
  double (*expected_view)(protocol::ParamBox&, double nodes) = nullptr;
};

/// In the order of sim/membership/CMakeLists.txt. Defined in the generated registry.
std::span<const MembershipEntry* const> all_memberships();
/// nullptr if there is none of that name.
const MembershipEntry* find_membership(std::string_view name);

/// In the order of protocols/CMakeLists.txt. Defined in the generated registry.cpp.
std::span<const ProtocolEntry* const> all_protocols();

/// nullptr if there is none of that name.
const ProtocolEntry* find_protocol(std::string_view name);

}  // namespace hearsay::simulation
