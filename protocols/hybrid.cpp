#include "protocols/hybrid.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <type_traits>

#include "sim/core/units.hpp"

namespace hearsay::protocols {

using protocol::Diagnostic;
using protocol::Diagnostics;
using protocol::Setting;

// ---------------------------------------------------------------------------------------- parameters

namespace {

std::string format_time(SimTime t) { return format_duration(t - SimTime{}); }

void check_switches(const Hybrid::Params& params, const Setting& setting, Diagnostics& problems) {
  Duration last;
  Hybrid::Phase phase = params.phase;
  for (std::size_t i = 0; i < params.phases.size(); ++i) {
    const Hybrid::Switch& next = params.phases[i];
    const std::string key = "phases." + std::to_string(i);
    if (SimTime{} + next.at >= setting.duration)
      problems.push_back({key + ".at", "the phase begins at " + format_duration(next.at) +
                                           ", not before the end of the run at " + format_time(setting.duration) +
                                           "; write an earlier time, or remove it"});
    if (i > 0 && next.at <= last)
      problems.push_back({key + ".at", "the phase begins at " + format_duration(next.at) +
                                           ", not after the one before at " + format_duration(last) +
                                           "; list the phases in the order of their times"});
    if (next.phase == phase)
      problems.push_back({key + ".phase", "it is in force already, so nothing changes; remove the switch", true});
    last = next.at;
    phase = next.phase;
  }
}

void add_of_part(const std::string& part, const Diagnostic& problem, Diagnostics& problems) {
  problems.push_back({problem.key.empty() ? part : part + "." + problem.key, problem.message, problem.warning});
}

void check_critical(const std::vector<std::string>& critical, const Setting& setting, Diagnostics& problems) {
  for (const std::string& name : critical)
    if (std::find(setting.classes.begin(), setting.classes.end(), name) == setting.classes.end())
      problems.push_back(
          {"critical", "no workload publishes items of class \"" + name + "\"; set `class` in a workload"});
  if (critical.empty())
    problems.push_back({"critical",
                        "no class is critical, so gossip-primary is the same as gossip-only; write for example "
                        "critical = [\"block\"]",
                        true});
}

/// One seen-set has one pair of limits.
template <class Limit>
void check_one_limit(const std::string& name, const std::optional<Limit>& flood, const std::optional<Limit>& gossip,
                     Diagnostics& problems) {
  if (flood && flood != gossip)
    problems.push_back({"flood." + name, "flood and gossip have one seen-set, whose limit is gossip." + name +
                                             "; give it there instead"});
}

}  // namespace

void Hybrid::Params::validate(const Setting& setting, Diagnostics& problems) const {
  check_switches(*this, setting, problems);
  if (has(Phase::kGossipPrimary)) check_critical(critical, setting, problems);
  for (const auto& [key, share] : {std::pair("gossip_share", &gossip_share), {"migrated_share", &migrated_share}})
    if (std::string wrong = complaint_about(*share, setting.duration); !wrong.empty())
      problems.push_back({key, std::move(wrong)});
  Diagnostics of_part;
  if (gossips()) {
    check_one_limit("seen_ttl", flood.seen_ttl, gossip.seen_ttl, problems);
    check_one_limit("seen_capacity", flood.seen_capacity, gossip.seen_capacity, problems);
    gossip.validate(setting, of_part);
    for (const Diagnostic& problem : of_part) add_of_part("gossip", problem, problems);
  }
  if (!floods()) return;
  of_part.clear();
  Flood::Params judged = flood;
  judged.seen_ttl = seen_limits().ttl;
  judged.seen_capacity = seen_limits().capacity;
  judged.validate(setting, of_part);
  for (const Diagnostic& problem : of_part)
    add_of_part(gossips() && problem.key.starts_with("seen_") ? "gossip" : "flood", problem, problems);
}

Hybrid::Phase Hybrid::Params::phase_at(SimTime t) const {
  Phase now = phase;
  for (const Switch& next : phases) {
    if (SimTime{} + next.at > t) break;
    now = next.phase;
  }
  return now;
}

bool Hybrid::Params::has(Phase wanted) const {
  return phase == wanted || std::any_of(phases.begin(), phases.end(), [&](const auto& s) { return s.phase == wanted; });
}

// ------------------------------------------------------------------------------------ who, what, when

bool Hybrid::has_migrated(Ctx& ctx, NodeId node) {
  const protocol::Ramp& share = ctx.params().migrated_share;
  if (share.is_always(1)) [[likely]]
    return true;
  return ctx.common_uniform(Stream::kNodeShare, index(node)) < share.at(ctx.now());
}

bool Hybrid::goes_by_gossip(Ctx& ctx, ItemId item) {
  const Params& params = ctx.params();
  if (!params.gossips()) return false;
  if (params.gossip_share.is_always(1)) return true;
  return ctx.common_uniform(Stream::kItemShare, index(item)) < params.gossip_share.at(ctx.item(item).published);
}

/// The peers to whom this node floods the item now.
Hybrid::Peers Hybrid::flooded_to(Ctx& ctx, ItemId item) {
  const Params& params = ctx.params();
  const Phase phase = params.phase_at(ctx.now());
  if (phase == Phase::kFlood || phase == Phase::kHybrid) return Peers::kAll;
  if (!has_migrated(ctx, ctx.self()) || !goes_by_gossip(ctx, item)) return Peers::kAll;
  if (phase == Phase::kGossipPrimary && is_critical(ctx, item)) return Peers::kAll;
  return params.migrated_share.is_always(1) ? Peers::kNone : Peers::kOthers;
}

bool Hybrid::is_critical(Ctx& ctx, ItemId item) {
  const auto& critical = ctx.params().critical;
  return !critical.empty() &&
         std::find(critical.begin(), critical.end(), ctx.class_name(ctx.item(item).item_class)) != critical.end();
}

std::optional<std::span<const NodeId>> Hybrid::select(Ctx& ctx, Peers peers) {
  const bool all_migrated = ctx.params().migrated_share.is_always(1);
  if (peers == Peers::kAll || (peers == Peers::kMigrated && all_migrated)) return std::nullopt;
  std::vector<NodeId>& selected = ctx.workspace().peers;
  selected.clear();
  if (peers == Peers::kNone || all_migrated) return selected;
  for (const NodeId peer : ctx.peers())
    if (has_migrated(ctx, peer) == (peers == Peers::kMigrated)) selected.push_back(peer);
  return selected;
}

// --------------------------------------------------------------------------------------------- parts

template <class Handler>
void Hybrid::run_flood(Ctx& ctx, Peers peers, const Handler& handler) {
  ctx.run_part<Flood>(
      ctx.params().flood, ctx.workspace().flood, handler,
      [](const Flood::Timer& timer) {
        return Timer{Timer::Kind::kFlood, timer, {}, 0};
      },
      select(ctx, peers));
}

template <class Handler>
void Hybrid::run_gossip(Ctx& ctx, const Handler& handler, Peers peers) {
  ctx.run_part<PushPull>(
      ctx.params().gossip, ctx.workspace().gossip, handler,
      [this](const PushPull::Timer& timer) {
        return Timer{Timer::Kind::kGossip, {}, timer, epoch_};
      },
      select(ctx, peers));
}

/// The item came from `from`, by flood or gossip: the relay learns of it unless nobody is to get it by the flood.
void Hybrid::relay(Ctx& ctx, NodeId from, ItemId item, std::uint32_t hops, bool is_new) {
  if (!is_new && !ctx.params().flood.waits()) return;
  const Peers to = flooded_to(ctx, item);
  if (to == Peers::kNone) return;
  run_flood(ctx, to, [&](Context<Flood>& part) { flood_.receive(part, from, item, hops, is_new); });
}

void Hybrid::gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const {
  gossip_.gauges(params.gossip, at, readings);
  flood_.add_to(readings);
}

// ------------------------------------------------------------------------------------------- handlers

void Hybrid::on_start(Ctx& ctx) {
  gossip_.begin_session(ctx.now());
  follow_phase(ctx);
  schedule_switch(ctx);
}

void Hybrid::on_restart(Ctx& ctx) {
  gossiping_ = false;  // its timers died
  flood_.on_start();
  on_start(ctx);
}

void Hybrid::on_publish(Ctx& ctx, ItemId item) {
  const bool held = goes_by_gossip(ctx, item);
  run_gossip(ctx, [&](Context<PushPull>& part) {
    gossip_.see(part, item, ctx.params().seen_limits());
    if (held) gossip_.hold(part, item);
  });
  const Peers to = flooded_to(ctx, item);
  if (to != Peers::kNone) run_flood(ctx, to, [&](Context<Flood>& part) { flood_.publish(part, item); });
}

void Hybrid::on_message(Ctx& ctx, NodeId from, const Message& message) {
  std::visit([&](const auto& m) { on(ctx, from, m); }, message);
}

void Hybrid::on(Ctx& ctx, NodeId from, const Flood::Item& copy) {
  const bool held = goes_by_gossip(ctx, copy.id);
  bool is_new = false;
  run_gossip(ctx, [&](Context<PushPull>& part) {
    is_new = gossip_.see(part, copy.id, ctx.params().seen_limits());
    if (is_new && held) gossip_.hold(part, copy.id);
    if (held) gossip_.learn(part, from, copy.id);
  });
  relay(ctx, from, copy.id, copy.hops, is_new);
}

/// A message of gossip.
template <class M>
void Hybrid::on(Ctx& ctx, NodeId from, const M& message) {
  if (!has_migrated(ctx, ctx.self())) return;
  run_gossip(ctx, [&](Context<PushPull>& part) { gossip_.receive(part, from, message); });
  if constexpr (protocol::CarriesItems<M>) {
    // What it has delivered is what was new, in the order of the message.
    const auto& effects = ctx.workspace().gossip;
    std::size_t at = effects.next_delivery(0);
    for (const ItemId item : message.items()) {
      const bool is_new = at < effects.list.size() && effects.list[at].first == index(item);
      if (is_new) at = effects.next_delivery(at + 1);
      relay(ctx, from, item, 0, is_new);
    }
  }
}

void Hybrid::on_timer(Ctx& ctx, const Timer& timer) {
  switch (timer.kind) {
    case Timer::Kind::kSwitch:
      follow_phase(ctx);
      schedule_switch(ctx);
      return;
    case Timer::Kind::kFlood:
      run_flood(ctx, flooded_to(ctx, timer.flood.id),
                [&](Context<Flood>& part) { flood_.on_timer(part, timer.flood); });
      return;
    case Timer::Kind::kGossip:
      if (timer.epoch != epoch_) return;
      if (timer.gossip.kind == PushPull::Timer::Kind::kTick) meet_migrated(ctx);
      run_gossip(
          ctx, [&](Context<PushPull>& part) { gossip_.on_timer(part, timer.gossip); }, Peers::kMigrated);
      return;
  }
}

void Hybrid::on_peer_up(Ctx& ctx, NodeId peer) {
  if (ctx.params().gossips() && has_migrated(ctx, peer))
    run_gossip(ctx, [&](Context<PushPull>& part) { gossip_.on_peer_up(part, peer); });
}

void Hybrid::on_peer_down(Ctx& ctx, NodeId peer) {
  if (ctx.params().gossips()) run_gossip(ctx, [&](Context<PushPull>& part) { gossip_.on_peer_down(part, peer); });
}

// ------------------------------------------------------------------------------------------- switches

/// Wakes the node when a phase begins, or when the share of migrated nodes reaches it or leaves it.
void Hybrid::schedule_switch(Ctx& ctx) {
  const Params& params = ctx.params();
  if (!params.gossips()) return;
  std::optional<SimTime> next;
  if (!params.migrated_share.is_constant())
    next = params.migrated_share.next_crossing(ctx.common_uniform(Stream::kNodeShare, index(ctx.self())), ctx.now());
  const auto phase = std::find_if(params.phases.begin(), params.phases.end(),
                                  [&](const Switch& s) { return SimTime{} + s.at > ctx.now(); });
  if (phase != params.phases.end()) next = std::min(next.value_or(SimTime{} + phase->at), SimTime{} + phase->at);
  if (next) ctx.set_timer(*next - ctx.now(), Timer{});
}

/// Begins the rounds of gossip or ends them, if that is due. Timers of an earlier stretch are known by their epoch.
void Hybrid::follow_phase(Ctx& ctx) {
  const bool gossips = ctx.params().phase_at(ctx.now()) != Phase::kFlood && has_migrated(ctx, ctx.self());
  if (gossips == gossiping_) return;
  gossiping_ = gossips;
  ++epoch_;
  if (gossips)
    run_gossip(
        ctx, [&](Context<PushPull>& part) { gossip_.on_restart(part); }, Peers::kMigrated);
}

/// Peers that have migrated since the last tick are new to the gossip. Their number tells: the share changes one way.
void Hybrid::meet_migrated(Ctx& ctx) {
  if (ctx.params().migrated_share.is_constant()) return;
  const std::span<const NodeId> migrated = *select(ctx, Peers::kMigrated);
  if (migrated.size() == partners_) return;
  partners_ = static_cast<std::uint32_t>(migrated.size());
  run_gossip(
      ctx,
      [&](Context<PushPull>& part) {
        for (const NodeId peer : part.peers()) gossip_.on_peer_up(part, peer);
      },
      Peers::kMigrated);
}

}  // namespace hearsay::protocols
