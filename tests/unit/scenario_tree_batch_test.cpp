// The parameters of tree-batch, as a scenario writes them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "protocols/tree_batch.hpp"
#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::scenario_tree_batch_test {
namespace {

using protocols::TreeBatch;
using test::diagnostics_text;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ScenarioTreeBatch : public testing::Test {
 protected:
  /// 100 nodes, 50 ms.
  static test::ScenarioText text(const std::string& protocol) {
    return {.protocol = "name = \"tree-batch\"\n" + protocol};
  }
  TreeBatch::Params params(const std::string& protocol) {
    const Loaded loaded = directory_.load(text(protocol));
    if (!loaded.scenario) throw std::invalid_argument(diagnostics_text(loaded));
    return protocol::params_in<TreeBatch::Params>(*loaded.scenario->points.at(0).spec.params);
  }
  std::string diagnostics(const test::ScenarioText& text) { return diagnostics_text(directory_.load(text)); }
  std::string diagnostics(const std::string& protocol) { return diagnostics(text(protocol)); }
  test::ScenarioDirectory directory_;
};

TEST_F(ScenarioTreeBatch, HasTheDefaultsOfTheReference) {
  const auto p = params("");
  EXPECT_EQ(p.tree, TreeBatch::Shape::kIds);
  EXPECT_EQ(p.branching, 4u);
  EXPECT_EQ(p.root, 0u);
  EXPECT_EQ(p.shortcuts, 0u);
  EXPECT_EQ(p.window, milliseconds(50));
  EXPECT_EQ(p.phase, protocol::Phase::kRandom);
  EXPECT_FALSE(p.max_items);
  EXPECT_EQ(p.flush, TreeBatch::Flush::kNonEmpty);
  EXPECT_TRUE(p.acks);
  EXPECT_EQ(p.ack_delay, Duration{});
  EXPECT_EQ(p.delta, TreeBatch::Delta::kVersionVector);
  EXPECT_EQ(p.resend_after, milliseconds(300));
  EXPECT_EQ(p.sync_interval, milliseconds(500));
  EXPECT_EQ(p.sync_payload, TreeBatch::SyncPayload::kDigest);
  EXPECT_FALSE(p.repair);
}

TEST_F(ScenarioTreeBatch, WindowsByDepthAreDurations) {
  EXPECT_THAT(params("window_by_depth = [\"1 s\", \"0 s\"]\n").windows(), ElementsAre(seconds(1), Duration{}));
  EXPECT_THAT(params("window = \"20 ms\"\n").windows(), ElementsAre(milliseconds(20)));
  EXPECT_THAT(diagnostics("window_by_depth = [\"1 s\", \"50\", \"-1 s\"]\n"),
              AllOf(HasSubstr("\"50\", of depth 1"), HasSubstr("\"-1 s\", of depth 2"), HasSubstr("duration")));
  EXPECT_THAT(diagnostics("window_by_depth = [\"1 s\"]\nwindow = \"1 s\"\n"), HasSubstr("protocol.window"));
}

TEST_F(ScenarioTreeBatch, TheRootIsANode) {
  EXPECT_EQ(params("root = 99\n").root, 99u);
  EXPECT_THAT(diagnostics("root = 100\n"), AllOf(HasSubstr("error: protocol.root: "), HasSubstr("write 0 to 99")));
}

TEST_F(ScenarioTreeBatch, ANodeHasNoMoreShortcutsThanThereAreOthers) {
  EXPECT_EQ(params("shortcuts = 99\n").shortcuts, 99u);
  EXPECT_THAT(diagnostics("shortcuts = 100\n"), AllOf(HasSubstr("error: protocol.shortcuts: "), HasSubstr("only 99")));
}

TEST_F(ScenarioTreeBatch, BranchingIsAtLeastOneAndNotBesideAMaximalDepth) {
  EXPECT_THAT(diagnostics("branching = 0\n"), HasSubstr("error: protocol.branching: "));
  EXPECT_THAT(diagnostics("max_depth = 0\n"), HasSubstr("error: protocol.max_depth: "));
  EXPECT_THAT(diagnostics("max_depth = 2\nbranching = 3\n"), HasSubstr("error: protocol.branching: "));
  EXPECT_THAT(diagnostics("tree = \"bfs\"\nbranching = 3\n"), HasSubstr("error: protocol.branching: "));
}

TEST_F(ScenarioTreeBatch, TheTreeOfAnOverlayNeedsOne) {
  test::ScenarioText without = text("tree = \"bfs\"\n");
  without.topology = "kind = \"none\"\nnodes = 10\n";
  without.rest = "[membership]\nkind = \"registry\"\nregistry_delay = \"1 s\"\n";
  EXPECT_THAT(diagnostics(without), HasSubstr("error: protocol.tree: bfs is the tree of the overlay"));
}

TEST_F(ScenarioTreeBatch, AlwaysToFlushNeedsAWindow) {
  EXPECT_THAT(diagnostics("window = \"0 s\"\nflush = \"always\"\n"), HasSubstr("error: protocol.window: "));
  EXPECT_THAT(diagnostics("window_by_depth = [\"1 s\", \"0 s\"]\nflush = \"always\"\n"),
              HasSubstr("error: protocol.window_by_depth: "));
  EXPECT_THAT(diagnostics("window = \"0 s\"\n"), IsEmpty());
  EXPECT_THAT(diagnostics("window = \"1 ns\"\n"), HasSubstr("error: protocol.window: "));
}

TEST_F(ScenarioTreeBatch, ARoundTripThatIsLongerThanPatienceIsSaid) {
  EXPECT_THAT(diagnostics("resend_after = \"100 ms\"\n"), IsEmpty());
  EXPECT_THAT(diagnostics("resend_after = \"99 ms\"\n"),
              AllOf(HasSubstr("warning: protocol.resend_after: "), HasSubstr("up to 100 ms")));
  EXPECT_THAT(diagnostics("ack_delay = \"250 ms\"\n"),
              AllOf(HasSubstr("warning: protocol.resend_after: "), HasSubstr("up to 350 ms")));
  EXPECT_THAT(diagnostics("acks = false\nresend_after = \"1 s\"\n"), HasSubstr("error: protocol.resend_after: "));
  EXPECT_THAT(diagnostics("suspect_after = \"299 ms\"\n"), HasSubstr("error: protocol.suspect_after: "));
}

TEST_F(ScenarioTreeBatch, AFilterHasARate) {
  EXPECT_EQ(params("delta = \"bloom\"\nbloom_rate = 0.5\n").bloom_rate, 0.5);
  EXPECT_THAT(diagnostics("delta = \"bloom\"\n"), HasSubstr("error: protocol.bloom_rate: "));
  EXPECT_THAT(diagnostics("sync_payload = \"bloom\"\n"), HasSubstr("error: protocol.bloom_rate: "));
  EXPECT_THAT(diagnostics("delta = \"bloom\"\nbloom_rate = 0\n"), HasSubstr("error: protocol.bloom_rate: "));
  EXPECT_THAT(diagnostics("delta = \"bloom\"\nbloom_rate = 0.51\n"), HasSubstr("error: protocol.bloom_rate: "));
  EXPECT_THAT(diagnostics("bloom_rate = 0.1\n"), HasSubstr("error: protocol.bloom_rate: "));
  EXPECT_THAT(diagnostics("delta = \"bloom\"\nbloom_rate = 0.1\nsync_interval = \"0 s\"\n"),
              AllOf(HasSubstr("warning: protocol.delta: "), Not(HasSubstr("error:"))));
}

}  // namespace
}  // namespace hearsay::scenario::scenario_tree_batch_test
