#include "sim/execution/pool.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace hearsay::execution::execution_pool_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct Outcome {
  results::RunStatus status;
  metrics::RunResult result;
};

metrics::RunResult result_of(std::uint64_t run) {
  metrics::RunResult result;
  result.digest = run * 7;
  return result;
}

std::map<std::uint64_t, Outcome> outcomes(std::uint64_t runs, const PoolOptions& options, const RunFunction& run) {
  std::map<std::uint64_t, Outcome> outcomes;
  std::uint64_t next = 0;
  const Work work{.next = [&] { return next < runs ? std::optional(next++) : std::nullopt; },
                  .done = [&] { return outcomes.size() == runs; },
                  .finished =
                      [&](std::uint64_t number, results::RunStatus status, metrics::RunResult&& result) {
                        EXPECT_TRUE(outcomes.emplace(number, Outcome{status, std::move(result)}).second);
                      },
                  .idle = [] {}};
  const InterruptGuard guard;
  run_in_pool(options, run, work, guard);
  return outcomes;
}

TEST(Pool, CarriesOutEveryRunOnceWhateverTheNumberOfWorkers) {
  for (const unsigned jobs : {1u, 2u, 7u, 100u}) {
    const auto all = outcomes(50, {.jobs = jobs}, result_of);
    ASSERT_EQ(all.size(), 50u);
    for (const auto& [run, outcome] : all) {
      EXPECT_EQ(outcome.status, results::RunStatus::kDone);
      EXPECT_EQ(outcome.result.digest, run * 7);
    }
  }
}

TEST(Pool, HasNothingToDoWithoutRuns) { EXPECT_THAT(outcomes(0, {}, result_of), IsEmpty()); }

TEST(Pool, CarriesLargeResults) {
  const auto all = outcomes(3, {.jobs = 2}, [](std::uint64_t run) {
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
    const auto all = outcomes(10, {.jobs = jobs}, [](std::uint64_t run) {
      if (run == 4) ::raise(SIGKILL);
      if (run == 9) ::_exit(3);
      return result_of(run);
    });
    ASSERT_EQ(all.size(), 10u);
    for (const auto& [run, outcome] : all) EXPECT_EQ(outcome.status == results::RunStatus::kDone, run != 4 && run != 9);
    EXPECT_EQ(all.at(4).status, results::RunStatus::kCrashed);
    EXPECT_THAT(all.at(4).result.failure, HasSubstr("signal 9"));
    EXPECT_THAT(all.at(9).result.failure, HasSubstr("status 3"));
  }
}

/// The message under which a run is recorded that ends like this; the other runs must be unharmed.
std::string failure_of(const std::function<void()>& end) {
  const auto all = outcomes(6, {.jobs = 2}, [&](std::uint64_t run) {
    if (run == 3) end();
    return result_of(run);
  });
  EXPECT_EQ(all.size(), 6u);
  for (const auto& [run, outcome] : all) {
    EXPECT_EQ(outcome.status, run == 3 ? results::RunStatus::kCrashed : results::RunStatus::kDone) << run;
  }
  return all.at(3).result.failure;
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

TEST(Pool, NamesTheWayInWhichARunDied) {
  EXPECT_THAT(failure_of([] { std::abort(); }), AllOf(HasSubstr("signal 6"), HasSubstr("an internal check failed")));
  EXPECT_THAT(failure_of([] { std::exit(0); }), HasSubstr("ended with status 0"));
  if (kSanitized) GTEST_SKIP() << "a sanitizer answers SIGSEGV itself and does not run in little memory";
  EXPECT_THAT(failure_of([] { ::raise(SIGSEGV); }), HasSubstr("signal 11"));
  EXPECT_EQ(failure_of([] {
              const rlimit limit{256u << 20, 256u << 20};
              ASSERT_EQ(::setrlimit(RLIMIT_AS, &limit), 0);
              std::vector<std::vector<char>> hoard;
              for (;;) hoard.emplace_back(16u << 20, 'x');
            }),
            "out of memory");
}

TEST(Pool, ForksOncePerWorkerAndLeavesNoneBehind) {
  std::set<std::uint64_t> workers;
  std::uint64_t next = 0, finished = 0;
  const Work work{.next = [&] { return next < 40 ? std::optional(next++) : std::nullopt; },
                  .done = [&] { return finished == 40; },
                  .finished =
                      [&](std::uint64_t, results::RunStatus, metrics::RunResult&& result) {
                        workers.insert(result.digest);
                        ++finished;
                      },
                  .idle = [] {}};
  const InterruptGuard guard;
  run_in_pool(
      {.jobs = 3},
      [](std::uint64_t) {
        metrics::RunResult result;
        result.digest = static_cast<std::uint64_t>(::getpid());
        return result;
      },
      work, guard);
  EXPECT_LE(workers.size(), 3u);
  for (const std::uint64_t worker : workers) {
    EXPECT_EQ(::kill(static_cast<pid_t>(worker), 0), -1) << "alive, or a zombie";
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Pool, DoesNotWaitForRunsThatNobodyWants) {
  // Run 0 would take minutes, but the work is done when run 1 is.
  bool done = false;
  std::uint64_t next = 0;
  const Work work{.next = [&] { return next < 2 ? std::optional(next++) : std::nullopt; },
                  .done = [&] { return done; },
                  .finished = [&](std::uint64_t run, results::RunStatus, metrics::RunResult&&) { done = run == 1; },
                  .idle = [] {}};
  const InterruptGuard guard;
  run_in_pool(
      {.jobs = 2},
      [](std::uint64_t run) {
        if (run == 0) ::sleep(600);
        return result_of(run);
      },
      work, guard);
  EXPECT_TRUE(done);
}

TEST(Pool, ReportsAnExceptionInARun) {
  const auto all = outcomes(3, {.jobs = 1}, [](std::uint64_t run) {
    if (run == 1) throw std::runtime_error("no such luck");
    return result_of(run);
  });
  EXPECT_EQ(all.at(1).status, results::RunStatus::kCrashed);
  EXPECT_EQ(all.at(1).result.failure, "no such luck");
  EXPECT_EQ(all.at(2).status, results::RunStatus::kDone);
}

TEST(Pool, TellsARefusedRunFromACrash) {
  const auto all = outcomes(1, {}, [](std::uint64_t) {
    metrics::RunResult result;
    result.failed = true;
    result.failure = "disconnected";
    return result;
  });
  EXPECT_EQ(all.at(0).status, results::RunStatus::kRefused);
  EXPECT_EQ(all.at(0).result.failure, "disconnected");
}

TEST(Pool, EndsARunOverItsTimeLimit) {
  const auto all = outcomes(4, {.jobs = 2, .timeout = milliseconds(300)}, [](std::uint64_t run) {
    if (run == 1) ::sleep(600);
    return result_of(run);
  });
  EXPECT_EQ(all.at(1).status, results::RunStatus::kTimedOut);
  EXPECT_THAT(all.at(1).result.failure, HasSubstr("300 ms"));
  for (const std::uint64_t run : {0u, 2u, 3u}) EXPECT_EQ(all.at(run).status, results::RunStatus::kDone);
}

/// Stops processes for a while (SIGSTOP), from a process of its own.
void stop_for(const std::vector<pid_t>& processes, unsigned us) {
  if (::fork() != 0) return;
  for (const pid_t process : processes) ::kill(process, SIGSTOP);
  ::usleep(us);
  for (const pid_t process : processes) ::kill(process, SIGCONT);
  ::_exit(0);
}

// Stopped for 1.2 s, by somebody who means the worker or the whole campaign, a run of 0.1 s is not over its 0.8 s.
TEST(Pool, DoesNotCountTheTimeInWhichARunWasStopped) {
  const pid_t parent = ::getpid();
  const auto all = outcomes(2, {.jobs = 1, .timeout = milliseconds(800)}, [parent](std::uint64_t run) {
    stop_for(run == 0 ? std::vector{::getpid()} : std::vector{parent, ::getpid()}, 1'200'000);
    for (int i = 0; i < 10; ++i) ::usleep(10'000);  // a signal cuts one short
    return result_of(run);
  });
  for (const auto& [run, outcome] : all) EXPECT_EQ(outcome.status, results::RunStatus::kDone) << run;
}

TEST(Pool, StopsAtAnInterrupt) {
  const pid_t parent = ::getpid();
  const auto all = outcomes(1000, {.jobs = 2}, [parent](std::uint64_t run) {
    if (run == 5) ::kill(parent, SIGINT);
    ::usleep(10'000);
    return result_of(run);
  });
  EXPECT_LT(all.size(), 1000u);
  for (const auto& [run, outcome] : all) EXPECT_EQ(outcome.status, results::RunStatus::kDone);
}

TEST(Interrupt, IsForgottenWithItsGuard) {
  {
    const InterruptGuard guard;
    EXPECT_FALSE(guard.interrupted());
    ::raise(SIGINT);  // pending: let through only in ppoll, or at the end
    EXPECT_TRUE(guard.interrupted());
  }
  const InterruptGuard guard;
  EXPECT_FALSE(guard.interrupted());
}

}  // namespace
}  // namespace hearsay::execution::execution_pool_test
