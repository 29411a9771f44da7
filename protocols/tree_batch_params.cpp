// The parameters of tree-batch: what one alone cannot tell.

#include <algorithm>
#include <cmath>

#include "protocols/tree_batch.hpp"
#include "sim/core/units.hpp"

namespace hearsay::protocols {

using protocol::Diagnostics;
using protocol::Setting;

namespace {

using Params = TreeBatch::Params;

void check_tree(const Params& p, const Setting& setting, Diagnostics& problems) {
  if (setting.nodes > 0 && p.root >= setting.nodes)
    problems.push_back(
        {"root", "there is no node " + std::to_string(p.root) + "; write 0 to " + std::to_string(setting.nodes - 1)});
  if (setting.nodes > 0 && p.shortcuts >= setting.nodes)
    problems.push_back({"shortcuts", std::to_string(p.shortcuts) + " for each of " + std::to_string(setting.nodes) +
                                         " nodes, which has only " + std::to_string(setting.nodes - 1) +
                                         " others; write fewer"});
  if (p.tree == TreeBatch::Shape::kBfs && !setting.linked_at_start)
    problems.push_back({"tree",
                        "bfs is the tree of the overlay, but the topology links nobody before the run; write ids, or "
                        "another topology.kind"});
}

void check_windows(const Params& p, const Setting& setting, Diagnostics& problems) {
  bool is_good = true;
  for (std::size_t i = 0; i < p.window_by_depth.size(); ++i) {
    const auto parsed = parse_duration(p.window_by_depth[i]);
    const std::string named = "\"" + p.window_by_depth[i] + "\", of depth " + std::to_string(i);
    if (!parsed.error.empty() || parsed.value->ns < 0) {
      is_good = false;
      problems.push_back({"window_by_depth", named + ", is no duration of at least 0; write for example \"50 ms\""});
    }
  }
  if (!is_good) return;
  const std::string key = p.window_by_depth.empty() ? "window" : "window_by_depth";
  for (const Duration window : p.windows()) {
    protocol::require_countable(key, window, setting, problems);
    if (window.ns == 0 && p.flush == TreeBatch::Flush::kAlways)
      problems.push_back({key,
                          "without a window there is no clock that could flush what is empty, as flush = "
                          "\"always\" asks; write a window, or flush = \"non-empty\""});
  }
}

void check_repeats(const Params& p, const Setting& setting, Diagnostics& problems) {
  if (p.acks) {
    const double round_trip_ns = 2 * setting.max_latency_ns + static_cast<double>(p.ack_delay.ns);
    if (std::isfinite(round_trip_ns) && static_cast<double>(p.resend_after.ns) < round_trip_ns)
      problems.push_back({"resend_after",
                          format_duration(p.resend_after) + " is shorter than a round trip" +
                              (p.ack_delay.ns > 0 ? " and ack_delay" : "") + ", up to " +
                              format_duration(nearest_duration(std::ceil(round_trip_ns))) +
                              ", so batches are sent again that have arrived; write a longer one",
                          true});
    if (p.suspect_after < p.resend_after)
      problems.push_back({"suspect_after", format_duration(p.suspect_after) + " is shorter than resend_after, " +
                                               format_duration(p.resend_after) +
                                               ", so nothing would ever be sent again; write a longer one"});
  }
  if (p.has_filter() && !p.bloom_rate)
    problems.push_back({"bloom_rate",
                        "a Bloom filter needs the share of values that it takes for known in error; write for example "
                        "bloom_rate = 0.01"});
  if (p.delta == TreeBatch::Delta::kBloom && !p.syncs())
    problems.push_back({"delta",
                        "what a Bloom filter takes for known in error is sent by nobody else, as anti-entropy is off; "
                        "set sync_interval",
                        true});
  if (p.syncs()) protocol::require_countable("sync_interval", p.sync_interval, setting, problems);
  if (p.acks) protocol::require_countable("resend_after", p.resend_after, setting, problems);
}

}  // namespace

void TreeBatch::Params::validate(const Setting& setting, Diagnostics& problems) const {
  check_tree(*this, setting, problems);
  check_windows(*this, setting, problems);
  check_repeats(*this, setting, problems);
}

std::vector<Duration> TreeBatch::Params::windows() const {
  if (window_by_depth.empty()) return {window};
  std::vector<Duration> windows;
  for (const std::string& text : window_by_depth) windows.push_back(*parse_duration(text).value);
  return windows;
}

}  // namespace hearsay::protocols
