#include "sim/campaign/pool.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <stdexcept>

namespace hearsay::campaign {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct Outcome {
  RunStatus status;
  metrics::RunResult result;
};

metrics::RunResult result_of(std::uint64_t run) {
  metrics::RunResult result;
  result.digest = run * 7;
  return result;
}

std::map<std::uint64_t, Outcome> outcomes(std::uint64_t runs, const PoolOptions& options, const RunFunction& run) {
  std::map<std::uint64_t, Outcome> outcomes;
  const PoolEvents events{.started = [](std::uint64_t) {},
                          .finished =
                              [&](std::uint64_t number, RunStatus status, metrics::RunResult&& result) {
                                EXPECT_TRUE(outcomes.emplace(number, Outcome{status, std::move(result)}).second);
                              },
                          .waiting = [] {}};
  const InterruptGuard guard;
  run_in_pool(runs, options, run, events, guard);
  return outcomes;
}

TEST(Pool, CarriesOutEveryRunOnceWhateverTheNumberOfWorkers) {
  for (const unsigned jobs : {1u, 2u, 7u, 100u}) {
    const auto all = outcomes(50, {.jobs = jobs, .timeout = {}}, result_of);
    ASSERT_EQ(all.size(), 50u);
    for (const auto& [run, outcome] : all) {
      EXPECT_EQ(outcome.status, RunStatus::kDone);
      EXPECT_EQ(outcome.result.digest, run * 7);
    }
  }
}

TEST(Pool, HasNothingToDoWithoutRuns) { EXPECT_THAT(outcomes(0, {}, result_of), IsEmpty()); }

TEST(Pool, CarriesLargeResults) {
  const auto all = outcomes(3, {.jobs = 2, .timeout = {}}, [](std::uint64_t run) {
    metrics::RunResult result = result_of(run);
    result.ledger.assign(300'000, {1, 2, 3, 4, static_cast<std::uint32_t>(run)});
    return result;
  });
  for (const auto& [run, outcome] : all) {
    ASSERT_EQ(outcome.result.ledger.size(), 300'000u);
    EXPECT_EQ(outcome.result.ledger.back().hops, run);
  }
}

TEST(Pool, LosesOnlyTheRunWhoseWorkerDies) {
  for (const unsigned jobs : {1u, 3u}) {
    const auto all = outcomes(10, {.jobs = jobs, .timeout = {}}, [](std::uint64_t run) {
      if (run == 4) ::raise(SIGKILL);
      if (run == 9) ::_exit(3);
      return result_of(run);
    });
    ASSERT_EQ(all.size(), 10u);
    for (const auto& [run, outcome] : all) EXPECT_EQ(outcome.status == RunStatus::kDone, run != 4 && run != 9);
    EXPECT_EQ(all.at(4).status, RunStatus::kCrashed);
    EXPECT_THAT(all.at(4).result.failure, HasSubstr("signal 9"));
    EXPECT_THAT(all.at(9).result.failure, HasSubstr("status 3"));
  }
}

TEST(Pool, ReportsAnExceptionInARun) {
  const auto all = outcomes(3, {.jobs = 1, .timeout = {}}, [](std::uint64_t run) {
    if (run == 1) throw std::runtime_error("no such luck");
    return result_of(run);
  });
  EXPECT_EQ(all.at(1).status, RunStatus::kCrashed);
  EXPECT_EQ(all.at(1).result.failure, "no such luck");
  EXPECT_EQ(all.at(2).status, RunStatus::kDone);
}

TEST(Pool, TellsARefusedRunFromACrash) {
  const auto all = outcomes(1, {}, [](std::uint64_t) {
    metrics::RunResult result;
    result.failed = true;
    result.failure = "disconnected";
    return result;
  });
  EXPECT_EQ(all.at(0).status, RunStatus::kRefused);
  EXPECT_EQ(all.at(0).result.failure, "disconnected");
}

TEST(Pool, EndsARunOverItsTimeLimit) {
  const auto all = outcomes(4, {.jobs = 2, .timeout = milliseconds(300)}, [](std::uint64_t run) {
    if (run == 1) ::sleep(600);
    return result_of(run);
  });
  EXPECT_EQ(all.at(1).status, RunStatus::kTimedOut);
  EXPECT_THAT(all.at(1).result.failure, HasSubstr("300 ms"));
  for (const std::uint64_t run : {0u, 2u, 3u}) EXPECT_EQ(all.at(run).status, RunStatus::kDone);
}

TEST(Pool, StopsAtAnInterrupt) {
  const pid_t parent = ::getpid();
  const auto all = outcomes(1000, {.jobs = 2, .timeout = {}}, [parent](std::uint64_t run) {
    if (run == 5) ::kill(parent, SIGINT);
    ::usleep(10'000);
    return result_of(run);
  });
  EXPECT_LT(all.size(), 1000u);
  for (const auto& [run, outcome] : all) EXPECT_EQ(outcome.status, RunStatus::kDone);
}

TEST(Interrupt, IsForgottenWithItsGuard) {
  {
    const InterruptGuard guard;
    ::raise(SIGINT);  // pending: looked at only in ppoll, or at the end
  }
  const InterruptGuard guard;
  EXPECT_FALSE(guard.interrupted());
}

}  // namespace
}  // namespace hearsay::campaign
