#pragma once

// Which runs a campaign consists of, which of them to start next, and which of those that finished count. Pure: it gets
// told what finished, in any order, and answers; no I/O, no clock, no executor.
//
// The plan goes point by point, replication by replication. Runs are numbered from 0 in this order, and nothing is
// stored per run.
//
// A point has `replications` runs, or, under a stopping rule, as many as the rule asks for. The rule sees the values
// of replications 0 .. n - 1 for n = at_least, at_least + 1, ..., each once all of them have finished, and the first
// n at which it says stop ends the point. So what counts is a function of the values alone: not of the order in which
// runs finish, the number of workers or what a store brought along. A replication beyond is never counted.
//
// Order of starting: the first point, in the order of the plan, with a run that is sure to count (below at_least, or
// the one that the rule has just asked for). Only when there is none are workers kept busy on a guess: with the run
// that is the fewest replications ahead of what its point knows, and never `ahead` or more. So a guess is made, and
// can be wasted, only at the end of a campaign, while points still end about in their order.
//
// next() and finished() take O(log points) beside the rule itself; memory is O(points), and under a rule one value for
// each run.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/stopping.hpp"
#include "sim/results/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

class Plan {
 public:
  /// Throws InputError if the selection names a point or a replication that does not exist.
  Plan(const scenario::Scenario& scenario, const results::Selection& selection);

  std::uint64_t size() const { return std::uint64_t{points_} * replications_; }
  results::RunKey at(std::uint64_t run) const;
  /// The number of a run; none if it is not part of the plan.
  std::optional<std::uint64_t> find(const results::RunKey& run) const;
  std::uint32_t first_point() const { return first_point_; }
  std::uint32_t first_replication() const { return first_replication_; }
  std::uint32_t points() const { return points_; }
  std::uint32_t replications() const { return replications_; }  ///< of each point

 private:
  std::uint32_t first_point_ = 0, points_ = 0;
  std::uint32_t first_replication_ = 0, replications_ = 0;
};

/// What one replication says of the rule's metric; without a value for a failed run and for one that has none.
using RuleValue = analysis::Sample;

struct StoppingRule {
  std::string metric;
  analysis::SampleSource source;  ///< of its samples
  std::uint32_t at_least = 1;     ///< replications before `decide` is asked
  /// After replications 0 .. size - 1: why to stop, or empty to continue.
  std::function<std::optional<analysis::StopReason>(std::span<const RuleValue>)> decide;
};

struct ScheduleSize {
  std::uint32_t points = 0;
  std::uint32_t replications = 0;  ///< of each point; under a rule the most it can have
};

/// Whether a run is part of the results.
enum class Counts : std::uint8_t { kYes, kNo, kNotYetKnown };

/// How far a point has come.
struct PointState {
  std::uint32_t replications = 0;              ///< that count, as far as is known: all of them once it is complete
  std::optional<analysis::StopReason> reason;  ///< why the rule ended it
  bool complete = false;                       ///< all replications that count have finished
};

/// How far a campaign has come.
struct Extent {
  std::uint64_t finished = 0;  ///< runs that are known to count and have finished
  std::uint64_t total = 0;     ///< runs that will count
  bool at_most = false;        ///< total is only the most there can be
};

class Schedule {
 public:
  /// `ahead` >= 1, see above; some times the number of workers.
  Schedule(ScheduleSize size, std::optional<StoppingRule> rule, std::uint32_t ahead);

  /// The run to start now, which counts as started from here on. Empty: none, until another one has finished.
  std::optional<std::uint64_t> next();

  /// `run` has finished, here or in an earlier campaign (then it need not have been started). Once for each.
  void finished(std::uint64_t run, RuleValue value);

  /// Every point is complete; whatever is in flight will not count.
  bool done() const { return open_ == 0; }

  Counts counts(std::uint64_t run) const;
  PointState point(std::uint32_t point) const;
  const std::optional<StoppingRule>& rule() const { return rule_; }
  std::uint32_t points() const { return size_.points; }
  std::uint64_t run_of(std::uint32_t point, std::uint32_t replication) const {
    return std::uint64_t{point} * size_.replications + replication;
  }

  Extent extent() const { return {counted_, total_, rule_.has_value() && !done()}; }

 private:
  struct Point {
    std::uint32_t first_idle = 0;                ///< all replications below were started or have finished
    std::uint32_t prefix = 0;                    ///< all replications below have finished, and the rule went on
    std::uint32_t last = 0;                      ///< how many may count
    std::optional<analysis::StopReason> reason;  ///< set once the rule has ended the point: then `last` count
    std::vector<RuleValue> values;               ///< of the prefix, under a rule
    std::map<std::uint32_t, RuleValue> beyond;   ///< finished, above the prefix
  };

  bool complete(const Point& point) const { return point.prefix == point.last; }
  bool is_sure(const Point& point, std::uint32_t replication) const;
  void advance(Point& point, RuleValue value);
  /// Puts the point where next() looks for it.
  void file(std::uint32_t point);
  void unfile(std::uint32_t point);

  ScheduleSize size_;
  std::optional<StoppingRule> rule_;
  std::uint32_t sure_below_ = 0;  ///< replications that count whatever the rule says
  std::uint32_t ahead_ = 0;
  std::vector<Point> points_;
  std::set<std::uint32_t> sure_;                               ///< points with a run that is sure to count
  std::set<std::pair<std::uint32_t, std::uint32_t>> guesses_;  ///< (replications ahead, point)
  std::uint64_t open_ = 0;                                     ///< points that are not complete
  std::uint64_t counted_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace hearsay::campaign
