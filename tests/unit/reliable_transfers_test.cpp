#include "sim/simulation/reliable_transfers.hpp"

#include <gtest/gtest.h>

#include <set>

namespace hearsay::simulation::reliable_transfers_test {
namespace {

TEST(TransferPool, UsesASlotAgainFromScratch) {
  PayloadSpace space(sizeof(Transfer));
  TransferPool pool(space);
  const auto a = pool.create(), b = pool.create();
  EXPECT_NE(a, b);
  pool[a].from = NodeId{1};
  pool[a].attempt = 3;
  pool[a].waiting = false;
  pool[a].delivered = true;
  pool[a].events = 2;
  pool.free(a);
  EXPECT_EQ(pool.create(), a);
  EXPECT_EQ(pool[a].from, kNoNode);
  EXPECT_EQ(pool[a].attempt, 0u);
  EXPECT_TRUE(pool[a].waiting);
  EXPECT_FALSE(pool[a].delivered);
  EXPECT_EQ(pool[a].events, 0u);
}

// A transfer is created by its sender's thread and freed by whichever sees its last event.
TEST(TransferPool, TransfersOfOneThreadAreReadAndFreedByAnother) {
  PayloadSpace space(sizeof(Transfer));
  TransferPool sender(space), receiver(space);
  std::set<std::uint32_t> slots;
  for (int i = 0; i < 100'000; ++i) {
    slots.insert(sender.create());
    slots.insert(receiver.create());
  }
  EXPECT_EQ(slots.size(), 200'000u);
  const auto slot = sender.create();
  sender[slot].to = NodeId{7};
  EXPECT_EQ(receiver[slot].to, NodeId{7});
  receiver.free(slot);
  EXPECT_EQ(receiver.create(), slot);
}

}  // namespace
}  // namespace hearsay::simulation::reliable_transfers_test
