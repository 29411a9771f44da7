// The loops alone, with a model of their own: nodes that send events to each other. In order or in windows, by one
// thread or by several, each node must see the same events in the same order, and the conductor the same state at its
// instants.

#include "sim/engine/loop.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/digest.hpp"
#include "sim/core/random.hpp"

namespace hearsay::engine::loop_test {
namespace {

constexpr std::int64_t kLookahead = std::int64_t{1} << 20;
constexpr std::uint32_t kNodes = 60;

/// What the nodes are; a node's part is changed by who runs it.
struct Model {
  struct Node {
    Digest digest;
    std::uint32_t sequence = 0;
  };
  std::vector<Node> nodes = std::vector<Node>(kNodes);
  std::uint64_t seed = 1;

  std::uint64_t state() const {
    std::uint64_t sum = 0;
    for (std::size_t n = 0; n < nodes.size(); ++n) sum += Digest::mix(n, nodes[n].digest.value());
    return sum;
  }
  std::uint64_t seen() const {
    std::uint64_t sum = 0;
    for (const Node& node : nodes) sum += node.sequence;
    return sum;
  }
};

class Player final : public Worker {
 public:
  Player(Model& model, const Division* division, std::uint64_t stop_after)
      : calendar_(division != nullptr ? std::make_unique<Calendar>(*division) : std::make_unique<Calendar>()),
        model_(model),
        stop_after_(stop_after) {}
  Calendar& calendar() override { return *calendar_; }
  SimTime now() const override { return now_; }
  void begin_window(SimTime, unsigned) override {}
  void leave_lane() override {}
  bool drain(std::int64_t last, bool watch) override {
    while (const Event* next = calendar_->pop(last)) {
      const Event event = *next;
      now_ = SimTime{event.time_ns};
      play(event);
      if (watch && model_.seen() >= stop_after_) return true;
    }
    return false;
  }

 private:
  /// An event is seen, and causes one or two others, some of them within the window, at its own node.
  void play(const Event& event) {
    auto& node = model_.nodes[static_cast<std::size_t>(event.target)];
    node.digest.add(static_cast<std::uint64_t>(event.time_ns));
    node.digest.add(event.sequence);
    node.digest.add(static_cast<std::uint64_t>(event.source));
    KeyedDraws draws(model_.seed, Stream::kProperty, static_cast<std::uint64_t>(event.target), node.sequence);
    const int caused = event.kind == EventKind::kTimer ? 0 : 1 + (node.sequence % 16 == 0);
    ++node.sequence;
    for (int i = 0; i < caused; ++i) {
      Event more;
      const bool own = draws.chance(0.3);
      more.target = own ? event.target : static_cast<std::int32_t>(draws.below(kNodes));
      const auto spread = static_cast<std::int64_t>(draws.below(draws.chance(0.01) ? 1'000'000'000 : 30'000'000));
      more.time_ns = event.time_ns + (own ? 1 : kLookahead) + spread / (own ? 40 : 1);
      more.kind = draws.chance(0.02) ? EventKind::kTimer : EventKind::kMessage;
      more.source = event.target;
      more.sequence = node.sequence * 4 + static_cast<std::uint32_t>(i);
      calendar_->push(more);
    }
  }

  std::unique_ptr<Calendar> calendar_;
  Model& model_;
  std::uint64_t stop_after_;
  SimTime now_;
};

/// Looks at the model at odd instants, and gives each node an event at each of them.
class Watcher final : public Conductor {
 public:
  Watcher(Model& model, Calendar& calendar, std::uint64_t stop_after)
      : model_(model), calendar_(calendar), stop_after_(stop_after) {}
  SimTime next() const override {
    return looks.size() < 12 ? SimTime{kEvery * static_cast<std::int64_t>(looks.size())} : kNever;
  }
  void act(SimTime t) override {
    looks.push_back(model_.state());
    for (std::uint32_t n = 0; n < kNodes; n += 7) {
      Event event;
      event.time_ns = t.ns + (n % 2);
      event.target = static_cast<std::int32_t>(n);
      event.kind = EventKind::kMessage;
      event.sequence = static_cast<std::uint32_t>(looks.size());
      calendar_.push(event);
    }
  }
  void prepare(SimTime) override {}
  void settle() override {}
  void settle_all() override {}
  bool may_end(SimTime, std::size_t due) const override {
    // Every event may cause two within its window, and they two more; 64 times as many is far beyond.
    return model_.seen() + 64 * due >= stop_after_;
  }
  std::vector<std::uint64_t> looks;

 private:
  static constexpr std::int64_t kEvery = 23'456'789;
  Model& model_;
  Calendar& calendar_;
  std::uint64_t stop_after_;
};

struct Outcome {
  std::uint64_t state, seen;
  std::int64_t end_ns;
  std::vector<std::uint64_t> looks;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

constexpr std::uint64_t kNeverOver = ~std::uint64_t{0};
constexpr SimTime kEnd{700'000'000};

Outcome in_order(std::uint64_t stop_after) {
  Model model;
  Player player(model, nullptr, stop_after);
  Watcher watcher(model, player.calendar(), stop_after);
  const SimTime end = run_in_order(player, watcher, kEnd, stop_after != kNeverOver);
  return {model.state(), model.seen(), end.ns, watcher.looks};
}

Outcome in_windows(std::uint64_t stop_after, unsigned threads, int node_shift, bool table = false) {
  Division division;
  division.node_shift = node_shift;
  division.lanes = ((kNodes - 1) >> node_shift) + 1;
  division.window_shift = 20;
  if (table)  // the same number of lanes, but no ranges of nodes
    for (std::uint32_t n = 0; n < kNodes; ++n)
      division.lane_table.push_back(static_cast<std::uint16_t>(n * 7 % division.lanes));
  Model model;
  std::vector<std::unique_ptr<Player>> players;
  std::vector<Worker*> workers;
  for (unsigned t = 0; t < threads; ++t) {
    players.push_back(std::make_unique<Player>(model, &division, stop_after));
    workers.push_back(players.back().get());
  }
  Watcher watcher(model, players[0]->calendar(), stop_after);
  const SimTime end = run_in_windows(workers, division, watcher, kEnd, stop_after != kNeverOver);
  return {model.state(), model.seen(), end.ns, watcher.looks};
}

TEST(Loop, InWindowsEveryNodeSeesWhatItSeesInOrder) {
  const Outcome expected = in_order(kNeverOver);
  EXPECT_GT(expected.seen, 1000u);
  EXPECT_EQ(expected.looks.size(), 12u);
  for (const unsigned threads : {1u, 2u, 3u, 7u})
    for (const int shift : {0, 2, 4, 5})
      EXPECT_EQ(in_windows(kNeverOver, threads, shift), expected) << threads << " threads, lanes of " << (1 << shift);
}

TEST(Loop, LanesNeedNotBeRangesOfNodes) {
  const Outcome expected = in_order(kNeverOver);
  for (const unsigned threads : {1u, 2u}) EXPECT_EQ(in_windows(kNeverOver, threads, 3, true), expected);
}

TEST(Loop, ARunThatIsWatchedEndsAtTheSameEvent) {
  for (const std::uint64_t stop_after : {1u, 2u, 50u, 333u, 1000u}) {
    const Outcome expected = in_order(stop_after);
    EXPECT_EQ(expected.seen, stop_after);
    for (const unsigned threads : {1u, 2u, 3u})
      EXPECT_EQ(in_windows(stop_after, threads, 2), expected) << threads << " threads, ends after " << stop_after;
  }
}

/// Fails in the middle of a window.
class Failing final : public Conductor {
 public:
  explicit Failing(Calendar& calendar) : calendar_(calendar) {}
  SimTime next() const override { return acted_ ? kNever : SimTime{}; }
  void act(SimTime) override {
    acted_ = true;
    Event event;
    event.target = 3;
    event.kind = EventKind::kMessage;
    calendar_.push(event);
  }
  void prepare(SimTime) override {}
  void settle() override { throw std::string("no space left"); }
  void settle_all() override {}
  bool may_end(SimTime, std::size_t) const override { return false; }

 private:
  Calendar& calendar_;
  bool acted_ = false;
};

TEST(Loop, WhatAThreadThrowsReachesTheCaller) {
  Division division{.lanes = 15, .node_shift = 2, .window_shift = 20};
  Model model;
  Player a(model, &division, kNeverOver), b(model, &division, kNeverOver);
  Failing failing(a.calendar());
  Worker* const workers[] = {&a, &b};
  EXPECT_THROW(run_in_windows(workers, division, failing, kEnd, false), std::string);
}

TEST(LoopDeathTest, NothingGoesToAnotherLaneWithinAWindow) {
  const Division division{.lanes = 15, .node_shift = 2, .window_shift = 20};
  Calendar calendar(division);
  calendar.open(0);
  calendar.read_lane(1);
  Event event;
  event.time_ns = 5;
  event.target = 4;  // of lane 1
  calendar.push(event);
  event.target = 8;
  EXPECT_DEATH(calendar.push(event), "from one lane to another");
}

}  // namespace
}  // namespace hearsay::engine::loop_test
