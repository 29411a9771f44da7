#include "analysis/reach_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <stdexcept>

#include "analysis/gnuplot.hpp"

namespace hearsay::analysis {
namespace {

/// Okabe and Ito (2008): told apart under every common colour blindness; yellow, too pale on white, is grey here.
constexpr std::array<std::string_view, kMaxReachLines> kPalette = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                                   "#E69F00", "#56B4E9", "#000000", "#7F7F7F"};

/// From this ratio of the latest to the earliest time on, the axis is logarithmic.
constexpr double kLogFrom = 100;

constexpr int kWidth = 900;                 // pixels of the SVG
constexpr double kLeft = 0.098;             // left edge of the plot
constexpr std::size_t kLongestBeside = 24;  // characters of a label that still stands beside the plot

/// One line per class where that still can be read, else one per point over all items.
std::vector<ReachLine> choose_lines(const std::vector<ReachLine>& all) {
  std::vector<ReachLine> chosen, by_class;
  for (const ReachLine& line : all) {
    if (line.points.empty()) continue;
    (line.item_class.empty() ? chosen : by_class).push_back(line);
  }
  if (chosen.empty() || (by_class.size() > 1 && by_class.size() <= kMaxReachLines)) chosen = by_class;
  if (chosen.size() <= kMaxReachLines) return chosen;
  std::vector<ReachLine> spaced;
  for (std::size_t i = 0; i < kMaxReachLines; ++i) {
    spaced.push_back(chosen[i * (chosen.size() - 1) / (kMaxReachLines - 1)]);
  }
  return spaced;
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  bool logarithmic() const { return high > 0 && low < high && high / low > kLogFrom; }
};

/// Of the positive times; bands included.
Range time_range(const std::vector<ReachLine>& lines) {
  Range range;
  for (const ReachLine& line : lines) {
    for (const ReachPoint& point : line.points) {
      if (point.time_s > 0) range.low = std::min(range.low, point.time_s);
      range.high = std::max(range.high, point.high_s);
    }
  }
  return range;
}

class Script {
 public:
  Script(const ReachFigure& figure, std::vector<ReachLine> lines, std::size_t left_out)
      : figure_(figure), lines_(std::move(lines)), left_out_(left_out), range_(time_range(lines_)) {}

  std::string text(const std::filesystem::path& svg, const std::filesystem::path& png) {
    place_legend();
    for (std::size_t i = 0; i < lines_.size(); ++i) data(i);
    settings();
    axis();
    add("set terminal svg noenhanced size {},{} font 'DejaVu Sans,13' linewidth 1.5 background '#ffffff'\n", kWidth,
        height_);
    add("set output {}\n", gnuplot_quoted(svg.string()));
    plot();
    // Sharp in print at 16 cm.
    add("set terminal pngcairo noenhanced size {},{} font 'DejaVu Sans,13' fontscale 2.1 linewidth 3.1\n",
        kWidth * 21 / 10, height_ * 21 / 10);
    add("set output {}\n", gnuplot_quoted(png.string()));
    plot();
    add("unset output\n");
    return std::move(out_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  /// On a logarithmic axis a band that reaches down to 0 ends at the left edge.
  double inside(double time) const { return range_.logarithmic() ? std::max(time, left_edge()) : time; }
  double left_edge() const { return range_.logarithmic() ? range_.low / 1.2 : 0; }
  /// The vertical coordinate so many pixels below the top.
  double from_top(int pixels) const { return 1 - static_cast<double>(pixels) / height_; }

  void data(std::size_t i) {
    std::vector<ReachPoint> points;
    std::copy_if(lines_[i].points.begin(), lines_[i].points.end(), std::back_inserter(points),
                 [&](const ReachPoint& p) { return p.time_s > 0 || !range_.logarithmic(); });
    const auto first_dotted = std::find_if(points.begin(), points.end(), [](const auto& p) { return !p.by_all; });
    curve("all", i, {points.begin(), first_dotted});
    // Starts where the solid line ends.
    curve("half", i, {first_dotted == points.begin() ? first_dotted : std::prev(first_dotted), points.end()});
    dotted_ = dotted_ || first_dotted != points.end();

    add("$band{} << EOD\n", i);
    for (const ReachPoint& p : points) add("{} {}\n", inside(p.low_s), 100 * p.share);
    std::for_each(points.rbegin(), points.rend(), [&](const auto& p) { add("{} {}\n", p.high_s, 100 * p.share); });
    add("EOD\n");
  }

  void curve(std::string_view name, std::size_t i, std::span<const ReachPoint> points) {
    add("${}{} << EOD\n", name, i);
    for (const ReachPoint& p : points) add("{} {}\n", p.time_s, 100 * p.share);
    add("EOD\n");
  }

  std::string label(const ReachLine& line) const {
    std::string point = figure_.point_label(line.point);
    if (line.item_class.empty()) return point;
    return point.empty() ? line.item_class : point + ", " + line.item_class;
  }

  std::string subtitle() const {
    std::size_t most = 0, least = lines_.front().replications;
    for (const ReachLine& line : lines_) {
      most = std::max(most, line.replications);
      least = std::min(least, line.replications);
    }
    if (most == 1) return "one replication";
    std::string text = fmt::format("mean of {} replications; band: {}",
                                   least == most ? std::to_string(most) : fmt::format("{} to {}", least, most),
                                   least >= 3 ? "95 % interval of the mean" : "least to greatest");
    if (dotted_) text += "; dotted: not reached in all of them";
    return text;
  }

  void settings() {
    add("set encoding utf8\n");
    add("set border 3 linewidth 0.8 linecolor '#444444'\n");
    add("set tics nomirror out scale 0.6 textcolor '#222222'\n");
    add("set grid linecolor '#dddddd' linewidth 0.6 linetype 1\n");
    add("set style fill transparent solid 0.18 noborder\n");
    std::string note = subtitle();
    if (left_out_ > 0) note += fmt::format("; {} of {} lines shown", lines_.size(), lines_.size() + left_out_);
    // The second line is set apart by size alone, so that it needs no markup.
    add("set label 1 {} at graph 0, screen {} left font ',17' textcolor '#111111'\n", gnuplot_quoted(figure_.title),
        from_top(25));
    add("set label 2 {} at graph 0, screen {} left font ',11' textcolor '#666666'\n", gnuplot_quoted(note),
        from_top(53));
    add("set tmargin at screen {}\n", from_top(78));
    add("set bmargin at screen {}\n", 1 - from_top(76 + below_));
    add("set lmargin at screen {}\n", kLeft);
    key();
    add("set ylabel 'nodes reached (%)' offset 0.4,0 textcolor '#222222'\n");
    add("set yrange [0:100]\n");
    add("set ytics 20\n");
    add("set xlabel 'time since publication (s)' textcolor '#222222'\n");
  }

  /// Short labels stand to the right of the plot, long ones below it.
  void place_legend() {
    longest_ = figure_.legend_title.size();
    for (const ReachLine& line : lines_) longest_ = std::max(longest_, label(line).size());
    if (lines_.size() == 1 || longest_ <= kLongestBeside) return;
    below_ = static_cast<int>(lines_.size()) * 26 + (figure_.legend_title.empty() ? 14 : 40);
    height_ += below_;
  }

  void key() {
    double right = 0.965;
    if (lines_.size() == 1) {
      add("unset key\n");
    } else if (below_ > 0) {
      add("set key at screen {}, screen {} left top Left reverse samplen 1.6 spacing 1.25 maxcols 1\n", kLeft,
          1 - from_top(below_));
    } else {
      right = std::min(0.82, 0.90 - 0.0092 * static_cast<double>(longest_));
      add("set key at screen {}, graph 0.98 left top Left reverse samplen 1.6 spacing 1.35\n", right + 0.012);
    }
    add("set rmargin at screen {}\n", right);
    if (!figure_.legend_title.empty()) add("set key title {} left\n", gnuplot_quoted(figure_.legend_title));
  }

  void axis() {
    if (range_.logarithmic()) {
      add("set logscale x\nset format x '%g'\n");
      add("set xrange [{}:{}]\n", left_edge(), range_.high * 1.05);
    } else {
      add("set format x '%g'\n");
      add("set xrange [0:{}]\n", range_.high > 0 ? range_.high * 1.03 : 1.0);
    }
  }

  void plot() {
    std::string parts;
    const auto part = [&](const std::string& text) { parts += (parts.empty() ? "" : ", \\\n     ") + text; };
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      part(fmt::format("$band{} using 1:2 with filledcurves closed linecolor rgb '{}' notitle", i, kPalette[i]));
    }
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      part(fmt::format("$all{} using 1:2 with lines linewidth 1.8 linecolor rgb '{}' title {}", i, kPalette[i],
                       gnuplot_quoted(label(lines_[i]))));
      part(fmt::format("$half{} using 1:2 with lines linewidth 1.8 dashtype 3 linecolor rgb '{}' notitle", i,
                       kPalette[i]));
    }
    add("plot {}\n", parts);
  }

  const ReachFigure& figure_;
  std::vector<ReachLine> lines_;
  std::size_t left_out_;
  Range range_;
  bool dotted_ = false;
  std::size_t longest_ = 0;  // label of the legend, in characters
  int below_ = 0;            // height of a legend below the plot, in pixels
  int height_ = 560;
  std::string out_;
};

}  // namespace

void draw_reach_figure(const ReachFigure& figure, const std::filesystem::path& directory) {
  const std::vector<ReachLine> lines = choose_lines(figure.lines);
  if (lines.empty()) throw std::runtime_error("no item reached anybody, so there is nothing to draw");
  std::size_t candidates = 0;
  for (const ReachLine& line : figure.lines)
    candidates += !line.points.empty() && line.item_class == lines.front().item_class;
  const std::size_t left_out = candidates > lines.size() ? candidates - lines.size() : 0;

  const auto svg = directory / ".hearsay-reach.svg.tmp", png = directory / ".hearsay-reach.png.tmp";
  try {
    run_gnuplot(Script(figure, lines, left_out).text(svg, png));
  } catch (...) {
    std::filesystem::remove(svg);
    std::filesystem::remove(png);
    throw;
  }
  std::filesystem::rename(svg, directory / "reach.svg");
  std::filesystem::rename(png, directory / "reach.png");
}

}  // namespace hearsay::analysis
