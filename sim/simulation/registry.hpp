#pragma once

// The protocols that were compiled in. The list itself is generated from the words in
// protocols/CMakeLists.txt.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/metrics/result.hpp"
#include "sim/protocol/figure.hpp"
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
  std::size_t node_bytes = 0;  ///< sizeof one node's state: for memory estimates
};

/// In the order of protocols/CMakeLists.txt. Defined in the generated registry.cpp.
std::span<const ProtocolEntry* const> all_protocols();

/// nullptr if there is none of that name.
const ProtocolEntry* find_protocol(std::string_view name);

}  // namespace hearsay::simulation
