#pragma once

// Runs and points of a campaign: what identifies them for machines (keys, ids) and for people (labels, the command that
// repeats a run), and how a run ended.
//
// Ids are hashes, shown as 16 hexadecimal digits. They tell apart what differs by accident, not what somebody forges.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/metrics/result.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::results {

struct RunKey {
  std::uint32_t point = 0;
  std::uint32_t replication = 0;
  friend auto operator<=>(const RunKey&, const RunKey&) = default;
};

/// What the user picked out of all runs; nothing picked is everything.
struct Selection {
  std::optional<std::uint32_t> point;
  std::optional<std::uint32_t> replication;
  bool everything() const { return !point && !replication; }
};

enum class RunStatus : std::uint8_t {
  kDone,
  kRefused,   ///< the run itself found its input impossible (a disconnected topology)
  kCrashed,   ///< its process died, or it threw
  kTimedOut,  ///< it was over its wall-clock limit
};

struct RunRecord {
  RunKey key;
  RunStatus status = RunStatus::kDone;
  metrics::RunResult result;  ///< `failed` and `failure` are set for all but kDone
};

/// Whether another attempt may end otherwise: a process that died or took too long, not an impossible input.
constexpr bool worth_another_attempt(RunStatus status) {
  return status == RunStatus::kCrashed || status == RunStatus::kTimedOut;
}

/// The replications of one point that results are made of.
struct CountedRuns {
  std::uint32_t first = 0;
  std::uint32_t replications = 0;
  std::uint64_t end() const { return std::uint64_t{first} + replications; }
};
/// One entry per point of the scenario.
using Counted = std::vector<CountedRuns>;

/// What a point is, whatever sweep it belongs to: a digest (digest_of in sim/core) of its resolved scenario as JSON
/// with sorted keys, without name, description, run.replications, run.stop_when and run.timeout. The base seed is part
/// of it, and the content of the files that it names. Points that resolve to the same scenario have one id; the loader
/// warns of them.
std::uint64_t point_id(const scenario::Point& point);
/// Of one run: the point and the replication. Both ids are shown as 16 hexadecimal digits.
std::uint64_t run_id(std::uint64_t point_id, std::uint32_t replication);

/// Equal for two scenarios that differ in nothing but name, description, replications, stop_when and timeout.
std::string scenario_id(const scenario::Scenario& scenario);

/// A hash of the file of the running program. O(size of the program), once in a process.
const std::string& executable_id();

/// How the user called the program, as far as it decides what a run is.
struct Invocation {
  std::string file;  ///< the scenario, as named on the command line
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
};

/// The shell command that repeats exactly this run.
std::string replay_command(const Invocation& invocation, const RunKey& run);

/// How points of a sweep are named for people, in tables, CSV files and figures: the coordinates of every point, as
/// text.
class PointLabels {
 public:
  explicit PointLabels(const scenario::Scenario& scenario);

  /// Keys of the axes, in file order.
  const std::vector<std::string>& axes() const { return axes_; }
  /// As short as they stay distinct: "fanout" for "protocol.fanout".
  const std::vector<std::string>& short_axes() const { return short_axes_; }
  /// One text per axis, empty where the point lacks the axis. Two tables of one name are told apart by the keys
  /// in which they differ: "push-pull, fanout = 4".
  const std::vector<std::string>& values(std::size_t point) const { return values_[point]; }
  /// "fanout = 4, interval = 1 s"; the value alone if there is one axis; empty without a sweep.
  std::string name(std::size_t point) const;

 private:
  void tell_apart(std::size_t axis, const std::vector<std::string>& json);

  std::vector<std::string> axes_, short_axes_;
  std::vector<std::vector<std::string>> values_;
};

}  // namespace hearsay::results
