// The recorder's end of a run: traffic, queues, conservation, and the order in which everything is listed.

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/metrics/optional_values.hpp"
#include "sim/metrics/recorder.hpp"

namespace hearsay::metrics {

void Recorder::add_network_metrics(const End& end, RunResult& result) {
  const auto put = [&](const char* name, std::optional<double> value) { result.metrics.emplace_back(name, value); };
  const auto count = [&](const char* name, std::uint64_t value) { put(name, static_cast<double>(value)); };
  const auto published = static_cast<double>(published_);
  count("messages_sent", traffic_.sent);
  count("messages_received", traffic_.received);
  count("messages_lost", traffic_.lost);
  count("messages_in_flight", traffic_.in_flight());
  const Tail after = after_completion();
  const auto sent_for_items = static_cast<double>(traffic_.sent - after.messages);
  put("messages_per_item", ratio(sent_for_items, published));
  if (!schedule_.reads.empty())
    put("messages_per_op", ratio(sent_for_items, published + static_cast<double>(schedule_.reads.size())));
  count("messages_after_complete", after.messages);
  count("payload_messages", payload_messages_);
  std::uint64_t receipts = 0, useful = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!items_[i].is_published || !items_[i].measured) continue;
    receipts += counts_[i].receipts;
    useful += useful_receipts(i);
  }
  count("payload_receipts", receipts);
  count("duplicates", receipts - useful);
  const auto redundancy = ratio(static_cast<double>(receipts), static_cast<double>(useful));
  put("rmr", redundancy ? std::optional(*redundancy - 1) : std::nullopt);
  count("bytes_sent", traffic_.bytes_sent);
  count("bytes_received", traffic_.bytes_received);
  count("bytes_lost", traffic_.bytes_lost);
  count("bytes_in_flight", traffic_.bytes_sent - traffic_.bytes_received - traffic_.bytes_lost);
  put("bytes_per_item", ratio(static_cast<double>(traffic_.bytes_sent - after.bytes), published));
  count("bytes_after_complete", after.bytes);

  std::vector<std::int64_t> uplink(uplink_bytes_.begin(), uplink_bytes_.end());
  std::sort(uplink.begin(), uplink.end());
  put("uplink_bytes_p50", uplink.empty() ? std::nullopt : std::optional(quantile_of_sorted(uplink, 0.5)));
  put("uplink_bytes_p99", uplink.empty() ? std::nullopt : std::optional(quantile_of_sorted(uplink, 0.99)));
  put("uplink_bytes_max", uplink.empty() ? std::nullopt : std::optional(static_cast<double>(uplink.back())));
  put("queue_delay_mean_s", in_seconds(queue_delay_.mean()));
  put("queue_delay_p99_s", in_seconds(queue_delay_.quantile(0.99)));
  double sum = 0, max = 0;
  std::uint64_t limited = 0;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (nodes_[n].uplink_bit_per_s == 0) continue;
    const std::uint64_t queued = uplink_bytes_[n] - (control_bytes_.empty() ? 0 : control_bytes_[n]);
    const double load =
        8.0 * static_cast<double>(queued) / (static_cast<double>(nodes_[n].uplink_bit_per_s) * to_seconds(end.time));
    sum += load;
    max = std::max(max, load);
    ++limited;
  }
  const bool known = limited > 0 && end.time.ns > 0;
  put("uplink_utilisation_mean", known ? std::optional(sum / static_cast<double>(limited)) : std::nullopt);
  put("uplink_utilisation_max", known ? std::optional(max) : std::nullopt);
  put("core_utilisation_mean", end.core_utilisation_mean);
  put("core_utilisation_max", end.core_utilisation_max);
  count("redelivered", redelivered_);
  count("publications_skipped", publications_skipped_);
}

/// Those that a node had a use for: by which it had the item whole, and pieces before that.
std::uint64_t Recorder::useful_receipts(std::size_t item) const {
  const PieceTable* const pieces = pieces_if_any(ItemId{static_cast<std::uint32_t>(item)});
  return counts_[item].first_receipts + (pieces == nullptr ? 0 : pieces->useful());
}

void Recorder::check_conservation(const End& end) const {
  HEARSAY_CHECK(traffic_.sent == traffic_.received + traffic_.lost + end.messages_in_flight,
                "messages sent = received + lost + in flight");
  HEARSAY_CHECK(traffic_.bytes_sent == traffic_.bytes_received + traffic_.bytes_lost + end.bytes_in_flight,
                "bytes sent = received + lost + in flight");
  std::uint64_t by_kind = 0, dropped = 0, uplink = 0;
  for (const NamedCount& kind : by_kind_) by_kind += kind.count;
  for (const std::uint64_t d : drops_) dropped += d;
  for (const std::uint64_t b : uplink_bytes_) uplink += b;
  HEARSAY_CHECK(by_kind == traffic_.sent, "the kinds add up to the messages sent");
  HEARSAY_CHECK(dropped == traffic_.lost, "the reasons add up to the messages lost");
  HEARSAY_CHECK(uplink == traffic_.bytes_sent, "the uplinks add up to the bytes sent");
  for (std::size_t i = 0; i < items_.size(); ++i)
    HEARSAY_CHECK(useful_receipts(i) <= counts_[i].receipts, "receipts of use are receipts");
}

void Recorder::finish(const End& end, RunResult& result) {
  gather();
  check_conservation(end);
  result.simulated_s = to_seconds(end.time);
  result.metrics.emplace_back("nodes", static_cast<double>(nodes_.size()));
  result.metrics.emplace_back("edges", static_cast<double>(end.edges));
  result.metrics.emplace_back("items_published", static_cast<double>(published_));
  add_delivery_metrics(result);
  if (spec_.stretch) result.metrics.emplace_back("stretch_mean", stretch(end));
  if (!schedule_.reads.empty()) add_stable_latency(result);
  add_network_metrics(end, result);
  result.metrics.insert(result.metrics.end(), end.more_metrics.begin(), end.more_metrics.end());
  // Labelled figures last, so that the columns that every scenario has come first.
  std::stable_partition(result.metrics.begin(), result.metrics.end(),
                        [](const auto& m) { return m.first.find('[') == std::string::npos; });
  result.messages_by_kind = by_kind_;
  for (std::size_t i = 0; i < kDropReasons; ++i)
    if (drops_[i] > 0) result.drops.emplace_back(drop_name(static_cast<Drop>(i)), drops_[i]);
  add_reach(result);
  if (spec_.series.ns > 0) {
    result.series_columns = {"live_nodes",    "items_published",    "coverage",
                             "deliveries",    "messages_sent",      "messages_received",
                             "messages_lost", "messages_in_flight", "bytes_sent"};
    result.series_columns.insert(result.series_columns.end(), end.more_columns.begin(), end.more_columns.end());
    result.series = std::move(series_);
  }
  result.ledger = std::move(ledger_);
}

}  // namespace hearsay::metrics
