#pragma once

// Who takes which event when: one thread in the total order of events, or several in windows.
//
// In windows the nodes are divided into lanes (division.hpp). All lanes run the same window of time, each in order, in
// any order among each other and by any thread, since nothing gets from one lane to another within a window. Between
// two windows the threads meet, and one of them looks after what concerns everybody (Conductor). A window in which the
// run may end, or which is cut by the conductor's doings, is cared for:
//
//   cut      The window is run in parts; the lanes keep what is left for the next part.
//   joined   If the run may end within the window, one thread runs all lanes as one, in the total order, and looks
//            after each event whether it is over. So a run ends at the same event however many threads work on it.
//
// A window costs a meeting of the threads (about 1 us if they have cores of their own) and a look at every lane's list
// of every thread (some ns each).

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/engine/calendar.hpp"
#include "sim/engine/division.hpp"

namespace hearsay::engine {

/// One thread's part in a run.
class Worker {
 public:
  virtual ~Worker() = default;
  virtual Calendar& calendar() = 0;
  /// Dispatches the events of its calendar up to `last`, in order. With `watch` it asks after each event whether the
  /// run is over, and stops there: true.
  virtual bool drain(std::int64_t last, bool watch) = 0;
  /// The calling thread is going to run parts of a window that begins at `begin`.
  virtual void begin_window(SimTime begin, unsigned parity) = 0;
  /// The nodes it ran last may be run by another thread from now on.
  virtual void leave_lane() = 0;
  /// Of the event dispatched last.
  virtual SimTime now() const = 0;
};

/// What is done between events, by one thread while the others wait.
class Conductor {
 public:
  virtual ~Conductor() = default;
  /// The instant before whose events something is to be done; kNever: nothing any more.
  virtual SimTime next() const = 0;
  /// All events before `t` = next() have been dispatched, and none at t or later.
  virtual void act(SimTime t) = 0;
  /// Publishes to the calendars what is known beforehand of the time up to `end`.
  virtual void prepare(SimTime end) = 0;
  /// Windows: what the workers found out in begin_window() about the window before; no window runs.
  virtual void settle() = 0;
  /// Windows: all that is known of the windows so far; no window runs.
  virtual void settle_all() = 0;
  /// The run may end before `end`, if at most `due` messages arrive until then.
  virtual bool may_end(SimTime end, std::size_t due) const = 0;
};

/// Runs to `last`, or to the event after which the run is over; the time of its end.
SimTime run_in_order(Worker& worker, Conductor& conductor, SimTime last, bool watch);

/// The same with several lanes, by as many threads as there are workers, the calling one included.
SimTime run_in_windows(std::span<Worker* const> workers, const Division& division, Conductor& conductor, SimTime last,
                       bool watch);

}  // namespace hearsay::engine
