#include "sim/campaign/pilot.hpp"

#include <algorithm>

#include "sim/campaign/clock.hpp"
#include "sim/protocol/trace.hpp"

namespace hearsay::campaign {
namespace {

/// With a log a run takes its slow path; so much faster is it without.
constexpr double kWithoutLog = 0.8;

/// Leaves the run after the limit.
class Watch : public protocol::TraceSink {
 public:
  struct Over {};

  explicit Watch(std::int64_t limit_ns) : limit_ns_(limit_ns) {}

  void record(const protocol::TraceRecord& record) override {
    now_ = record.time;
    ++records_;
    if (record.event == "publish") ++published_;
    if (begin_ns_ == 0) begin_ns_ = monotonic_ns();
    // A look at the clock costs as much as an event.
    if (records_ % 256 == 0 && elapsed_ns() > limit_ns_) throw Over{};
  }

  std::int64_t elapsed_ns() const { return begin_ns_ == 0 ? 0 : static_cast<std::int64_t>(monotonic_ns() - begin_ns_); }
  SimTime now() const { return now_; }
  double records() const { return static_cast<double>(records_); }
  double published() const { return static_cast<double>(published_); }

 private:
  std::int64_t limit_ns_;
  std::uint64_t begin_ns_ = 0;
  std::uint64_t records_ = 0, published_ = 0;
  SimTime now_;
};

/// Share of the work that is done.
double progress(const protocol::RunSpec& spec, const Watch& watch) {
  const double items = workload::expected_items(spec.workloads);
  const double published = items > 0 ? std::min(1.0, watch.published() / items) : 1.0;
  const double passed = to_seconds(watch.now()) / to_seconds(spec.duration);
  if (spec.until == protocol::Until::kDuration) return (published + passed) / 2;
  // It may end at any time after the last publication: what a flood costs, of which an event makes some three records.
  const double flooded = watch.records() / (3 * protocol::estimate_events(spec));
  return published < 1 ? published : std::clamp(flooded, 0.1, 1.0);
}

}  // namespace

PilotTime time_by_pilot(const protocol::RunSpec& spec, Duration limit) {
  Watch watch(limit.ns);
  const std::uint64_t begin = monotonic_ns();
  const auto since = [begin] { return static_cast<double>(monotonic_ns() - begin) / 1e9; };
  try {
    const auto result = protocol::run(spec, {.replay = {}, .trace = &watch, .clock_ns = monotonic_ns});
    return {result.performance.setup_s + result.performance.wall_s * kWithoutLog, true};
  } catch (const Watch::Over&) {
    const double done_s = static_cast<double>(watch.elapsed_ns()) / 1e9;
    return {since() - done_s + done_s * kWithoutLog / std::max(progress(spec, watch), 1e-6), false};
  }
}

}  // namespace hearsay::campaign
