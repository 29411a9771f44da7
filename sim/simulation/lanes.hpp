#pragma once

// How one run is divided among threads and caches.
//
// Lanes are ranges of about a thousand nodes, whose states fit into a core's cache, or regions, where messages take
// much longer from one region to another than within one. A window is as long as the least time that anything takes
// from one lane to another, rounded down to a power of two. None of this changes a result.
//
// One lane, and one thread, serve a run
//   - whose latency has no lower bound above 16 us: nothing could run ahead of anything;
//   - that is traced, as a trace is written in the total order;
//   - that is too small to gain, unless the user asked for a number of threads.

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/division.hpp"
#include "sim/network/loss.hpp"
#include "sim/simulation/outbox_lists.hpp"
#include "sim/simulation/reliable_transfers.hpp"
#include "sim/simulation/run_spec.hpp"

namespace hearsay::simulation {

struct LanePlan {
  engine::Division division;
  unsigned threads = 1;
  std::string why_one_lane;  ///< empty if there are several
  bool windows() const { return division.lanes > 1; }
};

/// Depends on what the run is, never on how it goes. `nodes`: those of the run, for lanes by region; none: without
/// them.
LanePlan plan_lanes(const RunSpec& spec, const RunOptions& options,
                    std::span<const network::NodeAttributes> nodes = {});

/// A node that joins late came to be known to one node more or less; or it starts; or (kNoNode) a node came up or went
/// down.
struct KnowledgeNote {
  static constexpr std::int32_t kStarts = 0;
  SimTime time;
  NodeId node = kNoNode;
  std::int32_t change = 0;
};

/// What the nodes of one lane have in common. Only the thread that runs the lane uses it.
struct Lane {
  network::LossModel::Chains loss_chains;
  LaneTransfers transfers;
  LaneOutbox outbox;
  std::vector<KnowledgeNote> knowledge;
  std::vector<std::pair<NodeId, SimTime>> enlisted;  ///< windows: what is to enter the public list
};

}  // namespace hearsay::simulation
