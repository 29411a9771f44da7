#pragma once

// A protocol that only does what a test tells it to, to see what the network does to single messages.
//
//   ProbeNet net(2);                             // complete graph, 50 ms, no bandwidth limits
//   net.spec.network.uplink_bit_per_s = 10'000'000;
//   const auto a = net.send(seconds(1), 0, {1}, 1'000'000);
//   net.run();
//   EXPECT_EQ(net.arrival(a), milliseconds(1850));

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "sim/protocol/protocol.hpp"
#include "sim/simulation/run_spec.hpp"
#include "tests/support/print.hpp"

namespace hearsay::test {

/// Which message of a plan.
enum class Tag : std::uint32_t {};

class Probe {
 public:
  static constexpr std::string_view kName = "probe";
  static constexpr std::string_view kSummary = "sends what a test tells it to";

  enum class Kind : std::uint8_t { kPacket, kNote };

  /// One send of the plan: a multicast if there are several recipients.
  struct Send {
    SimTime at;
    unsigned from = 0;
    std::vector<unsigned> to;
    std::uint64_t bytes = 0;
    Kind kind = Kind::kPacket;
  };
  struct Receipt {
    SimTime time;
    unsigned node = 0, from = 0;
    Tag tag{};
  };
  struct Call {
    SimTime time;
    unsigned node = 0;
    unsigned peer = 0;        ///< of peer_up, peer_down
    bool kept_state = false;  ///< of restarts
    friend bool operator==(const Call&, const Call&) = default;
  };
  struct Log {
    std::vector<Receipt> receipts;
    std::vector<Call> starts, restarts, peers_up, peers_down;
  };

  struct Params {
    std::vector<Send> plan;
    bool plan_after_restart = false;  ///< what is still to come of the plan is done after a restart too
    Log* log = nullptr;
    template <class Fields>
    static void fields(Fields&) {}
  };
  template <Kind kKind>
  struct Bytes {
    static constexpr std::string_view kName = kKind == Kind::kPacket ? "packet" : "note";
    Tag tag{};
    std::uint64_t bytes = 0;
    std::uint64_t wire_bytes() const { return bytes; }
    auto content() const { return std::tie(tag, bytes); }
  };
  using Packet = Bytes<Kind::kPacket>;
  using Note = Bytes<Kind::kNote>;
  using Message = std::variant<Packet, Note>;
  struct Timer {
    Tag tag{};
    auto content() const { return std::tie(tag); }
  };

  void on_start(protocol::Context<Probe>& ctx);
  void on_restart(protocol::Context<Probe>& ctx);
  void on_publish(protocol::Context<Probe>&, ItemId) {}
  void on_message(protocol::Context<Probe>& ctx, NodeId from, const Message& message);
  void on_timer(protocol::Context<Probe>& ctx, const Timer& timer) { act(ctx, timer.tag); }
  void on_peer_up(protocol::Context<Probe>& ctx, NodeId peer);
  void on_peer_down(protocol::Context<Probe>& ctx, NodeId peer);

 private:
  void plan(protocol::Context<Probe>& ctx);
  static void act(protocol::Context<Probe>& ctx, Tag tag);
  bool started_ = false;
};

/// A network of probes.
class ProbeNet {
 public:
  explicit ProbeNet(std::uint32_t nodes);
  ProbeNet(const ProbeNet&) = delete;
  ProbeNet& operator=(const ProbeNet&) = delete;

  /// `from` sends to all of `to` at `at`.
  Tag send(Duration at, unsigned from, std::vector<unsigned> to, std::uint64_t bytes,
           Probe::Kind kind = Probe::Kind::kPacket);
  const metrics::RunResult& run(simulation::TraceSink* trace = nullptr);

  /// When a message of one recipient arrived; none if it never did. The first time, if it did more often.
  std::optional<Duration> arrival(Tag tag) const;
  std::optional<Duration> arrival(Tag tag, unsigned to) const;
  bool arrived(Tag tag) const { return arrival(tag).has_value(); }
  /// How many of a message's copies reached a handler.
  std::size_t receipts(Tag tag) const;
  /// All arrivals at a node, in order.
  std::vector<Duration> arrivals_at(unsigned node) const;
  std::uint64_t dropped(std::string_view reason) const;
  double metric(std::string_view name) const;
  Probe::Params& params();

  simulation::RunSpec spec;
  Probe::Log log;
  metrics::RunResult result;
};

}  // namespace hearsay::test
