#pragma once

// Histories of mined blocks, run from scenario files.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/simulation/run_spec.hpp"
#include "tests/support/scenario_file.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::laws {

struct MiningRun {
  std::string run = "duration = \"1 y\"\n";
  std::string topology;
  std::string latency;
  std::string protocol = "name = \"flood\"\n";
  std::string workload = "interval = \"600 s\"\nsize = \"1 MB\"\n";
  std::vector<std::string> shares = {};  ///< hash power by node; empty: equal
  std::string rest = {};
};

inline simulation::RunSpec mining_spec(const MiningRun& what) {
  const test::ScenarioDirectory directory;
  std::string rest = what.rest;
  for (std::size_t n = 0; n < what.shares.size(); ++n)
    rest += "[[group]]\nids = [" + std::to_string(n) + "]\nhash_power = " + what.shares[n] + "\n";
  auto loaded = directory.load(
      test::ScenarioText{.run = "seed = 11\n" + what.run,
                         .topology = what.topology,
                         .network = "latency = { kind = \"constant\", value = \"" + what.latency + "\" }\n",
                         .protocol = what.protocol,
                         .workload = "kind = \"mining\"\n" + what.workload,
                         .rest = rest});
  EXPECT_TRUE(loaded.scenario.has_value()) << test::diagnostics_text(loaded);
  return std::move(loaded.scenario->points[0].spec);
}

/// The tree of a run, told by its ledger alone: each row is a block that comes to a node.
struct Replayed {
  struct Block {
    std::uint32_t height = 0;
    std::int64_t parent = -1;
    std::int64_t time_ns = 0;
    std::uint32_t finder = 0;
  };
  std::vector<Block> blocks;  ///< in the order of discovery
};

inline Replayed replay(const metrics::RunResult& result) {
  Replayed out;
  std::map<std::uint32_t, std::int64_t> heads;
  const auto height = [&](std::int64_t block) {
    return block < 0 ? 0 : out.blocks[static_cast<std::size_t>(block)].height;
  };
  for (const metrics::LedgerRow& row : result.ledger) {
    std::int64_t& head = heads.try_emplace(row.node, -1).first->second;
    if (row.from == -1) {
      EXPECT_EQ(row.item, out.blocks.size());
      out.blocks.push_back({height(head) + 1, head, row.time_ns, row.node});
      head = row.item;
    } else if (height(row.item) > height(head)) {
      head = row.item;
    }
  }
  return out;
}

}  // namespace hearsay::laws
