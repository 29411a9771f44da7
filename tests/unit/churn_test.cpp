#include "sim/network/faults/churn.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace hearsay::network::churn_test {
namespace {

constexpr std::uint32_t kNodes = 20'000;

/// Mean of one draw of each of 20,000 nodes, in s.
template <class Draw>
double mean_s(Sessions& churn, Draw draw) {
  double sum = 0;
  for (std::uint32_t n = 0; n < kNodes; ++n) sum += to_seconds(draw(churn, NodeId{n}));
  return sum / kNodes;
}
Duration first(Sessions& c, NodeId n) { return c.first_session(n); }
Duration next(Sessions& c, NodeId n) { return c.next_session(n); }
Duration down(Sessions& c, NodeId n) { return c.next_downtime(n); }

Sessions of(const Distribution& session, const Distribution& downtime = Distribution::constant(1e9),
            std::uint64_t fault = 0) {
  return {session, downtime, 1, fault, kNodes};
}

// The residual of a stationary renewal process has mean E(S^2) / (2 E(S)).
TEST(Churn, TheFirstSessionIsAResidualOne) {
  struct Case {
    Distribution session;
    double residual_s, sd_s;
  };
  const std::vector<Case> cases = {
      {Distribution::constant(10e9), 5, 2.89},        // uniform on (0, 10)
      {Distribution::exponential(10e9), 10, 10},      // memoryless
      {Distribution::uniform(0, 12e9), 4, 2.83},      // 48 / 12; density (12 - x) / 72
      {Distribution::lognormal(10e9, 10e9), 10, 16},  // 200 / 20; E(S^3) / (3 E(S)) = 8000 / 30 - 100
  };
  for (const Case& c : cases) {
    Sessions churn = of(c.session);
    EXPECT_NEAR(mean_s(churn, first), c.residual_s, 3.89 * c.sd_s / std::sqrt(kNodes) + 0.002 * c.residual_s)
        << static_cast<int>(c.session.kind());
  }
}

TEST(Churn, LaterSessionsAndDowntimesHaveTheirOwnMeans) {
  Sessions churn = of(Distribution::uniform(0, 12e9), Distribution::exponential(3e9));
  mean_s(churn, first);
  EXPECT_NEAR(mean_s(churn, down), 3, 3.89 * 3 / std::sqrt(kNodes));
  EXPECT_NEAR(mean_s(churn, next), 6, 3.89 * 3.47 / std::sqrt(kNodes));
}

TEST(Churn, ANodesDrawsDoNotDependOnTheOthers) {
  Sessions alone = of(Distribution::exponential(10e9)), among = of(Distribution::exponential(10e9));
  for (std::uint32_t n = 0; n < 7; ++n) among.first_session(NodeId{n});
  EXPECT_EQ(alone.first_session(NodeId{7}), among.first_session(NodeId{7}));
  EXPECT_EQ(alone.next_downtime(NodeId{7}), among.next_downtime(NodeId{7}));
  EXPECT_EQ(alone.next_session(NodeId{7}), among.next_session(NodeId{7}));
  EXPECT_NE(alone.next_session(NodeId{7}), alone.next_session(NodeId{7}));
}

TEST(Churn, EachFaultDrawsItsOwn) {
  Sessions a = of(Distribution::exponential(10e9)),
           b = of(Distribution::exponential(10e9), Distribution::constant(1e9), 1);
  EXPECT_NE(a.first_session(NodeId{0}), b.first_session(NodeId{0}));
}

TEST(Churn, SessionsLastAtLeastANanosecondAndAtMostARun) {
  Sessions never = of(Distribution::constant(0), Distribution::constant(1e30));
  EXPECT_GE(never.first_session(NodeId{0}).ns, 1);
  EXPECT_EQ(never.next_session(NodeId{0}).ns, 1);
  EXPECT_NEAR(static_cast<double>(never.next_downtime(NodeId{0}).ns), static_cast<double>(kMaxSimTime.ns), 2000);
}

}  // namespace
}  // namespace hearsay::network::churn_test
