#pragma once

// The CSV tables of a result directory, as text. Rows come in the order of the plan and numbers in their
// shortest exact form, so the same campaign gives the same bytes whoever executed it. Only performance.csv
// holds wall-clock times.
//
//   runs.csv         point, one column per axis, replication, seed, digest, failed, failure, one column per metric
//   points.csv       point, one column per axis, metric, unit, mean, sd, ci95_low, ci95_high, n
//   messages.csv     point, replication, kind, count, bytes
//   drops.csv        point, replication, reason, count
//   faults.csv       point, replication, fault, kind, dropped, delayed, nodes
//   series.csv       point, replication, time_s, one column per sampled value
//   reach.csv        point, replication, class, share, time_s        share of nodes reached, time since publication
//   ledger.csv       point, replication, item, node, from, time_s, hops
//   performance.csv  point, replication, events, setup_s, wall_s, events_per_s, peak_rss_bytes,
//                    nodes_bytes, items_bytes, messages_bytes

#include <string>
#include <vector>

#include "sim/campaign/campaign.hpp"
#include "sim/campaign/labels.hpp"
#include "sim/scenario/scenario.hpp"

namespace hearsay::campaign {

struct TableInput {
  const scenario::Scenario& scenario;
  const PointLabels& labels;
  const CampaignResult& result;
};

std::string runs_csv(const TableInput& input);
std::string points_csv(const TableInput& input);
std::string messages_csv(const TableInput& input);
std::string drops_csv(const TableInput& input);
std::string faults_csv(const TableInput& input);
std::string performance_csv(const TableInput& input);
/// Empty if no run has samples.
std::string series_csv(const TableInput& input);

// The long tables are written run by run: the header first, then each run's rows.
inline constexpr const char* kReachHeader = "point,replication,class,share,time_s\n";
inline constexpr const char* kLedgerHeader = "point,replication,item,node,from,time_s,hops\n";
std::string reach_rows(const RunRecord& run);
std::string ledger_rows(const RunRecord& run);

/// Nanoseconds as seconds, exactly: "1.500000000".
std::string exact_seconds(std::int64_t ns);

}  // namespace hearsay::campaign
