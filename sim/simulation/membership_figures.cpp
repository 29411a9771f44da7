#include "sim/simulation/membership_figures.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace hearsay::simulation {

MembershipFigures::MembershipFigures(const World& world, std::span<Lane> lanes)
    : world_(world), lanes_(lanes), joiners_(world.attributes.size()) {
  for (std::size_t n = 0; n < joiners_.size(); ++n) {
    const SimTime joins = world.attributes[n].joins;
    if (joins == SimTime{})
      ++live_;
    else
      joiners_[n].joiner = Joiner::kToCome;
  }
}

MembershipFigures::Views MembershipFigures::views() {
  Views views;
  for (std::uint32_t n = 0; n < joiners_.size(); ++n) {
    if (!world_.up(NodeId{n})) continue;
    known_.clear();
    world_.known(NodeId{n}, known_);
    views.sizes.push_back(known_.size());
    views.entries += known_.size();
    views.stale += static_cast<std::uint64_t>(
        std::count_if(known_.begin(), known_.end(), [&](NodeId other) { return !world_.up(other); }));
  }
  return views;
}

std::vector<double> MembershipFigures::sample() {
  constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
  const Views v = views();
  const auto entries = static_cast<double>(v.entries);
  return {v.sizes.empty() ? kNothing : entries / static_cast<double>(v.sizes.size()),
          v.entries == 0 ? kNothing : static_cast<double>(v.stale) / entries};
}

std::vector<std::pair<std::string, std::optional<double>>> MembershipFigures::metrics() {
  read_notes(false);
  Views v = views();
  std::optional<double> median, mean, stale, known;
  if (!v.sizes.empty()) {
    mean = static_cast<double>(v.entries) / static_cast<double>(v.sizes.size());
    std::sort(v.sizes.begin(), v.sizes.end());
    const std::size_t half = v.sizes.size() / 2;
    const auto upper = static_cast<double>(v.sizes[half]);
    median = v.sizes.size() % 2 == 1 ? upper : (static_cast<double>(v.sizes[half - 1]) + upper) / 2;
  }
  if (v.entries > 0) stale = static_cast<double>(v.stale) / static_cast<double>(v.entries);
  if (known_count_ > 0) known = known_after_s_ / known_count_;
  return {{"view_size_p50", median}, {"view_size_mean", mean}, {"stale_view_share", stale}, {"join_known_s", known}};
}

void MembershipFigures::read_notes(bool some) {
  constexpr std::size_t kMany = 1 << 16;
  std::size_t count = 0;
  for (const Lane& lane : lanes_) count += lane.knowledge.size();
  if (count == 0 || (some && count < kMany)) return;
  notes_.clear();
  for (Lane& lane : lanes_) {
    notes_.insert(notes_.end(), lane.knowledge.begin(), lane.knowledge.end());
    lane.knowledge.clear();
  }
  std::sort(notes_.begin(), notes_.end(), [](const KnowledgeNote& a, const KnowledgeNote& b) {
    return std::tuple(a.time, a.node, a.change) < std::tuple(b.time, b.node, b.change);
  });
  // All that happens in one instant counts before anybody is judged.
  for (std::size_t i = 0; i < notes_.size();) {
    const SimTime now = notes_[i].time;
    const std::size_t first = i;
    bool fewer = false;
    for (; i < notes_.size() && notes_[i].time == now; ++i) {
      const auto [time, node, change] = notes_[i];
      if (node == kNoNode) {
        live_ += change;
        fewer = fewer || change < 0;
      } else if (change == KnowledgeNote::kStarts) {
        State& state = joiners_[index(node)];
        if (state.joiner != Joiner::kToCome) continue;
        state.joiner = Joiner::kUnknown;
        state.since = now;
        unknown_.push_back(node);
      } else {
        joiners_[index(node)].knowers += change;
      }
    }
    for (std::size_t k = first; k < i; ++k)
      if (notes_[k].node != kNoNode) settle(notes_[k].node, now);
    if (fewer)
      for (const NodeId joiner : std::vector<NodeId>(unknown_)) settle(joiner, now);
  }
}

/// Is the joiner known now to half of the others that are up?
void MembershipFigures::settle(NodeId joiner, SimTime now) {
  State& state = joiners_[index(joiner)];
  if (state.joiner != Joiner::kUnknown || 2 * state.knowers < live_ - 1) return;
  state.joiner = Joiner::kKnown;
  std::erase(unknown_, joiner);
  known_after_s_ += to_seconds(now - state.since);
  ++known_count_;
}

}  // namespace hearsay::simulation
