// Announce as a part of a whole, as the layer under an explicit mempool: a whole that only hands everything on is the
// same protocol, message by message and draw by draw, and can ask what its mempool holds.

#include <gtest/gtest.h>

#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "protocols/announce.hpp"
#include "tests/support/own_protocol.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::announce_part_test {
namespace {

using protocol::Context;
using protocols::Announce;

class Relaying {
 public:
  static constexpr std::string_view kName = "relaying";
  static constexpr std::string_view kSummary = "announces transactions, among other things";
  using Parts = std::tuple<Announce>;
  struct Params {
    Announce::Params announce;
    template <class Fields>
    static void fields(Fields&) {}
  };
  struct Setup {
    Announce::Setup announce;
  };
  static Setup prepare(const Params& params, const protocol::SetupView& view) {
    return {Announce::prepare(params.announce, view)};
  }
  /// A block that has the transaction.
  struct Block {
    static constexpr std::string_view kName = "block";
    ItemId id{};
    std::uint64_t wire_bytes() const { return 80; }
    auto content() const { return std::tie(id); }
  };
  using Message = std::variant<Announce::Tx, Announce::Inv, Announce::GetData, Announce::NotFound, Block>;
  using Timer = Announce::Timer;
  struct Workspace {
    protocol::Effects<Announce> announce;
  };

  void on_restart(Context<Relaying>& ctx) {
    run(ctx, [&](Context<Announce>& part) { transactions.on_restart(part); });
  }
  void on_publish(Context<Relaying>& ctx, ItemId item) {
    run(ctx, [&](Context<Announce>& part) { transactions.on_publish(part, item); });
  }
  void on_message(Context<Relaying>& ctx, NodeId from, const Message& message) {
    run(ctx, [&](Context<Announce>& part) {
      std::visit(
          [&](const auto& m) {
            if constexpr (std::is_same_v<decltype(m), const Block&>)
              transactions.remove(part, m.id);
            else
              transactions.receive(part, from, m);
          },
          message);
    });
  }
  void on_timer(Context<Relaying>& ctx, const Timer& timer) {
    run(ctx, [&](Context<Announce>& part) { transactions.on_timer(part, timer); });
  }
  void on_peer_down(Context<Relaying>& ctx, NodeId peer) {
    run(ctx, [&](Context<Announce>& part) { transactions.on_peer_down(part, peer); });
  }
  void gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const {
    transactions.gauges(params.announce, at, readings);
  }

  Announce transactions;

 private:
  template <class Handler>
  void run(Context<Relaying>& ctx, const Handler& handler) {
    ctx.workspace().announce.setup = &ctx.setup().announce;
    ctx.run_part<Announce>(ctx.params().announce, ctx.workspace().announce, handler,
                           [](const Timer& timer) { return timer; });
  }
};

TEST(AnnounceAsAPart, IsTheSameProtocol) {
  auto spec = test::basic_spec("announce", network::TopologyKind::kRandomRegular, 80);
  spec.topology.degree = 6;
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 0.05;
  spec.network.keep_alive = milliseconds(500);
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + seconds(20);
  spec.workloads = {test::burst(30, std::nullopt, 300)};
  spec.network.groups.resize(1);
  spec.network.groups[0].name = "miners";
  spec.network.groups[0].by = network::SelectBy::kCount;
  spec.network.groups[0].count = 10;
  Announce::Params p;
  p.full_peers = "miners";
  p.trickle = milliseconds(200);
  p.request_timeout = milliseconds(300);
  p.mempool_bytes = 6000;
  p.tx_expiry = seconds(3);
  test::params<Announce>(spec) = p;
  const auto alone = test::run(spec);

  test::set_protocol<Relaying>(spec).announce = p;
  const auto part = test::run(spec);
  EXPECT_EQ(alone.digest, part.digest);
  for (const auto* figure : protocol::figures_of<Announce>) {
    if (figure->kind != protocol::FigureKind::kCounter) continue;
    EXPECT_EQ(test::metric(alone, figure->name), test::metric(part, figure->name)) << figure->name;
    if (figure->name != "requests_not_found") {
      EXPECT_GT(test::metric(part, figure->name), 0) << figure->name;
    }
  }
  EXPECT_EQ(test::metric(alone, "state_bytes_max"), test::metric(part, "state_bytes_max"));
}

TEST(AnnounceAsAPart, SaysWhatItHoldsAndWhoAnnouncedIt) {
  test::Script<Relaying> s({}, test::peers_of_line(3));
  const ItemId item = s.publish(0);
  s.deliver_all();
  for (const unsigned node : {0u, 1u, 2u}) EXPECT_TRUE(s.node(node).transactions.holds(item));
  const std::vector<NodeId> peers = {NodeId{0}, NodeId{2}};
  EXPECT_EQ(s.node(1).transactions.announced_share(peers, item), 0.5);
}

TEST(AnnounceAsAPart, GivesUpWhatABlockHas) {
  test::Script<Relaying> s({}, test::peers_of_line(2));
  const ItemId item = s.publish(0);
  const ItemId unknown = s.publish(0);
  s.lose_all();
  s.hand(1, 0, Relaying::Block{item});
  EXPECT_FALSE(s.node(0).transactions.holds(item));
  s.hand(1, 0, [&] {
    Announce::GetData request;
    request.ids.push_back(item);
    return request;
  }());
  s.expect_message<Announce::NotFound>(0, 1);
  s.expect_no_message();
  // Nor does it ask for what came in a block before its hash.
  s.hand(0, 1, Relaying::Block{unknown});
  s.hand(0, 1, [&] {
    Announce::Inv inv;
    inv.ids.push_back(unknown);
    return inv;
  }());
  s.expect_no_message();
}

}  // namespace
}  // namespace hearsay::announce_part_test
