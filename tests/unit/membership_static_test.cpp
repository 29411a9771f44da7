// The static membership by hand: no network, no clock.

#include "sim/membership/static.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/script.hpp"

namespace hearsay::membership::membership_static_test {
namespace {

using protocol::PeerDown;
using test::peers_of_complete;
using test::peers_of_line;
using test::Script;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Static, AsksNobodyWhereTheLinksAreUp) {
  Script<Static> s({}, peers_of_complete(4));
  for (unsigned n = 0; n < 4; ++n) EXPECT_THAT(s.connects(n), IsEmpty());
  s.expect_no_timer();
  EXPECT_THAT(s.known(0), ElementsAre(1, 2, 3));
}

TEST(Static, ABrokenConnectionIsAskedForAgainByBothEndsUntilItIsThere) {
  for (const PeerDown why : {PeerDown::kBroken, PeerDown::kCrashed}) {
    Script<Static> s({}, peers_of_line(2));
    s.disconnect(0, 1, why);
    s.advance(s.kReconnectDelay - nanoseconds(1));
    EXPECT_THAT(s.connects(0), IsEmpty());
    s.advance(nanoseconds(1));
    EXPECT_THAT(s.connects(0), ElementsAre(1));
    EXPECT_THAT(s.connects(1), ElementsAre(0));
    for (const PeerDown again : {PeerDown::kNoAnswer, PeerDown::kRefused}) {
      s.advance(seconds(3));
      s.disconnect(0, 1, again);
      s.advance(s.kReconnectDelay - seconds(3));
      EXPECT_THAT(s.connects(0), ElementsAre(1));
    }
    s.connect(0, 1);
    s.connects(1);
    s.advance(s.kReconnectDelay);
    EXPECT_THAT(s.connects(0), IsEmpty());
    EXPECT_THAT(s.connects(1), IsEmpty());
    s.expect_no_timer();
  }
}

// Whichever end asked, and whatever comes of it: one request every so often.
TEST(Static, ABreakWhileItAsksDoesNotMakeItAskTwice) {
  Script<Static> s({}, peers_of_line(2));
  s.disconnect(0, 1, PeerDown::kBroken);
  s.advance(s.kReconnectDelay);
  s.connect(0, 1);
  s.connects(0);
  s.advance(seconds(10));
  s.disconnect(0, 1, PeerDown::kBroken);
  s.advance(s.kReconnectDelay - seconds(10));
  EXPECT_THAT(s.connects(0), ElementsAre(1));
  s.advance(s.kReconnectDelay - nanoseconds(1));
  EXPECT_THAT(s.connects(0), IsEmpty());
  s.advance(nanoseconds(1));
  EXPECT_THAT(s.connects(0), ElementsAre(1));
}

TEST(Static, WhatAProtocolClosesStaysClosed) {
  Script<Static> s({}, peers_of_line(2));
  s.disconnect(0, 1);
  s.advance(s.kReconnectDelay * 3);
  EXPECT_THAT(s.connects(0), IsEmpty());
  EXPECT_THAT(s.connects(1), IsEmpty());
}

TEST(Static, AConnectionThatIsNoLinkIsNotMended) {
  Script<Static> s({}, peers_of_line(3));
  s.connect(0, 2);
  s.disconnect(0, 2, PeerDown::kBroken);
  s.expect_no_timer();
}

TEST(Static, ALateNodeAsksForTheLinksToThoseThatAreThere) {
  Script<Static> s({}, peers_of_complete(4));
  s.attributes(2).joins = SimTime{} + seconds(5);
  s.attributes(3).joins = SimTime{} + seconds(8);
  EXPECT_THAT(s.connects(0), IsEmpty());
  s.advance(seconds(5));
  EXPECT_THAT(s.connects(2), ElementsAre(0, 1));
  s.connect(2, 0);
  s.advance(seconds(3));
  EXPECT_THAT(s.connects(3), ElementsAre(0, 1, 2));
}

TEST(Static, ARestartedNodeAsksForItsLinks) {
  for (const bool lose_state : {false, true}) {
    Script<Static> s({}, peers_of_line(3));
    s.restart(1, lose_state);
    EXPECT_THAT(s.connects(1), ElementsAre(0, 2));
  }
}

}  // namespace
}  // namespace hearsay::membership::membership_static_test
