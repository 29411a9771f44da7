// The order in which handlers are called, timers, and the effects of one handler: through whole runs of a protocol that
// writes down what happens to it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "tests/support/own_protocol.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::handlers_test {
namespace {

using ::testing::ElementsAre;

/// Everybody sends to everybody at the start and sets timers for the instant of the arrivals.
class Diary {
 public:
  static constexpr std::string_view kName = "diary";
  static constexpr std::string_view kSummary = "writes down what happens";
  struct Params {
    std::vector<std::string>* lines = nullptr;
    std::vector<std::uint64_t>* draws = nullptr;
    template <class Fields>
    static void fields(Fields&) {}
  };
  struct Word {
    static constexpr std::string_view kName = "word";
    std::uint32_t number = 0;
    std::uint64_t wire_bytes() const { return 1; }
    auto content() const { return std::tie(number); }
  };
  using Message = std::variant<Word>;
  struct Timer {
    std::uint32_t number = 0;
    auto content() const { return std::tie(number); }
  };
  using Context = protocol::Context<Diary>;

  void on_start(Context& ctx) {
    write(ctx, "start");
    ctx.params().draws->push_back(ctx.rng().bits());
    ctx.send_all(Word{1});
    ctx.set_timer(milliseconds(10), {1});
    cancelled_ = ctx.set_timer(milliseconds(10), {2});
    const auto at_once = ctx.set_timer(milliseconds(5), {3});
    EXPECT_TRUE(ctx.cancel_timer(at_once));  // within the handler that set it
    EXPECT_FALSE(ctx.cancel_timer(at_once));
    ctx.send_all(Word{2}, NodeId{1});
  }
  void on_publish(Context& ctx, ItemId item) {
    write(ctx, "publish");
    ctx.deliver(item);
  }
  void on_message(Context& ctx, NodeId from, const Message& message) {
    write(ctx, "word " + std::to_string(std::get<Word>(message).number) + " from " + std::to_string(index(from)));
  }
  void on_timer(Context& ctx, const Timer& timer) {
    write(ctx, "timer " + std::to_string(timer.number));
    if (timer.number != 1) return;
    EXPECT_TRUE(ctx.cancel_timer(cancelled_));  // due in this very instant, and still to come
    ctx.set_timer(nanoseconds(1), {4});
    ctx.params().draws->push_back(ctx.rng().bits());
  }

 private:
  static void write(Context& ctx, const std::string& what) {
    ctx.params().lines->push_back(std::to_string(ctx.now().ns) + ": " + std::to_string(index(ctx.self())) + " " + what);
  }
  protocol::TimerId cancelled_;
};

class Handlers : public ::testing::Test {
 protected:
  metrics::RunResult run() {
    auto spec = hearsay::test::basic_spec("flood", network::TopologyKind::kLine, 3);
    hearsay::test::set_protocol<Diary>(spec) = {&lines, &draws};
    spec.workloads[0] = hearsay::test::burst(1, 1);
    spec.workloads[0].at = SimTime{} + milliseconds(10);
    spec.until = simulation::Until::kQuiet;
    return hearsay::test::run(spec);
  }
  std::vector<std::string> lines;
  std::vector<std::uint64_t> draws;
};

// Within an instant: by node, then publication, timers, messages; messages by their sender, then in the order of its
// sends. Node 1 leaves itself out of its second word to nobody; 0 and 2 leave out node 1, their only peer.
TEST_F(Handlers, AreCalledInTheTotalOrderOfEvents) {
  run();
  EXPECT_THAT(lines, ElementsAre("0: 0 start", "0: 1 start", "0: 2 start",                                         //
                                 "10000000: 0 timer 1", "10000000: 0 word 1 from 1", "10000000: 0 word 2 from 1",  //
                                 "10000000: 1 publish", "10000000: 1 timer 1", "10000000: 1 word 1 from 0",
                                 "10000000: 1 word 1 from 2",                                                      //
                                 "10000000: 2 timer 1", "10000000: 2 word 1 from 1", "10000000: 2 word 2 from 1",  //
                                 "10000001: 0 timer 4", "10000001: 1 timer 4", "10000001: 2 timer 4"));
}

TEST_F(Handlers, DrawFromOneStreamPerNode) {
  const auto result = run();
  ASSERT_EQ(draws.size(), 6u);
  for (std::uint32_t n = 0; n < 3; ++n) {
    KeyedDraws own(derive_seed(42, 0), Stream::kNodeProtocol, n);
    EXPECT_EQ(draws[n], own.bits());
    EXPECT_EQ(draws[3 + n], own.bits());  // it goes on where the last handler left it
  }
  EXPECT_EQ(result.simulated_s, 0.010000001);
}

}  // namespace
}  // namespace hearsay::handlers_test
