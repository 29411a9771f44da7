#pragma once

// What a scenario says about the network, resolved: every value in base units (ns, bytes, bit/s), every
// name replaced by an index, every range checked. Made by sim/scenario, consumed by the generators in
// this folder. Nothing here is drawn yet; drawing needs a seed.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/distribution.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"

namespace hearsay::network {

// ---------------------------------------------------------------------------------------- topology

enum class TopologyKind : std::uint8_t {
  kComplete,
  kLine,
  kRing,
  kStar,
  kGrid,
  kTree,
  kHypercube,
  kRandomRegular,
  kErdosRenyi,
  kWattsStrogatz,
  kBarabasiAlbert,
  kBitcoin,
  kGeometric,
  kFile,
  kNone,
};

/// One edge of a topology file. Undirected, from < to after reading.
struct FileEdge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::int64_t latency_ns = -1;           ///< -1: the file gives none
  std::uint64_t bandwidth_bit_per_s = 0;  ///< 0: unlimited
  friend bool operator==(const FileEdge&, const FileEdge&) = default;
};

struct TopologySpec {
  TopologyKind kind = TopologyKind::kNone;
  std::uint32_t nodes = 0;
  std::uint32_t degree = 0;            ///< random-regular, watts-strogatz
  double rewire = 0;                   ///< watts-strogatz
  double probability = 0;              ///< erdos-renyi
  std::uint32_t attach = 0;            ///< barabasi-albert
  std::uint32_t branching = 0;         ///< tree
  std::uint32_t outbound = 0;          ///< bitcoin; 0: outbound_cdf is used
  std::vector<double> outbound_cdf{};  ///< bitcoin: entry i = share of nodes with at most i + 1 outbound links
  std::uint32_t inbound_cap = 0;       ///< bitcoin; 0: none
  double radius = 0;                   ///< geometric, in the unit square
  std::vector<FileEdge> file_edges{};  ///< file
  bool resample = true;                ///< a new draw for each replication
  bool connected = true;               ///< a disconnected draw is an error
  friend bool operator==(const TopologySpec&, const TopologySpec&) = default;
};

// ----------------------------------------------------------------------------------------- latency

enum class LatencyKind : std::uint8_t { kDistribution, kMatrix, kEuclidean, kFile };

/// How a matrix entry varies from link to link.
struct Jitter {
  enum class Kind : std::uint8_t { kNone, kFactor, kParetoOffset } kind = Kind::kNone;
  Distribution factor = Distribution::constant(1);  ///< kFactor: multiplies the table's mean
  double offset_ns = 0;                             ///< kParetoOffset: scale m - offset, shape m / offset
};

struct LatencySpec {
  LatencyKind kind = LatencyKind::kDistribution;
  Distribution distribution = Distribution::constant(0);  ///< kDistribution, in ns
  std::vector<double> matrix_ns;                          ///< kMatrix: regions x regions, row-major, from x to
  std::uint32_t regions = 0;
  Jitter jitter;
  double scale_ns = 0;       ///< kEuclidean: latency of distance 1
  bool per_message = false;  ///< else one quantile per unordered pair
};

// ------------------------------------------------------------------------------------ region table

struct RegionSpec {
  std::string name;
  double share = 0;                    ///< of the nodes; exact quotas, shuffled
  std::uint64_t uplink_bit_per_s = 0;  ///< 0: unlimited
  std::uint64_t downlink_bit_per_s = 0;
};

// ------------------------------------------------------------------------------------------ groups

enum class SelectBy : std::uint8_t { kAll, kIds, kCount, kShare, kGroup, kRegion, kRole, kRest };

struct GroupSpec {
  std::string name;               ///< "group.N" if the scenario gives none
  SelectBy by = SelectBy::kRest;  ///< kIds, kCount, kShare or kRest
  std::vector<std::uint32_t> ids;
  std::uint32_t count = 0;
  double share = 0;
  std::optional<RegionId> region;
  std::optional<std::uint64_t> uplink_bit_per_s;  ///< 0: unlimited
  std::optional<std::uint64_t> downlink_bit_per_s;
  std::optional<RoleId> role;
  bool validator = false;
  std::vector<std::string> hosts;      ///< names on a platform
  std::optional<std::uint32_t> cores;  ///< for a protocol's work; unlimited if empty
  std::optional<double> hash_power;    ///< share of the whole, split equally over the group
  Duration extra_latency;
  std::optional<std::uint32_t> inbound_cap;
  bool joins = false;  ///< down until it joins, in [joins_from, joins_to] spread evenly
  SimTime joins_from;
  SimTime joins_to;
};

// -------------------------------------------------------------------------------------------- loss

struct LossSpec {
  enum class Kind : std::uint8_t { kNone, kIndependent, kGilbertElliott } kind = Kind::kNone;
  double probability = 0;  ///< kIndependent
  Duration good, bad;      ///< kGilbertElliott: mean sojourn times
  double loss_good = 0, loss_bad = 1;
};

// ------------------------------------------------------------------------------------------- wire

enum class WireModel : std::uint8_t { kDelay, kQueue };
enum class Contention : std::uint8_t { kUplink, kBoth };
enum class UplinkRelease : std::uint8_t { kSent, kDelivered };
enum class Transport : std::uint8_t { kDatagram, kReliable };

struct KindLatency {
  std::string message_kind;
  Duration extra;
};

struct NetworkSpec {
  WireModel model = WireModel::kQueue;
  Contention contention = Contention::kBoth;
  UplinkRelease uplink_release = UplinkRelease::kSent;
  std::uint64_t control_bytes = 0;
  std::uint64_t overhead_bytes = 0;
  bool connection_per_message = false;            ///< one round trip before each transfer
  std::optional<std::uint64_t> uplink_bit_per_s;  ///< beats the regions; absent: theirs; 0: unlimited
  std::optional<std::uint64_t> downlink_bit_per_s;
  LatencySpec latency;
  std::vector<KindLatency> latency_by_kind;
  LossSpec loss;
  Transport transport = Transport::kDatagram;
  Duration rto = seconds(1);
  std::uint32_t max_retries = 6;
  Duration reconnect_delay = seconds(30);
  Duration connect_timeout = seconds(3);  ///< after which a connect() without an answer has failed
  Duration keep_alive;  ///< the failure detector: a peer not heard of for so long counts as crashed; 0: there is none
  std::uint32_t inbound_cap = 0;  ///< connections that a node accepts; 0: any number
  std::vector<RegionSpec> regions;
  std::vector<GroupSpec> groups;
  std::vector<std::string> roles;  ///< names of the RoleIds
};

// --------------------------------------------------------------------------------------- selection

/// Which nodes a fault hits. Names are resolved to indices.
struct NodeSelector {
  SelectBy by = SelectBy::kAll;
  std::vector<std::uint32_t> ids;
  std::uint32_t count = 0;
  double share = 0;  ///< exactly round(share x N), halves up
  GroupId group = kNoGroup;
  RegionId region = kNoRegion;
  RoleId role = kNoRole;
};

}  // namespace hearsay::network
