// Which peers have announced what, against a set of pairs.

#include "protocols/announce_peers.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "sim/core/random.hpp"

namespace hearsay::protocols::announce::announce_peers_test {
namespace {

TEST(PeerMarks, AgreeWithASetOfPairs) {
  for (const std::uint32_t peer_count : {3u, 8u, 9u, 40u}) {
    std::vector<NodeId> peers;
    for (std::uint32_t i = 0; i < peer_count; ++i) peers.push_back(NodeId{1000 - i});
    PeerMarks marks;
    std::set<std::pair<NodeId, ItemId>> twin;
    KeyedDraws draws(peer_count, Stream::kProperty);
    std::size_t floor = 0;
    for (std::size_t step = 0; step < 3000; ++step) {
      // Some that are no peers at first, some items older than any so far.
      const auto peer = NodeId{1010 - static_cast<std::uint32_t>(draws.below(peer_count + 20))};
      const auto item = static_cast<ItemId>(floor * 64 + step / 10 + draws.below(200));
      switch (draws.below(20)) {
        case 0:
          marks.forget(peer);
          std::erase_if(twin, [&](const auto& pair) { return pair.first == peer; });
          break;
        case 1:
          if (step % 7 != 0) break;
          ++floor;
          marks.drop_words_below(floor);
          std::erase_if(twin, [&](const auto& pair) { return index(pair.second) < floor * 64; });
          break;
        default: marks.mark(peer, item, peers); twin.emplace(peer, item);
      }
      ASSERT_EQ(marks.has(peer, item), twin.contains({peer, item}));
    }
    ASSERT_FALSE(twin.empty());
    protocol::ItemSet all;
    for (std::uint32_t i = 0; i < 4000; ++i) {
      const ItemId item{i};
      all.insert(item);
      PeerMarks::Reader reader(marks, item);
      for (const NodeId peer : peers) ASSERT_EQ(reader.has(peer), twin.contains({peer, item}));
      for (std::uint32_t n = 950; n < 1020; ++n)
        ASSERT_EQ(marks.has(NodeId{n}, item), twin.contains({NodeId{n}, item}));
    }
    EXPECT_EQ(marks.count(all), twin.size());
  }
}

}  // namespace
}  // namespace hearsay::protocols::announce::announce_peers_test
