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

constexpr Statistics kCount = {MetricKind::kCount};
constexpr Statistics kAmount = {MetricKind::kAmount};
constexpr Statistics kExtreme = {
    MetricKind::kNoInterval, {}, {}, "it is decided by the rare extremes, whose size a few runs do not show"};
constexpr Statistics kSteps = {
    MetricKind::kNoInterval, {}, {}, "it goes by whole messages, and a few runs may show only one of its few values"};
constexpr Statistics kMoment = {
    MetricKind::kNoInterval, {}, {}, "it is what happens to be under way at one instant, which a few runs do not show"};

/// Of clusters, and of what each of them is tried on.
constexpr Statistics share_of(std::string_view clusters, std::string_view per_cluster = {}) {
  return {MetricKind::kShare, clusters, per_cluster, {}};
}
constexpr Statistics number_of(std::string_view trials) { return {MetricKind::kNumber, trials, {}, {}}; }

constexpr MetricInfo kMetrics[] = {
    {"nodes", "1", kNeither, false, "nodes of the network"},
    {"edges", "1", kNeither, false, "undirected edges of the topology"},
    {"items_published", "1", kNeither, false, "items published in the run"},
    {"items_measured", "1", kNeither, true, "items that delivery metrics are about: all, or those of run.measure"},
    {"nodes_live", "1", kNeither, true, "nodes that are up at the end"},
    {"items_complete", "1", kHigher, true, "measured items that every live node has at the end",
     number_of("items_measured")},
    {"coverage_mean", "1", kHigher, true,
     "share of live nodes, origin included, that have an item at the end; mean over items",
     share_of("items_measured", "nodes_live")},
    {"coverage_min", "1", kHigher, true, "share of live nodes that have the item that fewest of them have, at the end",
     share_of({}, "nodes_live")},
    {"latency_mean_s", "s", kLower, true,
     "time from publication to delivery, mean over all deliveries at nodes other than the origin"},
    {"latency_p50_s", "s", kLower, true,
     "time from publication to delivery, median over all deliveries at nodes other than the origin"},
    {"latency_p90_s", "s", kLower, true, "time from publication to delivery: 90 % of all deliveries take no longer"},
    {"latency_p99_s", "s", kLower, true, "time from publication to delivery: 99 % of all deliveries take no longer",
     kExtreme},
    {"latency_max_s", "s", kLower, true, "time from publication to delivery, of the slowest", kExtreme},
    {"t50_s",
     "s",
     kLower,
     true,
     "time until half of the live nodes have an item; mean over the items that got there",
     {},
     "t50_share"},
    {"t90_s",
     "s",
     kLower,
     true,
     "time until 90 % of the live nodes have an item; mean over the items that got there",
     {},
     "t90_share"},
    {"t99_s",
     "s",
     kLower,
     true,
     "time until 99 % of the live nodes have an item; mean over the items that got there",
     {},
     "t99_share"},
    {"t100_s",
     "s",
     kLower,
     true,
     "time until all live nodes have an item; mean over the items that got there",
     {},
     "t100_share"},
    {"t50_share", "1", kHigher, true, "share of the measured items that got to half of the live nodes",
     share_of("items_measured")},
    {"t90_share", "1", kHigher, true, "share of the measured items that got to 90 % of the live nodes",
     share_of("items_measured")},
    {"t99_share", "1", kHigher, true, "share of the measured items that got to 99 % of the live nodes",
     share_of("items_measured")},
    {"t100_share", "1", kHigher, true, "share of the measured items that got to all live nodes",
     share_of("items_measured")},
    {"hops_mean", "1", kLower, true, "hops of the first receipt, mean over the same deliveries as latency"},
    {"hops_max", "1", kLower, true, "the most hops", kExtreme},
    {"stretch_mean", "1", kLower, false,
     "latency over the shortest path through the links' latencies, mean over deliveries"},
    {"stable_latency_p50_s", "s", kLower, false,
     "time from publication to the last read, at any node, that misses the item; median over items", kExtreme},
    {"stable_latency_p95_s", "s", kLower, false,
     "time from publication to the last read, at any node, that misses the item; 95th percentile over items", kExtreme},
    {"stable_latency_p99_s", "s", kLower, false,
     "time from publication to the last read, at any node, that misses the item; 99th percentile over items", kExtreme},
    {"stable_latency_max_s", "s", kLower, false,
     "time from publication to the last read, at any node, that misses the item; the longest of all items", kExtreme},
    {"messages_sent", "1", kLower, false, "messages handed to the network"},
    {"messages_received", "1", kNeither, false, "messages that arrived at a live node"},
    {"messages_lost", "1", kLower, false, "messages lost, whatever the reason", number_of("messages_sent")},
    {"messages_in_flight", "1", kNeither, false, "messages on their way when the run ended", kMoment},
    {"messages_per_item", "1", kLower, false,
     "messages sent per item published; where every item is complete, up to the last delivery"},
    {"messages_per_op", "1", kLower, false,
     "messages sent per publication or read; where every item is complete, up to the last delivery"},
    {"messages_after_complete", "1", kLower, false, "messages sent after the last delivery, if every item is complete",
     kAmount},
    {"payload_messages", "1", kLower, false, "messages sent that carry an item"},
    {"payload_receipts", "1", kNeither, false,
     "(message, item) pairs received; of an item in pieces, (message, piece) pairs"},
    {"duplicates", "1", kLower, false,
     "payload receipts after a node's first, at the origin all; of an item in pieces, those that the node had no use "
     "for"},
    {"rmr", "1", kLower, false,
     "relative message redundancy: payload receipts per node reached, minus 1; of an item in pieces, per piece of use"},
    {"bytes_sent", "B", kLower, false, "bytes handed to the network, overhead included"},
    {"bytes_received", "B", kNeither, false, "bytes of the messages received"},
    {"bytes_lost", "B", kLower, false, "bytes of the messages lost", kAmount},
    {"bytes_in_flight", "B", kNeither, false, "bytes of the messages on their way at the end", kMoment},
    {"bytes_per_item", "B", kLower, false,
     "bytes sent per item published; where every item is complete, up to the last delivery"},
    {"bytes_after_complete", "B", kLower, false, "bytes sent after the last delivery, if every item is complete",
     kAmount},
    {"uplink_bytes_p50", "B", kLower, false, "bytes sent by a node, median over nodes", kSteps},
    {"uplink_bytes_p99", "B", kLower, false, "bytes sent by a node, 99th percentile over nodes", kExtreme},
    {"uplink_bytes_max", "B", kLower, false, "bytes sent by the busiest node", kExtreme},
    {"queue_delay_mean_s", "s", kLower, false,
     "per message received: waiting for the uplink plus waiting for the downlink; mean", kExtreme},
    {"queue_delay_p99_s", "s", kLower, false,
     "per message received: waiting for the uplink plus waiting for the downlink; 99th percentile", kExtreme},
    {"uplink_utilisation_mean", "1", kLower, false,
     "offered load of a node's uplink: 8 x bytes / (rate x simulated time), without control messages that pass "
     "its queue; over 1 the queue grows"},
    {"uplink_utilisation_max", "1", kLower, false, "offered load of the busiest uplink", kExtreme},
    {"core_utilisation_mean", "1", kLower, false,
     "offered load of a node's cores: work handed to them / (cores x simulated time); over 1 the queue grows; null "
     "where [[group]] cores limits none"},
    {"core_utilisation_max", "1", kLower, false, "offered load of the busiest node's cores", kExtreme},
    {"redelivered", "1", kLower, false, "deliveries of items that the node had already (expired from its seen-set)",
     kCount},
    {"publications_skipped", "1", kLower, false, "publications that fell on a node that was down", kCount},
    {"view_size_p50", "1", kNeither, false,
     "nodes that a live node knows at the end, median; with [membership] other than static"},
    {"view_size_mean", "1", kNeither, false,
     "nodes that a live node knows at the end, mean; with [membership] other than static"},
    {"stale_view_share", "1", kLower, false,
     "share of the live nodes' knowledge of others that is of nodes that are down at the end; with "
     "[membership] other than static",
     share_of("nodes_live", "view_size_mean")},
    {"join_known_s", "s", kLower, false,
     "time from the start of a node that joins late until half of the other live nodes know it; mean over those that "
     "got there; with [membership] other than static"},
    {"blocks_found", "1", kNeither, false,
     "blocks found, but for the last ones that the workload's settle leaves out; with [[workload]] kind = \"mining\""},
    {"blocks_main", "1", kHigher, false,
     "blocks found that are on the main chain, which ends in the highest block; with [[workload]] kind = \"mining\"",
     number_of("blocks_found")},
    {"blocks_stale", "1", kLower, false,
     "blocks found that are not on the main chain, which ends in the highest block; with [[workload]] kind = "
     "\"mining\"",
     number_of("blocks_found")},
    {"stale_rate", "1", kLower, false, "blocks_stale over blocks_found; with [[workload]] kind = \"mining\"",
     share_of("blocks_found")},
    {"stale_per_main", "1", kLower, false, "blocks_stale over blocks_main; with [[workload]] kind = \"mining\""},
    {"head_agreement", "1", kHigher, false,
     "share of the live nodes whose chain is the main chain at the end of the run; with [[workload]] kind = \"mining\"",
     share_of({}, "nodes_live")},
    {"fork_time_share", "1", kLower, false,
     "share of the time in which live nodes are on chains of which none continues the other; with [[workload]] kind = "
     "\"mining\"",
     kAmount},
    {"reorgs", "1", kLower, false,
     "how often a node left blocks of its chain for a higher one; with [[workload]] kind = \"mining\"", kAmount},
    {"reorg_depth_mean", "1", kLower, false,
     "blocks of its chain that a node left for a higher one, mean over reorgs; with [[workload]] kind = \"mining\""},
    {"reorg_depth_max", "1", kLower, false,
     "blocks of its chain that a node left for a higher one, the most; with [[workload]] kind = \"mining\"", kExtreme},
    {"reorg_deep_share", "1", kLower, false,
     "share of the reorgs in which a node left more than one block; with [[workload]] kind = \"mining\"",
     share_of("reorgs")},
    {"blocks_invalid", "1", kNeither, false,
     "blocks found that break the rules, which no other figure of blocks counts; with [[workload]] kind = \"mining\"",
     kAmount},
    {"tx_published", "1", kNeither, false,
     "items published that are no blocks, where there are some; with [[workload]] kind = \"mining\""},
    {"tx_confirmed_share", "1", kHigher, false,
     "share of tx_published that a block of the main chain has, the last blocks left out that settle leaves out; null "
     "unless "
     "blocks take them from mempools, as with block-relay's mempool = \"explicit\"",
     share_of({}, "tx_published")},
    {"tx_confirmation_p50_s",
     "s",
     kLower,
     false,
     "time from the publication of a transaction to the discovery of the main chain's block that has it, median over "
     "the transactions that one has; null as tx_confirmed_share is",
     {},
     "tx_confirmed_share"},
    {"tx_confirmation_p90_s",
     "s",
     kLower,
     false,
     "time from the publication of a transaction to the discovery of the main chain's block that has it: 90 % of the "
     "transactions that one has take no longer",
     {},
     "tx_confirmed_share"},
};

}  // namespace

// One order that keeps those of all lists: the next figure is the first of some list, and is not behind another one in
// any.
Catalogue::Catalogue(std::vector<std::span<const protocol::Figure* const>> declared)
    : all_(std::begin(kMetrics), std::end(kMetrics)) {
  for (;;) {
    std::erase_if(declared, [](const auto& list) { return list.empty(); });
    if (declared.empty()) return;
    const auto ready = std::find_if(declared.begin(), declared.end(), [&](const auto& list) {
      return std::none_of(declared.begin(), declared.end(), [&](const auto& other) {
        return std::find(other.begin() + 1, other.end(), list.front()) != other.end();
      });
    });
    HEARSAY_CHECK(ready != declared.end(), "no two lists have the same figures in another order");
    const protocol::Figure* const next = ready->front();
    add(*next);
    for (auto& list : declared) {
      if (list.front() == next) list = list.subspan(1);
    }
  }
}

std::string_view label_of(std::string_view name) { return name.substr(std::min(name.find('['), name.size())); }

void Catalogue::add(const protocol::Figure& figure) {
  const protocol::FigureOptions& options = figure.options;
  const bool is_time = figure.kind == protocol::FigureKind::kItemTime;
  for (const FigureMetric& metric : metrics_of(figure.kind)) {
    const std::string& name = texts_.emplace_back(std::string(figure.name) + std::string(metric.suffix));
    const std::string& help = texts_.emplace_back(std::string(options.help) + std::string(metric.help));
    HEARSAY_CHECK(find(name) == nullptr, "each metric has a name of its own");
    Statistics statistics = metric.extreme ? kExtreme : options.rare ? kCount : Statistics{};
    if (figure.kind == protocol::FigureKind::kRatio) {
      const auto& ratio = static_cast<const protocol::Ratio&>(figure);
      if (ratio.is_share) statistics = share_of(ratio.per->name);
    }
    all_.push_back({name, is_time ? "s" : options.unit, options.better, false, help, statistics});
  }
}

const MetricInfo* Catalogue::find(std::string_view name) const {
  const std::string_view base = name.substr(0, name.find('['));
  for (const MetricInfo& info : all_)
    if (info.name == base) return (base == name || info.delivery) ? &info : nullptr;
  return nullptr;
}

}  // namespace hearsay::metrics
