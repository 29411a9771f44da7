#include "sim/simulation/reliable_transfers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hearsay::simulation {
namespace {

constexpr NodeId kA{1}, kB{2}, kC{3};

TEST(ReliableTransfers, WaitUntilAcknowledgedOrGivenUp) {
  ReliableTransfers transfers;
  const auto a = transfers.open(kA, kB), b = transfers.open(kA, kC);
  EXPECT_EQ(transfers.waiting(), 2u);
  transfers.acknowledge(a);
  transfers.acknowledge(a);  // of a repeated attempt
  EXPECT_EQ(transfers.waiting(), 1u);
  EXPECT_FALSE(transfers[a].waiting());
  transfers.give_up(b);
  transfers.acknowledge(b);  // too late
  EXPECT_EQ(transfers.waiting(), 0u);
}

TEST(ReliableTransfers, LiveUntilTheirLastEvent) {
  ReliableTransfers transfers;
  const auto a = transfers.open(kA, kB);
  transfers[a].events = 2;  // the attempt and its timeout
  transfers.acknowledge(a);
  EXPECT_FALSE(transfers.drop_event(a));
  EXPECT_TRUE(transfers.drop_event(a));
  EXPECT_EQ(transfers.open(kB, kC), a);  // the slot is used again, from scratch
  EXPECT_TRUE(transfers[a].waiting());
  EXPECT_EQ(transfers[a].attempt, 0u);
}

TEST(ReliableTransfers, GiveUpOnlyWhatWaitsAndIsNamed) {
  ReliableTransfers transfers;
  const auto a = transfers.open(kA, kB), b = transfers.open(kB, kA), c = transfers.open(kC, kA),
             done = transfers.open(kA, kB);
  for (const auto t : {a, b, c, done}) transfers[t].events = 1;
  transfers.acknowledge(done);
  transfers.give_up_all(kA, kB, true);
  transfers.give_up_all(kB, kA, true);
  EXPECT_TRUE(transfers[a].broken);
  EXPECT_TRUE(transfers[b].given_up);
  EXPECT_TRUE(transfers[c].waiting());
  EXPECT_FALSE(transfers[done].given_up);
  EXPECT_EQ(transfers.waiting(), 1u);
  transfers.give_up_all(kC, kNoNode, false);  // a crash
  EXPECT_TRUE(transfers[c].given_up);
  EXPECT_FALSE(transfers[c].broken);
}

TEST(ReliableTransfers, AConnectionIsBrokenInBothDirections) {
  ReliableTransfers transfers;
  EXPECT_FALSE(transfers.broken(kA, kB));
  transfers.break_connection(kB, kA);
  EXPECT_TRUE(transfers.broken(kA, kB));
  EXPECT_TRUE(transfers.broken(kB, kA));
  EXPECT_FALSE(transfers.broken(kA, kC));
  transfers.mend_connection(kA, kB);
  EXPECT_FALSE(transfers.broken(kB, kA));
}

TEST(ReliableTransfers, RememberWhatAnAcknowledgementIsOf) {
  ReliableTransfers transfers;
  const auto t = transfers.open(kA, kB);
  const auto first = transfers.open_ack(t, SimTime{5}), second = transfers.open_ack(t, SimTime{9});
  EXPECT_EQ(transfers.close_ack(second).sent, SimTime{9});
  EXPECT_EQ(transfers.close_ack(first).transfer, t);
  EXPECT_EQ(transfers.open_ack(t, SimTime{11}), first);
}

}  // namespace
}  // namespace hearsay::simulation
