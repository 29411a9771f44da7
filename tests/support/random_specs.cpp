#include "tests/support/random_specs.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "protocols/flood.hpp"
#include "sim/core/random.hpp"
#include "sim/membership/exchange.hpp"
#include "sim/membership/hyparview.hpp"
#include "sim/membership/registry.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::test {

namespace {

using network::FaultSpec;
using network::NodeSelector;
using network::SelectBy;
using network::TopologyKind;
using protocols::Flood;

class Draw {
 public:
  explicit Draw(std::uint64_t number) : draws_(number, Stream::kProperty) {}

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(draws_.below(n)); }
  std::uint32_t between(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }
  bool chance(double p) { return draws_.chance(p); }
  double real(double low, double high) { return low + (high - low) * draws_.uniform(); }
  Duration duration(Duration low, Duration high) {
    return {low.ns + static_cast<std::int64_t>(draws_.below(static_cast<std::uint64_t>(high.ns - low.ns + 1)))};
  }
  SimTime time(Duration low, Duration high) { return SimTime{} + duration(low, high); }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<std::uint32_t>(values.size()))];
  }

  // ------------------------------------------------------------------------------------- topology

  network::TopologySpec topology() {
    network::TopologySpec t;
    t.connected = false;
    t.kind = static_cast<TopologyKind>(below(15));
    t.nodes = between(2, 80);
    const std::uint32_t n = t.nodes;
    switch (t.kind) {
      case TopologyKind::kRing: t.nodes = std::max(n, 3u); break;
      case TopologyKind::kTree: t.branching = between(1, 5); break;
      case TopologyKind::kHypercube: t.nodes = std::bit_floor(n); break;
      case TopologyKind::kRandomRegular:
        t.degree = between(1, std::min(n - 1, 8u));
        if (n * t.degree % 2 != 0) ++t.nodes;
        break;
      case TopologyKind::kErdosRenyi: t.probability = std::min(1.0, real(0.5, 6) / n); break;
      case TopologyKind::kWattsStrogatz:
        t.nodes = std::max(n, 5u);
        t.degree = chance(0.5) ? 2 : 4;
        t.rewire = real(0, 1);
        break;
      case TopologyKind::kBarabasiAlbert:
        t.nodes = std::max(n, 5u);
        t.attach = between(1, 4);
        break;
      case TopologyKind::kBitcoin:
        t.nodes = std::max(n, 10u);
        t.outbound = between(1, 5);
        if (chance(0.3)) t.inbound_cap = t.outbound + between(2, 10);
        break;
      case TopologyKind::kGeometric: t.radius = real(0.1, 0.5); break;
      case TopologyKind::kFile: t = edges(n, file_edges(n)); break;
      default: break;
    }
    t.connected = false;
    return t;
  }

  std::vector<network::FileEdge> file_edges(std::uint32_t n) {
    std::vector<network::FileEdge> all;
    const double p = std::min(1.0, real(1, 6) / n);
    for (std::uint32_t a = 0; a < n; ++a)
      for (std::uint32_t b = a + 1; b < n; ++b)
        if (chance(p)) all.push_back({a, b, duration({}, milliseconds(100)).ns, chance(0.3) ? bandwidth() : 0});
    return all;
  }

  // ------------------------------------------------------------------------------------- network

  std::uint64_t bandwidth() { return static_cast<std::uint64_t>(real(100e3, 20e6)); }
  std::uint64_t maybe_bandwidth() { return chance(0.3) ? 0 : bandwidth(); }

  Distribution distribution(double mean) {
    switch (below(6)) {
      case 0: return Distribution::constant(mean);
      case 1: return Distribution::uniform(0, 2 * mean);
      case 2: return Distribution::normal(mean, mean / 2);
      case 3: return Distribution::lognormal(mean, mean);
      case 4: return Distribution::exponential(mean);
      default: return Distribution::pareto_shape(mean, real(1.2, 4));
    }
  }

  network::LatencySpec latency(const simulation::RunSpec& spec, bool per_message) {
    network::LatencySpec l;
    l.per_message = per_message;
    const std::uint32_t kind = below(4);
    if (kind == 0 && !spec.network.regions.empty()) {
      l.kind = network::LatencyKind::kMatrix;
      l.regions = static_cast<std::uint32_t>(spec.network.regions.size());
      for (std::uint32_t i = 0; i < l.regions * l.regions; ++i) l.matrix_ns.push_back(real(5e6, 100e6));
      if (chance(0.5)) {
        l.jitter.kind = chance(0.5) ? network::Jitter::Kind::kFactor : network::Jitter::Kind::kParetoOffset;
        l.jitter.factor = Distribution::lognormal(1, 0.3);
        l.jitter.offset_ns = 2e6;
      }
    } else if (kind == 1) {
      l.kind = network::LatencyKind::kEuclidean;
      l.scale_ns = 80e6;
    } else if (kind == 2 && spec.topology.kind == TopologyKind::kFile) {
      l.kind = network::LatencyKind::kFile;
      l.per_message = false;
    } else {
      l.distribution = distribution(chance(0.05) ? 5e9 : 40e6);  // 5 s: beyond what the overlay caches
    }
    return l;
  }

  void regions_and_roles(simulation::RunSpec& spec) {
    auto& net = spec.network;
    if (chance(0.5))
      net.regions = {
          {"east", 0.5, maybe_bandwidth(), maybe_bandwidth()}, {"west", 0.3, 0, 0}, {"south", 0.2, bandwidth(), 0}};
    net.roles = {"hub", "leaf"};
    if (chance(0.6)) net.uplink_bit_per_s = maybe_bandwidth();
    if (chance(0.6)) net.downlink_bit_per_s = maybe_bandwidth();
    if (chance(0.5)) {
      network::GroupSpec g;
      g.name = "few";
      g.by = SelectBy::kShare;
      g.share = real(0, 0.5);
      g.role = RoleId{0};
      g.validator = true;
      if (chance(0.5)) g.uplink_bit_per_s = maybe_bandwidth();
      if (chance(0.3)) g.extra_latency = milliseconds(below(20));
      net.groups.push_back(g);
    }
  }

  void joiners(simulation::RunSpec& spec) {
    network::GroupSpec g;
    g.name = "late";
    g.by = SelectBy::kRest;
    g.role = RoleId{1};
    g.joins = true;
    g.joins_from = time({}, seconds(3));
    g.joins_to = g.joins_from + duration({}, seconds(3));
    spec.network.groups.push_back(g);
  }

  void wire(simulation::RunSpec& spec) {
    auto& net = spec.network;
    net.model = chance(0.25) ? network::WireModel::kDelay : network::WireModel::kQueue;
    net.contention = chance(0.5) ? network::Contention::kUplink : network::Contention::kBoth;
    if (net.contention == network::Contention::kUplink && chance(0.3))
      net.uplink_release = network::UplinkRelease::kDelivered;
    if (chance(0.2)) net.control_bytes = 500;
    if (chance(0.2)) net.overhead_bytes = 40;
    if (chance(0.2)) net.connection_per_message = true;
    if (chance(0.2)) net.latency_by_kind = {{"item", milliseconds(below(30))}};
    if (chance(0.3)) net.loss = {network::LossSpec::Kind::kIndependent, chance(0.1) ? 1 : real(0, 0.5), {}, {}, 0, 1};
    if (chance(0.15))
      net.loss = {
          network::LossSpec::Kind::kGilbertElliott, 0, seconds(2), milliseconds(300), real(0, 0.1), real(0.5, 1)};
    if (chance(0.3)) {
      net.transport = network::Transport::kReliable;
      net.rto = duration(milliseconds(20), seconds(1));
      net.max_retries = below(4);
      net.reconnect_delay = duration(milliseconds(100), seconds(5));
    }
  }

  // -------------------------------------------------------------------------------------- faults

  NodeSelector selector(const simulation::RunSpec& spec) {
    NodeSelector s;
    switch (below(5)) {
      case 0: break;
      case 1:
        s.by = SelectBy::kIds;
        for (std::uint32_t i = between(1, 3); i > 0; --i) s.ids.push_back(below(spec.topology.nodes));
        break;
      case 2:
        s.by = SelectBy::kCount;
        s.count = below(spec.topology.nodes + 1);
        break;
      case 3:
        s.by = SelectBy::kRole;
        s.role = RoleId{0};
        break;
      default: s.by = SelectBy::kShare; s.share = real(0, 1);
    }
    return s;
  }

  FaultSpec fault(const simulation::RunSpec& spec) {
    FaultSpec f;
    f.kind = network::fault_kinds()[below(static_cast<std::uint32_t>(network::fault_kinds().size()))];
    f.nodes = selector(spec);
    f.at = chance(0.2) ? SimTime{} : time({}, seconds(8));
    if (chance(0.8)) f.until = f.at + duration(nanoseconds(1), seconds(8));
    std::visit([&](auto& kind) { set_values(kind); }, f.kind);
    return f;
  }

  void set_values(network::Partition& f) { f.one_way = chance(0.3); }
  void set_values(network::Crash& f) { f.lose_state = chance(0.5); }
  void set_values(network::Churn& f) {
    f.lose_state = chance(0.5);
    f.session = distribution(real(0.1e9, 5e9));
    f.downtime = distribution(real(0.05e9, 3e9));
  }
  void set_values(network::LossBurst& f) { f.loss = real(0, 1); }
  void set_values(network::LatencySpike& f) {
    f.factor = real(1, 5);
    f.add = chance(0.5) ? duration({}, milliseconds(200)) : Duration{};
  }
  void set_values(network::BandwidthDrop& f) { f.factor = real(0.01, 1); }
  void set_values(network::Silent&) {}
  void set_values(network::Slow& f) { f.delay = duration({}, milliseconds(200)); }

  // -------------------------------------------------------------------------- workload and protocol

  workload::WorkloadSpec workload(const simulation::RunSpec& spec) {
    workload::WorkloadSpec w;
    w.stop = std::min(SimTime{} + duration(milliseconds(1), seconds(8)), spec.duration);
    w.size_bytes = chance(0.5) ? Distribution::constant(1000) : Distribution::lognormal(5000, 10000);
    switch (below(4)) {
      case 0:
        w.arrivals = workload::Arrivals::kPoisson;
        w.rate_per_s = real(0.2, 3);
        break;
      case 1:
        w.arrivals = workload::Arrivals::kInterval;
        w.gap_ns = Distribution::constant(real(0.3e9, 3e9));
        break;
      case 2:
        w.arrivals = workload::Arrivals::kDistribution;
        w.gap_ns = Distribution::uniform(0.1e9, 2e9);
        break;
      default:
        w.arrivals = workload::Arrivals::kCount;
        w.count = between(1, 4);
        w.at = chance(0.5) ? SimTime{} : time({}, seconds(2));
    }
    if (w.arrivals != workload::Arrivals::kCount && chance(0.3)) w.reads_per_publish = real(0.1, 2);
    if (chance(0.5)) {
      w.origin = workload::OriginKind::kNode;
      w.origin_node = below(spec.topology.nodes);
    } else if (chance(0.2)) {
      w.origin = workload::OriginKind::kRole;
      w.origin_role = RoleId{0};
    }
    w.item_class = ClassId{static_cast<std::uint16_t>(below(2))};
    return w;
  }

  Flood::Choice choice() {
    Flood::Choice c;
    c.policy = static_cast<Flood::Policy>(below(5));
    if (c.policy == Flood::Policy::kRandomSubset) {
      if (chance(0.7)) c.fraction = real(0, 1);
      if (!c.fraction || chance(0.5)) c.min_peers = between(1, 4);
    } else if (c.policy == Flood::Policy::kCount || (c.policy != Flood::Policy::kAll && chance(0.5))) {
      c.count = between(1, 5);
    }
    return c;
  }

  void flood(simulation::RunSpec& spec) {
    auto& p = params<Flood>(spec);
    if (chance(0.5))
      static_cast<Flood::Choice&>(p) = choice();
    else if (chance(0.5))
      p.policies["tx"] = choice();
    p.exclude = one_of({Flood::Exclude::kNone, Flood::Exclude::kSender, Flood::Exclude::kKnown});
    if (chance(0.4)) p.forward_delay = duration(nanoseconds(1), milliseconds(100));
    if (chance(0.2)) p.max_hops = between(1, 6);
    // A forgotten item is flooded anew by every node that hears it again; what comes of one publication is bounded only
    // by the hops: at most 9^4 copies with 10 nodes.
    if (spec.topology.nodes > 10 || !chance(0.5)) return;
    p.max_hops = between(1, 4);
    if (chance(0.5)) p.seen_ttl = duration(nanoseconds(1), seconds(2));
    if (chance(0.5)) p.seen_capacity = between(1, 3);
  }

 private:
  KeyedDraws draws_;
};

}  // namespace

simulation::RunSpec random_spec(std::uint64_t number) {
  Draw draw(number);
  auto spec = basic_spec("flood", TopologyKind::kLine, 2);
  spec.seed = number;
  spec.duration = draw.time(seconds(1), seconds(30));
  spec.until = draw.one_of({simulation::Until::kDuration, simulation::Until::kCovered, simulation::Until::kQuiet});
  spec.classes = {"", "tx"};
  spec.topology = draw.topology();
  draw.regions_and_roles(spec);
  draw.wire(spec);
  spec.network.latency = draw.latency(spec, draw.chance(0.2));
  if (draw.chance(0.2)) draw.joiners(spec);
  if (draw.chance(0.6))
    for (std::uint32_t i = draw.between(1, 4); i > 0; --i) spec.faults.push_back(draw.fault(spec));
  spec.workloads.clear();
  for (std::uint32_t i = draw.between(1, 3); i > 0; --i) spec.workloads.push_back(draw.workload(spec));
  draw.flood(spec);
  for (auto& w : spec.workloads) w.stop = std::min(w.stop, spec.duration);
  return spec;
}

double add_random_membership(simulation::RunSpec& spec, std::uint64_t number) {
  KeyedDraws draws(number, Stream::kProperty, 1);
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint32_t>(draws.below(n)); };
  const auto up_to = [&](Duration d) {
    return nanoseconds(1 + static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(d.ns))));
  };
  double capacity = std::numeric_limits<double>::infinity();
  spec.until = simulation::Until::kDuration;
  spec.output.stretch = false;
  if (draws.chance(0.4)) spec.network.keep_alive = up_to(seconds(4));
  spec.network.reconnect_delay = milliseconds(100) + up_to(seconds(3));
  spec.network.connect_timeout = up_to(seconds(3));
  const bool links_exist = spec.topology.kind != TopologyKind::kNone;
  const bool any_pair = spec.network.latency.kind != network::LatencyKind::kFile;
  const double kind = draws.uniform();
  if (links_exist && (kind < 0.15 || !any_pair)) {
    if (!spec.connections_break()) spec.network.keep_alive = up_to(seconds(4));
    return capacity;
  }
  if (links_exist && kind < 0.5) {
    auto& m = set_membership<membership::Exchange>(spec);
    m.active = 1 + below(8);
    m.ping_interval = milliseconds(100) + up_to(seconds(3));
    m.ping_timeout = draws.chance(0.2) ? m.ping_interval : up_to(m.ping_interval);
    m.suspect_after = 1 + below(3);
    m.list_size = 1 + below(10);
    if (draws.chance(0.7)) m.rotate_interval = milliseconds(100) + up_to(seconds(5));
    m.expire_after = m.ping_interval + up_to(seconds(20));
    m.view_capacity = m.active + below(40);
    capacity = *m.view_capacity;
  } else if (links_exist && kind < 0.8) {
    auto& m = set_membership<membership::Hyparview>(spec);
    m.active = 1 + below(6);
    m.shuffle_active = below(m.active + 1);
    m.shuffle_passive = below(6);
    m.passive = m.shuffle_active + m.shuffle_passive + 1 + below(20);
    m.active_walk = 1 + below(6);
    m.passive_walk = below(m.active_walk + 1);
    m.shuffle_interval = milliseconds(100) + up_to(seconds(4));
  } else {
    spec.topology.kind = TopologyKind::kNone;
    if (!any_pair) spec.network.latency = constant_latency(milliseconds(20));
    auto& m = set_membership<membership::Registry>(spec);
    m.registry_delay = up_to(seconds(1));
    if (draws.chance(0.7)) m.refresh = up_to(seconds(5));
    if (draws.chance(0.7)) m.expire_after = m.refresh.value_or(Duration{}) + up_to(seconds(5));
  }
  if (draws.chance(0.3)) spec.network.inbound_cap = 20 + below(60);
  return capacity;
}

simulation::RunSpec random_plain_spec(std::uint64_t number) {
  Draw draw(number);
  auto spec = basic_spec("flood", TopologyKind::kLine, 2);
  spec.seed = number;
  spec.until = simulation::Until::kQuiet;
  spec.topology = draw.topology();
  for (auto& edge : spec.topology.file_edges) edge.bandwidth_bit_per_s = 0;
  spec.network.latency = draw.latency(spec, false);
  if (draw.chance(0.5)) spec.network.contention = network::Contention::kUplink;
  spec.workloads = {burst(draw.between(1, 4), std::nullopt)};
  if (draw.chance(0.5)) params<Flood>(spec).exclude = Flood::Exclude::kNone;
  return spec;
}

}  // namespace hearsay::test
