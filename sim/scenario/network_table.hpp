#pragma once

// Network tables: what is measured of a real network (scenarios/networks/*.toml). Regions with their share of
// the nodes and bandwidths, mean latencies between them and how these vary, numbers of outbound links.
//
//   name = "..."   source = "..."
//   latency = { unit = "ms", matrix = [[32, 124], [124, 11]] }
//   jitter = { kind = "pareto", offset = "5 ms" }              optional
//   outbound_distribution = [0.025, 0.05, ...]                 optional
//   [[region]]
//   name = "europe"   share = 0.5   uplink = "20.7 Mbit/s"   downlink = "40 Mbit/s"      all but the name optional
//
// A scenario can write the same inside [network].

#include <optional>
#include <string>
#include <vector>

#include "sim/document/reader.hpp"
#include "sim/network/spec.hpp"

namespace hearsay::scenario {

struct Regions {
  std::vector<network::RegionSpec> regions;
  bool have_shares = false;
};

struct NetworkTable {
  Regions regions;
  std::vector<double> matrix_ns;  ///< regions x regions; empty: none
  network::Jitter jitter;
  std::vector<double> outbound_cdf;                   ///< empty: none
  std::vector<document::CellDiagnostic> diagnostics;  ///< about the file itself
};

/// The table in `text`, the content of `file`.
NetworkTable read_network_table(const std::string& text, const std::string& file);

/// `[{ name, share, uplink, downlink }]`; all of them have a share or none, and shares sum to 1.
Regions read_regions(const document::Reader& parent, const std::string& key);

/// A square array of arrays of durations, or of numbers in `unit`; empty after a diagnostic.
std::vector<double> read_latency_matrix(const document::Reader& parent, const std::string& key, std::size_t regions);

/// How a matrix entry varies from link to link.
network::Jitter read_jitter(const document::Cell& cell);
/// `{ kind = "pareto", offset }` needs an offset below each mean.
void check_jitter(const document::Cell& at, const network::Jitter& jitter, const std::vector<double>& matrix_ns);

/// Entry i = share of the nodes with at most i + 1 links.
std::vector<double> read_outbound_cdf(const document::Cell& cell);

/// An error unless the shares sum to 1 within 0.001; then makes them do so exactly.
void normalise_shares(const document::Cell& at, std::vector<network::RegionSpec>& regions);

}  // namespace hearsay::scenario
