// [network] without regions and latency: wire model, bandwidth, loss, transport.

#include <fmt/format.h>

#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {
namespace {

using network::NetworkSpec;

/// A choice that was given, but is none: what depends on it is read, lest one mistake be reported twice.
bool mistaken(const Cell& choice, bool understood) { return choice.present() && !understood; }

bool refuse_flow(const Reader& network) {
  const Cell model = network.cell("model");
  const bool flow = model.is(Type::kText) && model.value()->text == "flow";
  if (flow) model.error(std::string("\"flow\" is ") + kNotAvailable + "; write \"queue\" or \"delay\"");
  for (const char* key : {"flow_threshold", "platform", "simgrid"}) {
    network.refuse(key, std::string("it belongs to model = \"flow\", which is ") + kNotAvailable);
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

void read_gilbert_elliott(const Reader& loss, network::LossSpec& spec) {
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
  spec.loss_good = loss.cell("loss_good").real_or(0, kProbability);
  spec.loss_bad = loss.cell("loss_bad").real_or(1, kProbability);
}

void read_loss(const Cell& cell, network::LossSpec& spec) {
  if (cell.is(Type::kTable)) {
    read_gilbert_elliott(cell.table(), spec);
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
    for (const char* key : {"rto", "max_retries", "reconnect_delay"}) {
      network.elsewhere(
          key, "not read with transport = \"datagram\", which repeats nothing; it belongs to transport = \"reliable\"");
    }
    return;
  }
  spec.rto = network.cell("rto").duration_or(spec.rto, kPositive);
  spec.max_retries = network.cell("max_retries")
                         .count_or(spec.max_retries, {.min = 0, .max = 60, .instead = "the timeout doubles each time"});
  spec.reconnect_delay = network.cell("reconnect_delay").duration_or(spec.reconnect_delay, kPositive);
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
  read_loss(network.cell("loss"), spec.loss);
  read_transport(network, spec);
}

}  // namespace hearsay::scenario
