#include "sim/scenario/overrides.hpp"

namespace hearsay::scenario {
namespace {

const Position kCommandLine{"--set", 0, 0};

/// `sweep.protocol.fanout` means the axis "protocol.fanout".
void join_axis(KeyPath& path) {
  if (path.size() <= 2 || path[0] != "sweep") return;
  path = {path[0], join_key({path.begin() + 1, path.end()})};
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
