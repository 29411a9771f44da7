#include "sim/metrics/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "sim/metrics/catalogue.hpp"
#include "sim/metrics/tally.hpp"

namespace hearsay::metrics::recorder_test {
namespace {

using ::testing::ElementsAre;

SimTime at_ms(std::int64_t ms) { return SimTime{} + milliseconds(ms); }

/// A recorder of `n` nodes, and what happens to it.
class Story {
 public:
  explicit Story(std::uint32_t n, OutputSpec output = {}, bool all_up = true)
      : output_(std::move(output)), nodes_(n), all_up_(all_up) {}

  ItemId item(std::int64_t ms, std::uint32_t origin, std::uint16_t item_class = 0) {
    schedule_.publications.push_back({at_ms(ms), 1000, NodeId{origin}, ClassId{item_class}});
    return static_cast<ItemId>(schedule_.publications.size() - 1);
  }
  void read(std::int64_t ms, std::uint32_t node) { schedule_.reads.push_back({at_ms(ms), NodeId{node}}); }
  network::NodeAttributes& node(std::uint32_t n) { return nodes_[n]; }
  LabelNames& labels() { return labels_; }
  Tally& tally() { return *tally_; }

  /// From here on things happen; everybody is up.
  Recorder& begin() {
    recorder_.emplace(output_, nodes_, schedule_, labels_, std::vector<std::string>{"item"}, all_up_);
    tally_.emplace(*recorder_);
    for (std::uint32_t n = 0; n < nodes_.size(); ++n) tally_->node_up(NodeId{n}, false);
    return *recorder_;
  }
  void publish(ItemId item, std::int64_t ms) {
    tally_->published(item, at_ms(ms));
    tally_->delivered(item, schedule_.publications[index(item)].origin, at_ms(ms));
  }
  /// A message with the item arrives and is delivered.
  void arrives(ItemId item, std::uint32_t from, std::uint32_t to, std::int64_t ms) {
    tally_->sent(0, NodeId{from}, 1, 1000, true, at_ms(ms));
    tally_->received(1000, 0);
    tally_->receipt(item, NodeId{to}, NodeId{from});
    if (!recorder_->has(item, NodeId{to})) tally_->delivered(item, NodeId{to}, at_ms(ms));
  }
  const RunResult& end(std::int64_t ms) {
    Recorder::End end;
    end.time = at_ms(ms);
    recorder_->finish(end, result_);
    return result_;
  }
  double metric(const std::string& name) const {
    for (const auto& [key, value] : result_.metrics)
      if (key == name) return value.value_or(std::numeric_limits<double>::quiet_NaN());
    ADD_FAILURE() << "no metric " << name;
    return 0;
  }

 private:
  OutputSpec output_;
  std::vector<network::NodeAttributes> nodes_;
  bool all_up_;
  workload::Schedule schedule_;
  LabelNames labels_{{""}, {}, {}, {}};
  std::optional<Recorder> recorder_;
  std::optional<Tally> tally_;
  RunResult result_;
};

OutputSpec stored() {
  OutputSpec output;
  output.by = {Label::kGroup};  // no groups: no labelled figures, but the times are stored
  return output;
}

// 0 - 1 - 2 - 3 - 4, 10 ms a hop, with and without stored times.
TEST(Recorder, TellsTheDeliveryOfALineByHand) {
  for (const OutputSpec& output : {OutputSpec{}, stored()}) {
    Story s(5, output);
    const ItemId item = s.item(100, 0);
    s.begin();
    s.publish(item, 100);
    for (std::uint32_t n = 1; n < 5; ++n) s.arrives(item, n - 1, n, 100 + 10 * n);
    const auto& result = s.end(1000);
    EXPECT_EQ(s.metric("items_published"), 1);
    EXPECT_EQ(s.metric("items_complete"), 1);
    EXPECT_EQ(s.metric("coverage_mean"), 1);
    EXPECT_DOUBLE_EQ(s.metric("latency_mean_s"), 0.025);  // of 10, 20, 30, 40
    EXPECT_DOUBLE_EQ(s.metric("latency_p50_s"), 0.025);
    EXPECT_DOUBLE_EQ(s.metric("latency_p90_s"), 0.037);  // 3 x 0.9 = 2.7: 30 + 0.7 x 10
    EXPECT_DOUBLE_EQ(s.metric("latency_max_s"), 0.04);
    EXPECT_DOUBLE_EQ(s.metric("t50_s"), 0.02);  // 2.5 nodes: the third
    EXPECT_DOUBLE_EQ(s.metric("t90_s"), 0.04);
    EXPECT_DOUBLE_EQ(s.metric("t100_s"), 0.04);
    EXPECT_EQ(s.metric("hops_mean"), 2.5);
    EXPECT_EQ(s.metric("hops_max"), 4);
    EXPECT_EQ(s.metric("rmr"), 0);
    EXPECT_EQ(s.metric("messages_per_item"), 4);
    ASSERT_EQ(result.reach.size(), 1u);
    EXPECT_EQ(result.reach[0].time_s[19], 0);             // 20 %: the origin itself
    EXPECT_DOUBLE_EQ(*result.reach[0].time_s[20], 0.01);  // 21 %: two nodes
    EXPECT_DOUBLE_EQ(*result.reach[0].time_s[99], 0.04);
  }
}

// Item b reaches 3 of 4 nodes: t90 and t100 are those of item a alone.
TEST(Recorder, AveragesSharesOverTheItemsThatGotThere) {
  for (const OutputSpec& output : {OutputSpec{}, stored()}) {
    Story s(4, output);
    const ItemId a = s.item(0, 0), b = s.item(0, 1);
    s.begin();
    s.publish(a, 0);
    s.publish(b, 0);
    for (std::uint32_t n = 1; n < 4; ++n) s.arrives(a, 0, n, 10 * n);
    s.arrives(b, 1, 0, 40);
    s.arrives(b, 1, 2, 60);
    s.end(1000);
    EXPECT_EQ(s.metric("items_complete"), 1);
    EXPECT_EQ(s.metric("coverage_mean"), 0.875);
    EXPECT_EQ(s.metric("coverage_min"), 0.75);
    EXPECT_DOUBLE_EQ(s.metric("t50_s"), (0.01 + 0.04) / 2);
    EXPECT_DOUBLE_EQ(s.metric("t100_s"), 0.03);
    EXPECT_DOUBLE_EQ(s.metric("latency_mean_s"), (10 + 20 + 30 + 40 + 60) / 5e3);
  }
}

// Receipts: 1 gets it twice, the origin once: 4 receipts, 2 nodes reached.
TEST(Recorder, CountsDuplicatesAtTheOriginToo) {
  Story s(3);
  const ItemId item = s.item(0, 0);
  s.begin();
  s.publish(item, 0);
  s.arrives(item, 0, 1, 10);
  s.arrives(item, 0, 2, 10);
  s.arrives(item, 2, 1, 20);
  s.arrives(item, 1, 0, 20);
  s.end(100);
  EXPECT_EQ(s.metric("payload_receipts"), 4);
  EXPECT_EQ(s.metric("duplicates"), 2);
  EXPECT_EQ(s.metric("rmr"), 1);
  EXPECT_EQ(s.metric("redelivered"), 0);
}

// The hop count is that of the first receipt, though the delivery follows a later one.
TEST(Recorder, TakesHopsAtTheFirstReceipt) {
  Story s(4);
  const ItemId item = s.item(0, 0);
  s.begin();
  s.publish(item, 0);
  s.arrives(item, 0, 1, 10);
  s.tally().sent(0, NodeId{0}, 2, 1000, true, SimTime{});
  s.tally().received(1000, 0);
  s.tally().receipt(item, NodeId{2}, NodeId{1});  // by way of 1: two hops
  s.tally().received(1000, 0);
  s.tally().receipt(item, NodeId{2}, NodeId{0});
  s.tally().delivered(item, NodeId{2}, at_ms(30));
  s.end(100);
  EXPECT_EQ(s.metric("hops_max"), 2);
  EXPECT_EQ(s.metric("hops_mean"), 1.5);
}

TEST(Recorder, HopCountsHaveNoLimit) {
  Story s(3);
  const ItemId item = s.item(0, 0);
  Recorder& r = s.begin();
  s.publish(item, 0);
  EXPECT_EQ(r.hops(item, NodeId{0}), 0u);
  s.arrives(item, 0, 1, 10);
  EXPECT_EQ(r.hops(item, NodeId{1}), 1u);
  EXPECT_EQ(r.hops(item, NodeId{2}), 0u);  // nothing received
  s.end(100);
}

// ------------------------------------------------------------------------------- nodes that come and go

TEST(Recorder, CoverageIsOfTheNodesUpAtTheEnd) {
  Story s(4, {}, false);
  const ItemId item = s.item(0, 0);
  Recorder& r = s.begin();
  s.publish(item, 0);
  s.arrives(item, 0, 1, 10);
  s.arrives(item, 0, 2, 20);
  s.tally().node_down(NodeId{3});
  EXPECT_TRUE(r.all_covered());
  s.tally().node_down(NodeId{2});
  s.tally().node_up(NodeId{2}, true);
  EXPECT_FALSE(r.all_covered());
  EXPECT_FALSE(r.has(item, NodeId{2}));
  s.end(100);
  EXPECT_NEAR(s.metric("coverage_mean"), 2.0 / 3, 1e-15);
  EXPECT_EQ(s.metric("items_complete"), 0);
  EXPECT_DOUBLE_EQ(s.metric("latency_max_s"), 0.02);  // the delivery at 2 stands
  EXPECT_TRUE(std::isnan(s.metric("t100_s")));
  EXPECT_DOUBLE_EQ(s.metric("t50_s"), 0.01);  // 2 of the 3 live ones
}

TEST(Recorder, ADeliveryAfterALossOfStateIsNoRedelivery) {
  Story s(2, {}, false);
  const ItemId item = s.item(0, 0);
  Recorder& r = s.begin();
  s.publish(item, 0);
  s.arrives(item, 0, 1, 10);
  EXPECT_FALSE(s.tally().delivered(item, NodeId{1}, at_ms(11)));  // it has it: redelivered
  s.tally().node_down(NodeId{1});
  s.tally().node_up(NodeId{1}, true);
  EXPECT_TRUE(s.tally().delivered(item, NodeId{1}, at_ms(50)));
  EXPECT_TRUE(r.all_covered());
  s.end(100);
  EXPECT_EQ(s.metric("redelivered"), 1);
  EXPECT_EQ(s.metric("coverage_mean"), 1);
  EXPECT_DOUBLE_EQ(s.metric("latency_max_s"), 0.01);
}

TEST(Recorder, ARestartThatKeepsStateKeepsTheItem) {
  Story s(2, {}, false);
  const ItemId item = s.item(0, 0);
  Recorder& r = s.begin();
  s.publish(item, 0);
  s.arrives(item, 0, 1, 10);
  s.tally().node_down(NodeId{1});
  EXPECT_TRUE(r.all_covered());
  s.tally().node_up(NodeId{1}, false);
  EXPECT_TRUE(r.all_covered());
  s.end(100);
  EXPECT_EQ(s.metric("coverage_mean"), 1);
}

TEST(Recorder, CountsSkippedPublications) {
  Story s(2);
  s.item(0, 0);
  s.begin();
  s.tally().publication_skipped();
  s.end(100);
  EXPECT_EQ(s.metric("publications_skipped"), 1);
  EXPECT_EQ(s.metric("items_published"), 0);
  EXPECT_TRUE(std::isnan(s.metric("coverage_mean")));
  EXPECT_TRUE(std::isnan(s.metric("messages_per_item")));
  EXPECT_TRUE(std::isnan(s.metric("latency_p50_s")));
}

// --------------------------------------------------------------------------- windows, labels, ledger

// Only the item of [100, 200) ms is measured; messages count all.
TEST(Recorder, MeasuresTheItemsOfItsWindow) {
  for (const bool store : {false, true}) {
    OutputSpec output = store ? stored() : OutputSpec{};
    output.measure_window = true;
    output.measure_from = at_ms(100);
    output.measure_to = at_ms(200);
    Story s(2, output);
    const ItemId before = s.item(99, 0), inside = s.item(100, 0), after = s.item(200, 0);
    s.begin();
    for (const auto& [item, ms] : {std::pair{before, 99}, std::pair{inside, 100}, std::pair{after, 200}}) {
      s.publish(item, ms);
      if (item != after) s.arrives(item, 0, 1, ms + (item == inside ? 7 : 70));
    }
    s.end(1000);
    EXPECT_EQ(s.metric("items_published"), 3);
    EXPECT_EQ(s.metric("coverage_mean"), 1);
    EXPECT_DOUBLE_EQ(s.metric("latency_max_s"), 0.007);
    EXPECT_EQ(s.metric("payload_receipts"), 1);
    EXPECT_EQ(s.metric("messages_received"), 2);
    EXPECT_NEAR(s.metric("messages_per_item"), 2.0 / 3, 1e-15);
  }
}

TEST(Recorder, BreaksDeliveryDownByLabel) {
  OutputSpec output;
  output.by = {Label::kClass, Label::kRole};
  Story s(4, output);
  s.labels() = {{"", "tx", "block"}, {"miner", "explorer"}, {}, {}};
  s.node(1).role = RoleId{0};
  s.node(2).role = RoleId{1};
  s.node(3).role = RoleId{1};
  const ItemId tx = s.item(0, 0, 1), block = s.item(0, 2, 2);
  s.begin();
  s.publish(tx, 0);
  s.publish(block, 0);
  s.arrives(tx, 0, 1, 10);
  s.arrives(tx, 0, 2, 20);
  s.arrives(tx, 0, 3, 30);
  s.arrives(block, 2, 3, 50);
  s.end(1000);
  EXPECT_EQ(s.metric("coverage_mean[class=tx]"), 1);
  EXPECT_EQ(s.metric("coverage_mean[class=block]"), 0.5);
  EXPECT_DOUBLE_EQ(s.metric("latency_max_s[class=tx]"), 0.03);
  EXPECT_EQ(s.metric("coverage_mean[role=miner]"), 0.5);  // tx: 1 of 1; block: 0 of 1
  EXPECT_EQ(s.metric("coverage_mean[role=explorer]"), 1);
  EXPECT_DOUBLE_EQ(s.metric("t50_s[role=explorer]"), (0.02 + 0) / 2);
  EXPECT_DOUBLE_EQ(s.metric("t100_s[role=explorer]"), (0.03 + 0.05) / 2);
  EXPECT_DOUBLE_EQ(s.metric("latency_mean_s[role=explorer]"), (20 + 30 + 50) / 3e3);  // the origin's own not
  EXPECT_EQ(s.metric("items_complete[role=miner]"), 1);
}

TEST(Recorder, WritesALedgerOfFirstDeliveries) {
  OutputSpec output;
  output.ledger = true;
  Story s(3, output);
  const ItemId item = s.item(5, 1);
  s.begin();
  s.publish(item, 5);
  s.arrives(item, 1, 2, 15);
  s.arrives(item, 2, 0, 25);
  s.arrives(item, 1, 0, 26);
  const auto& ledger = s.end(100).ledger;
  ASSERT_EQ(ledger.size(), 3u);
  EXPECT_EQ(ledger[0].node, 1u);
  EXPECT_EQ(ledger[0].from, -1);
  EXPECT_EQ(ledger[0].hops, 0u);
  EXPECT_EQ(ledger[1].from, 1);
  EXPECT_EQ(ledger[2].from, 2);
  EXPECT_EQ(ledger[2].hops, 2u);
  EXPECT_EQ(ledger[2].time_ns, milliseconds(25).ns);
}

// ------------------------------------------------------------------------------------ reads, traffic

// a: published at 100, at node 1 at 110, at 2 at 130. Reads that miss it: node 2 at 105 and at 129; at 130 and later
// nobody misses it. Stable after 29 ms. b is never missed; c never reaches node 2, whose last read is at 500.
TEST(Recorder, StableLatencyEndsWithTheLastReadThatMisses) {
  Story s(3);
  const ItemId a = s.item(100, 0), b = s.item(140, 0), c = s.item(200, 0);
  s.read(50, 2);  // before any publication: misses nothing
  s.read(105, 2);
  s.read(115, 1);
  s.read(129, 2);
  s.read(130, 2);
  s.read(190, 1);
  s.read(300, 2);
  s.read(500, 2);
  s.read(600, 1);
  s.begin();
  s.publish(a, 100);
  s.arrives(a, 0, 1, 110);
  s.arrives(a, 0, 2, 130);
  s.publish(b, 140);
  s.arrives(b, 0, 1, 150);
  s.arrives(b, 0, 2, 150);
  s.publish(c, 200);
  s.arrives(c, 0, 1, 210);
  s.end(1000);
  // 0, 29 and 300 ms.
  EXPECT_DOUBLE_EQ(s.metric("stable_latency_p50_s"), 0.029);
  EXPECT_DOUBLE_EQ(s.metric("stable_latency_max_s"), 0.3);
  EXPECT_DOUBLE_EQ(s.metric("stable_latency_p95_s"), 0.029 + 0.9 * 0.271);  // 2 x 0.95 = 1.9
  EXPECT_NEAR(s.metric("messages_per_op"), 5.0 / 12, 1e-15);
}

TEST(Recorder, TrafficAddsUp) {
  Story s(3);
  s.node(0).uplink_bit_per_s = 8000;
  s.node(1).uplink_bit_per_s = 16'000;
  s.begin();
  s.tally().sent(0, NodeId{0}, 3, 100, false, SimTime{});
  s.tally().sent(0, NodeId{1}, 1, 500, true, SimTime{});
  s.tally().received(100, 0);
  s.tally().received(100, 3'000'000);
  s.tally().received(500, 9'000'000);
  s.tally().lost(Drop::kLoss, 100);
  const auto& result = s.end(1000);
  EXPECT_EQ(s.metric("messages_sent"), 4);
  EXPECT_EQ(s.metric("messages_received"), 3);
  EXPECT_EQ(s.metric("messages_lost"), 1);
  EXPECT_EQ(s.metric("messages_in_flight"), 0);
  EXPECT_EQ(s.metric("payload_messages"), 1);
  EXPECT_EQ(s.metric("bytes_sent"), 800);
  EXPECT_EQ(s.metric("bytes_received"), 700);
  EXPECT_EQ(s.metric("uplink_bytes_p50"), 300);  // of 0, 300, 500
  EXPECT_EQ(s.metric("uplink_bytes_max"), 500);
  EXPECT_NEAR(s.metric("queue_delay_mean_s"), 0.004, 1e-15);
  EXPECT_NEAR(s.metric("queue_delay_p99_s"), 0.003 + 0.98 * 0.006, 1e-15);
  // 2400 bit over 8000 bit/s x 1 s, 4000 over 16,000; node 2 is unlimited.
  EXPECT_DOUBLE_EQ(s.metric("uplink_utilisation_mean"), (0.3 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(s.metric("uplink_utilisation_max"), 0.3);
  ASSERT_EQ(result.drops.size(), 1u);
  EXPECT_EQ(result.drops[0].first, "loss");
  EXPECT_EQ(result.messages_by_kind[0].count, 4u);
  EXPECT_EQ(result.messages_by_kind[0].bytes, 800u);
}

TEST(Recorder, AbortsWhenMessagesVanish) {
  Story s(2);
  s.begin();
  s.tally().sent(0, NodeId{0}, 1, 100, false, SimTime{});
  EXPECT_DEATH(s.end(100), "sent = received");
}

TEST(Recorder, ListsMetricsInTheOrderOfTheCatalogue) {
  Story s(2);
  s.item(0, 0);
  s.read(5, 0);
  s.begin();
  const auto& metrics = s.end(100).metrics;
  std::size_t last = 0;
  const auto catalogue = metric_catalogue();
  for (const auto& [name, value] : metrics) {
    const auto* info = find_metric(name);
    ASSERT_NE(info, nullptr) << name;
    const auto position = static_cast<std::size_t>(info - catalogue.data());
    EXPECT_TRUE(position >= last) << name;
    last = position;
  }
}

TEST(Catalogue, KnowsLabelledDeliveryMetricsOnly) {
  EXPECT_NE(find_metric("t90_s"), nullptr);
  EXPECT_NE(find_metric("t90_s[role=explorer]"), nullptr);
  EXPECT_EQ(find_metric("messages_sent[role=explorer]"), nullptr);
  EXPECT_EQ(find_metric("t91_s"), nullptr);
}

}  // namespace
}  // namespace hearsay::metrics::recorder_test
