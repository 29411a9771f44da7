#pragma once

// What the runs of a campaign say together, gathered while they are read once, one after another in the order of the
// plan. Memory grows with the points and the failed runs, not with the runs.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/stopping.hpp"
#include "analysis/summary.hpp"
#include "sim/results/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::results {

/// What the statistics of a metric are made of; a metric that the catalogue lacks is a mean.
analysis::SampleSource sample_source(const std::string& metric);

struct PointSummary {
  std::uint32_t point = 0;
  std::size_t runs = 0;                                            ///< that ended
  std::size_t failed = 0;                                          ///< of these
  std::vector<std::pair<std::string, analysis::Summary>> metrics;  ///< over the runs that did not fail
  /// nullptr if no run has this metric.
  const analysis::Summary* find(std::string_view metric) const;
};

/// Summarises one point after another. The values of one point are in memory at a time.
class PointSummaries {
 public:
  using Sink = std::function<void(const PointSummary&)>;
  /// `sink` gets every point that has a run, when its last one has come.
  explicit PointSummaries(Sink sink) : sink_(std::move(sink)) {}

  void add(const RunRecord& run);
  /// No run will follow.
  void finish();

 private:
  Sink sink_;
  PointSummary current_;
  std::vector<std::string> names_;
  std::map<std::string, std::vector<analysis::Sample>> samples_;  ///< by metric, in the order of the runs
  std::map<std::string, analysis::SampleSource> sources_;         ///< of all metrics that were seen
};

struct FailedRun {
  RunKey key;
  RunStatus status = RunStatus::kCrashed;
  std::string failure;
};

/// A point that a stopping rule has ended.
struct EndedPoint {
  std::uint32_t replications = 0;  ///< that count
  analysis::StopReason reason = analysis::StopReason::kPrecision;
};

/// How carrying out a campaign went.
struct CampaignResult {
  std::uint64_t planned = 0;   ///< under a stopping rule, and not complete: the most there could be
  std::uint64_t finished = 0;  ///< of the planned ones, earlier calls included
  bool interrupted = false;    ///< by the user
  std::string stopped;         ///< why no more runs could be started; empty if they could
  bool by_rule = false;        ///< a stopping rule ends the points
  /// Under a stopping rule, by point: why it has ended. Points that have not ended are left out.
  std::map<std::uint32_t, EndedPoint> ended;

  bool complete() const { return finished == planned; }
  /// 0; 2 if a run found its input impossible; 1 if the environment failed a run or the whole.
  int exit_code(const std::vector<FailedRun>& failed) const;
};

class Overview {
 public:
  explicit Overview(const scenario::Scenario& scenario) : scenario_(scenario) {}

  void add(const RunRecord& run);

  std::uint64_t runs() const { return runs_; }
  std::uint64_t points() const { return points_; }
  const std::vector<FailedRun>& failed() const { return failed_; }
  /// What is worth a warning: what did nothing in any run of a point. That is a fault that touched nothing, workloads
  /// that published nothing, a protocol that delivered nothing of what its nodes received.
  std::vector<document::Diagnostic> warnings() const;

 private:
  struct Fault {
    std::string kind;
    bool touched = false;
  };
  using Idle = std::map<std::pair<std::size_t, std::string>, std::vector<std::uint32_t>>;  // by fault and kind: points

  /// Of one point: whether publications were counted in any run, and what there was in one.
  struct Done {
    bool counted = false, published = false, measured = false;
    bool received = false;   ///< at another node than the item's publisher
    bool delivered = false;  ///< likewise
    void add(const metrics::RunResult& result);
  };

  /// By key and message: the points.
  using Unused = std::map<std::pair<std::string, std::string>, std::vector<std::uint32_t>>;

  void leave_point(Idle& idle, Unused& unused) const;
  std::string where(const std::vector<std::uint32_t>& points) const;

  const scenario::Scenario& scenario_;
  std::uint64_t runs_ = 0, points_ = 0;
  std::uint32_t point_ = 0;
  std::vector<Fault> faults_;  ///< of the current point
  Idle idle_;                  ///< of those before
  Unused unused_;
  Done done_;
  std::vector<FailedRun> failed_;
};

}  // namespace hearsay::results
