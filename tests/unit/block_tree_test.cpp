#include "sim/chain/block_tree.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "sim/chain/history.hpp"

namespace hearsay::chain::block_tree_test {
namespace {

constexpr NodeId A{0}, B{1}, C{2};

ItemId block(std::uint32_t i) { return ItemId{i}; }

BlockTree tree_of(std::size_t blocks, std::size_t nodes) {
  BlockTree tree(blocks, nodes);
  for (std::uint32_t i = 0; i < blocks; ++i) tree.declare(block(i), 10);
  return tree;
}

TEST(BlockTree, ADiscoveryBuildsOnItsFindersHead) {
  BlockTree tree = tree_of(3, 2);
  EXPECT_EQ(tree.height(block(0)), 0u);
  tree.discover(block(0), A);
  EXPECT_EQ(tree.parent(block(0)), kNoItem);
  EXPECT_EQ(tree.height(block(0)), 1u);
  EXPECT_EQ(tree.head(A), block(0));
  EXPECT_EQ(tree.head(B), kNoItem);
  tree.discover(block(1), B);
  EXPECT_EQ(tree.parent(block(1)), kNoItem);
  tree.adopt(B, block(0));
  tree.discover(block(2), B);
  EXPECT_EQ(tree.parent(block(2)), block(1)) << "the own block comes first";
}

TEST(BlockTree, OnlyAHigherBlockMovesTheHead) {
  BlockTree tree = tree_of(4, 3);
  tree.discover(block(0), A);
  tree.discover(block(1), B);
  EXPECT_TRUE(tree.adopt(C, block(1)).moved);
  EXPECT_FALSE(tree.adopt(C, block(0)).moved) << "the first seen stays";
  EXPECT_FALSE(tree.adopt(C, block(1)).moved);
  tree.discover(block(2), A);
  const auto adoption = tree.adopt(C, block(2));
  EXPECT_TRUE(adoption.moved);
  EXPECT_EQ(adoption.before, block(1));
  EXPECT_EQ(adoption.depth, 1u);
}

TEST(BlockTree, DepthIsWhatLeavesTheChain) {
  BlockTree tree = tree_of(6, 3);
  tree.discover(block(0), A);
  tree.adopt(B, block(0));
  tree.discover(block(1), B);  // A: 0; B: 0 1 2; A goes on with 3 4 5
  tree.discover(block(2), B);
  for (std::uint32_t i = 3; i < 6; ++i) tree.discover(block(i), A);
  EXPECT_EQ(tree.adopt(B, block(5)).depth, 2u);
  EXPECT_EQ(tree.adopt(C, block(4)).depth, 0u) << "a block brings its ancestry";
  EXPECT_EQ(tree.adopt(C, block(5)).depth, 0u);
  tree.forget(C);
  EXPECT_EQ(tree.head(C), kNoItem);
}

TEST(BlockTree, WritesLengthsAsBitcoinDoes) {
  EXPECT_EQ(compact_size(252), 1u);
  EXPECT_EQ(compact_size(253), 3u);
  EXPECT_EQ(compact_size(65535), 3u);
  EXPECT_EQ(compact_size(65536), 5u);
}

// A finds 0 at 10 s, B its rival 1 at 12 s; A goes on with 2 at 20 s, which is at B at 23 s.
TEST(History, AForkLastsFromTheSecondChildUntilTheLastHeadHasLeft) {
  BlockTree tree = tree_of(3, 2);
  HeadMoves moves(3), none(3);
  tree.discover(block(0), A);
  tree.discover(block(1), B);
  moves.moved(tree.adopt(A, block(1)), SimTime{} + seconds(15));  // no: it is no higher
  moves.left(tree.head(A), SimTime{} + seconds(20));
  tree.discover(block(2), A);
  const std::vector<Discovery> found = {{block(0), A, SimTime{} + seconds(10)},
                                        {block(1), B, SimTime{} + seconds(12)},
                                        {block(2), A, SimTime{} + seconds(20)}};
  const History open = history_of(tree, found, 0, moves, {true, true}, SimTime{} + seconds(22));
  EXPECT_DOUBLE_EQ(open.fork_time_share, 10.0 / 22);
  EXPECT_DOUBLE_EQ(open.head_agreement.value(), 0.5);
  moves.moved(tree.adopt(B, block(2)), SimTime{} + seconds(23));
  none.merge(moves);
  const History history = history_of(tree, found, 0, none, {true, true}, SimTime{} + seconds(40));
  EXPECT_DOUBLE_EQ(history.fork_time_share, 11.0 / 40);
  EXPECT_DOUBLE_EQ(history.head_agreement.value(), 1);
  EXPECT_EQ(history.found, 3u);
  EXPECT_EQ(history.main, 2u);
  ASSERT_EQ(history.miners.size(), 2u);
  EXPECT_EQ(history.miners[1].stale, 1u);
  EXPECT_EQ(none.reorgs(), 1u);
  EXPECT_EQ(none.deepest(), 1u);
  EXPECT_EQ(none.deep(), 0u);
  const History settled = history_of(tree, found, 2, none, {true, false}, SimTime{} + seconds(40));
  EXPECT_EQ(settled.found, 1u);
  EXPECT_EQ(settled.stale(), 0u);
}

TEST(History, OfNoBlocksSaysNothing) {
  const History history = history_of(tree_of(0, 1), {}, 6, HeadMoves(0), {false}, SimTime{});
  EXPECT_EQ(history.found, 0u);
  EXPECT_FALSE(history.head_agreement);
  EXPECT_EQ(history.fork_time_share, 0);
}

}  // namespace
}  // namespace hearsay::chain::block_tree_test
