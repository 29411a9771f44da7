#include "sim/scenario/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "sim/core/build_info.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/units.hpp"

namespace hearsay::scenario {
namespace fs = std::filesystem;
namespace {

/// FNV-1a.
std::string content_hash(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return to_hex(hash);
}

bool is_there(const fs::path& path) {
  std::error_code error;
  const auto type = fs::status(path, error).type();
  // Something that is there but cannot be looked at (a cycle of links, no permission) is to be named, not passed over.
  return type != fs::file_type::not_found;
}

FileText look_up(const fs::path& scenario, const std::string& name, std::uint64_t most) {
  std::vector<fs::path> places = {fs::path(name)};
  if (!places[0].is_absolute()) {
    places = {scenario.parent_path() / name};
    for (const fs::path& dir : shipped_scenario_dirs()) places.push_back(dir / name);
  }
  for (const fs::path& place : places) {
    if (!is_there(place)) continue;
    std::error_code error;
    if (fs::equivalent(place, scenario, error)) return {name, "", "the file refers to itself", ""};
    return read_file(place, most);
  }
  FileText none{name, "", "cannot find \"" + name + "\"; looked for", ""};
  for (std::size_t i = 0; i < places.size(); ++i)
    none.error += (i == 0 ? " " : ", ") + places[i].lexically_normal().string();
  return none;
}

}  // namespace

FileText read_file(const fs::path& path, std::uint64_t most) {
  FileText out{path.lexically_normal().string(), "", "", ""};
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    out.error = "there is no such file";
  } else if (error) {
    out.error = "cannot read it: " + error.message();
  } else if (fs::is_directory(status)) {
    out.error = "this is a directory; name a file in it";
  } else if (!fs::is_regular_file(status)) {
    out.error = "this is a pipe or a device, which need not end; write its content to a file and name that";
  } else {
    std::ifstream stream(path, std::ios::binary);
    // A file may grow while it is read, and its size may be a lie (as in /proc): what counts is what comes.
    constexpr std::size_t kPart = std::size_t{1} << 16;
    while (stream && out.text.size() <= most) {
      const std::size_t had = out.text.size();
      out.text.resize(had + kPart);
      stream.read(out.text.data() + had, kPart);
      out.text.resize(had + static_cast<std::size_t>(stream.gcount()));
    }
    if (!stream && !stream.eof()) out.error = "cannot read it: " + std::generic_category().message(errno);
    if (out.text.size() > most) {
      out.error = fmt::format("it is longer than {}, the most that is read of such a file", format_size(most));
      out.text.clear();
    }
    out.hash = content_hash(out.text);
  }
  return out;
}

std::optional<fs::path> find_scenario(const fs::path& name) {
  if (is_there(name)) return name;
  if (name.is_absolute()) return std::nullopt;
  for (const fs::path& dir : shipped_scenario_dirs()) {
    fs::path with_extension = name;
    with_extension += ".toml";
    for (const fs::path& place : {dir / name, dir / with_extension, dir.parent_path() / name}) {
      if (is_there(place)) return place.lexically_normal();
    }
  }
  return std::nullopt;
}

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

const FileText& Files::text(const std::string& name, std::uint64_t most) {
  const auto found = texts_.find(name);
  return found != texts_.end() ? found->second : texts_.emplace(name, look_up(scenario_, name, most)).first->second;
}

const NetworkTable& Files::network_table(const std::string& name) {
  const auto found = tables_.find(name);
  if (found != tables_.end()) return found->second;
  const FileText& file = text(name, kMostScenarioBytes);
  return tables_.emplace(name, read_network_table(file.text, file.path)).first->second;
}

const network::FileTopology& Files::topology(const std::string& name) {
  const auto found = topologies_.find(name);
  if (found != topologies_.end()) return found->second;
  const FileText& file = text(name, kMostListBytes);
  return topologies_.emplace(name, network::parse_topology_file(file.path, file.text)).first->second;
}

const TraceFile& Files::trace(const std::string& name) {
  const auto found = traces_.find(name);
  return found != traces_.end()
             ? found->second
             : traces_.emplace(name, parse_trace_file(text(name, kMostListBytes).text)).first->second;
}

std::map<std::string, std::string> Files::hashes() const {
  std::map<std::string, std::string> out;
  for (const auto& [name, file] : texts_) {
    if (file.error.empty()) out.emplace(name, file.hash);
  }
  return out;
}

}  // namespace hearsay::scenario
