#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/core/distribution.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/network/faults/fault.hpp"

namespace hearsay::network {

/// The sessions of the nodes of one churn fault. Everybody is up at the start, in the middle of a session that
/// began before: the first session is a residual one, uniform within a length-biased draw (exact for constant
/// and exponential sessions; for the others the length bias is taken on a grid of 4096 quantiles). A draw is
/// keyed by (fault, node, number), never by the order in which nodes are asked.
class Sessions {
 public:
  Sessions(const Distribution& session, const Distribution& downtime, std::uint64_t seed, std::uint64_t fault,
           std::uint32_t nodes);

  Duration first_session(NodeId node);
  Duration next_session(NodeId node) { return draw(session_, node); }
  Duration next_downtime(NodeId node) { return draw(downtime_, node); }

 private:
  Duration draw(const Distribution& distribution, NodeId node);
  Distribution session_, downtime_;
  std::uint64_t seed_, fault_;
  std::vector<std::uint32_t> draws_;  // made so far, by node
  std::vector<double> quantiles_;     // of a session, at (i + 1/2) / 4096
  std::vector<double> cumulative_;    // their running sum
};

/// Nodes leave and return, each by itself, with drawn sessions and downtimes.
struct Churn {
  static constexpr std::string_view kName = "churn";
  static constexpr std::string_view kSummary = "nodes leave and return, with drawn sessions and downtimes";
  static constexpr Unnamed kUnnamed = Unnamed::kAllNodes;
  static constexpr Down kDown = Down::kOneByOne;
  static const std::vector<FaultKey<Churn>>& keys();

  Distribution session = Distribution::constant(0);  ///< ns
  Distribution downtime = Distribution::constant(0);
  bool lose_state = true;

  double period_ns() const { return session.mean() > 0 && downtime.mean() > 0 ? session.mean() + downtime.mean() : 0; }
  Sessions sessions(std::uint64_t seed, std::uint64_t fault, std::uint32_t nodes) const {
    return {session, downtime, seed, fault, nodes};
  }
};

}  // namespace hearsay::network
