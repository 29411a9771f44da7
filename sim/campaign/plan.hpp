#pragma once

// Which runs a campaign consists of, in which order: point by point, replication by replication. Pure; no
// executor changes it. Runs are numbered from 0 within the plan, and nothing is stored per run.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

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

class Plan {
 public:
  /// Throws InputError if the selection names a point or a replication that does not exist.
  Plan(const scenario::Scenario& scenario, const Selection& selection);

  std::uint64_t size() const { return std::uint64_t{points_} * replications_; }
  RunKey at(std::uint64_t run) const;
  /// The number of a run; none if it is not part of the plan.
  std::optional<std::uint64_t> find(const RunKey& run) const;
  std::uint32_t first_point() const { return first_point_; }
  std::uint32_t first_replication() const { return first_replication_; }
  std::uint32_t points() const { return points_; }
  std::uint32_t replications() const { return replications_; }  ///< of each point

 private:
  std::uint32_t first_point_ = 0, points_ = 0;
  std::uint32_t first_replication_ = 0, replications_ = 0;
};

/// What a point is, whatever sweep it belongs to: a digest (digest_of in sim/core) of its resolved scenario as JSON
/// with sorted keys, without name, description, run.replications and run.stop_when. The base seed is part of it, and
/// the content of the files that it names. Points that resolve to the same scenario have one id; the loader warns of
/// them.
std::uint64_t point_id(const scenario::Point& point);
/// Of one run: the point and the replication. Both ids are shown as 16 hexadecimal digits.
std::uint64_t run_id(std::uint64_t point_id, std::uint32_t replication);

/// How the user called the program, as far as it decides what a run is.
struct Invocation {
  std::string file;  ///< the scenario, as named on the command line
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
};

/// The shell command that repeats exactly this run.
std::string replay_command(const Invocation& invocation, const RunKey& run);

}  // namespace hearsay::campaign
