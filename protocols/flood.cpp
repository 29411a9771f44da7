#include "protocols/flood.hpp"

#include <algorithm>
#include <cmath>

namespace hearsay::protocols {

std::size_t Flood::Choice::limit(std::size_t peers, std::size_t left) const {
  if (policy == Policy::kAll) return left;
  std::size_t wanted = left;
  if (count) {
    wanted = *count;
  } else if (fraction || min_peers) {
    const double share = fraction.value_or(0) * static_cast<double>(peers);
    // 0.29 x 100 is 28.999... in binary: what misses a whole number by rounding alone counts as it.
    wanted = static_cast<std::size_t>(std::floor(std::max(share, static_cast<double>(min_peers.value_or(0))) + 1e-9));
  }
  return std::min(wanted, left);
}

void Flood::Choice::validate(const std::string& prefix, const protocol::Setting& setting,
                             protocol::Diagnostics& problems) const {
  if (policy == Policy::kRandomSubset && !fraction && !min_peers && !count)
    problems.push_back(
        {prefix + "policy",
         "random-subset needs `fraction`, `min_peers`, both, or `count`; write for example fraction = 0.5"});
  if (policy == Policy::kCount && !count)
    problems.push_back({prefix + "policy", "count needs `count`; write for example count = 4"});
  const bool orders = policy == Policy::kValidatorsFirst || policy == Policy::kSameRegionFirst;
  if ((orders || policy == Policy::kRandomSubset) && count && (fraction || min_peers))
    problems.push_back(
        {prefix + "count", "`count` and `fraction` or `min_peers` both size the subset; give one of them"});
  if (orders && !count && !fraction && !setting.has_bandwidth)
    problems.push_back(
        {prefix + "policy",
         "orders the sends, which changes nothing where no uplink is limited; set network.uplink, or `count`", true});
}

void Flood::Params::validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const {
  Choice::validate("", setting, problems);
  for (const auto& [name, choice] : policies) {
    choice.validate("policies." + name + ".", setting, problems);
    if (std::find(setting.classes.begin(), setting.classes.end(), name) == setting.classes.end())
      problems.push_back(
          {"policies." + name, "no workload publishes items of class \"" + name + "\"; set `class` in a workload"});
  }
  if ((seen_ttl || seen_capacity) && !max_hops)
    problems.push_back(
        {seen_ttl ? "seen_ttl" : "seen_capacity",
         "an item that is forgotten while copies of it are still on their way is flooded anew, without end; keep it "
         "longer than the spread lasts, or set max_hops",
         true});
  if (!policies.empty() && policy != Policy::kAll)
    problems.push_back(
        {"policy",
         "`policies` already says what each class does, and unlisted classes go to all; give one of the two"});
}

const Flood::Choice& Flood::Relay::choice_for(Context<Flood>& ctx, ItemId item) {
  const Params& params = ctx.params();
  if (params.policies.empty()) [[likely]]
    return params;
  const auto found = params.policies.find(ctx.class_name(ctx.item(item).item_class));
  return found == params.policies.end() ? params : found->second;
}

void Flood::on_publish(Context<Flood>& ctx, ItemId item) {
  seen_.insert(item, ctx.now(), ctx.params().seen_limits());
  ctx.deliver(item);
  relay_.publish(ctx, item);
}

Duration Flood::validation(Context<Flood>& ctx, ItemId item) {
  const Params& params = ctx.params();
  if (!params.validates()) [[likely]]
    return {};
  return params.validation_delay + params.validation_per_byte * static_cast<std::int64_t>(ctx.item(item).size_bytes);
}

void Flood::on_message(Context<Flood>& ctx, NodeId from, const Message& message) {
  const Item& copy = std::get<Item>(message);
  const bool is_new = seen_.insert(copy.id, ctx.now(), ctx.params().seen_limits());
  if (!is_new && !ctx.params().waits()) [[likely]]
    return;
  if (is_new && validation(ctx, copy.id).ns == 0) ctx.deliver(copy.id);
  relay_.receive(ctx, from, copy.id, copy.hops, is_new);
}

void Flood::Relay::receive(Context<Flood>& ctx, NodeId from, ItemId item, std::uint32_t hops, bool is_new) {
  const Params& params = ctx.params();
  if (!params.waits()) {
    if (is_new) forward(ctx, item, from, hops);
    return;
  }
  const Duration work = is_new ? validation(ctx, item) : Duration{};
  if (work.ns > 0) {
    hold(ctx, item);
    waiting_->in_validation[item] = {item, from, hops, true};
    ctx.work(work, {item, from, hops, true});
  } else if (is_new) {
    if (params.forward_delay.ns == 0) return forward(ctx, item, from, hops);  // of no bytes
    if (params.max_hops && hops >= *params.max_hops) return;
    hold(ctx, item);
    ctx.set_timer(params.forward_delay, {item, from, hops});
  }
  if (params.exclude != Exclude::kKnown || !waiting_) return;
  if (is_new) {
    waiting_->known[item] = {from};
  } else if (const auto waiting = waiting_->known.find(item); waiting != waiting_->known.end()) {
    waiting->second.push_back(from);
  }
}

void Flood::Relay::on_timer(Context<Flood>& ctx, const Timer& timer) {
  const Params& params = ctx.params();
  const bool ends = params.max_hops && timer.hops >= *params.max_hops;
  if (timer.validated) {
    waiting_->in_validation.erase(timer.id);
    if (!ends && params.forward_delay.ns > 0) {
      ctx.set_timer(params.forward_delay, {timer.id, timer.from, timer.hops});
      return;
    }
  }
  --waiting_->items;
  waiting_->bytes -= ctx.item(timer.id).size_bytes;
  if (ends)
    waiting_->known.erase(timer.id);
  else
    forward(ctx, timer.id, timer.from, timer.hops);
}

void Flood::Relay::hold(Context<Flood>& ctx, ItemId item) {
  if (!waiting_) waiting_ = std::make_unique<Waiting>();
  ++waiting_->items;
  waiting_->bytes += ctx.item(item).size_bytes;
}

void Flood::Relay::on_restart(Context<Flood>& ctx) {
  if (!waiting_) return;
  const auto unfinished = std::move(waiting_->in_validation);
  waiting_.reset();
  for (const auto& [item, what] : unfinished) receive(ctx, what.from, item, what.hops, true);
}

void Flood::Relay::forward(Context<Flood>& ctx, ItemId item, NodeId first_sender, std::uint32_t hops) {
  const Params& params = ctx.params();
  if (params.max_hops && hops >= *params.max_hops) return;
  const Item copy{item, hops + 1, ctx.item(item).size_bytes};
  const Choice& choice = choice_for(ctx, item);
  const NodeId except = params.exclude == Exclude::kNone ? kNoNode : first_sender;
  const bool knows_more = waiting_ && waiting_->known.contains(item);
  if (choice.policy == Policy::kAll && !knows_more) [[likely]] {
    ctx.send_all(copy, except);
    return;
  }
  std::vector<NodeId>& candidates = ctx.scratch();
  const std::vector<NodeId>* known = knows_more ? &waiting_->known.at(item) : nullptr;
  for (const NodeId peer : ctx.peers()) {
    if (peer == except || (known && std::find(known->begin(), known->end(), peer) != known->end())) continue;
    candidates.push_back(peer);
  }
  if (knows_more) waiting_->known.erase(item);
  const std::size_t wanted = choice.limit(ctx.peers().size(), candidates.size());
  if (wanted < candidates.size()) ctx.rng().shuffle(candidates);
  if (choice.policy == Policy::kValidatorsFirst)
    std::stable_partition(candidates.begin(), candidates.end(),
                          [&](NodeId peer) { return ctx.attributes(peer).validator; });
  if (choice.policy == Policy::kSameRegionFirst)
    std::stable_partition(candidates.begin(), candidates.end(),
                          [&](NodeId peer) { return ctx.attributes(peer).region == ctx.attributes().region; });
  candidates.resize(wanted);
  ctx.send(candidates, copy);
}

void Flood::Relay::add_to(protocol::GaugeReadings& readings) const {
  namespace modelled = protocol::modelled;
  if (!waiting_) return;
  readings.add(protocol::kItemsHeld, waiting_->items);
  std::uint64_t bytes = waiting_->bytes + modelled::kItem * waiting_->items;
  for (const auto& [item, peers] : waiting_->known) bytes += modelled::kMark * peers.size();
  readings.add(protocol::kStateBytes, bytes);
}

std::size_t Flood::Relay::memory_bytes() const {
  if (!waiting_) return 0;
  std::size_t bytes = sizeof(Waiting);
  for (const auto& entry : waiting_->known) bytes += sizeof(entry) + entry.second.capacity() * sizeof(NodeId);
  bytes += waiting_->in_validation.size() * sizeof(std::pair<const ItemId, Timer>);
  return bytes;
}

void Flood::gauges(const Params&, const protocol::Moment& at, protocol::GaugeReadings& readings) const {
  namespace modelled = protocol::modelled;
  readings.add(protocol::kIdsSeen, seen_.size());
  readings.add(protocol::kStateBytes, modelled::kPeer * at.peers + modelled::kId * seen_.size());
  relay_.add_to(readings);
}

std::size_t Flood::memory_bytes() const { return seen_.memory_bytes() + relay_.memory_bytes(); }

}  // namespace hearsay::protocols
