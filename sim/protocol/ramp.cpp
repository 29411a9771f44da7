#include "sim/protocol/ramp.hpp"

#include <algorithm>

#include "sim/core/units.hpp"

namespace hearsay::protocol {

double Ramp::at(SimTime t) const {
  if (t >= stop) return to;
  if (t <= start) return from;
  const double done = static_cast<double>((t - start).ns) / static_cast<double>((stop - start).ns);
  const double value = from + (to - from) * done;
  return from < to ? std::clamp(value, from, to) : std::clamp(value, to, from);
}

std::optional<SimTime> Ramp::next_crossing(double level, SimTime now) const {
  const bool before = level < at(now);
  if (before == (level < to)) return std::nullopt;
  // It changes between an instant at which it has not and `stop`, at which it has.
  std::int64_t not_yet = std::max(now, start).ns, done = stop.ns;
  while (done - not_yet > 1) {
    const std::int64_t middle = not_yet + (done - not_yet) / 2;
    ((level < at(SimTime{middle})) == before ? not_yet : done) = middle;
  }
  return SimTime{done};
}

std::string complaint_about(const Ramp& ramp, SimTime end_of_run) {
  if (ramp.is_always(ramp.from) && ramp.is_constant()) return {};
  const std::string start = format_duration(ramp.start - SimTime{}), stop = format_duration(ramp.stop - SimTime{});
  const std::string end = format_duration(end_of_run - SimTime{});
  if (ramp.stop <= ramp.start)
    return "the ramp stops at " + stop + ", not after its start at " + start + "; write a later `stop`";
  if (ramp.stop > end_of_run)
    return "the ramp stops at " + stop + ", after the end of the run at " + end + "; write a `stop` of at most that";
  if (ramp.from == ramp.to) return "`from` and `to` are the same; write that number alone";
  return {};
}

}  // namespace hearsay::protocol
