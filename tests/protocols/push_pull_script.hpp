#pragma once

// What the tests of push-pull share.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "protocols/push_pull.hpp"
#include "tests/support/script.hpp"

namespace hearsay::protocols {

using Mode = PushPull::Mode;
using Exchange = PushPull::Exchange;
using DigestKind = PushPull::DigestKind;
using GossipScript = hearsay::test::Script<PushPull>;

inline PushPull::Params with(auto change) {
  PushPull::Params p;
  change(p);
  return p;
}
inline PushPull::Params in_mode(Mode mode, auto change) {
  return with([&](auto& p) {
    p.mode = mode;
    change(p);
  });
}
inline PushPull::Params in_mode(Mode mode) {
  return in_mode(mode, [](auto&) {});
}
inline PushPull::Params eager(auto change) {
  return in_mode(Mode::kPushPull, [&](auto& p) {
    p.exchange = Exchange::kEager;
    change(p);
  });
}

inline std::vector<ItemId> ids(const PushPull::Body& m) {
  std::vector<ItemId> out;
  m.ids.for_each([&](ItemId id) { out.push_back(id); });
  return out;
}
inline std::vector<ItemId> carried(const PushPull::Body& m) { return {m.carried.begin(), m.carried.end()}; }

/// Nodes 0 and 1: a round in which what node 1 begins is lost.
inline void round_of_node_0(GossipScript& s) {
  s.advance(s.params().interval);
  while (!s.recipients(1).empty()) s.lose(1, 0);
}

}  // namespace hearsay::protocols
