// The recorder's end of a run: delivery figures, on the fly or from stored times, whole or by label.

#include <algorithm>

#include "sim/metrics/optional_values.hpp"
#include "sim/metrics/recorder.hpp"

namespace hearsay::metrics {

namespace {

struct Share {
  std::uint32_t percent;
  const char* time;
  const char* items;  ///< that got there
};
constexpr std::array<Share, 4> kShares{{{50, "t50_s", "t50_share"},
                                        {90, "t90_s", "t90_share"},
                                        {99, "t99_s", "t99_share"},
                                        {100, "t100_s", "t100_share"}}};

}  // namespace

struct Recorder::DeliveryFigures {
  Samples latency;
  std::uint64_t items = 0;
  std::uint32_t live = 0;  // nodes
  std::uint64_t complete = 0;
  double coverage_sum = 0;
  double coverage_min = 1;
  std::uint64_t hops_sum = 0;
  std::uint32_t hops_max = 0;
  Reach reach;

  void add_coverage(std::uint64_t have) {
    ++items;
    if (have == live) ++complete;
    const double share = live == 0 ? 0 : static_cast<double>(have) / static_cast<double>(live);
    coverage_sum += share;
    coverage_min = std::min(coverage_min, share);
  }
};

Recorder::DeliveryFigures Recorder::figures_on_the_fly() const {
  DeliveryFigures f;
  f.latency = latency_;
  f.hops_sum = hops_sum_;
  f.hops_max = hops_max_;
  f.reach = reach_[0];
  f.live = live_;
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (items_[i].is_published && items_[i].measured) f.add_coverage(static_cast<std::uint64_t>(counts_[i].has_live));
  return f;
}

Recorder::DeliveryFigures Recorder::figures_from_times(const Subset& subset) const {
  DeliveryFigures f;
  std::vector<std::uint32_t> members;
  for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
    if (!subset.nodes.empty() && !subset.nodes[n]) continue;
    members.push_back(n);
    if (up_[n]) ++f.live;
  }
  std::vector<std::int64_t> delays;  // of the live nodes that have the item at the end
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const ItemRecord& r = items_[i];
    if (!wanted(r, subset)) continue;
    delays.clear();
    for (const std::uint32_t n : members) {
      if ((r.state[n] & kDelivered) == 0) continue;
      const std::int64_t delay = details_[i].first_delivery[n] - r.published.ns;
      if (NodeId{n} != r.origin) {
        f.latency.add(delay);
        const std::uint32_t h = hops(ItemId{static_cast<std::uint32_t>(i)}, NodeId{n});
        f.hops_sum += h;
        f.hops_max = std::max(f.hops_max, h);
      }
      if (up_[n] && (r.state[n] & kHas)) delays.push_back(delay);
    }
    f.add_coverage(delays.size());
    std::sort(delays.begin(), delays.end());
    for (std::uint32_t percent = 1; percent <= 100; ++percent) {
      const std::uint32_t k = share_nodes(percent, f.live);
      if (k == 0 || k > delays.size()) continue;
      f.reach.sum_ns[percent] += delays[k - 1];
      ++f.reach.items[percent];
      f.reach.delays.add(delays[k - 1]);
    }
  }
  return f;
}

std::vector<Recorder::Subset> Recorder::labelled_subsets() const {
  std::vector<Subset> subsets;
  const auto by_node = [&](const char* label, const std::vector<std::string>& names, auto id_of) {
    for (std::size_t v = 0; v < names.size(); ++v) {
      Subset s;
      s.suffix = std::string("[") + label + "=" + names[v] + "]";
      s.nodes.resize(nodes_.size());
      bool any = false;
      for (std::size_t n = 0; n < nodes_.size(); ++n) any |= (s.nodes[n] = index(id_of(nodes_[n])) == v);
      if (any) subsets.push_back(std::move(s));
    }
  };
  for (const Label label : spec_.by) {
    switch (label) {
      case Label::kClass:
        for (std::size_t c = 0; c < labels_.classes.size(); ++c)
          if (!labels_.classes[c].empty())
            subsets.push_back({"[class=" + labels_.classes[c] + "]", static_cast<int>(c), {}});
        break;
      case Label::kRole: by_node("role", labels_.roles, [](const auto& a) { return a.role; }); break;
      case Label::kGroup: by_node("group", labels_.groups, [](const auto& a) { return a.group; }); break;
      case Label::kRegion: by_node("region", labels_.regions, [](const auto& a) { return a.region; }); break;
    }
  }
  return subsets;
}

void Recorder::add_delivery_metrics(RunResult& result) {
  const auto emit = [&](DeliveryFigures f, const std::string& suffix) {
    const auto put = [&](const char* name, std::optional<double> value) {
      result.metrics.emplace_back(name + suffix, value);
    };
    const auto items = static_cast<double>(f.items);
    put("items_measured", items);
    put("nodes_live", static_cast<double>(f.live));
    put("items_complete", static_cast<double>(f.complete));
    put("coverage_mean", ratio(f.coverage_sum, items));
    put("coverage_min", f.items ? std::optional(f.coverage_min) : std::nullopt);
    put("latency_mean_s", in_seconds(f.latency.mean()));
    put("latency_p50_s", in_seconds(f.latency.quantile(0.5)));
    put("latency_p90_s", in_seconds(f.latency.quantile(0.9)));
    put("latency_p99_s", in_seconds(f.latency.quantile(0.99)));
    put("latency_max_s", in_seconds(f.latency.max()));
    for (const Share& share : kShares)
      put(share.time,
          in_seconds(ratio(static_cast<double>(f.reach.sum_ns[share.percent]), f.reach.items[share.percent])));
    for (const Share& share : kShares) put(share.items, ratio(f.reach.items[share.percent], items));
    put("hops_mean", ratio(static_cast<double>(f.hops_sum), static_cast<double>(f.latency.count())));
    put("hops_max", f.latency.count() ? std::optional<double>(f.hops_max) : std::nullopt);
  };
  emit(stored_times_ ? figures_from_times({}) : figures_on_the_fly(), "");
  for (const Subset& subset : labelled_subsets()) emit(figures_from_times(subset), subset.suffix);
}

void Recorder::add_reach(RunResult& result) const {
  const auto curve = [&](const std::string& item_class, const Subset& subset, Reach reach) {
    const auto items = static_cast<std::uint64_t>(
        std::count_if(items_.begin(), items_.end(), [&](const ItemRecord& r) { return wanted(r, subset); }));
    ReachCurve c;
    c.item_class = item_class;
    for (std::uint32_t percent = 1; percent <= 100; ++percent) {
      // The mean share over items comes to p % when p x items of all their hundredths have been reached. (The mean
      // of their times would leave out the items that never got so far, and could go back in time.)
      const std::uint64_t rank = percent * items, count = reach.delays.count();
      c.share.push_back(percent / 100.0);
      if (items == 0 || rank > count) {
        c.time_s.push_back(std::nullopt);
      } else {
        c.time_s.push_back(in_seconds(
            reach.delays.quantile(count == 1 ? 0 : static_cast<double>(rank - 1) / static_cast<double>(count - 1))));
      }
    }
    result.reach.push_back(std::move(c));
  };
  curve("", {}, stored_times_ ? figures_from_times({}).reach : reach_[0]);
  if (labels_.classes.size() < 2) return;
  for (std::size_t c = 0; c < labels_.classes.size(); ++c) {
    const Subset of_class{"", static_cast<int>(c), {}};
    curve(labels_.classes[c], of_class, stored_times_ ? figures_from_times(of_class).reach : reach_[1 + c]);
  }
}

std::optional<double> Recorder::stretch(const End& end) const {
  double sum = 0;
  std::uint64_t count = 0;
  std::unordered_map<std::uint32_t, std::vector<std::int64_t>> bounds;  // by origin; looked up only
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const ItemRecord& r = items_[i];
    if (!r.is_published || !r.measured) continue;
    const auto& first_delivery = details_[i].first_delivery;
    auto& bound = bounds[static_cast<std::uint32_t>(r.origin)];
    if (bound.empty()) bound = end.bound(r.origin);
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (first_delivery[n] < 0 || NodeId{static_cast<std::uint32_t>(n)} == r.origin || bound[n] <= 0) continue;
      sum += static_cast<double>(first_delivery[n] - r.published.ns) / static_cast<double>(bound[n]);
      ++count;
    }
  }
  return ratio(sum, static_cast<double>(count));
}

void Recorder::add_stable_latency(RunResult& result) const {
  Samples stable;
  const auto& reads = schedule_.reads;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const ItemRecord& r = items_[i];
    if (!r.is_published || !r.measured) continue;
    const auto& first_delivery = details_[i].first_delivery;
    std::int64_t last = -1;  // latest delivery; -1 where some node never got it, and any read may miss
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (first_delivery[n] < 0) {
        last = -1;
        break;
      }
      last = std::max(last, first_delivery[n]);
    }
    auto read = reads.end();
    if (last >= 0)
      read = std::lower_bound(reads.begin(), reads.end(), last,
                              [](const workload::Read& x, std::int64_t t) { return x.time.ns < t; });
    std::int64_t missed = 0;
    while (read != reads.begin()) {
      --read;
      if (read->time < r.published) break;
      const std::int64_t got = first_delivery[index(read->node)];
      if (got < 0 || got > read->time.ns) {
        missed = (read->time - r.published).ns;
        break;
      }
    }
    stable.add(missed);
  }
  const auto put = [&](const char* name, std::optional<double> ns) {
    result.metrics.emplace_back(name, in_seconds(ns));
  };
  put("stable_latency_p50_s", stable.quantile(0.5));
  put("stable_latency_p95_s", stable.quantile(0.95));
  put("stable_latency_p99_s", stable.quantile(0.99));
  put("stable_latency_max_s", stable.max());
}

}  // namespace hearsay::metrics
