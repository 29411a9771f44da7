#pragma once

// Looks at the gauges of all nodes of one class, the protocol's or the membership's, at samples and at the end of a
// run.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/protocol/statistics.hpp"
#include "sim/simulation/machine.hpp"
#include "sim/simulation/samples.hpp"
#include "sim/simulation/world.hpp"

namespace hearsay::simulation {

/// Nothing at all where P has no gauges.
template <class P>
class GaugesOf {
 public:
  /// References must outlive it. `with_peers`: peers and active peers are columns of a sample too.
  GaugesOf(const World& world, const MachineNodes<P>& nodes, bool with_peers)
      : world_(world), nodes_(nodes), figures_(protocol::figures_of<P>, with_peers) {}

  std::vector<std::string> columns() const {
    if constexpr (protocol::HasGauges<P>) return figures_.columns();
    return {};
  }
  /// In the order of columns(). `contacts`: null where nobody asks for active peers.
  std::vector<double> sample([[maybe_unused]] SimTime t, [[maybe_unused]] Contacts* contacts = nullptr) {
    if constexpr (protocol::HasGauges<P>) {
      for (std::uint32_t n = 0; n < nodes_.states.size(); ++n) {
        const NodeId id{n};
        if (!world_.up(id)) continue;
        const auto peers = world_.overlay.peers(id);
        protocol::GaugeReadings& readings = figures_.blank();
        nodes_.states[n].gauges(nodes_.params, {t, world_.item_infos, peers.size()}, readings);
        figures_.add(readings, peers.size(), contacts != nullptr ? contacts->active(id, peers, t) : 0);
      }
      sampled_ = t;
      return figures_.take();
    } else {
      return {};
    }
  }
  /// Once, at the end of the run: mean and maximum of each.
  void put_metrics(SimTime end, metrics::NamedValues& metrics, Contacts* contacts = nullptr) {
    if constexpr (protocol::HasGauges<P>) {
      if (sampled_ != end) sample(end, contacts);
      figures_.put_metrics(metrics);
    }
  }

 private:
  const World& world_;
  const MachineNodes<P>& nodes_;
  GaugeFigures figures_;
  SimTime sampled_{-1};  // the latest look at the nodes
};

}  // namespace hearsay::simulation
