#include "sim/campaign/schedule.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace hearsay::campaign::campaign_schedule_test {
namespace {

using analysis::StopReason;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t kAhead = 8;

/// Stops once the values add up to `sum`, or at the last replication.
StoppingRule sum_rule(double sum, std::uint32_t at_least, std::uint32_t at_most) {
  return {.metric = "m", .source = {}, .at_least = at_least, .decide = [=](std::span<const RuleValue> prefix) {
            double total = 0;
            for (const RuleValue& value : prefix) total += value.value.value_or(0);
            if (total >= sum) return std::optional(StopReason::kPrecision);
            return prefix.size() >= at_most ? std::optional(StopReason::kAtMost) : std::nullopt;
          }};
}

std::vector<std::uint64_t> all_next(Schedule& schedule) {
  std::vector<std::uint64_t> runs;
  while (const auto run = schedule.next()) runs.push_back(*run);
  return runs;
}

TEST(CampaignSchedule, WithoutARuleIsThePlan) {
  Schedule schedule({.points = 2, .replications = 3}, {}, kAhead);
  EXPECT_EQ(schedule.extent().total, 6u);
  EXPECT_THAT(all_next(schedule), ElementsAre(0, 1, 2, 3, 4, 5));
  for (const std::uint64_t run : {5u, 0u, 3u, 2u, 1u}) {
    schedule.finished(run, {});
    EXPECT_EQ(schedule.counts(run), Counts::kYes);
    EXPECT_FALSE(schedule.done());
  }
  schedule.finished(4, {});
  EXPECT_TRUE(schedule.done());
  EXPECT_EQ(schedule.extent().finished, 6u);
  EXPECT_FALSE(schedule.point(1).reason);
}

TEST(CampaignSchedule, WithoutRunsIsDone) {
  Schedule schedule({.points = 0, .replications = 3}, {}, 1);
  EXPECT_TRUE(schedule.done());
  EXPECT_FALSE(schedule.next());
}

TEST(CampaignSchedule, LeavesOutWhatAStoreHas) {
  Schedule schedule({.points = 2, .replications = 3}, {}, kAhead);
  for (const std::uint64_t run : {1u, 0u, 5u}) schedule.finished(run, {});
  EXPECT_EQ(schedule.extent().finished, 3u);
  EXPECT_THAT(all_next(schedule), ElementsAre(2, 3, 4));
}

TEST(CampaignSchedule, StartsOtherPointsBeforeItGuesses) {
  Schedule schedule({.points = 2, .replications = 10}, sum_rule(100, 2, 10), kAhead);
  // Two of each point are sure to count. Then guesses, the least far ahead first.
  for (const std::uint64_t run : {0u, 1u, 10u, 11u, 2u, 12u, 3u, 13u}) EXPECT_EQ(schedule.next(), run);
  // Now the rule has seen replications 0 and 1 of point 1 and asks for the next, which is started already. As is the
  // one after it, so that the next guess is nearer there.
  schedule.finished(10, {1.0});
  schedule.finished(11, {1.0});
  EXPECT_EQ(schedule.counts(12), Counts::kYes);
  EXPECT_EQ(schedule.counts(13), Counts::kNotYetKnown);
  EXPECT_EQ(schedule.next(), 14u);
  // What the rule asks for, and nobody has started, comes before all guesses.
  schedule.finished(12, {1.0});
  schedule.finished(13, {1.0});
  schedule.finished(14, {1.0});
  EXPECT_EQ(schedule.next(), 15u);
}

TEST(CampaignSchedule, GuessesNoFurtherAheadThanItMay) {
  Schedule schedule({.points = 1, .replications = 100}, sum_rule(1e9, 3, 100), 5);
  EXPECT_THAT(all_next(schedule), ElementsAre(0, 1, 2, 3, 4));
  schedule.finished(1, {1.0});
  EXPECT_THAT(all_next(schedule), IsEmpty()) << "replication 0 is still missing";
  schedule.finished(0, {1.0});
  EXPECT_THAT(all_next(schedule), ElementsAre(5, 6));
}

TEST(CampaignSchedule, EndsAPointAtTheFirstPrefixThatTheRuleAccepts) {
  Schedule schedule({.points = 1, .replications = 10}, sum_rule(3, 2, 10), kAhead);
  EXPECT_EQ(all_next(schedule).size(), 8u);
  EXPECT_TRUE(schedule.extent().at_most);
  for (const std::uint64_t run : {5u, 4u, 3u, 2u, 1u}) schedule.finished(run, {1.0});
  EXPECT_EQ(schedule.extent().finished, 1u) << "of what has finished only replication 1 is sure to count";
  EXPECT_FALSE(schedule.done());
  schedule.finished(0, {1.0});
  EXPECT_TRUE(schedule.done());
  const PointState point = schedule.point(0);
  EXPECT_EQ(point.replications, 3u);
  EXPECT_EQ(point.reason, StopReason::kPrecision);
  EXPECT_TRUE(point.complete);
  EXPECT_EQ(schedule.counts(2), Counts::kYes);
  EXPECT_EQ(schedule.counts(3), Counts::kNo);
  EXPECT_EQ(schedule.extent().total, 3u);
  EXPECT_EQ(schedule.extent().finished, 3u);
  schedule.finished(6, {1.0});
  EXPECT_EQ(schedule.extent().finished, 3u) << "late guesses change nothing";
}

TEST(CampaignSchedule, CountsAFailedRunAsOneWithoutAValue) {
  Schedule schedule({.points = 1, .replications = 4}, sum_rule(2, 1, 4), kAhead);
  all_next(schedule);
  schedule.finished(0, {});
  schedule.finished(1, {1.0});
  schedule.finished(2, {1.0});
  EXPECT_EQ(schedule.point(0).replications, 3u);
  EXPECT_EQ(schedule.point(0).reason, StopReason::kPrecision);
}

TEST(CampaignSchedule, GivesUpAtTheLastReplication) {
  Schedule schedule({.points = 1, .replications = 4}, sum_rule(100, 1, 4), kAhead);
  all_next(schedule);
  for (const std::uint64_t run : {3u, 2u, 1u, 0u}) schedule.finished(run, {1.0});
  EXPECT_EQ(schedule.point(0).replications, 4u);
  EXPECT_EQ(schedule.point(0).reason, StopReason::kAtMost);
}

TEST(CampaignSchedule, TakesAnAtLeastAboveAllReplicationsAsAllOfThem) {
  Schedule schedule({.points = 1, .replications = 2}, sum_rule(0, 50, 2), kAhead);
  EXPECT_THAT(all_next(schedule), ElementsAre(0, 1));
  schedule.finished(0, {1.0});
  EXPECT_FALSE(schedule.done());
  schedule.finished(1, {1.0});
  EXPECT_TRUE(schedule.done());
}

// ---------------------------------------------------------------------- any executor gives the same

/// A campaign whose runs have fixed values; some have none.
struct Campaign {
  ScheduleSize size;
  std::uint32_t at_least = 1;
  std::vector<RuleValue> values;

  StoppingRule rule() const {
    // The running mean's distance from 0.5, which comes and goes: a later prefix may not satisfy the rule any more.
    return {.metric = "m",
            .source = {},
            .at_least = at_least,
            .decide = [most = size.replications](std::span<const RuleValue> prefix) -> std::optional<StopReason> {
              double sum = 0;
              for (const RuleValue& value : prefix) sum += value.value.value_or(0.5);
              if (std::abs(sum / static_cast<double>(prefix.size()) - 0.5) < 0.02) return StopReason::kPrecision;
              return prefix.size() >= most ? std::optional(StopReason::kAtMost) : std::nullopt;
            }};
  }
};

Campaign random_campaign(std::mt19937& random) {
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  Campaign campaign;
  campaign.size = {.points = 1 + below(6), .replications = 1 + below(30)};
  campaign.at_least = 1 + below(campaign.size.replications + 3);
  for (std::uint64_t run = 0; run < std::uint64_t{campaign.size.points} * campaign.size.replications; ++run) {
    campaign.values.push_back(below(10) == 0 ? RuleValue() : RuleValue{static_cast<double>(below(1000)) / 999.0});
  }
  return campaign;
}

/// What one worker, point by point, would do: written down without a schedule.
std::vector<std::pair<std::uint32_t, StopReason>> sequential(const Campaign& campaign) {
  std::vector<std::pair<std::uint32_t, StopReason>> ends;
  for (std::uint32_t point = 0; point < campaign.size.points; ++point) {
    const std::span<const RuleValue> all(campaign.values);
    const auto values = all.subspan(std::size_t{point} * campaign.size.replications, campaign.size.replications);
    for (std::uint32_t n = std::min(campaign.at_least, campaign.size.replications);; ++n) {
      if (const auto reason = campaign.rule().decide(values.first(n))) {
        ends.emplace_back(n, *reason);
        break;
      }
    }
  }
  return ends;
}

TEST(CampaignSchedule, AcceptsTheSameRunsForAnyOrderNumberOfWorkersAndStore) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 2000; ++trial) {
    const Campaign campaign = random_campaign(random);
    const auto expected = sequential(campaign);
    const unsigned workers = 1 + random() % 9;
    Schedule schedule(campaign.size, campaign.rule(), 4 * workers);

    // A store of an interrupted campaign, perhaps one with other workers or a wider rule: any set of runs.
    std::vector<bool> known(campaign.values.size());
    const unsigned stored_of_ten = random() % 3 * 4;
    for (std::size_t run = 0; run < known.size(); ++run) {
      known[run] = random() % 10 < stored_of_ten;
    }
    std::vector<std::uint64_t> stored;
    for (std::size_t run = 0; run < known.size(); ++run) {
      if (known[run]) stored.push_back(run);
    }
    std::shuffle(stored.begin(), stored.end(), random);
    for (const std::uint64_t run : stored) schedule.finished(run, campaign.values[run]);

    std::vector<std::uint64_t> in_flight;
    std::uint64_t wasted = 0;
    while (!schedule.done()) {
      while (in_flight.size() < workers) {
        const auto run = schedule.next();
        if (!run) break;
        ASSERT_FALSE(known[*run]) << "started twice";
        ASSERT_NE(schedule.counts(*run), Counts::kNo);
        known[*run] = true;
        in_flight.push_back(*run);
      }
      ASSERT_FALSE(in_flight.empty()) << "nothing runs and nothing is to be started";
      const std::size_t at = random() % in_flight.size();
      const std::uint64_t run = in_flight[at];
      in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(at));
      schedule.finished(run, campaign.values[run]);
      wasted += schedule.counts(run) == Counts::kNo ? 1 : 0;
    }

    std::uint64_t counted = 0;
    for (std::uint32_t point = 0; point < campaign.size.points; ++point) {
      const PointState state = schedule.point(point);
      ASSERT_TRUE(state.complete);
      ASSERT_EQ(state.replications, expected[point].first) << trial << " " << point;
      ASSERT_EQ(state.reason, expected[point].second);
      counted += state.replications;
      for (std::uint32_t r = 0; r < campaign.size.replications; ++r) {
        ASSERT_EQ(schedule.counts(schedule.run_of(point, r)), r < state.replications ? Counts::kYes : Counts::kNo);
        ASSERT_TRUE(known[schedule.run_of(point, r)] || r >= state.replications);
      }
    }
    ASSERT_EQ(schedule.extent().finished, counted);
    ASSERT_EQ(schedule.extent().total, counted);
    ASSERT_TRUE(wasted == 0 || workers > 1) << "one worker never guesses";
  }
}

// A guess is made only when no other point has a run that is sure to count: with as many points as workers, each
// waits for its own run at worst, until points run out.
TEST(CampaignSchedule, WastesNothingWhileThereAreMorePointsThanWorkers) {
  Schedule schedule({.points = 50, .replications = 100}, sum_rule(7, 3, 100), kAhead);
  std::mt19937 random(3);
  std::vector<std::uint64_t> in_flight;
  std::uint32_t ended = 0;
  while (ended < 50 - 4) {
    while (in_flight.size() < 4) in_flight.push_back(*schedule.next());
    const std::size_t at = random() % in_flight.size();
    const std::uint64_t run = in_flight[at];
    in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(at));
    schedule.finished(run, {1.0});
    EXPECT_EQ(schedule.counts(run), Counts::kYes);
    ended = 0;
    for (std::uint32_t point = 0; point < 50; ++point) ended += schedule.point(point).complete ? 1 : 0;
  }
}

}  // namespace
}  // namespace hearsay::campaign::campaign_schedule_test
