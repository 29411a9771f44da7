#include "sim/scenario/resolve.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/core/units.hpp"
#include "sim/scenario/distributions.hpp"
#include "sim/scenario/resolve_nodes.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::choices_text;
using document::empty_value;
using document::kPositive;
using document::kProbability;
using document::Reader;
using document::text_value;
using document::Type;
using document::Value;
using network::NetworkSpec;

/// A choice was given that is none of the choices. What depends on it counts as read, so that one mistake is not
/// reported twice.
bool mistaken(const Cell& choice, bool understood) { return choice.present() && !understood; }

bool refuse_flow(const Reader& network) {
  const Cell model = network.cell("model");
  const bool flow = model.is(Type::kText) && model.value()->text == "flow";
  if (flow) model.error(fmt::format("\"flow\" is {}; write \"queue\" or \"delay\"", kNotAvailable));
  for (const char* key : {"flow_threshold", "platform", "simgrid"}) {
    network.refuse(key, fmt::format("it belongs to model = \"flow\", which is {}", kNotAvailable));
  }
  return flow;
}

void read_wire(const Reader& network, NetworkSpec& spec) {
  using network::Contention;
  using network::UplinkRelease;
  using network::WireModel;
  if (refuse_flow(network)) return;
  spec.model =
      network.cell("model").choice_or_first<WireModel>({{"queue", WireModel::kQueue}, {"delay", WireModel::kDelay}});
  if (spec.model == WireModel::kDelay) {
    for (const char* key : {"contention", "uplink_release", "control_bytes"}) {
      network.elsewhere(key, "not read by model = \"delay\", which has no queues; it belongs to model = \"queue\"");
    }
    return;
  }
  const Cell contention = network.cell("contention");
  if (!contention.present()) contention.record("both");
  const auto chosen = contention.choice<Contention>({{"both", Contention::kBoth}, {"uplink", Contention::kUplink}});
  spec.contention = chosen.value_or(Contention::kBoth);
  spec.control_bytes = network.cell("control_bytes").count_or(0);
  if (spec.contention == Contention::kUplink || mistaken(contention, chosen.has_value())) {
    spec.uplink_release =
        network.cell("uplink_release")
            .choice_or_first<UplinkRelease>({{"sent", UplinkRelease::kSent}, {"delivered", UplinkRelease::kDelivered}});
  } else {
    network.elsewhere("uplink_release", "not read with contention = \"both\"; write contention = \"uplink\"");
  }
}

void read_gilbert_elliott(const Reader& loss, const Draft& draft, network::LossSpec& spec) {
  const auto kind = loss.cell("kind").required("kind = \"gilbert-elliott\"").choice({"gilbert-elliott"});
  if (!kind) {
    loss.give_up();
    return;
  }
  spec.kind = network::LossSpec::Kind::kGilbertElliott;
  spec.good = loss.cell("good")
                  .required("good = \"10 s\", the mean time without bursts")
                  .duration(kPositive)
                  .value_or(Duration{});
  spec.bad = loss.cell("bad")
                 .required("bad = \"200 ms\", the mean length of a burst")
                 .duration(kPositive)
                 .value_or(Duration{});
  // Each link goes from sojourn to sojourn.
  limit_repeats(loss.cell("good"), (static_cast<double>(spec.good.ns) + static_cast<double>(spec.bad.ns)) / 2, draft);
  spec.loss_good = loss.cell("loss_good").real_or(0, kProbability);
  spec.loss_bad = loss.cell("loss_bad").real_or(1, kProbability);
}

void read_loss(const Cell& cell, const Draft& draft, network::LossSpec& spec) {
  if (cell.is(Type::kTable)) {
    read_gilbert_elliott(cell.table(), draft, spec);
    return;
  }
  spec.probability = cell.real_or(0, kProbability);
  if (spec.probability > 0) spec.kind = network::LossSpec::Kind::kIndependent;
}

void read_transport(const Reader& network, NetworkSpec& spec) {
  using network::Transport;
  const Cell transport = network.cell("transport");
  if (!transport.present()) transport.record("datagram");
  const auto chosen =
      transport.choice<Transport>({{"datagram", Transport::kDatagram}, {"reliable", Transport::kReliable}});
  spec.transport = chosen.value_or(Transport::kDatagram);
  if (spec.transport == Transport::kDatagram && !mistaken(transport, chosen.has_value())) {
    for (const char* key : {"rto", "max_retries"}) {
      network.elsewhere(
          key, "not read with transport = \"datagram\", which repeats nothing; it belongs to transport = \"reliable\"");
    }
    return;
  }
  spec.rto = network.cell("rto").duration_or(spec.rto, kPositive);
  spec.max_retries = network.cell("max_retries")
                         .count_or(spec.max_retries, {.min = 0, .max = 60, .instead = "the timeout doubles each time"});
}

void read_connections(const Reader& network, const Draft& draft, NetworkSpec& spec) {
  spec.reconnect_delay = network.cell("reconnect_delay").duration_or(spec.reconnect_delay, kPositive);
  spec.connect_timeout = network.cell("connect_timeout").duration_or(spec.connect_timeout, kPositive);
  spec.keep_alive = network.cell("keep_alive").duration(kPositive).value_or(Duration{});
  for (const auto& [key, period] :
       {std::pair("reconnect_delay", spec.reconnect_delay), std::pair("connect_timeout", spec.connect_timeout),
        std::pair("keep_alive", spec.keep_alive)})
    if (const Cell given = network.cell(key); given.present())
      limit_repeats(given, static_cast<double>(period.ns), draft);
  if (const Cell cap = network.cell("inbound_cap"); cap.present()) spec.inbound_cap = cap.count({.min = 1}).value_or(0);
}

}  // namespace

void resolve_network(const Reader& network, Draft& draft) {
  NetworkSpec& spec = draft.spec.network;
  read_wire(network, spec);
  spec.uplink_bit_per_s = network.cell("uplink").rate_bit_per_s();
  spec.downlink_bit_per_s = network.cell("downlink").rate_bit_per_s();
  spec.overhead_bytes = network.cell("overhead_bytes").count_or(0);
  spec.connection_per_message =
      network.cell("connection").choice_or_first<bool>({{"persistent", false}, {"per-message", true}});
  read_loss(network.cell("loss"), draft, spec.loss);
  read_transport(network, spec);
  read_connections(network, draft, spec);
}

namespace {

using network::LatencyKind;

constexpr const char* kExample = "latency = { kind = \"constant\", value = \"50 ms\" }";

std::vector<std::string> latency_kinds() {
  std::vector<std::string> kinds = distribution_kinds();
  kinds.insert(kinds.end(), {"matrix", "euclidean", "file"});
  return kinds;
}

/// A matrix asks for the region of every node: by quota, or because groups that name one cover all nodes.
bool every_node_has_a_region(const Draft& draft) {
  if (draft.region_shares) return true;
  const auto& groups = draft.spec.network.groups;
  bool rest = false;
  for (const auto& group : groups) {
    if (!group.region) return false;
    rest = rest || group.by == network::SelectBy::kRest;
  }
  const auto sizes = group_sizes(groups, draft.spec.topology.nodes);
  return rest || std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}) == draft.spec.topology.nodes;
}

void check_regions_are_given(const Cell& at, const Draft& draft) {
  if (draft.spec.network.regions.empty() || !draft.nodes_known || every_node_has_a_region(draft)) return;
  const auto& first = draft.spec.network.regions.front().name;
  at.error(
      fmt::format("a matrix needs the region of every node, but neither shares nor groups give it; write for example "
                  "network.region_share = {{ {} = 1.0 }}",
                  first));
}

void record_matrix(const Reader& latency, const std::vector<double>& matrix_ns, std::size_t regions) {
  Value rows = empty_value(Type::kArray);
  for (std::size_t i = 0; i < matrix_ns.size(); ++i) {
    if (i % regions == 0) rows.items.push_back(empty_value(Type::kArray));
    rows.items.back().items.push_back(text_value(format_duration(nearest_duration(matrix_ns[i]))));
  }
  latency.cell("values").record(rows);
}

void read_matrix(const Reader& latency, Draft& draft) {
  network::LatencySpec& spec = draft.spec.network.latency;
  const std::size_t regions = draft.spec.network.regions.size();
  spec.kind = LatencyKind::kMatrix;
  spec.regions = static_cast<std::uint32_t>(regions);
  const bool own = latency.has("values");
  if (!own) latency.elsewhere("unit", "read only with values = [[...]]");
  if (own && regions == 0) {
    latency.error(
        "a matrix goes by region, and the scenario has none; write network.regions = [{ name = \"eu\", share = 1.0 }] "
        "or name a network.table");
    latency.give_up();
    return;
  }
  if (own) {
    spec.matrix_ns = read_latency_matrix(latency, "values", regions);
  } else if (draft.table != nullptr && !draft.table->matrix_ns.empty()) {
    spec.matrix_ns = draft.table->matrix_ns;
    spec.jitter = draft.table->jitter;
  } else if (draft.table == nullptr || draft.table->diagnostics.empty()) {
    const std::string why = draft.table == nullptr ? "there is no network.table" : "the network table has none";
    latency.error("kind \"matrix\" needs a matrix, and " + why +
                  "; name a table that has one, or write values = [[\"10 ms\"]]");
  }
  if (const Cell jitter = latency.cell("jitter"); jitter.present()) {
    spec.jitter = read_jitter(jitter);
    check_jitter(jitter, spec.jitter, spec.matrix_ns);
  }
  check_regions_are_given(latency.self(), draft);
  if (regions > 0) record_matrix(latency, spec.matrix_ns, regions);
}

void read_latency_kind(const Reader& latency, const std::string& kind, Draft& draft) {
  network::LatencySpec& spec = draft.spec.network.latency;
  if (kind != "matrix") {
    for (const char* key : {"jitter", "values", "unit"})
      latency.elsewhere(key, fmt::format("not read by kind \"{}\"; it belongs to kind \"matrix\"", kind));
  }
  if (kind != "euclidean")
    latency.elsewhere("scale",
                      fmt::format("not read by kind \"{}\"; it belongs to kinds \"pareto\" and \"euclidean\"", kind));
  if (kind == "matrix") {
    read_matrix(latency, draft);
  } else if (kind == "euclidean") {
    spec.kind = LatencyKind::kEuclidean;
    if (const auto scale =
            latency.cell("scale").required("scale = \"100 ms\", the latency of distance 1").duration(kPositive)) {
      spec.scale_ns = static_cast<double>(scale->ns);
    }
  } else if (kind == "file") {
    spec.kind = LatencyKind::kFile;
    const bool file = draft.spec.topology.kind == network::TopologyKind::kFile;
    if (!file)
      latency.cell("kind").error(
          "\"file\" takes the latency column of topology.file; write topology.kind = \"file\" or another kind of "
          "latency");
    if (file && draft.nodes_known && !draft.file_latency)
      latency.cell("kind").error(
          "the topology file gives no latency for some edges; add the column \"latency\" or write another kind of "
          "latency");
  } else if (const auto distribution = read_distribution(latency, kind, {Unit::kDuration, false, "\"50 ms\""})) {
    spec.distribution = *distribution;
  }
}

}  // namespace

void resolve_latency(const Reader& network, Draft& draft) {
  const Cell cell = network.cell("latency");
  if (!cell.present()) {
    if (draft.table != nullptr && !draft.table->matrix_ns.empty()) {
      const Reader absent = cell.table();
      absent.cell("kind").record("matrix");
      read_matrix(absent, draft);
      absent.cell("per").record("link");
    } else if (network.present()) {
      (void)cell.required(kExample);
    }
    return;
  }
  if (!cell.is(Type::kTable)) {
    cell.error("expected a table, found " + describe(*cell.value()) + "; write for example " + kExample);
    return;
  }
  const Reader latency = cell.table();
  const Cell kind_cell = latency.cell("kind");
  if (!kind_cell.present()) latency.error("kind is missing; write kind = " + choices_text(latency_kinds()));
  const auto kind = kind_cell.choice(latency_kinds());
  if (!kind) {
    latency.give_up();
    return;
  }
  read_latency_kind(latency, *kind, draft);
  draft.spec.network.latency.per_message =
      latency.cell("per").choice_or_first<bool>({{"link", false}, {"message", true}});
}

}  // namespace hearsay::scenario
