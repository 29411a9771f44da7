#include "sim/cli/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "sim/metrics/catalogue.hpp"
#include "sim/network/faults/kinds.hpp"
#include "sim/network/topology.hpp"
#include "sim/scenario/files.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/simulation/registry.hpp"

namespace hearsay::cli {
namespace {

using Entries = std::vector<ReferenceEntry>;

Entries protocols() {
  Entries entries;
  for (const auto* protocol : simulation::all_protocols()) entries.push_back({protocol->name, protocol->summary, {}});
  return entries;
}

Entries topologies() {
  Entries entries;
  for (const auto& topology : network::topology_catalogue()) {
    entries.push_back({std::string(topology.name), std::string(topology.help), {{"keys", std::string(topology.keys)}}});
  }
  return entries;
}

std::string interval(const metrics::MetricInfo& metric) {
  const metrics::Statistics& s = metric.statistics;
  const std::string of = fmt::format("{}{}{}", s.clusters.empty() ? "runs" : s.clusters,
                                     s.per_cluster.empty() ? "" : " x ", s.per_cluster);
  switch (s.kind) {
    case MetricKind::kMean: return "student-t, widened while runs are few";
    case MetricKind::kNoInterval: return fmt::format("none: {}", s.why);
    case MetricKind::kCount: return "garwood, of the effective number of events";
    case MetricKind::kAmount: return "garwood, of the effective number of events that it sums up";
    case MetricKind::kShare:
    case MetricKind::kNumber: return fmt::format("korn-graubard, of the effective number of trials among {}", of);
  }
  return {};
}

Entries metrics() {
  Entries entries;
  for (const auto& metric : metrics::metric_catalogue()) {
    ReferenceEntry entry{std::string(metric.name),
                         std::string(metric.help),
                         {{"unit", std::string(metric.unit)},
                          {"better", direction(metric.better)},
                          {"interval of the mean", interval(metric)}}};
    if (!metric.known_share.empty()) entry.facts.emplace_back("share of the items", metric.known_share);
    entry.facts.emplace_back("by label", metric.delivery ? "yes, where [output] by asks" : "no");
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// An entry whose only fact is the keys it reads.
ReferenceEntry with_keys(std::string name, std::string help, std::string keys) {
  return {std::move(name), std::move(help), {{"keys", std::move(keys)}}};
}

Entries latencies() {
  return {
      with_keys("constant", "the same for every link", "value"),
      with_keys("uniform", "evenly between two bounds", "min, max"),
      with_keys("normal", "normal; negative draws are 0", "mean, sd"),
      with_keys("lognormal", "lognormal, by mean and standard deviation of the value itself", "mean, sd"),
      with_keys("exponential", "exponential", "mean"),
      with_keys("pareto", "Pareto type I: a hard lower bound and a heavy tail", "mean, shape or scale"),
      with_keys("matrix", "by the regions of the two ends, from the network table or given here", "values, jitter"),
      with_keys("euclidean", "proportional to the distance of points in the unit square", "scale"),
      with_keys("file", "the latency column of topology.file", ""),
  };
}

Entries faults() {
  Entries entries;
  for (const network::FaultKind& kind : network::fault_kinds()) {
    const bool all = network::hits_all_unless_named(kind);
    ReferenceEntry entry =
        with_keys(std::string(network::fault_kind_name(kind)), std::string(network::fault_kind_summary(kind)),
                  "at, until; ids, count, share, group, region or role");
    std::string& keys = entry.facts.front().second;
    entry.keys = {{"at", "duration", "(required)", ">= 0 s", "when it begins"},
                  {"until", "duration", "off", "> at", "when it ends; off: never"},
                  {"ids, count, share, group, region or role", "one of them", all ? "all nodes" : "(required)", "",
                   "whom it hits; a count or share is drawn anew for each replication"}};
    for (const network::FaultKeyInfo& key : network::fault_kind_keys(kind)) {
      keys += fmt::format("{}{}", entry.keys.size() == 3 ? "; " : ", ", key.name);
      entry.keys.push_back(
          {std::string(key.name), std::string(key.type), std::string(key.fallback), key.range, std::string(key.help)});
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

Entries workloads() {
  return {
      with_keys("broadcast", "items are published at a rate, at intervals, or a number of them at once",
                "rate, interval, or count with at; size, origin, start, stop, class, reads_per_publish"),
      with_keys("transactions", "the same with items of class \"tx\", unless `class` says otherwise", "as broadcast"),
      with_keys("mining", "blocks are found at random times by nodes with hash power, each on its finder's chain",
                "interval; size, or transactions with tx_size; blocks or stop; start, settle, class, invalid_share "
                "(probability that a block is invalid)"),
      with_keys("trace", "publications are the rows of a CSV file (time,node,size[,class])", "file"),
  };
}

Entries memberships() {
  Entries entries;
  for (const auto* membership : simulation::all_memberships())
    entries.push_back({membership->name, membership->summary, {}});
  return entries;
}

Entries scenarios() {
  Entries entries;
  for (const auto& directory : scenario::shipped_scenario_dirs()) {
    std::error_code none;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
      if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      const std::string name = file.stem().string();
      if (std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; })) continue;
      scenario::LoadOptions options;
      options.draw_topologies = options.check_memory = false;
      const scenario::Loaded loaded = scenario::load(file, options);
      entries.push_back({name,
                         loaded.scenario ? loaded.scenario->description : "(does not load: see `hearsay check`)",
                         {{"file", file.string()}}});
    }
  }
  return entries;
}

}  // namespace

std::string direction(metrics::Better better) {
  if (better == metrics::Better::kNeither) return "neither";
  return better == metrics::Better::kHigher ? "higher" : "lower";
}

const std::vector<ReferenceTopic>& reference_topics() {
  static const std::vector<ReferenceTopic> topics = {
      {"protocols", "protocol", protocols},
      {"topologies", "topology", topologies},
      {"metrics", "metric", metrics},
      {"latencies", "latency", latencies},
      {"faults", "fault", faults},
      {"workloads", "workload", workloads},
      {"memberships", "membership", memberships},
      {"scenarios", "scenario", scenarios},
  };
  return topics;
}

}  // namespace hearsay::cli
