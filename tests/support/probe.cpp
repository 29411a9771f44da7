#include "tests/support/probe.hpp"

#include <algorithm>

#include "tests/support/own_protocol.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::test {

void Probe::on_start(protocol::Context<Probe>& ctx) {
  ctx.params().log->starts.push_back({ctx.now(), static_cast<unsigned>(ctx.self())});
  plan(ctx);
}

void Probe::on_restart(protocol::Context<Probe>& ctx) {
  ctx.params().log->restarts.push_back({ctx.now(), static_cast<unsigned>(ctx.self()), 0, started_});
  if (ctx.params().plan_after_restart) plan(ctx);
}

void Probe::plan(protocol::Context<Probe>& ctx) {
  started_ = true;
  const auto& sends = ctx.params().plan;
  for (std::size_t i = 0; i < sends.size(); ++i) {
    if (NodeId{sends[i].from} != ctx.self() || sends[i].at < ctx.now()) continue;
    const Tag tag{static_cast<std::uint32_t>(i)};
    if (sends[i].at == ctx.now())
      act(ctx, tag);
    else
      ctx.set_timer(sends[i].at - ctx.now(), {tag});
  }
}

void Probe::act(protocol::Context<Probe>& ctx, Tag tag) {
  const Send& send = ctx.params().plan[static_cast<std::size_t>(tag)];
  std::vector<NodeId>& to = ctx.scratch();
  for (const unsigned peer : send.to) to.push_back(NodeId{peer});
  if (send.kind == Kind::kPacket)
    ctx.send(to, Packet{tag, send.bytes});
  else
    ctx.send(to, Note{tag, send.bytes});
}

void Probe::on_message(protocol::Context<Probe>& ctx, NodeId from, const Message& message) {
  const Tag tag = std::visit([](const auto& m) { return m.tag; }, message);
  ctx.params().log->receipts.push_back(
      {ctx.now(), static_cast<unsigned>(ctx.self()), static_cast<unsigned>(from), tag});
}

void Probe::on_peer_up(protocol::Context<Probe>& ctx, NodeId peer) {
  ctx.params().log->peers_up.push_back({ctx.now(), static_cast<unsigned>(ctx.self()), static_cast<unsigned>(peer)});
}

void Probe::on_peer_down(protocol::Context<Probe>& ctx, NodeId peer) {
  ctx.params().log->peers_down.push_back({ctx.now(), static_cast<unsigned>(ctx.self()), static_cast<unsigned>(peer)});
}

ProbeNet::ProbeNet(std::uint32_t nodes) {
  spec.seed = 42;
  spec.duration = SimTime{} + seconds(1000);
  spec.topology.kind = network::TopologyKind::kComplete;
  spec.topology.nodes = nodes;
  spec.network.latency = constant_latency(milliseconds(50));
  spec.classes = {""};
  set_protocol<Probe>(spec);
  set_static_membership(spec);
  params().log = &log;
}

Tag ProbeNet::send(Duration at, unsigned from, std::vector<unsigned> to, std::uint64_t bytes, Probe::Kind kind) {
  params().plan.push_back({SimTime{} + at, from, std::move(to), bytes, kind});
  return static_cast<Tag>(params().plan.size() - 1);
}

const metrics::RunResult& ProbeNet::run(simulation::TraceSink* trace) {
  log = {};
  simulation::RunOptions options;
  options.trace = trace;
  result = simulation::run(spec, options);
  return result;
}

std::optional<Duration> ProbeNet::arrival(Tag tag) const {
  for (const auto& receipt : log.receipts)
    if (receipt.tag == tag) return receipt.time - SimTime{};
  return std::nullopt;
}

std::optional<Duration> ProbeNet::arrival(Tag tag, unsigned to) const {
  for (const auto& receipt : log.receipts)
    if (receipt.tag == tag && receipt.node == to) return receipt.time - SimTime{};
  return std::nullopt;
}

std::size_t ProbeNet::receipts(Tag tag) const {
  return static_cast<std::size_t>(
      std::count_if(log.receipts.begin(), log.receipts.end(), [tag](const auto& r) { return r.tag == tag; }));
}

std::vector<Duration> ProbeNet::arrivals_at(unsigned node) const {
  std::vector<Duration> times;
  for (const auto& receipt : log.receipts)
    if (receipt.node == node) times.push_back(receipt.time - SimTime{});
  return times;
}

std::uint64_t ProbeNet::dropped(std::string_view reason) const {
  for (const auto& [name, count] : result.drops)
    if (name == reason) return count;
  return 0;
}

double ProbeNet::metric(std::string_view name) const { return test::metric(result, name); }

Probe::Params& ProbeNet::params() { return test::params<Probe>(spec); }

}  // namespace hearsay::test
