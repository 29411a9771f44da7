#pragma once

// The figure of a campaign: share of the nodes reached over the time since publication, one line for each
// point (and item class), with a band over the replications.
//
// For each share, the line is the mean over the replications of the time until that share was reached, the
// band its 95 % interval (fewer than three replications: from the least to the greatest). The line is solid
// up to the last share that every replication reached and dotted on to the last that half of them reached;
// beyond that a mean of the few that got there would mislead, so nothing is drawn.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "analysis/csv.hpp"

namespace hearsay::analysis {

struct ReachPoint {
  double share = 0;
  double time_s = 0;  ///< mean over the replications that got there
  double low_s = 0;
  double high_s = 0;
  bool by_all = true;  ///< every replication got there
};

struct ReachLine {
  std::uint32_t point = 0;  ///< of the sweep
  std::string item_class;   ///< empty: all items
  std::size_t replications = 0;
  std::vector<ReachPoint> points;  ///< by share
};

/// The lines of reach.csv (point,replication,class,share,time_s), by point and class. O(rows log rows).
std::vector<ReachLine> reach_lines(const CsvTable& reach);

struct ReachFigure {
  std::string title;
  std::string legend_title;  ///< the axes, if the labels do not name them
  std::function<std::string(std::uint32_t point)> point_label;
  std::vector<ReachLine> lines;
};

/// More lines than this cannot be told apart; a figure shows so many, evenly spaced over the points.
inline constexpr std::size_t kMaxReachLines = 8;

/// Writes DIR/reach.svg and DIR/reach.png. Throws std::runtime_error (see run_gnuplot).
void draw_reach_figure(const ReachFigure& figure, const std::filesystem::path& directory);

}  // namespace hearsay::analysis
