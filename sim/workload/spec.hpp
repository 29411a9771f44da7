#pragma once

// What a scenario says about who publishes what and when; drawn into a schedule by schedule().

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/distribution.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/network/nodes.hpp"

namespace hearsay::workload {

enum class Arrivals : std::uint8_t {
  kPoisson,       ///< gaps Exp(1 / rate), the first item one gap after start
  kInterval,      ///< constant gap, the first item at start
  kDistribution,  ///< gaps drawn, the first item one gap after start
  kCount,         ///< `count` items at `at`
  kTrace,         ///< the rows of a file
  kMining,        ///< gaps Exp(mean of gap_ns), the first block one gap after start; found by hash power
};

enum class OriginKind : std::uint8_t { kRandom, kNode, kRole };

struct TraceRow {
  SimTime time;
  std::uint32_t node = 0;
  std::uint64_t size_bytes = 0;
  ClassId item_class{};
};

/// One [[workload]] table.
struct WorkloadSpec {
  Arrivals arrivals = Arrivals::kCount;
  double rate_per_s = 0;                            ///< kPoisson
  Distribution gap_ns = Distribution::constant(0);  ///< kInterval (constant), kDistribution, kMining
  std::uint32_t count = 0;                          ///< kCount; kMining: the most blocks, 0: any number
  SimTime at;                                       ///< kCount
  SimTime start;                                    ///< items are published in [start, stop)
  SimTime stop;
  Distribution size_bytes = Distribution::constant(0);
  OriginKind origin = OriginKind::kRandom;
  std::uint32_t origin_node = 0;
  RoleId origin_role = kNoRole;
  ClassId item_class{};
  double reads_per_publish = 0;    ///< share of reads r/(1+r) in the stream of operations
  std::vector<TraceRow> trace;     ///< kTrace
  std::uint32_t settle = 0;        ///< kMining: blocks at the end that no figure of the chain counts
  std::uint32_t transactions = 0;  ///< kMining: of a block, its coinbase among them; 0: not said
  double invalid_share = 0;        ///< kMining: probability that a block is invalid
};

struct Publication {
  SimTime time;
  std::uint64_t size_bytes = 0;
  NodeId origin{};
  ClassId item_class{};
  bool is_block = false;
  bool is_valid = true;
};

struct Read {
  SimTime time;
  NodeId node{};
};

struct Schedule {
  std::vector<Publication> publications;  ///< by (time, table, index); ItemId = position
  std::vector<Read> reads;                ///< by (time, table, index)
};

/// The table of kind mining; null if there is none. There is one at most, since there is one chain.
const WorkloadSpec* mining_of(std::span<const WorkloadSpec> specs);

/// Draws the schedule; depends on (specs, nodes, seed) alone. A role without nodes publishes nothing.
Schedule schedule(std::span<const WorkloadSpec> specs, std::span<const network::NodeAttributes> nodes,
                  std::uint64_t seed);

/// Expected numbers of publications and of reads: for estimates.
double expected_items(std::span<const WorkloadSpec> specs);
double expected_reads(std::span<const WorkloadSpec> specs);

/// Nothing is published before; kNever if nothing is published at all.
SimTime first_publication(std::span<const WorkloadSpec> specs);

}  // namespace hearsay::workload
