#pragma once

// What a scenario says about membership, resolved: who makes a node's peers, and at what pace. The rules are in
// membership.hpp.

#include <cstdint>

#include "sim/core/time.hpp"

namespace hearsay::membership {

enum class Kind : std::uint8_t {
  kStatic,    ///< the topology, as long as the run lasts
  kRegistry,  ///< a central list of nodes; full mesh
  kExchange,  ///< nodes tell each other whom they know
};

struct MembershipSpec {
  Kind kind = Kind::kStatic;

  Duration registry_delay;  ///< registry: from the question to the answer
  Duration refresh;         ///< registry: time between renewals; 0: never
  /// registry: an entry is gone so long after its last renewal; 0: never. exchange (always > 0): an entry of a view is
  /// dropped when nobody has heard of the node for so long.
  Duration expire_after;

  std::uint32_t active = 0;  ///< exchange: peers that a node wants to be connected to
  Duration ping_interval;
  Duration ping_timeout;               ///< at most ping_interval
  std::uint32_t suspect_after = 1;     ///< pings missed in a row that make a peer count as gone
  std::uint32_t list_size = 0;         ///< entries of a pong
  Duration rotate_interval;            ///< 0: never
  std::uint32_t view_capacity = 1000;  ///< nodes known, connected ones included; at least `active`

  bool is_static() const { return kind == Kind::kStatic; }
  friend bool operator==(const MembershipSpec&, const MembershipSpec&) = default;
};

/// What an exchange that says nothing else forgets after, in ping intervals. With v nodes in a view, `list_size` l and
/// `active` a, a node's last sign of life spreads by a factor of about 1 + a l / v in each interval, so it reaches n
/// nodes within some (v / (a l)) ln n intervals: 50 are enough for v = 1000, a l = 120 and n = 1000, and where they
/// are not, views settle at the size for which they are.
inline constexpr std::int64_t kDefaultLifetimeIntervals = 50;

}  // namespace hearsay::membership
