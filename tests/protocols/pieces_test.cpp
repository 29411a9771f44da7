// Items that travel in pieces: what a run counts of them, by a protocol that cuts items and sends each piece on as soon
// as it comes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <variant>
#include <vector>

#include "sim/core/piece.hpp"
#include "tests/support/own_protocol.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::pieces_test {
namespace {

using protocol::Context;
using test::metric;
using ::testing::ElementsAre;

class Chunker {
 public:
  static constexpr std::string_view kName = "chunker";
  static constexpr std::string_view kSummary = "floods the pieces of items";
  struct Params {
    std::uint32_t count = 4;   ///< pieces of an item
    std::uint32_t needed = 0;  ///< 0: all
    std::uint32_t sent = 4;    ///< by the publisher
    bool whole_too = false;    ///< then it sends the whole item
    bool bundle = false;       ///< the publisher sends its pieces in one message
    template <class Fields>
    static void fields(Fields&) {}
  };
  struct Chunks {
    static constexpr std::string_view kName = "chunks";
    std::vector<Piece> pieces;
    std::uint64_t bytes = 0;
    std::uint64_t wire_bytes() const { return bytes; }
    auto content() const { return std::tie(pieces, bytes); }
    std::span<const Piece> items() const { return pieces; }
  };
  struct Copy {
    static constexpr std::string_view kName = "copy";
    ItemId id{};
    std::uint64_t wire_bytes() const { return 1; }
    auto content() const { return std::tie(id); }
    std::span<const ItemId> items() const { return {&id, 1}; }
  };
  using Message = std::variant<Chunks, Copy>;
  struct Timer {
    auto content() const { return std::tuple(); }
  };
  using Ctx = Context<Chunker>;

  void on_start(Ctx&) {}
  void on_publish(Ctx& ctx, ItemId item) {
    const Params& p = ctx.params();
    delivered_.insert(item);
    ctx.deliver(item);
    std::vector<Piece> all;
    for (std::uint32_t k = 0; k < p.sent; ++k) all.push_back({item, k, p.count, p.needed});
    for (const Piece& piece : all) have_[item].insert(piece.index);
    if (p.bundle)
      ctx.send_all(Chunks{all, bytes(ctx, item) * p.sent});
    else
      for (const Piece& piece : all) ctx.send_all(Chunks{{piece}, bytes(ctx, item)});
    if (p.whole_too) ctx.send_all(Copy{item});
  }
  void on_message(Ctx& ctx, NodeId from, const Message& message) {
    if (const auto* copy = std::get_if<Copy>(&message)) return accept(ctx, copy->id);
    for (const Piece& piece : std::get<Chunks>(message).pieces) {
      auto& own = have_[piece.item];
      if (!own.insert(piece.index).second) continue;
      ctx.send_all(Chunks{{piece}, bytes(ctx, piece.item)}, from);
      if (own.size() >= piece.enough()) accept(ctx, piece.item);
    }
  }
  void on_timer(Ctx&, const Timer&) {}

 private:
  static std::uint64_t bytes(Ctx& ctx, ItemId item) {
    const Params& p = ctx.params();
    return ctx.item(item).size_bytes / (p.needed == 0 ? p.count : p.needed);
  }
  void accept(Ctx& ctx, ItemId item) {
    if (delivered_.insert(item).second) ctx.deliver(item);
  }
  std::map<ItemId, std::set<std::uint32_t>> have_;
  std::set<ItemId> delivered_;
};

simulation::RunSpec chunks(network::TopologyKind kind, std::uint32_t nodes, const Chunker::Params& params) {
  auto spec = test::basic_spec("flood", kind, nodes);
  spec.duration = SimTime{} + seconds(60);
  test::set_protocol<Chunker>(spec) = params;
  return spec;
}

// Chunks of 2,500 B at 8 Mbit/s take c = 2.5 ms, a link L = 10 ms. Hop i ends at i L + k c + (i - 1) c: a node sends
// the first chunk on while the others are still on their way. As a whole, item and hop take 20 ms each.
TEST(Pieces, AreSentOnBeforeTheItemIsWhole) {
  auto spec = chunks(network::TopologyKind::kLine, 4, {});
  spec.workloads = {test::burst(1, 0, 10'000)};
  spec.network.uplink_bit_per_s = 8'000'000;
  spec.network.contention = network::Contention::kUplink;
  const auto result = test::run(spec);
  EXPECT_DOUBLE_EQ(metric(result, "latency_max_s"), 3 * 0.010 + 4 * 0.0025 + 2 * 0.0025);
  EXPECT_EQ(metric(result, "messages_sent"), 3 * 4);
  EXPECT_EQ(metric(result, "bytes_sent"), 3 * 10'000);
  EXPECT_EQ(metric(result, "payload_messages"), 3 * 4);
  EXPECT_EQ(metric(result, "payload_receipts"), 3 * 4);
  EXPECT_EQ(metric(result, "duplicates"), 0);
  EXPECT_EQ(metric(result, "rmr"), 0);
  EXPECT_EQ(metric(result, "hops_max"), 3);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
}

// A flood of each of 3 pieces over K5: 2|E| - (N - 1) = 16 messages each, of which 4 are of use.
TEST(Pieces, AreRedundantOneByOne) {
  const auto result = test::run(chunks(network::TopologyKind::kComplete, 5, {.count = 3, .sent = 3}));
  EXPECT_EQ(metric(result, "payload_receipts"), 3 * 16);
  EXPECT_EQ(metric(result, "duplicates"), 3 * (16 - 4));
  EXPECT_EQ(metric(result, "rmr"), 16.0 / 4 - 1);
}

// Of 5 coded symbols any 3 make the item: two more at each of two nodes are of no use.
TEST(Pieces, BeyondWhatMakesTheItemAreDuplicates) {
  const auto result = test::run(chunks(network::TopologyKind::kLine, 3, {.count = 5, .needed = 3, .sent = 5}));
  EXPECT_EQ(metric(result, "payload_receipts"), 2 * 5);
  EXPECT_EQ(metric(result, "duplicates"), 2 * 2);
  EXPECT_DOUBLE_EQ(metric(result, "rmr"), 10.0 / 6 - 1);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
}

TEST(Pieces, AreOfUseWhereTheItemNeverComes) {
  const auto result = test::run(chunks(network::TopologyKind::kLine, 4, {.count = 3, .sent = 2}));
  EXPECT_EQ(metric(result, "payload_receipts"), 3 * 2);
  EXPECT_EQ(metric(result, "duplicates"), 0);
  EXPECT_EQ(metric(result, "coverage_min"), 0.25);
  EXPECT_TRUE(std::isnan(metric(result, "hops_mean")));
}

// A piece, then the whole item: both of use. Two more pieces and they would not be.
TEST(Pieces, AndTheWholeItemGoTogether) {
  auto few = test::run(chunks(network::TopologyKind::kLine, 2, {.count = 3, .sent = 1, .whole_too = true}));
  EXPECT_EQ(metric(few, "payload_receipts"), 2);
  EXPECT_EQ(metric(few, "duplicates"), 0);
  EXPECT_EQ(metric(few, "hops_max"), 1);
  EXPECT_EQ(metric(few, "coverage_min"), 1);
  auto all = test::run(chunks(network::TopologyKind::kLine, 2, {.count = 3, .sent = 3, .whole_too = true}));
  EXPECT_EQ(metric(all, "payload_receipts"), 4);
  EXPECT_EQ(metric(all, "duplicates"), 1);
}

TEST(Pieces, OfOneMessageAreCountedEach) {
  const auto result = test::run(chunks(network::TopologyKind::kLine, 2, {.bundle = true}));
  EXPECT_EQ(metric(result, "payload_messages"), 1);
  EXPECT_EQ(metric(result, "payload_receipts"), 4);
}

TEST(Pieces, AreTheSameForAnyNumberOfThreads) {
  auto spec = chunks(network::TopologyKind::kRandomRegular, 200, {.count = 70, .needed = 66, .sent = 70});
  spec.topology.degree = 5;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 80e6));
  spec.workloads = {test::burst(6, std::nullopt)};
  const auto one = test::run_on_any_threads(spec);
  EXPECT_EQ(metric(one, "coverage_min"), 1);
  EXPECT_EQ(metric(one, "payload_receipts") - metric(one, "duplicates"), 6 * 199 * 66);
}

class Log final : public simulation::TraceSink {
 public:
  void record(const simulation::TraceRecord& r) override {
    if (r.event != simulation::TraceEvent::kSend) return;
    sent.emplace_back(r.carried.begin(), r.carried.end());
    EXPECT_EQ(r.item, 0);
  }
  std::vector<std::vector<Piece>> sent;
};

TEST(Pieces, AreAllInTheTrace) {
  Log log;
  simulation::RunOptions options;
  options.trace = &log;
  auto spec = chunks(network::TopologyKind::kLine, 2, {.count = 3, .sent = 2, .whole_too = true, .bundle = true});
  simulation::run(spec, options);
  ASSERT_EQ(log.sent.size(), 2u);
  EXPECT_THAT(log.sent[0], ElementsAre(Piece{ItemId{0}, 0, 3}, Piece{ItemId{0}, 1, 3}));
  EXPECT_THAT(log.sent[1], ElementsAre(Piece{ItemId{0}}));
}

TEST(PiecesByHand, AreMessagesLikeAnyOther) {
  test::Script<Chunker> s({.count = 2, .sent = 2}, test::peers_of_line(2));
  const ItemId item = s.publish(0);
  s.expect_message(0, 1, Chunker::Chunks{{{item, 0, 2}}, 500});
  s.deliver(0, 1);
  s.expect_not_delivered(1, item);
  s.deliver(0, 1);
  s.expect_delivered(1, item);
}

TEST(PiecesDeathTest, OutsideTheirItemAreABug) {
  auto spec = chunks(network::TopologyKind::kLine, 2, {.count = 2, .sent = 3});
  EXPECT_DEATH(test::run(spec), "a piece lies within its item");
}

}  // namespace
}  // namespace hearsay::pieces_test
