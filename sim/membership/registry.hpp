#pragma once

// Membership by a central list that is no node: asking it costs no message and is never lost, but takes
// registry_delay.
//
//   1. A node that starts, or starts again, registers at once, and registry_delay later learns all that were
//      registered and not expired when it asked. It connects to each that it is not connected to. So a full mesh.
//   2. Every `refresh` it renews its entry and gets the list again: it connects to what is new, and disconnects from
//      what is gone and forgets it. An entry is gone expire_after its last renewal. Without refresh it learns of later
//      nodes by their connecting, and keeps those that went down.
//   3. A node that does not answer, and one whose connection broke or that crashed as far as is seen, is asked again
//      every network.reconnect_delay, as long as it is known.
//
// A list O(nodes), a change of one connection O(nodes known) at worst.

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "sim/membership/view.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/membership.hpp"
#include "sim/protocol/protocol.hpp"

namespace hearsay::membership {

class Registry {
 public:
  static constexpr std::string_view kName = "registry";
  static constexpr std::string_view kSummary =
      "nodes register at a central list, learn all others from it, and connect to them: a full mesh";
  static constexpr protocol::TopologyUse kTopology = protocol::TopologyUse::kNone;
  static constexpr bool kConnects = true;
  static constexpr bool kFullMesh = true;

  struct Params {
    Duration registry_delay;
    std::optional<Duration> refresh;
    std::optional<Duration> expire_after;
    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;

    Duration list_delay() const { return registry_delay; }
    double expected_messages(double nodes, double) const { return nodes * nodes; }
    double expected_view(double nodes) const { return nodes; }
  };
  using Message = std::variant<protocol::NoMessage>;
  struct Timer {
    enum class Kind : std::uint8_t { kList, kRenew, kRetry };
    Kind kind = Kind::kList;
    NodeId peer = kNoNode;  ///< kRetry
    auto content() const { return std::tie(kind, peer); }
  };
  using Workspace = std::vector<NodeId>;
  using Ctx = protocol::Context<Registry>;

  void on_start(Ctx& ctx);
  void on_message(Ctx&, NodeId, const Message&) {}
  void on_timer(Ctx& ctx, const Timer& timer);
  void on_peer_up(Ctx& ctx, NodeId peer);
  void on_peer_down(Ctx& ctx, NodeId peer, protocol::PeerDown why);

  void known(std::vector<NodeId>& out) const { view_.append_to(out); }
  std::size_t memory_bytes() const { return view_.memory_bytes(); }

 private:
  void renew(Ctx& ctx);
  void read_list(Ctx& ctx);
  void learn(Ctx& ctx, NodeId node);
  void connect_to(Ctx& ctx, NodeId node);
  static bool is_listed(const Ctx& ctx, NodeId node);

  View view_;  // connected: or asked for
};

template <class Fields>
void Registry::Params::fields(Fields& f) {
  f.duration(
      "registry_delay", &Params::registry_delay,
      {.help = "time from the question to the answer, which shows the list as it was when asked", .required = true});
  f.duration("refresh", &Params::refresh, {.help = "time between renewals of a node's entry", .min = 1});
  f.duration("expire_after", &Params::expire_after,
             {.help = "an entry is gone so long after its last renewal", .min = 1});
}

}  // namespace hearsay::membership
