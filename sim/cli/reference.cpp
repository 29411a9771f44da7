#include "sim/cli/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "sim/metrics/catalogue.hpp"
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
  switch (metric.kind) {
    case metrics::Kind::kMean: return "student-t";
    case metrics::Kind::kCount: return "garwood while events are few, then jeffreys, then student-t";
    case metrics::Kind::kEventsAmong:
    case metrics::Kind::kShareOf:
      return fmt::format("clopper-pearson, of {}, while events are few, then jeffreys, then student-t", metric.trials);
  }
  return {};
}

Entries metrics() {
  Entries entries;
  for (const auto& metric : metrics::metric_catalogue()) {
    entries.push_back({std::string(metric.name),
                       std::string(metric.help),
                       {{"unit", std::string(metric.unit)},
                        {"better", direction(metric.better)},
                        {"interval of the mean", interval(metric)},
                        {"by label", metric.delivery ? "yes, where [output] by asks" : "no"}}});
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

/// A fault that hits chosen nodes.
ReferenceEntry on_nodes(std::string name, std::string help, const std::string& keys) {
  return with_keys(std::move(name), std::move(help), "at, until; ids, count, share, group, region or role" + keys);
}

Entries faults() {
  return {
      on_nodes("partition", "links between the chosen nodes and the rest, or between sides, are cut",
               ", or sides; one_way"),
      on_nodes("crash", "nodes go down at once and come back at the end of the fault", "; lose_state"),
      on_nodes("churn", "nodes leave and return, with drawn sessions and downtimes", "; session, downtime, lose_state"),
      on_nodes("loss-burst", "one more independent loss of messages from and to the chosen nodes", "; loss"),
      on_nodes("latency-spike", "latency is multiplied or added to", "; factor or add"),
      on_nodes("bandwidth-drop", "bandwidth is multiplied by a factor below 1", "; factor"),
      on_nodes("silent", "nodes send nothing but items that they published themselves", ""),
      on_nodes("slow", "nodes wait before every send", "; delay"),
  };
}

Entries workloads() {
  return {
      with_keys("broadcast", "items are published at a rate, at intervals, or a number of them at once",
                "rate, interval, or count with at; size, origin, start, stop, class, reads_per_publish"),
      with_keys("trace", "publications are the rows of a CSV file (time,node,size[,class])", "file"),
  };
}

Entries memberships() {
  return {
      with_keys("static", "the topology gives the peers, as long as the run lasts", ""),
      with_keys("registry", "nodes register, learn all others registry_delay later, and form a full mesh",
                "registry_delay (required), refresh (off), expire_after (off); topology.kind = \"none\""),
      with_keys("exchange", "nodes ping their peers, tell each other whom they know, and replace who is gone",
                "active, ping_interval, ping_timeout, suspect_after, list_size (required), rotate_interval (off), "
                "view_capacity (1000), expire_after (50 ping intervals)"),
  };
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
