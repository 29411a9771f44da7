#pragma once

// What a run says of its membership: how many nodes a node knows, how many of them are down, and how long it takes
// until a node that joins is known. It asks for the known nodes only, and looks at no kind's own state.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/simulation/lanes.hpp"
#include "sim/simulation/world.hpp"

namespace hearsay::simulation {

class MembershipFigures {
 public:
  /// References must outlive it.
  MembershipFigures(const World& world, std::span<Lane> lanes);

  static std::vector<std::string> columns() { return {"view_size_mean", "stale_view_share"}; }
  /// A sample, in the order of columns(); NaN where nobody is up, or knows anybody.
  std::vector<double> sample();
  /// At the end of the run.
  std::vector<std::pair<std::string, std::optional<double>>> metrics();

  /// Reads what the lanes have noted of who knows whom. No window runs, and all events before the latest note have been
  /// dispatched. `some`: not unless there are many notes.
  void read_notes(bool some);

 private:
  struct Views {
    std::vector<std::size_t> sizes;  // of the nodes that are up
    std::uint64_t entries = 0, stale = 0;
  };
  Views views();
  void settle(NodeId joiner, SimTime now);

  const World& world_;
  std::span<Lane> lanes_;
  std::vector<NodeId> known_;  // of one node
  // Nodes that join late.
  enum class Joiner : std::uint8_t { kNone, kToCome, kUnknown, kKnown };
  struct State {
    Joiner joiner = Joiner::kNone;
    SimTime since;
    std::int64_t knowers = 0;  ///< nodes that are up and know it
  };
  std::vector<State> joiners_;
  std::vector<NodeId> unknown_;
  std::int64_t live_ = 0;
  double known_after_s_ = 0;
  std::uint32_t known_count_ = 0;
  std::vector<KnowledgeNote> notes_;
};

}  // namespace hearsay::simulation
