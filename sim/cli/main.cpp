// The program: what can be typed, and which exit code comes of it.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <system_error>

#include "sim/cli/commands.hpp"
#include "sim/core/build_info.hpp"
#include "sim/core/freed_memory.hpp"
#include "sim/document/diagnostics.hpp"

namespace hearsay::cli {
namespace {

/// A plain decimal number. The library by itself reads 010 as eight, and -1 as the largest number.
std::function<std::string(const std::string&)> number_up_to(std::uint64_t most, const std::string& example) {
  return [most, example](const std::string& text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    const bool leading_zero = text.size() > 1 && text.front() == '0';
    if (error == std::errc() && stop == end && number <= most && !leading_zero) return std::string();
    return fmt::format("'{}' is not a whole number from 0 to {} without leading zeros; write for example {}", text,
                       most, example);
  };
}

constexpr std::uint64_t kMostIndex = std::numeric_limits<std::uint32_t>::max();

/// The chosen command, ready to be carried out.
using Command = std::function<int()>;

template <class T>
void add_sets(CLI::App& app, T& arguments) {
  app.add_option("--set", arguments.sets, "Override a key of the scenario; the value is TOML, else text")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        const std::size_t equals = text.find('=');
        return equals == 0 || equals == std::string::npos ? "write KEY=VALUE, not '" + text + "'" : std::string();
      });
  app.add_option("--seed", arguments.seed, "Base seed; overrides run.seed")
      ->type_name("N")
      ->check(number_up_to(std::numeric_limits<std::uint64_t>::max(), "--seed 42"));
}

/// A whole number of so many at least and at most; `fix`: what to write.
std::function<std::string(const std::string&)> count_up_to(unsigned most, const std::string& fix) {
  return [most, fix](const std::string& text) {
    unsigned count = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    if (error == std::errc() && stop == end && count >= 1 && count <= most && text.front() != '0') return std::string();
    return fmt::format("'{}' is not a whole number from 1 to {}; {}", text, most, fix);
  };
}

constexpr unsigned kMostJobs = 4096;
constexpr unsigned kMostThreads = 1024;
constexpr const char* kThreadsFix = "write how many threads work on each run, as in --threads 2";

/// `Index`: std::uint32_t, or an optional one.
template <class Index>
void add_run_choice(CLI::App& command, Index& point, const char* point_help, Index& replication,
                    const char* replication_help) {
  command.add_option("--point", point, point_help)->type_name("I")->check(number_up_to(kMostIndex, "--point 3"));
  command.add_option("--replication", replication, replication_help)
      ->type_name("R")
      ->check(number_up_to(kMostIndex, "--replication 3"));
}

void add_run(CLI::App& app, RunArguments& a, Command& chosen) {
  CLI::App& run = *app.add_subcommand("run", "Run every point and replication of a scenario");
  run.add_option("FILE", a.file, "Scenario, a TOML file; a name alone is looked up among the shipped ones")->required();
  add_sets(run, a);
  run.add_option("--jobs", a.jobs,
                 "Worker processes, each with one run at a time (default: all cores, with --threads T all / T; "
                 "under mpirun 1 for each rank but the first)")
      ->type_name("N")
      ->check(count_up_to(kMostJobs, "write how many runs are worked on at a time, as in --jobs 2"));
  run.add_option(
         "--threads", a.threads,
         "Threads that work on each run, as far as it can be divided, which `hearsay check FILE` tells. Results are "
         "the same for any number. Default: 1; if fewer runs are left than there are cores, or than --jobs says, they "
         "share the cores evenly, and each takes as many as it gains by, but 1 under mpirun and for --point with "
         "--replication")
      ->type_name("N")
      ->check(count_up_to(kMostThreads, kThreadsFix));
  run.add_option("--out", a.out, "Directory for the results (default: results/NAME)")->type_name("DIR");
  add_run_choice(run, a.point, "Only this point of the sweep", a.replication,
                 "Only this replication; with --point exactly one run");
  run.add_flag("--json", a.json, "Print one JSON document on standard output instead of the table");
  CLI::Option& fresh = *run.add_flag("--fresh", a.fresh, "Begin anew: what the directory holds is replaced");
  const std::string resume = "Resume what the directory has of this scenario (default)";
  run.add_flag("--resume", resume)->excludes(&fresh);
  run.add_flag("--yes", a.yes, "Run more than a million runs without asking");
  run.add_flag("--quiet", a.quiet, "No progress, no warnings");
  run.footer("With --point or --replication nothing is written unless --out is given.");
  run.callback([&] { chosen = [&] { return run_command(a); }; });
}

void add_check(CLI::App& app, CheckArguments& a, Command& chosen) {
  CLI::App& check = *app.add_subcommand("check", "Check scenarios, print their plan and estimate its cost");
  check.add_option("FILE", a.files, "Scenarios")->required();
  add_sets(check, a);
  check.add_option("--jobs", a.jobs, "Worker processes to estimate the time for (default: as many as run takes)")
      ->type_name("N")
      ->check(count_up_to(kMostJobs, "write how many runs are worked on at a time, as in --jobs 2"));
  check
      .add_option("--threads", a.threads,
                  "Say how runs are divided among so many threads, as `run` would (default: how two would divide them)")
      ->type_name("N")
      ->check(count_up_to(kMostThreads, kThreadsFix));
  check.callback([&] { chosen = [&] { return check_command(a); }; });
}

void add_reference(CLI::App& app, std::string& word, Command& chosen) {
  CLI::App& list = *app.add_subcommand("list", "List what there is");
  list.add_option("TOPIC", word, fmt::format("One of: {}", CLI::detail::join(list_topics(), ", ")))->required();
  list.callback([&] { chosen = [&] { return list_command(word); }; });
  CLI::App& describe =
      *app.add_subcommand("describe", "Describe a protocol, topology, metric, latency, fault or workload");
  describe.add_option("NAME", word, "As `hearsay list` shows it")->required();
  describe.callback([&] { chosen = [&] { return describe_command(word); }; });
}

void add_trace(CLI::App& app, TraceArguments& a, Command& chosen) {
  CLI::App& trace = *app.add_subcommand("trace", "Write the event log of one run");
  trace.add_option("FILE", a.file, "Scenario")->required();
  add_sets(trace, a);
  add_run_choice(trace, a.point, "Point of the sweep (default 0)", a.replication, "Replication (default 0)");
  trace.add_option("--format", a.format, "jsonl (default): a JSON object a line; perfetto: for ui.perfetto.dev")
      ->type_name("FORMAT")
      ->transform(CLI::CheckedTransformer(std::map<std::string, TraceFormat>{{"jsonl", TraceFormat::kJsonLines},
                                                                             {"perfetto", TraceFormat::kPerfetto}}));
  trace.add_option("--out", a.out, "File to write (default: standard output)")->type_name("FILE");
  trace.callback([&] { chosen = [&] { return trace_command(a); }; });
}

void add_plot(CLI::App& app, std::filesystem::path& directory, Command& chosen) {
  CLI::App& plot = *app.add_subcommand("plot", "Draw the figure of a result directory (SVG and PNG, by gnuplot)");
  plot.add_option("DIR", directory, "Result directory of `hearsay run`")->required();
  plot.callback([&] { chosen = [&] { return plot_command(directory); }; });
}

void add_compare(CLI::App& app, CompareArguments& a, Command& chosen) {
  CLI::App& compare = *app.add_subcommand("compare", "Compare two result directories, point by point and run by run");
  compare.add_option("DIR_A", a.a, "Result directory of `hearsay run`: the baseline")->required();
  compare.add_option("DIR_B", a.b, "Another: what is compared with it")->required();
  compare
      .add_option("--fail-if", a.fail_if,
                  "Exit with 3 where this holds: METRIC worse|better|higher|lower|differs [by 5 % | by AMOUNT]")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  compare.add_flag("--allow-missing", a.allow_missing,
                   "Do not exit with 2 where DIR_B lacks points or runs of DIR_A, or has not finished");
  compare.add_flag("--all", a.all, "Show every metric, not only those that differ");
  compare.add_flag("--json", a.json, "Print one JSON document on standard output instead of the table");
  compare.footer(
      "Differences are B - A; verdicts are at 5 % after Holm's correction for all metrics of all points,\n"
      "a condition is judged at 5 % for all the points that it is applied to.");
  compare.callback([&] { chosen = [&] { return compare_command(a); }; });
}

int main(int argc, char** argv) {
  const BuildInfo& build = build_info();
  CLI::App app("Simulates how messages spread through a peer-to-peer network.", "hearsay");
  app.set_version_flag("--version", fmt::format("hearsay {} ({}, {}, {})", build.version, build.commit, build.compiler,
                                                build.build_type));
  app.require_subcommand(0, 1);
  app.footer(
      "Exit codes: 0 done, 1 the environment failed (disk, killed worker), 2 the input is wrong, "
      "3 compare found what --fail-if names.");

  RunArguments run;
  CheckArguments check;
  CompareArguments compare;
  TraceArguments trace;
  std::string word;
  std::filesystem::path directory;
  Command chosen;
  add_run(app, run, chosen);
  add_check(app, check, chosen);
  add_reference(app, word, chosen);
  add_trace(app, trace, chosen);
  add_plot(app, directory, chosen);
  add_compare(app, compare, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    std::fputs(out.str().c_str(), stdout);
    std::fputs(document::printable(err.str(), true).c_str(), stderr);
    return code == 0 ? kDone : kInputWrong;
  }
  if (chosen) return chosen();
  std::fputs(app.help().c_str(), stdout);
  return kDone;
}

int report(ExitCode code, const char* what) {
  fmt::print(stderr, "hearsay: {}\n", document::printable(what, true));
  return code;
}

int guarded_main(int argc, char** argv) {
  try {
    const int code = main(argc, argv);
    // What was printed must have arrived: `hearsay list metrics > /dev/full` has not done its work.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  } catch (const document::InputError& error) {
    return report(kInputWrong, error.what());
  } catch (const std::bad_alloc&) {
    return report(kEnvironmentFailed, "out of memory");
  } catch (const std::exception& error) {
    if (std::ferror(stdout) == 0) return report(kEnvironmentFailed, error.what());
  }
  return report(kEnvironmentFailed, fmt::format("standard output cannot be written: {}", std::strerror(errno)).c_str());
}

}  // namespace
}  // namespace hearsay::cli

int main(int argc, char** argv) {
  // A file over the size limit is an error of that file, not the end of the program.
  std::signal(SIGXFSZ, SIG_IGN);
  hearsay::keep_freed_memory();
  return hearsay::cli::guarded_main(argc, argv);
}
