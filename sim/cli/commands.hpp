#pragma once

// The subcommands, each in its own file. A command gets what the user typed, already of the right type, and
// returns the exit code. It throws document::InputError for the user's mistakes (2) and anything else for the
// environment's failures (1).

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hearsay::cli {

enum ExitCode : int { kDone = 0, kEnvironmentFailed = 1, kInputWrong = 2, kConditionHolds = 3 };

struct RunArguments {
  std::string file;
  std::vector<std::string> sets;  ///< "key=value"
  std::optional<std::uint64_t> seed;
  std::optional<unsigned> jobs;     ///< none: all cores; as one of several ranks: one
  std::optional<unsigned> threads;  ///< of each run; none: see sim/campaign/threads.hpp
  std::optional<std::filesystem::path> out;
  std::optional<std::uint32_t> point;
  std::optional<std::uint32_t> replication;
  bool json = false;
  bool fresh = false;
  bool yes = false;
  bool quiet = false;
};
int run_command(const RunArguments& arguments);

struct CheckArguments {
  std::vector<std::string> files;
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
  std::optional<unsigned> jobs;     ///< none: as many as `run` takes
  std::optional<unsigned> threads;  ///< of each run; none: two, to say how it would be divided
};
int check_command(const CheckArguments& arguments);

/// The words that list_command() understands.
std::vector<std::string> list_topics();
int list_command(const std::string& topic);
int describe_command(const std::string& name);

enum class TraceFormat : std::uint8_t { kJsonLines, kPerfetto };
struct TraceArguments {
  std::string file;
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
  std::uint32_t point = 0;
  std::uint32_t replication = 0;
  TraceFormat format = TraceFormat::kJsonLines;
  std::optional<std::filesystem::path> out;  ///< none: standard output
};
int trace_command(const TraceArguments& arguments);

struct CompareArguments {
  std::filesystem::path a, b;
  std::vector<std::string> fail_if;  ///< see fail_if.hpp
  bool allow_missing = false;
  bool all = false;
  bool json = false;
};
int compare_command(const CompareArguments& arguments);

int plot_command(const std::filesystem::path& directory);

}  // namespace hearsay::cli
