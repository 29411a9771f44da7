#include "sim/campaign/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/document/diagnostics.hpp"

namespace hearsay::campaign {
namespace {

void check_within(const char* option, std::uint32_t value, std::size_t count) {
  if (value < count) return;
  throw document::InputError(
      fmt::format("{} {}: the scenario has {} of them, numbered from 0 to {}", option, value, count, count - 1));
}

}  // namespace

Plan::Plan(const scenario::Scenario& scenario, const results::Selection& selection)
    : points_(static_cast<std::uint32_t>(scenario.points.size())), replications_(scenario.replications) {
  if (selection.point) {
    check_within("--point", *selection.point, scenario.points.size());
    first_point_ = *selection.point;
    points_ = 1;
  }
  if (selection.replication) {
    check_within("--replication", *selection.replication, scenario.replications);
    first_replication_ = *selection.replication;
    replications_ = 1;
  }
}

results::RunKey Plan::at(std::uint64_t run) const {
  return {first_point_ + static_cast<std::uint32_t>(run / replications_),
          first_replication_ + static_cast<std::uint32_t>(run % replications_)};
}

std::optional<std::uint64_t> Plan::find(const results::RunKey& run) const {
  if (run.point < first_point_ || run.point - first_point_ >= points_) return std::nullopt;
  if (run.replication < first_replication_ || run.replication - first_replication_ >= replications_) {
    return std::nullopt;
  }
  return std::uint64_t{run.point - first_point_} * replications_ + (run.replication - first_replication_);
}

Schedule::Schedule(ScheduleSize size, std::optional<StoppingRule> rule, std::uint32_t ahead)
    : size_(size), rule_(std::move(rule)), sure_below_(size.replications), ahead_(ahead), points_(size.points) {
  HEARSAY_CHECK(ahead_ >= 1, "a schedule that may not look ahead could leave a worker idle for ever");
  if (rule_) sure_below_ = std::clamp<std::uint32_t>(rule_->at_least, 1, size.replications);
  open_ = size.replications == 0 ? 0 : size.points;
  total_ = std::uint64_t{size.points} * size.replications;
  for (std::uint32_t point = 0; point < size.points; ++point) {
    points_[point].last = size.replications;
    file(point);
  }
}

std::optional<std::uint64_t> Schedule::next() {
  std::uint32_t point = 0;
  if (!sure_.empty()) {
    point = *sure_.begin();
  } else if (!guesses_.empty()) {
    point = guesses_.begin()->second;
  } else {
    return std::nullopt;
  }
  unfile(point);
  const std::uint32_t replication = points_[point].first_idle++;
  file(point);
  return run_of(point, replication);
}

void Schedule::finished(std::uint64_t run, RuleValue value) {
  const auto number = static_cast<std::uint32_t>(run / size_.replications);
  const auto replication = static_cast<std::uint32_t>(run % size_.replications);
  HEARSAY_CHECK(number < size_.points, "a run finished that is not of this plan");
  Point& point = points_[number];
  if (complete(point)) return;  // a guess that proved wrong
  HEARSAY_CHECK(replication >= point.prefix && point.beyond.count(replication) == 0, "a run finished twice");

  unfile(number);
  if (replication < sure_below_) ++counted_;
  point.beyond.emplace(replication, value);
  while (!complete(point) && !point.beyond.empty() && point.beyond.begin()->first == point.prefix) {
    const RuleValue known = point.beyond.begin()->second;
    point.beyond.erase(point.beyond.begin());
    advance(point, known);
  }
  if (complete(point)) {
    --open_;
    total_ -= size_.replications - point.last;
    point.beyond.clear();
    point.values = {};
  }
  file(number);
}

void Schedule::advance(Point& point, RuleValue value) {
  // The rule went on after those before it, so that this one counts.
  if (point.prefix >= sure_below_) ++counted_;
  ++point.prefix;
  if (!rule_) return;
  point.values.push_back(value);
  if (point.prefix < sure_below_) return;
  point.reason = rule_->decide(point.values);
  if (!point.reason && point.prefix == size_.replications) point.reason = analysis::StopReason::kAtMost;
  if (point.reason) point.last = point.prefix;
}

bool Schedule::is_sure(const Point& point, std::uint32_t replication) const {
  return replication < sure_below_ || replication <= point.prefix;
}

void Schedule::file(std::uint32_t number) {
  Point& point = points_[number];
  if (complete(point)) return;
  point.first_idle = std::max(point.first_idle, point.prefix);
  while (point.beyond.count(point.first_idle) != 0) ++point.first_idle;
  if (point.first_idle >= point.last) return;
  if (is_sure(point, point.first_idle)) {
    sure_.insert(number);
  } else if (point.first_idle - point.prefix < ahead_) {
    guesses_.emplace(point.first_idle - point.prefix, number);
  }
}

void Schedule::unfile(std::uint32_t number) {
  sure_.erase(number);
  guesses_.erase({points_[number].first_idle - points_[number].prefix, number});
}

Counts Schedule::counts(std::uint64_t run) const {
  const Point& point = points_[run / size_.replications];
  const auto replication = static_cast<std::uint32_t>(run % size_.replications);
  if (replication >= point.last) return Counts::kNo;
  if (complete(point) || is_sure(point, replication)) return Counts::kYes;
  return Counts::kNotYetKnown;
}

PointState Schedule::point(std::uint32_t number) const {
  const Point& point = points_[number];
  // Those below `sure_below_` count, and the one that the rule has asked for.
  const std::uint32_t known = complete(point) ? point.last : std::max(sure_below_, point.prefix + 1);
  return {.replications = std::min(known, point.last), .reason = point.reason, .complete = complete(point)};
}

}  // namespace hearsay::campaign
