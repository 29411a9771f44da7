// Sends with a priority and an outcome: what leaves when, and what the sender hears of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "sim/membership/exchange.hpp"
#include "tests/support/own_protocol.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::sends_test {
namespace {

using protocol::Context;
using protocol::Priority;
using protocol::SendFailure;
using protocol::SendId;
using test::metric;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

network::LossSpec lossy(double probability) {
  network::LossSpec loss;
  loss.kind = network::LossSpec::Kind::kIndependent;
  loss.probability = probability;
  return loss;
}

constexpr std::string_view kFailures[] = {"cancelled", "broken", "peer gone"};

/// Does what the test says at its publications, its timers and its starts, and writes down what it hears.
class Courier {
 public:
  static constexpr std::string_view kName = "courier";
  static constexpr std::string_view kSummary = "sends as it is told";
  static constexpr bool kOutbox = true;
  struct Parcel {
    static constexpr std::string_view kName = "parcel";
    std::uint64_t bytes = 0;
    std::uint64_t wire_bytes() const { return bytes; }
    auto content() const { return std::tie(bytes); }
  };
  using Message = std::variant<Parcel>;
  using Ctx = Context<Courier>;
  struct Params {
    std::function<void(Ctx&, Courier&)> publish, timer;
    std::vector<std::string>* log = nullptr;
    template <class Fields>
    static void fields(Fields&) {}
  };
  struct Timer {
    auto content() const { return std::tuple(); }
  };

  void on_publish(Ctx& ctx, ItemId item) {
    ctx.deliver(item);
    ctx.params().publish(ctx, *this);
  }
  void on_timer(Ctx& ctx, const Timer&) { ctx.params().timer(ctx, *this); }
  void on_message(Ctx& ctx, NodeId, const Message&) { write(ctx, "got it"); }
  void on_sent(Ctx& ctx, NodeId to, SendId id) {
    write(ctx, "sent to " + std::to_string(index(to)));
    last = id;
  }
  void on_failed(Ctx& ctx, NodeId to, SendId, SendFailure why) {
    write(ctx, std::string(kFailures[static_cast<std::size_t>(why)]) + " to " + std::to_string(index(to)));
  }

  SendId first, last;

 private:
  static void write(Ctx& ctx, const std::string& what) {
    ctx.params().log->push_back(std::to_string((ctx.now() - SimTime{}).ns / 1000) +
                                " us: " + std::to_string(index(ctx.self())) + " " + what);
  }
};
using Parcel = Courier::Parcel;

/// A star whose hub, node 0, publishes at 0. 8 Mbit/s: 10 kB take 10 ms. Links take 10 ms.
struct Office {
  explicit Office(std::uint32_t nodes = 6) {
    spec = test::basic_spec("flood", network::TopologyKind::kStar, nodes);
    spec.until = simulation::Until::kQuiet;
    spec.network.uplink_bit_per_s = 8'000'000;
    test::set_protocol<Courier>(spec).log = &log;
  }
  metrics::RunResult run(std::function<void(Courier::Ctx&, Courier&)> publish,
                         std::function<void(Courier::Ctx&, Courier&)> timer = {}) {
    test::params<Courier>(spec).publish = std::move(publish);
    test::params<Courier>(spec).timer = std::move(timer);
    return test::run(spec);
  }
  simulation::RunSpec spec;
  std::vector<std::string> log;
};

TEST(Priorities, LetTheUrgentLeaveFirst) {
  Office office;
  office.run([](auto& ctx, auto&) {
    ctx.send(NodeId{1}, Parcel{10'000}, Priority::kLow);  // the uplink is free: it leaves, and is finished
    ctx.send(NodeId{2}, Parcel{10'000});
    ctx.send(NodeId{3}, Parcel{10'000}, Priority::kHigh);
    ctx.send(NodeId{4}, Parcel{10'000}, Priority::kCritical);
    ctx.send(NodeId{5}, Parcel{10'000});
  });
  EXPECT_THAT(office.log, ElementsAre("20000 us: 1 got it", "30000 us: 4 got it", "40000 us: 3 got it",
                                      "50000 us: 2 got it", "60000 us: 5 got it"));
}

TEST(Priorities, HoldForAllOfOneSend) {
  Office office(4);
  office.run([](auto& ctx, auto&) {
    const NodeId some[] = {NodeId{1}, NodeId{2}};
    ctx.send(some, Parcel{10'000}, Priority::kLow);
    ctx.send_all(Parcel{10'000}, NodeId{1}, Priority::kHigh);
  });
  ASSERT_EQ(office.log.size(), 4u);
  EXPECT_EQ(office.log[0], "20000 us: 1 got it");
  EXPECT_EQ(office.log[3], "50000 us: 2 got it");  // of low priority
}

TEST(Priorities, CountTheWaitFromTheSend) {
  Office office(3);
  const auto result = office.run([](auto& ctx, auto&) {
    ctx.send(NodeId{1}, Parcel{10'000});
    ctx.send(NodeId{2}, Parcel{10'000});
  });
  EXPECT_DOUBLE_EQ(metric(result, "queue_delay_mean_s"), 0.005);
}

TEST(Outcomes, SayWhenTheLastBitHasLeft) {
  Office office(4);
  office.run([](auto& ctx, auto&) {
    ctx.send_tracked(NodeId{1}, Parcel{10'000});
    ctx.send_tracked(NodeId{2}, Parcel{20'000}, Priority::kLow);
    ctx.send(NodeId{3}, Parcel{10'000});
  });
  EXPECT_THAT(office.log, ElementsAre("10000 us: 0 sent to 1", "20000 us: 1 got it", "30000 us: 3 got it",
                                      "40000 us: 0 sent to 2", "50000 us: 2 got it"));
}

TEST(Outcomes, ComeAtOnceWhereBandwidthIsUnlimited) {
  Office office(2);
  office.spec.network.uplink_bit_per_s = 0;
  const auto result = office.run([](auto& ctx, auto&) { ctx.send_tracked(NodeId{1}, Parcel{10'000}); });
  EXPECT_THAT(office.log, ElementsAre("0 us: 0 sent to 1", "10000 us: 1 got it"));
  EXPECT_EQ(metric(result, "messages_sent"), 1);
}

TEST(Outcomes, OfADatagramThatIsLostAreAsOfAnyOther) {
  Office office(2);
  office.spec.network.loss = lossy(1);
  const auto result = office.run([](auto& ctx, auto&) { ctx.send_tracked(NodeId{1}, Parcel{10'000}); });
  EXPECT_THAT(office.log, ElementsAre("10000 us: 0 sent to 1"));
  EXPECT_EQ(metric(result, "messages_lost"), 1);
}

TEST(Outcomes, ACancelledMessageNeverLeavesUnlessItIsLeaving) {
  Office office(4);
  const auto result = office.run(
      [](auto& ctx, Courier& node) {
        node.first = ctx.send_tracked(NodeId{1}, Parcel{10'000});
        node.last = ctx.send_tracked(NodeId{2}, Parcel{10'000});
        ctx.send_tracked(NodeId{3}, Parcel{10'000});
        ctx.set_timer(milliseconds(5), {});
      },
      [](auto& ctx, Courier& node) {
        ctx.cancel_send(node.first);
        ctx.cancel_send(node.last);
      });
  EXPECT_THAT(office.log, ElementsAre("5000 us: 0 cancelled to 2", "10000 us: 0 sent to 1", "20000 us: 0 sent to 3",
                                      "20000 us: 1 got it", "30000 us: 3 got it"));
  EXPECT_THAT(result.drops, ElementsAre(std::pair<std::string, std::uint64_t>{"cancelled", 1}));
  EXPECT_EQ(metric(result, "messages_sent"), 3);
  EXPECT_EQ(metric(result, "messages_in_flight"), 0);
  EXPECT_EQ(metric(result, "bytes_lost"), 10'000);
}

TEST(Outcomes, ACancelledMessageIsOutOfTheBacklog) {
  Office office(4);
  std::vector<Duration> backlogs;
  office.run(
      [&](auto& ctx, Courier& node) {
        backlogs.push_back(ctx.backlog());
        ctx.send(NodeId{1}, Parcel{10'000});
        node.first = ctx.send_tracked(NodeId{2}, Parcel{10'000});
        ctx.send(NodeId{3}, Parcel{30'000});
        ctx.set_timer(milliseconds(4), {});
        ctx.set_timer(milliseconds(5), {});
      },
      [&](auto& ctx, Courier& node) {
        backlogs.push_back(ctx.backlog());
        ctx.cancel_send(node.first);
      });
  EXPECT_THAT(backlogs, ElementsAre(Duration{}, milliseconds(46), milliseconds(35)));
}

// rto 1 s from the last bit sent, one retry after 2 s more: broken 3 s after.
TEST(Outcomes, OnTheReliableTransportSayThatTheConnectionBroke) {
  Office office(2);
  office.spec.network.transport = network::Transport::kReliable;
  office.spec.network.max_retries = 1;
  office.spec.network.loss = lossy(1);
  const auto result = office.run(
      [](auto& ctx, auto&) {
        ctx.send_tracked(NodeId{1}, Parcel{10'000});
        ctx.set_timer(seconds(5), {});
      },
      [](auto& ctx, auto&) { ctx.send_tracked(NodeId{1}, Parcel{10'000}); });
  EXPECT_THAT(office.log,
              ElementsAre("10000 us: 0 sent to 1", "3020000 us: 0 broken to 1", "5000000 us: 0 peer gone to 1"));
  EXPECT_EQ(metric(result, "messages_sent"), 3);
}

TEST(Outcomes, OfWhatIsAcknowledgedEndWithTheLastBit) {
  Office office(2);
  office.spec.network.transport = network::Transport::kReliable;
  const auto result = office.run([](auto& ctx, auto&) { ctx.send_tracked(NodeId{1}, Parcel{10'000}); });
  EXPECT_THAT(office.log, ElementsAre("10000 us: 0 sent to 1", "20000 us: 1 got it"));
  EXPECT_EQ(result.simulated_s, 0.03);  // nothing is left to wait for
}

TEST(Outcomes, AReliableMessageThatWaitsCanBeTakenBack) {
  Office office(3);
  office.spec.network.transport = network::Transport::kReliable;
  const auto result = office.run(
      [](auto& ctx, Courier& node) {
        ctx.send(NodeId{1}, Parcel{10'000});
        node.first = ctx.send_tracked(NodeId{2}, Parcel{10'000});
        ctx.set_timer(milliseconds(5), {});
      },
      [](auto& ctx, Courier& node) { ctx.cancel_send(node.first); });
  EXPECT_THAT(office.log, ElementsAre("5000 us: 0 cancelled to 2", "20000 us: 1 got it"));
  EXPECT_EQ(metric(result, "messages_sent"), 2);
}

// What waits for a connection that breaks meanwhile does not leave, and its sender hears of it when it breaks.
TEST(Outcomes, WhatWaitsForABrokenConnectionIsLost) {
  Office office(3);
  office.spec.network.transport = network::Transport::kReliable;
  office.spec.network.max_retries = 0;
  office.spec.network.rto = milliseconds(100);
  office.spec.network.loss = lossy(1);
  const auto result = office.run(
      [](auto& ctx, auto&) {
        ctx.send(NodeId{1}, Parcel{10'000});     // breaks at 110 ms
        ctx.send(NodeId{2}, Parcel{1'000'000});  // leaves until 1010 ms
        ctx.set_timer(milliseconds(50), {});
      },
      [](auto& ctx, auto&) { ctx.send_tracked(NodeId{1}, Parcel{10'000}); });
  EXPECT_THAT(office.log, ElementsAre("110000 us: 0 broken to 1"));
  EXPECT_EQ(metric(result, "messages_sent"), 3);
  EXPECT_EQ(metric(result, "messages_lost"), 3);
}

TEST(Outcomes, ACrashEmptiesTheOutboxAndTellsNobody) {
  Office office(4);
  network::FaultSpec crash{
      .kind = network::Crash{}, .at = SimTime{} + milliseconds(15), .until = SimTime{} + milliseconds(100)};
  crash.nodes.by = network::SelectBy::kIds;
  crash.nodes.ids = {0};
  office.spec.faults = {crash};
  office.spec.workloads = {test::burst(1, 0), test::burst(1, 0)};
  office.spec.workloads[1].at = SimTime{} + milliseconds(200);
  const auto result = office.run([](auto& ctx, auto&) {
    ctx.send_tracked(NodeId{1}, Parcel{10'000});
    ctx.send_tracked(NodeId{2}, Parcel{10'000});
    ctx.send_tracked(NodeId{3}, Parcel{10'000});
  });
  EXPECT_THAT(office.log, ElementsAre("10000 us: 0 sent to 1", "20000 us: 1 got it", "210000 us: 0 sent to 1",
                                      "220000 us: 0 sent to 2", "220000 us: 1 got it", "230000 us: 0 sent to 3",
                                      "230000 us: 2 got it", "240000 us: 3 got it"));
  EXPECT_THAT(result.drops, ElementsAre(std::pair<std::string, std::uint64_t>{"crash", 2}));
}

TEST(Backlog, OfAnUplinkIsWhatWasHandedToItBefore) {
  Office office(2);
  std::vector<Duration> backlogs;
  office.run(
      [&](auto& ctx, auto&) {
        ctx.send(NodeId{1}, Parcel{10'000});
        ctx.set_timer(milliseconds(10), {});
      },
      [&](auto& ctx, auto&) { backlogs.push_back(ctx.backlog()); });
  EXPECT_THAT(backlogs, ElementsAre(Duration{}));
}

// ---------------------------------------------------------------------------- with nothing asked for

/// A flood that asks for an outbox, or does not.
template <bool kAsks>
class Mini {
 public:
  static constexpr std::string_view kName = kAsks ? "mini-asks" : "mini";
  static constexpr std::string_view kSummary = "floods";
  static constexpr bool kOutbox = kAsks;
  struct Params {
    bool prioritised = false;
    template <class Fields>
    static void fields(Fields&) {}
  };
  struct Copy {
    static constexpr std::string_view kName = "copy";
    ItemId id{};
    std::uint64_t bytes = 0;
    std::uint64_t wire_bytes() const { return bytes; }
    auto content() const { return std::tie(id); }
    std::span<const ItemId> items() const { return {&id, 1}; }
  };
  using Message = std::variant<Copy>;
  using Ctx = Context<Mini>;

  void on_publish(Ctx& ctx, ItemId item) { spread(ctx, item, kNoNode); }
  void on_message(Ctx& ctx, NodeId from, const Message& message) {
    const ItemId item = std::get<Copy>(message).id;
    if (std::find(have_.begin(), have_.end(), item) == have_.end()) spread(ctx, item, from);
  }
  void on_sent(Ctx&, NodeId, SendId) requires kAsks {}

 private:
  void spread(Ctx& ctx, ItemId item, NodeId from) {
    have_.push_back(item);
    ctx.deliver(item);
    const Copy copy{item, ctx.item(item).size_bytes};
    if constexpr (kAsks) {
      if (ctx.params().prioritised) {
        for (const NodeId peer : ctx.peers()) {
          const auto priority = static_cast<Priority>((index(item) + index(peer)) % protocol::kPriorities);
          if (peer != from) ids_.push_back(ctx.send_tracked(peer, copy, priority));
        }
        if (index(item) % 3 == 0 && !ids_.empty()) ctx.cancel_send(ids_.back());
        return;
      }
    }
    ctx.send_all(copy, from);
  }
  std::vector<ItemId> have_;
  std::vector<SendId> ids_;
};

template <bool kAsks>
simulation::RunSpec mini(bool reliable) {
  auto spec = test::basic_spec("flood", network::TopologyKind::kRandomRegular, 200);
  spec.topology.degree = 6;
  spec.duration = SimTime{} + seconds(15);
  spec.network.latency = test::latency(Distribution::uniform(10e6, 80e6));
  spec.network.uplink_bit_per_s = 2'000'000;
  spec.network.downlink_bit_per_s = 3'000'000;
  spec.network.loss = lossy(0.02);
  if (reliable) spec.network.transport = network::Transport::kReliable;
  spec.workloads = {test::burst(20, std::nullopt, 5'000)};
  network::FaultSpec crash{
      .kind = network::Crash{}, .at = SimTime{} + milliseconds(300), .until = SimTime{} + seconds(1)};
  crash.nodes.by = network::SelectBy::kIds;
  crash.nodes.ids = {3, 5, 8, 13, 21};
  spec.faults = {crash};
  test::set_protocol<Mini<kAsks>>(spec);
  return spec;
}

// Where all are of one class an outbox is the wire's FIFO. No crash: what is lost by one is counted at another instant.
TEST(Outbox, WithNothingAskedForIsAFifo) {
  for (const bool reliable : {false, true}) {
    auto with = mini<true>(reliable), without = mini<false>(reliable);
    for (auto* spec : {&with, &without}) {
      spec->faults.clear();
      spec->network.loss = {};
      spec->network.rto = seconds(20);  // nothing is sent again: what is would wait for its turn in an outbox
    }
    EXPECT_EQ(test::run(with).metrics, test::run(without).metrics);
  }
}

TEST(Outbox, IsTheSameForAnyNumberOfThreads) {
  for (const bool reliable : {false, true})
    for (const bool exchange : {false, true}) {
      auto spec = mini<true>(reliable);
      test::params<Mini<true>>(spec).prioritised = true;
      if (exchange)
        test::set_membership<membership::Exchange>(spec, {.active = 6,
                                                          .ping_interval = milliseconds(500),
                                                          .ping_timeout = milliseconds(400),
                                                          .suspect_after = 2,
                                                          .list_size = 5,
                                                          .rotate_interval = {},
                                                          .view_capacity = {},
                                                          .expire_after = seconds(20)});
      const auto one = test::run_on_any_threads(spec);
      EXPECT_GT(metric(one, "coverage_mean"), 0.9);
      EXPECT_GT(one.drops.size(), 2u);
    }
}

TEST(SendsByHand, AreToldWhatBecameOfThem) {
  std::vector<std::string> log;
  Courier::Params params;
  params.log = &log;
  params.publish = [](auto& ctx, Courier& node) {
    node.first = ctx.send_tracked(NodeId{1}, Parcel{1}, Priority::kHigh);
    ctx.send_tracked(NodeId{2}, Parcel{2});
    if (ctx.backlog() > milliseconds(1)) ctx.set_timer(milliseconds(1), {});
  };
  params.timer = [](auto& ctx, Courier& node) { ctx.cancel_send(node.first); };
  test::Script<Courier> s(params, test::peers_of_star(3));
  s.set_backlog(0, milliseconds(2));
  s.publish(0);
  EXPECT_EQ(s.priority(0, 1), Priority::kHigh);
  EXPECT_EQ(s.priority(0, 2), Priority::kNormal);
  s.sent(0, 2);
  s.fail(0, 2, SendFailure::kBroken);
  EXPECT_THAT(s.cancels(0), IsEmpty());
  s.advance(milliseconds(1));
  EXPECT_THAT(s.cancels(0), ElementsAre(1));
  s.fail(0, 1);
  EXPECT_THAT(log, ElementsAre("0 us: 0 sent to 2", "0 us: 0 broken to 2", "1000 us: 0 cancelled to 1"));
  EXPECT_EQ(s.in_flight(), 1u);
  s.expect_message(0, 2, Parcel{2});
  s.expect_no_message();
}

}  // namespace
}  // namespace hearsay::sends_test
