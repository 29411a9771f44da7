#pragma once

// How far a campaign is, on standard error: one line that is drawn again on a terminal, else a plain line every
// few seconds, or nothing.

#include <chrono>
#include <cstdint>
#include <string>

#include "sim/campaign/schedule.hpp"
#include "sim/results/run.hpp"

namespace hearsay::campaign {

class Progress {
 public:
  enum class Style : std::uint8_t { kNone, kLines, kBar };

  /// kBar on a terminal, kLines elsewhere.
  static Style style_for_stderr();

  /// `done_before`: what an earlier campaign has left.
  Progress(Style style, const Extent& done_before, const results::PointLabels& labels);

  void started(const results::RunKey& run) { current_ = run; }
  void finished(const Extent& now, bool failed);
  /// Draws if it is time to.
  void show();
  /// Clears the bar, so that a message can be printed.
  void clear();
  void done() { clear(); }

 private:
  using Clock = std::chrono::steady_clock;

  void draw();
  std::string status() const;
  std::string bar() const;

  Style style_;
  const results::PointLabels& labels_;
  results::RunKey current_;
  Extent extent_;
  std::uint64_t finished_here_ = 0;
  std::uint64_t failed_ = 0;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point drawn_ = begin_;
  bool on_screen_ = false;
};

}  // namespace hearsay::campaign
