#include "sim/scenario/overrides.hpp"

namespace hearsay::scenario {
namespace {

const Position kCommandLine{"--set", 0, 0};

/// `sweep.protocol.fanout` means the axis "protocol.fanout", and `sweep.zip.0.protocol.fanout` one of a zip; in
/// `sweep."protocol.fanout".steps` the quotes say where the axis ends.
void join_axis(KeyPath& path) {
  if (path.size() <= 2 || path[0] != "sweep") return;
  const bool table = path[1] == "zip" || path[1] == "include" || path[1] == "exclude";
  const std::size_t before = table ? 3 : 1;
  if (path.size() <= before + 1 || path[before].find('.') != std::string::npos) return;
  const auto begin = path.begin() + static_cast<std::ptrdiff_t>(before);
  const std::string axis = join_key({begin, path.end()});
  path.erase(begin, path.end());
  path.push_back(axis);
}

void number_new_tables(Value& value, Ids& ids) {
  if (value.id == 0) {
    value.id = ids.next();
    value.where = value.key_where = {0, 0, true};
  }
  for (Value& item : value.items) number_new_tables(item, ids);
}

}  // namespace

std::vector<KeyPath> apply_overrides(Value& document, const std::vector<std::string>& sets, Ids& ids,
                                     Diagnostics& diagnostics) {
  std::vector<KeyPath> paths;
  for (const std::string& set : sets) {
    if (!is_utf8(set)) {
      diagnostics.error(kCommandLine, "", "a --set is not valid UTF-8 text");
      continue;
    }
    const auto equals = set.find('=');
    auto path = equals == std::string::npos ? std::nullopt : split_key(set.substr(0, equals));
    if (!path) {
      diagnostics.error(kCommandLine, "",
                        "\"" + set + "\" is not key=value; write for example --set topology.nodes=500");
      continue;
    }
    join_axis(*path);
    const auto first = set.find_first_not_of(' ', equals + 1);
    const std::string problem =
        put(document, *path, parse_override(first == std::string::npos ? "" : set.substr(first), ids));
    if (problem.empty()) {
      paths.push_back(std::move(*path));
    } else {
      diagnostics.error(kCommandLine, join_key(*path), "no such key: " + problem);
    }
  }
  number_new_tables(document, ids);
  return paths;
}

}  // namespace hearsay::scenario
