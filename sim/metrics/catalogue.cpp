#include "sim/metrics/catalogue.hpp"

#include <algorithm>
#include <iterator>

#include "sim/core/check.hpp"
#include "sim/metrics/figure_metrics.hpp"

namespace hearsay::metrics {

namespace {

constexpr auto kHigher = Better::kHigher;
constexpr auto kLower = Better::kLower;
constexpr auto kNeither = Better::kNeither;

constexpr MetricInfo kMetrics[] = {
    {"nodes", "1", kNeither, false, "nodes of the network"},
    {"edges", "1", kNeither, false, "undirected edges of the topology"},
    {"items_published", "1", kNeither, false, "items published in the run"},
    {"items_complete", "1", kHigher, true, "items that every live node has at the end", Kind::kEventsAmong,
     "items_published"},
    {"coverage_mean", "1", kHigher, true,
     "share of live nodes, origin included, that have an item at the end; mean over items"},
    {"coverage_min", "1", kHigher, true, "the same for the item that fared worst"},
    {"latency_mean_s", "s", kLower, true,
     "time from publication to delivery, mean over all deliveries at nodes other than the origin"},
    {"latency_p50_s", "s", kLower, true, "median of the same"},
    {"latency_p90_s", "s", kLower, true, "90th percentile of the same"},
    {"latency_p99_s", "s", kLower, true, "99th percentile of the same"},
    {"latency_max_s", "s", kLower, true, "the slowest delivery"},
    {"t50_s", "s", kLower, true, "time until half of the live nodes have an item; mean over the items that got there"},
    {"t90_s", "s", kLower, true, "the same for 90 % of the live nodes"},
    {"t99_s", "s", kLower, true, "the same for 99 %"},
    {"t100_s", "s", kLower, true, "the same for all of them"},
    {"hops_mean", "1", kLower, true, "hops of the first receipt, mean over the same deliveries as latency"},
    {"hops_max", "1", kLower, true, "the most hops"},
    {"stretch_mean", "1", kLower, false,
     "latency over the shortest path through the links' latencies, mean over deliveries"},
    {"stable_latency_p50_s", "s", kLower, false,
     "time from publication to the last read, at any node, that misses the item; median over items"},
    {"stable_latency_p95_s", "s", kLower, false, "95th percentile of the same"},
    {"stable_latency_p99_s", "s", kLower, false, "99th percentile of the same"},
    {"stable_latency_max_s", "s", kLower, false, "maximum of the same"},
    {"messages_sent", "1", kLower, false, "messages handed to the network"},
    {"messages_received", "1", kNeither, false, "messages that arrived at a live node"},
    {"messages_lost", "1", kLower, false, "messages lost, whatever the reason", Kind::kEventsAmong, "messages_sent"},
    {"messages_in_flight", "1", kNeither, false, "messages on their way when the run ended"},
    {"messages_per_item", "1", kLower, false, "messages sent per item published"},
    {"messages_per_op", "1", kLower, false, "messages sent per publication or read"},
    {"payload_messages", "1", kLower, false, "messages sent that carry an item"},
    {"payload_receipts", "1", kNeither, false, "(message, item) pairs received"},
    {"duplicates", "1", kLower, false, "payload receipts after a node's first; at the origin, all"},
    {"rmr", "1", kLower, false, "relative message redundancy: payload receipts per node reached, minus 1"},
    {"bytes_sent", "B", kLower, false, "bytes handed to the network, overhead included"},
    {"bytes_received", "B", kNeither, false, "bytes of the messages received"},
    {"bytes_lost", "B", kLower, false, "bytes of the messages lost"},
    {"bytes_in_flight", "B", kNeither, false, "bytes of the messages on their way at the end"},
    {"bytes_per_item", "B", kLower, false, "bytes sent per item published"},
    {"uplink_bytes_p50", "B", kLower, false, "bytes sent by a node, median over nodes"},
    {"uplink_bytes_p99", "B", kLower, false, "99th percentile of the same"},
    {"uplink_bytes_max", "B", kLower, false, "bytes sent by the busiest node"},
    {"queue_delay_mean_s", "s", kLower, false,
     "per message received: waiting for the uplink plus waiting for the downlink"},
    {"queue_delay_p99_s", "s", kLower, false, "99th percentile of the same"},
    {"uplink_utilisation_mean", "1", kLower, false,
     "offered load of a node's uplink: 8 x bytes / (rate x simulated time); over 1 the queue grows"},
    {"uplink_utilisation_max", "1", kLower, false, "offered load of the busiest uplink"},
    {"core_utilisation_mean", "1", kLower, false,
     "offered load of a node's cores: work handed to them / (cores x simulated time); over 1 the queue grows; null "
     "where [[group]] cores limits none"},
    {"core_utilisation_max", "1", kLower, false, "offered load of the busiest node's cores"},
    {"redelivered", "1", kLower, false, "deliveries of items that the node had already (expired from its seen-set)",
     Kind::kCount},
    {"publications_skipped", "1", kLower, false, "publications that fell on a node that was down", Kind::kCount},
    {"view_size_p50", "1", kNeither, false,
     "nodes that a live node knows at the end, median; with [membership] other than static"},
    {"stale_view_share", "1", kLower, false,
     "share of the live nodes' knowledge of others that is of nodes that are down at the end; likewise"},
    {"join_known_s", "s", kLower, false,
     "time from the start of a node that joins late until half of the other live nodes know it; mean over those that "
     "got there; likewise"},
};

}  // namespace

Catalogue::Catalogue(std::span<const protocol::Figure* const> declared)
    : all_(std::begin(kMetrics), std::end(kMetrics)) {
  std::vector<const protocol::Figure*> done;
  for (const protocol::Figure* figure : declared) {
    if (std::find(done.begin(), done.end(), figure) != done.end()) continue;
    add(*figure);
    done.push_back(figure);
  }
}

void Catalogue::add(const protocol::Figure& figure) {
  const protocol::FigureOptions& options = figure.options;
  const bool is_time = figure.kind == protocol::FigureKind::kItemTime;
  for (const FigureMetric& metric : metrics_of(figure.kind)) {
    const std::string& name = texts_.emplace_back(std::string(figure.name) + std::string(metric.suffix));
    const std::string& help = texts_.emplace_back(std::string(options.help) + std::string(metric.help));
    HEARSAY_CHECK(find(name) == nullptr, "each metric has a name of its own");
    all_.push_back(
        {name, is_time ? "s" : options.unit, options.better, false, help, options.rare ? Kind::kCount : Kind::kMean});
  }
}

const MetricInfo* Catalogue::find(std::string_view name) const {
  const std::string_view base = name.substr(0, name.find('['));
  for (const MetricInfo& info : all_)
    if (info.name == base) return (base == name || info.delivery) ? &info : nullptr;
  return nullptr;
}

}  // namespace hearsay::metrics
