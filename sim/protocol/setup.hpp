#pragma once

// What a protocol is set up from before a run: the optional members
//
//   struct Setup { ... };
//   static Setup prepare(const Params&, const SetupView&);
//
// of a protocol. prepare() is called once for each run, when the network is drawn and before anything happens. What it
// returns does not change during the run and is the same for every node and every thread: Context::setup(). A tree over
// the overlay is made in this way (sim/protocol/tree.hpp).

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"
#include "sim/core/time.hpp"
#include "sim/network/nodes.hpp"
#include "sim/network/position.hpp"

namespace hearsay::protocol {

/// The network as it was drawn: who is linked to whom at the start, whoever joins late or goes down later.
class SetupView {
 public:
  std::span<const network::NodeAttributes> nodes;  ///< region, group, role, validator ...
  std::span<const std::string> roles;              ///< names of the RoleIds
  std::span<const std::string> regions;            ///< names of the RegionIds
  std::span<const std::string> groups;             ///< names of the GroupIds
  std::uint64_t seed;                              ///< of this replication

  /// The nodes that the topology links to this one, in its own random order. None where a membership makes all peers.
  virtual std::span<const NodeId> neighbours(NodeId node) const = 0;
  virtual Duration link_latency(NodeId a, NodeId b) const = 0;
  /// The point of the geometric topology and of euclidean latency; any network has one for each node.
  virtual network::Position position(NodeId node) const = 0;
  /// Draws that belong to `entity`, which is the protocol's to choose.
  KeyedDraws draws(std::uint64_t entity) const { return KeyedDraws(seed, Stream::kSetup, entity); }

 protected:
  explicit SetupView(std::uint64_t replication_seed) : seed(replication_seed) {}
  SetupView(const SetupView&) = default;
  ~SetupView() = default;
};

template <class P>
concept HasSetup = requires(const typename P::Params& params, const SetupView& view) {
  typename P::Setup;
  { P::prepare(params, view) } -> std::same_as<typename P::Setup>;
};

namespace detail {
struct NoSetup {};
template <class P>
struct SetupOf {
  using type = NoSetup;
};
template <class P>
requires requires { typename P::Setup; }
struct SetupOf<P> {
  using type = typename P::Setup;
};
}  // namespace detail

template <class P>
using SetupOf = typename detail::SetupOf<P>::type;

template <class P>
SetupOf<P> prepare(const typename P::Params& params, const SetupView& view) {
  if constexpr (HasSetup<P>) {
    return P::prepare(params, view);
  } else {
    static_assert(std::is_same_v<SetupOf<P>, detail::NoSetup>,
                  "a protocol with a Setup makes it: static Setup prepare(const Params&, const SetupView&)");
    return {};
  }
}

}  // namespace hearsay::protocol
