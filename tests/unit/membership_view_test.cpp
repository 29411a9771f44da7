#include "sim/membership/view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/support/print.hpp"

namespace hearsay::membership::membership_view_test {
namespace {

using ::testing::ElementsAre;

constexpr NodeId id(unsigned n) { return NodeId{n}; }
constexpr SimTime at(Duration d) { return SimTime{} + d; }

TEST(View, SamplesDistinctNodesAndNeverTheExcepted) {
  View view;
  for (unsigned n = 0; n < 20; ++n) view.insert(id(19 - n), {});
  KeyedDraws rng(1, Stream::kMembership);
  std::vector<View::Entry> out;
  std::set<NodeId> met;
  for (int i = 0; i < 500; ++i) {
    view.sample(5, id(3), rng, out);
    std::set<NodeId> distinct;
    for (const auto& entry : out) distinct.insert(entry.node);
    EXPECT_EQ(distinct.size(), 5u);
    met.insert(distinct.begin(), distinct.end());
  }
  EXPECT_EQ(met.size(), 19u);  // 500 x 5 of 19: none is left out but with probability 19 (14/19)^500
  EXPECT_FALSE(met.contains(id(3)));
  view.sample(100, id(3), rng, out);
  EXPECT_EQ(out.size(), 19u);
}

TEST(View, DrawsPeersAndStrangersApart) {
  View view;
  for (unsigned n = 0; n < 4; ++n) view.insert(id(n), at(seconds(n)));
  view.set_connected(id(1), true);
  view.set_connected(id(2), true);
  KeyedDraws rng(1, Stream::kMembership);
  std::set<NodeId> peers, strangers;
  for (int i = 0; i < 100; ++i) {
    peers.insert(view.draw(true, rng));
    strangers.insert(view.draw(false, rng));
  }
  EXPECT_THAT(peers, ElementsAre(id(1), id(2)));
  EXPECT_THAT(strangers, ElementsAre(id(0), id(3)));
  EXPECT_FALSE(view.set_connected(id(1), true));
  view.erase(id(1));
  EXPECT_EQ(view.peers(), 1u);
  EXPECT_EQ(view.strangers(), 2u);
}

TEST(View, ListsWhomItKnowsInTheOrderOfTheIds) {
  View view;
  for (const unsigned n : {7u, 2u, 5u}) view.insert(id(n), {});
  view.set_connected(id(5), true);
  std::vector<NodeId> known = {id(9)};
  view.append_to(known);
  EXPECT_THAT(known, ElementsAre(id(9), id(2), id(5), id(7)));
  view.disconnect_all();
  EXPECT_EQ(view.peers(), 0u);
  EXPECT_EQ(view.strangers(), 3u);
}

}  // namespace
}  // namespace hearsay::membership::membership_view_test
