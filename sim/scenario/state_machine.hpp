#pragma once

// [protocol] and [membership] alike: a table that names a state machine and gives its parameters.

#include <string>
#include <vector>

#include "sim/document/reader.hpp"
#include "sim/protocol/params.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {

/// One of the machines that a table may name.
struct MachineEntry {
  std::string name;
  const std::vector<protocol::ParamInfo>* params;
};

/// Of all that a registry has.
template <class Registry>
std::vector<MachineEntry> machine_entries(const Registry& registry) {
  std::vector<MachineEntry> all;
  for (const auto* entry : registry) all.push_back({entry->name, &entry->params});
  return all;
}

/// Reads the parameters of `own`, judges them together, and records all of them. `key`: what names the machine in the
/// table. `all`: those that `key` may name. Diagnostics go to the table's context.
void read_machine(const document::Reader& table, const std::string& key, const MachineEntry& own,
                  const std::vector<MachineEntry>& all, protocol::ParamBox& params, const Draft& draft);

}  // namespace hearsay::scenario
