#include <algorithm>
#include <cmath>
#include <cstddef>

#include "sim/core/check.hpp"
#include "sim/core/math.hpp"
#include "sim/core/random.hpp"
#include "sim/workload/spec.hpp"

namespace hearsay::workload {

namespace {

bool at_a_rate(Arrivals arrivals) {
  return arrivals == Arrivals::kPoisson || arrivals == Arrivals::kInterval || arrivals == Arrivals::kDistribution ||
         arrivals == Arrivals::kMining;
}

/// Share of reads in the stream of operations.
double read_share(const WorkloadSpec& spec) { return spec.reads_per_publish / (1.0 + spec.reads_per_publish); }

/// Adds gaps exactly: whole nanoseconds and the fraction apart, so that a time is rounded once, however many gaps
/// came before it.
class Clock {
 public:
  explicit Clock(SimTime start) : whole_(start.ns) {}
  /// False once the time is beyond the longest run.
  bool advance(double gap_ns) {
    const double sum = fraction_ + std::max(0.0, gap_ns);
    if (sum > static_cast<double>(kMaxSimTime.ns - whole_)) return false;
    const double whole = std::floor(sum);
    whole_ += static_cast<std::int64_t>(whole);
    fraction_ = sum - whole;
    return true;
  }
  SimTime now() const { return {whole_ + (fraction_ >= 0.5 ? 1 : 0)}; }

 private:
  std::int64_t whole_;
  double fraction_ = 0;
};

/// When the operations of a table with a rate happen, in [start, stop).
std::vector<SimTime> operation_times(const WorkloadSpec& spec, std::uint64_t seed, std::uint64_t table) {
  const Distribution gap =
      spec.arrivals == Arrivals::kPoisson ? Distribution::exponential(1e9 / spec.rate_per_s) : spec.gap_ns;
  HEARSAY_CHECK(gap.mean() > 0 && gap.upper_bound() > 0, "a workload without gaps would never end");
  KeyedDraws draws(seed, Stream::kPublication, table);
  Clock clock(spec.start);
  std::vector<SimTime> times;
  const bool limited = spec.arrivals == Arrivals::kMining && spec.count > 0;
  bool more = spec.arrivals == Arrivals::kInterval || clock.advance(gap.sample(draws));
  while (more && clock.now() < spec.stop) {
    times.push_back(clock.now());
    if (limited && times.size() == spec.count) break;
    more = clock.advance(gap.sample(draws));
  }
  return times;
}

/// Draws the origins and sizes of one table, in the order of its publications.
class Publisher {
 public:
  Publisher(const WorkloadSpec& spec, std::span<const network::NodeAttributes> nodes, std::uint64_t seed,
            std::uint64_t table)
      : spec_(spec),
        nodes_(nodes.size()),
        origins_(seed, Stream::kOrigin, table),
        sizes_(seed, Stream::kItemSize, table),
        invalid_(seed, Stream::kInvalid, table) {
    HEARSAY_CHECK(spec.origin != OriginKind::kNode || spec.origin_node < nodes.size(), "an origin that does not exist");
    for (std::uint32_t node = 0; spec.origin == OriginKind::kRole && node < nodes.size(); ++node) {
      if (nodes[node].role == spec.origin_role) of_role_.push_back(NodeId{node});
    }
    if (spec.arrivals == Arrivals::kMining) add_miners(nodes);
  }

  bool has_origin() const {
    if (mines()) return !miners_.empty();
    return nodes_ > 0 && (spec_.origin != OriginKind::kRole || !of_role_.empty());
  }

  Publication publish(SimTime time) {
    if (!mines()) return {time, size(), origin(), spec_.item_class};
    const bool valid = spec_.invalid_share == 0 || !invalid_.chance(spec_.invalid_share);
    return {time, size(), finder(), spec_.item_class, true, valid};
  }

 private:
  bool mines() const { return spec_.arrivals == Arrivals::kMining; }
  void add_miners(std::span<const network::NodeAttributes> nodes) {
    double power = 0;
    for (std::uint32_t node = 0; node < nodes.size(); ++node) {
      if (nodes[node].hash_power <= 0) continue;
      power += nodes[node].hash_power;
      miners_.push_back(NodeId{node});
      power_up_to_.push_back(power);
    }
  }
  /// Each miner by its share of all hash power.
  NodeId finder() {
    const double at = origins_.uniform() * power_up_to_.back();
    const auto found = std::upper_bound(power_up_to_.begin(), power_up_to_.end() - 1, at);
    return miners_[static_cast<std::size_t>(found - power_up_to_.begin())];
  }
  NodeId origin() {
    switch (spec_.origin) {
      case OriginKind::kRandom: return static_cast<NodeId>(origins_.below(nodes_));
      case OriginKind::kNode: return NodeId{spec_.origin_node};
      case OriginKind::kRole: return of_role_[origins_.below(of_role_.size())];
    }
    HEARSAY_CHECK(false, "an origin of no kind");
  }
  /// At least a byte; at most what sim/core/units.hpp reads, so that a size in bits fits as well.
  std::uint64_t size() {
    return static_cast<std::uint64_t>(std::clamp(std::floor(spec_.size_bytes.sample(sizes_) + 0.5), 1.0, 1.25e17));
  }

  const WorkloadSpec& spec_;
  std::size_t nodes_;
  std::vector<NodeId> of_role_;
  std::vector<NodeId> miners_;
  std::vector<double> power_up_to_;  // by miner: its hash power and that of those before
  KeyedDraws origins_;
  KeyedDraws sizes_;
  KeyedDraws invalid_;
};

void add_operations(const WorkloadSpec& spec, std::size_t nodes, std::uint64_t seed, std::uint64_t table,
                    Publisher& publisher, Schedule& schedule) {
  KeyedDraws reads(seed, Stream::kReads, table);
  const double share = read_share(spec);
  for (const SimTime time : operation_times(spec, seed, table)) {
    if (share > 0 && reads.chance(share)) {
      schedule.reads.push_back({time, static_cast<NodeId>(reads.below(nodes))});
    } else if (publisher.has_origin()) {
      schedule.publications.push_back(publisher.publish(time));
    }
  }
}

void add_trace(const WorkloadSpec& spec, std::size_t nodes, Schedule& schedule) {
  for (const TraceRow& row : spec.trace) {
    if (row.time < spec.start || row.time >= spec.stop) continue;
    HEARSAY_CHECK(row.node < nodes, "a trace names a node that does not exist");
    schedule.publications.push_back(
        {row.time, std::max<std::uint64_t>(1, row.size_bytes), NodeId{row.node}, row.item_class});
  }
}

}  // namespace

const WorkloadSpec* mining_of(std::span<const WorkloadSpec> specs) {
  for (const WorkloadSpec& spec : specs)
    if (spec.arrivals == Arrivals::kMining) return &spec;
  return nullptr;
}

Schedule schedule(std::span<const WorkloadSpec> specs, std::span<const network::NodeAttributes> nodes,
                  std::uint64_t seed) {
  Schedule all;
  if (nodes.empty()) return all;
  for (std::size_t table = 0; table < specs.size(); ++table) {
    const WorkloadSpec& spec = specs[table];
    Publisher publisher(spec, nodes, seed, table);
    if (at_a_rate(spec.arrivals)) {
      add_operations(spec, nodes.size(), seed, table, publisher, all);
    } else if (spec.arrivals == Arrivals::kTrace) {
      add_trace(spec, nodes.size(), all);
    } else if (publisher.has_origin()) {
      for (std::uint32_t i = 0; i < spec.count; ++i) all.publications.push_back(publisher.publish(spec.at));
    }
  }
  // Both lists are in the order of (table, index), which a stable sort keeps within a time.
  const auto earlier = [](const auto& a, const auto& b) { return a.time < b.time; };
  std::stable_sort(all.publications.begin(), all.publications.end(), earlier);
  std::stable_sort(all.reads.begin(), all.reads.end(), earlier);
  return all;
}

namespace {

/// Expected number of publications and reads of one table.
double expected_operations(const WorkloadSpec& spec) {
  const double span_ns = spec.stop > spec.start ? static_cast<double>((spec.stop - spec.start).ns) : 0;
  switch (spec.arrivals) {
    case Arrivals::kPoisson: return span_ns * spec.rate_per_s / 1e9;
    case Arrivals::kInterval: return std::ceil(span_ns / spec.gap_ns.mean());
    case Arrivals::kDistribution: return span_ns / spec.gap_ns.mean();
    case Arrivals::kCount: return spec.count;
    case Arrivals::kMining: {
      const double blocks = span_ns / spec.gap_ns.mean();
      return spec.count > 0 ? std::min(blocks, static_cast<double>(spec.count)) : blocks;
    }
    case Arrivals::kTrace: return static_cast<double>(spec.trace.size());
  }
  HEARSAY_CHECK(false, "arrivals of no kind");
}

}  // namespace

double expected_items(std::span<const WorkloadSpec> specs) {
  double items = 0;
  for (const WorkloadSpec& spec : specs)
    items += expected_operations(spec) * (at_a_rate(spec.arrivals) ? 1 - read_share(spec) : 1);
  return items;
}

double expected_reads(std::span<const WorkloadSpec> specs) {
  double reads = 0;
  for (const WorkloadSpec& spec : specs)
    if (at_a_rate(spec.arrivals)) reads += expected_operations(spec) * read_share(spec);
  return reads;
}

SimTime first_publication(std::span<const WorkloadSpec> specs) {
  SimTime first = kNever;
  for (const WorkloadSpec& spec : specs) {
    if (at_a_rate(spec.arrivals) || spec.arrivals == Arrivals::kMining) first = std::min(first, spec.start);
    if (spec.arrivals == Arrivals::kCount) first = std::min(first, spec.at);
    for (const TraceRow& row : spec.trace) first = std::min(first, std::max(row.time, spec.start));
  }
  return first;
}

}  // namespace hearsay::workload
