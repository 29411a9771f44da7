// What the machine offers: where the shipped scenarios are, and how much memory there is.

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include "sim/core/build_info.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::scenario {
namespace fs = std::filesystem;
namespace {

/// The number in a control file of the kernel; 0 if there is none, or "max".
std::uint64_t limit_in(const fs::path& file) {
  std::ifstream stream(file);
  std::uint64_t limit = 0;
  return stream >> limit ? limit : 0;
}

std::uint64_t least(std::uint64_t a, std::uint64_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

std::uint64_t total_memory() {
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  std::uint64_t kib = 0;
  while (meminfo >> word) {
    if (word == "MemTotal:" && meminfo >> kib) return kib * 1024;
  }
  return 0;
}

/// The tightest limit of the control group of this process and those around it (version 2, then 1).
std::uint64_t control_group_memory() {
  const fs::path root = "/sys/fs/cgroup";
  std::uint64_t limit = least(limit_in(root / "memory.max"), limit_in(root / "memory/memory.limit_in_bytes"));
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (line.rfind("0::/", 0) != 0) continue;
    for (fs::path group = line.substr(4); !group.empty(); group = group.parent_path()) {
      limit = least(limit, limit_in(root / group / "memory.max"));
    }
  }
  return limit;
}

}  // namespace

std::vector<fs::path> shipped_scenario_dirs() {
  std::vector<fs::path> dirs;
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (!error)
    dirs.push_back((executable.parent_path() / build_info().install_data_dir / "scenarios").lexically_normal());
  dirs.push_back(fs::path(build_info().source_data_dir) / "scenarios");
  std::erase_if(dirs, [](const fs::path& dir) {
    std::error_code ignored;
    return !fs::is_directory(dir, ignored);
  });
  return dirs;
}

std::uint64_t machine_memory_bytes() { return least(total_memory(), control_group_memory()); }

}  // namespace hearsay::scenario
