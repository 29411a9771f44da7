#pragma once

// Runs gnuplot on a script. The only place that knows it is a separate program.

#include <filesystem>
#include <string>
#include <string_view>

namespace hearsay::analysis {

/// Runs the script; throws std::runtime_error with gnuplot's own words if it fails, or with the command
/// that installs it if it is missing.
void run_gnuplot(std::string_view script);

/// Text in gnuplot's single quotes, where nothing but the quote itself is special.
std::string gnuplot_quoted(std::string_view text);

}  // namespace hearsay::analysis
