// The registry by hand: no network, no clock.

#include "sim/membership/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/script.hpp"

namespace hearsay::membership::membership_registry_test {
namespace {

using protocol::PeerDown;
using test::PeerLists;
using test::Script;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Registry::Params params() {
  Registry::Params p;
  p.registry_delay = milliseconds(100);
  return p;
}

TEST(Registry, ANodeLearnsAllThatAreRegisteredWhenTheAnswerIsDue) {
  Script<Registry> s(params(), PeerLists(3));
  s.advance(milliseconds(100) - nanoseconds(1));
  EXPECT_THAT(s.connects(0), IsEmpty());
  EXPECT_THAT(s.known(0), IsEmpty());
  s.advance(nanoseconds(1));
  EXPECT_THAT(s.connects(0), UnorderedElementsAre(1, 2));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2));
  s.expect_no_timer();  // without refresh
  s.expect_no_message();
}

TEST(Registry, AnswersAreInRandomOrder) {
  std::set<unsigned> first;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Script<Registry> s(params(), PeerLists(4), seed);
    s.advance(milliseconds(100));
    first.insert(s.connects(0).front());
  }
  EXPECT_THAT(first, ElementsAre(1, 2, 3));  // one is missing with probability 3 (2/3)^60
}

TEST(Registry, WhoIsConnectedIsKnownAndNotAskedAgain) {
  Script<Registry> s(params(), PeerLists(3));
  s.connect(0, 1);
  EXPECT_THAT(s.known(1), ElementsAre(0));
  s.advance(milliseconds(100));
  EXPECT_THAT(s.connects(1), ElementsAre(2));
}

TEST(Registry, TheAnswerShowsTheListAsItWasWhenAsked) {
  Script<Registry> s(params(), PeerLists(3));
  s.attributes(1).joins = SimTime{} + milliseconds(500);
  s.attributes(2).joins = SimTime{} + milliseconds(500) + nanoseconds(1);
  s.advance(milliseconds(500));
  s.advance(nanoseconds(1));
  EXPECT_THAT(s.known(0), IsEmpty());
  s.advance(milliseconds(100));
  EXPECT_THAT(s.connects(1), ElementsAre(0));  // 2 was not there when 1 asked
  EXPECT_THAT(s.connects(2), UnorderedElementsAre(0, 1));
}

TEST(Registry, AnEntryThatIsNotRenewedExpiresAndIsLetGo) {
  Registry::Params p = params();
  p.refresh = seconds(10);
  p.expire_after = seconds(25);
  Script<Registry> s(p, PeerLists(3));
  // Once put on the list, and never seen again.
  s.attributes(2).joins = SimTime{} + seconds(3600);
  s.start();
  s.enlist(2, SimTime{});
  s.advance(milliseconds(100));
  for (const unsigned peer : s.connects(0)) s.connect(0, peer);
  // The entry is gone at 25 s; who asks at 20 s still gets it, who asks at 30 s does not.
  s.advance(seconds(20));
  EXPECT_THAT(s.known(0), ElementsAre(1, 2));
  EXPECT_THAT(s.disconnects(0), IsEmpty());
  s.advance(seconds(10));
  EXPECT_THAT(s.disconnects(0), ElementsAre(2));
  EXPECT_THAT(s.known(0), ElementsAre(1));
  EXPECT_THAT(s.connects(0), IsEmpty());
}

TEST(Registry, AnEntryExpiresToTheNanosecond) {
  Registry::Params p = params();
  p.refresh = seconds(10);
  for (const auto& [after, listed] : {std::pair(seconds(20), false), {seconds(20) + nanoseconds(1), true}}) {
    p.expire_after = after;
    Script<Registry> s(p, PeerLists(2));
    s.attributes(1).joins = SimTime{} + seconds(3600);
    s.start();
    s.enlist(1, SimTime{});
    s.advance(milliseconds(20'100));  // the list of 20 s
    EXPECT_EQ(s.known(0).size(), listed ? 1u : 0u);
  }
}

TEST(Registry, ANodeThatStartsAgainRegistersAndConnectsAgain) {
  Script<Registry> s(params(), PeerLists(2));
  s.advance(milliseconds(100));
  EXPECT_THAT(s.connects(1), ElementsAre(0));
  s.connect(1, 0);
  s.advance(seconds(1));
  s.restart(1);
  EXPECT_THAT(s.known(1), IsEmpty());
  s.advance(milliseconds(100));
  EXPECT_THAT(s.connects(1), ElementsAre(0));
  s.restart(1, false);
  EXPECT_THAT(s.known(1), ElementsAre(0));  // it kept its state, but no connection
  s.advance(milliseconds(100));
  EXPECT_THAT(s.connects(1), ElementsAre(0));
}

TEST(Registry, WhoDoesNotAnswerOrIsLostIsAskedAgainAsLongAsItIsKnown) {
  for (const PeerDown why : {PeerDown::kNoAnswer, PeerDown::kRefused, PeerDown::kBroken, PeerDown::kCrashed}) {
    Script<Registry> s(params(), PeerLists(2));
    s.advance(milliseconds(100));
    EXPECT_THAT(s.connects(0), ElementsAre(1));
    if (!protocol::never_connected(why)) s.connect(0, 1);
    s.disconnect(0, 1, why);
    EXPECT_THAT(s.connects(0), IsEmpty());
    s.advance(s.kReconnectDelay);
    EXPECT_THAT(s.connects(0), ElementsAre(1)) << protocol::peer_down_name(why);
  }
}

TEST(Registry, WhoClosesIsLeftAloneUntilTheNextList) {
  Registry::Params p = params();
  p.refresh = seconds(100);
  Script<Registry> s(p, PeerLists(2));
  s.advance(milliseconds(100));
  s.connect(0, 1);
  s.connects(0);
  s.disconnect(1, 0);
  s.advance(seconds(99));
  EXPECT_THAT(s.connects(0), IsEmpty());
  EXPECT_THAT(s.known(0), ElementsAre(1));
  s.advance(seconds(1));
  EXPECT_THAT(s.connects(0), ElementsAre(1));
}

TEST(Registry, WhatTheProtocolClosesIsAskedForWithTheNextList) {
  Registry::Params p = params();
  p.refresh = seconds(100);
  Script<Registry> s(p, PeerLists(2));
  s.advance(milliseconds(100));
  s.connect(0, 1);
  s.connects(0);
  s.disconnect(0, 1);
  s.advance(seconds(99));
  EXPECT_THAT(s.connects(0), IsEmpty());
  s.advance(seconds(1));
  EXPECT_THAT(s.connects(0), ElementsAre(1));
}

TEST(Registry, ExpiryNeedsARenewalInTime) {
  const auto problems = [](std::optional<Duration> refresh, std::optional<Duration> expire) {
    Registry::Params p = params();
    p.refresh = refresh;
    p.expire_after = expire;
    protocol::Diagnostics found;
    p.validate({}, found);
    return found;
  };
  EXPECT_THAT(problems({}, {}), IsEmpty());
  EXPECT_THAT(problems(seconds(10), seconds(10) + nanoseconds(1)), IsEmpty());
  ASSERT_EQ(problems(seconds(10), seconds(10)).size(), 1u);
  EXPECT_FALSE(problems(seconds(10), seconds(10))[0].warning);
  ASSERT_EQ(problems({}, seconds(10)).size(), 1u);
  EXPECT_TRUE(problems({}, seconds(10))[0].warning);
}

}  // namespace
}  // namespace hearsay::membership::membership_registry_test
