#include "sim/campaign/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace hearsay::campaign {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kLineEvery{5};
constexpr std::size_t kBarWidth = 24;

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string readable_seconds(double seconds) {
  if (seconds < 99.5) return fmt::format("{:.0f} s", seconds);
  if (seconds < 99.5 * 60) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::string readable_rate(double per_s) {
  if (per_s >= 10) return fmt::format("{:.0f} runs/s", per_s);
  if (per_s >= 0.1) return fmt::format("{:.1f} runs/s", per_s);
  return fmt::format("{:.1f} runs/min", per_s * 60);
}

}  // namespace

Progress::Style Progress::style_for_stderr() { return ::isatty(STDERR_FILENO) != 0 ? Style::kBar : Style::kLines; }

Progress::Progress(Style style, const Extent& done_before, const results::PointLabels& labels)
    : style_(style), labels_(labels), extent_(done_before) {}

void Progress::finished(const Extent& now, bool failed) {
  extent_ = now;
  ++finished_here_;
  failed_ += failed ? 1 : 0;
}

void Progress::show() {
  const auto now = Clock::now();
  const bool due =
      style_ == Style::kBar ? now - drawn_ >= kRedraw : style_ == Style::kLines && now - drawn_ >= kLineEvery;
  if (!due) return;
  drawn_ = now;
  draw();
}

void Progress::clear() {
  if (on_screen_) std::fputs("\r\033[K", stderr);
  on_screen_ = false;
}

void Progress::draw() {
  if (style_ == Style::kLines) {
    fmt::print(stderr, "{}\n", status());
    return;
  }
  std::string line = bar() + " " + status();
  // A line that wraps could not be drawn over. Cutting between characters, not within one.
  std::size_t end = std::min(line.size(), terminal_columns() - 1);
  while (end < line.size() && end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
  line.resize(end);
  fmt::print(stderr, "\r{}\033[K", line);
  std::fflush(stderr);
  on_screen_ = true;
}

std::string Progress::bar() const {
  const std::size_t full =
      extent_.total == 0 ? kBarWidth : static_cast<std::size_t>(extent_.finished * kBarWidth / extent_.total);
  return "[" + std::string(full, '#') + std::string(kBarWidth - full, '.') + "]";
}

std::string Progress::status() const {
  const char* const bound = extent_.at_most ? "at most " : "";
  std::string text = extent_.at_most ? fmt::format("{} of at most {} runs", extent_.finished, extent_.total)
                                     : fmt::format("{}/{} runs", extent_.finished, extent_.total);
  if (failed_ > 0) text += fmt::format(", {} failed", failed_);
  const double elapsed = std::chrono::duration<double>(Clock::now() - begin_).count();
  if (finished_here_ > 0) {
    const double rate = static_cast<double>(finished_here_) / elapsed;
    text += fmt::format(", {}, {}{} left", readable_rate(rate), bound,
                        readable_seconds(static_cast<double>(extent_.total - extent_.finished) / rate));
  } else {
    text += fmt::format(", {} so far", readable_seconds(elapsed));
  }
  const std::string point = labels_.axes().empty() ? "" : labels_.name(current_.point);
  return point.empty() ? text : text + ", at " + point;
}

}  // namespace hearsay::campaign
