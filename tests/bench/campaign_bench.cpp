// A whole campaign by the program itself, end to end: what the parent costs that hands out runs, stores results and
// writes tables. `parent_share` is its processor time in parts of its workers', and `ms/run` the workers' for a run.
// 2,000 runs of floods at 1,000 nodes, two workers. Argument: items in each run.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "sim/core/check.hpp"

namespace hearsay {
namespace {

namespace fs = std::filesystem;

constexpr int kRuns = 2000;

std::string scenario(std::int64_t items) {
  return fmt::format(R"(name = "overhead"
[run]
seed = 1
duration = "20 s"
replications = {}
until = "covered"
[topology]
kind = "random-regular"
nodes = 1000
degree = 8
[network]
latency = {{ kind = "uniform", min = "10 ms", max = "100 ms" }}
uplink = "20 Mbit/s"
[protocol]
name = "flood"
[workload]
kind = "broadcast"
count = {}
at = "0 s"
size = "1 kB"
)",
                     kRuns, items);
}

struct ProcessorTime {
  double own_s = 0, children_s = 0;
};

/// Runs the program to its end. Between its end and its burial the system knows its own time from its children's.
ProcessorTime run_program(const fs::path& directory, const std::string& file) {
  const std::string out = (directory / "results").string();
  const pid_t child = ::fork();
  HEARSAY_CHECK(child >= 0, "a process");
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execl(HEARSAY_BINARY, "hearsay", "run", file.c_str(), "--out", out.c_str(), "--jobs", "2", "--fresh", nullptr);
    ::_exit(127);
  }
  siginfo_t ended{};
  HEARSAY_CHECK(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0, "the program ends");
  HEARSAY_CHECK(ended.si_code == CLD_EXITED && ended.si_status == 0, "the program succeeds");
  std::ifstream stat(fmt::format("/proc/{}/stat", child));
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  ::waitpid(child, nullptr, 0);
  std::istringstream fields(text.substr(text.rfind(')') + 2));  // from the third field on
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::array<double, 4> ticks{};  // user, system, and both of the children
  for (double& each : ticks) fields >> each;
  const auto per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return {(ticks[0] + ticks[1]) / per_s, (ticks[2] + ticks[3]) / per_s};
}

void Campaign_overhead(benchmark::State& state) {
  std::string name = (fs::temp_directory_path() / "hearsay-bench-XXXXXX").string();
  HEARSAY_CHECK(::mkdtemp(name.data()) != nullptr, "a temporary directory");
  const fs::path directory = name;
  const std::string file = (directory / "overhead.toml").string();
  std::ofstream(file) << scenario(state.range(0));
  ProcessorTime all;
  for (auto _ : state) {
    const ProcessorTime time = run_program(directory, file);
    all.own_s += time.own_s;
    all.children_s += time.children_s;
  }
  fs::remove_all(directory);
  state.counters["parent_share"] = all.own_s / all.children_s;
  state.counters["parent_us/run"] = 1e6 * all.own_s / (kRuns * static_cast<double>(state.iterations()));
  state.counters["ms/run"] = 1e3 * all.children_s / (kRuns * static_cast<double>(state.iterations()));
}
BENCHMARK(Campaign_overhead)->Arg(8)->Arg(12)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

}  // namespace
}  // namespace hearsay
