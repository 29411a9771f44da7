#include <fmt/format.h>

#include <system_error>

#include "analysis/reach_figure.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/console.hpp"
#include "sim/document/diagnostics.hpp"

namespace hearsay::cli {

int plot_command(const std::filesystem::path& directory) {
  const results::Manifest manifest = manifest_of(directory);
  analysis::ReachFigure figure;
  figure.title = manifest.name;
  if (manifest.short_axes.size() == 1) figure.legend_title = manifest.axes.front();
  figure.point_label = [&](std::uint32_t point) {
    return point < manifest.point_names.size() ? manifest.point_names[point] : fmt::format("point {}", point);
  };
  try {
    figure.lines = analysis::reach_lines(analysis::read_csv(directory / "reach.csv"));
  } catch (const analysis::BadTable& error) {
    throw document::InputError(error.what());
  }
  analysis::draw_reach_figure(figure, directory);
  for (const char* name : {"reach.svg", "reach.png"}) fmt::print("{}\n", (directory / name).string());
  return kDone;
}

}  // namespace hearsay::cli
