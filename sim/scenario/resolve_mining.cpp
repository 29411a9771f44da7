#include <fmt/format.h>

#include <cmath>

#include "sim/chain/block_tree.hpp"
#include "sim/core/units.hpp"
#include "sim/scenario/distributions.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::kPositive;
using document::Reader;
using workload::WorkloadSpec;

constexpr const char* kNotOfMining[] = {"rate", "count", "at", "origin", "reads_per_publish"};

class MiningResolver {
 public:
  MiningResolver(const Reader& table, Draft& draft, WorkloadSpec& spec) : table_(table), draft_(draft), spec_(spec) {}

  void resolve() {
    for (const char* key : kNotOfMining)
      table_.elsewhere(key,
                       "not read by kind \"mining\", whose blocks are found by hash power; write interval, and "
                       "[[group]] hash_power");
    table_.elsewhere("file", "not read by kind \"mining\"; it belongs to kind \"trace\"");
    spec_.arrivals = workload::Arrivals::kMining;
    const auto interval = table_.cell("interval").required("interval = \"10 min\"").duration(kPositive);
    interval_known_ = interval.has_value();
    spec_.invalid_share =
        table_.cell("invalid_share").real_or(0, {.min = 0, .max = 1, .instead = "write a share such as 0.01"});
    spec_.gap_ns = Distribution::exponential(static_cast<double>(interval.value_or(seconds(1)).ns));
    read_size();
    read_window();
  }

 private:
  SimTime end() const { return draft_.duration_known ? draft_.spec.duration : kMaxSimTime; }

  void read_size() {
    const Cell size = table_.cell("size"), transactions = table_.cell("transactions"), each = table_.cell("tx_size");
    spec_.transactions = transactions.count({.min = 1}).value_or(0);
    const auto tx_size = each.size(kPositive);
    if (size.present() == each.present()) {
      table_.error(size.present()
                       ? "size and tx_size exclude each other; write one of them"
                       : "says nothing of how large blocks are; write size = \"1 MB\", or transactions = 2000 "
                         "with tx_size = \"250 B\"");
      (void)read_distribution(size, {Unit::kSize, true, "\"1 MB\""});
      return;
    }
    if (each.present()) {
      transactions.required("transactions = 2000");
      const double content = static_cast<double>(spec_.transactions) * static_cast<double>(tx_size.value_or(1));
      spec_.size_bytes = Distribution::constant(
          static_cast<double>(chain::kHeaderBytes + chain::compact_size(spec_.transactions)) + content);
      return;
    }
    const auto drawn = read_distribution(size, {Unit::kSize, true, "\"1 MB\""});
    if (!drawn) return;
    spec_.size_bytes = *drawn;
    // A block has its header, the number of its transactions, and those.
    const std::uint64_t least = chain::kHeaderBytes + chain::compact_size(spec_.transactions) + spec_.transactions;
    if (drawn->lower_bound() < static_cast<double>(least))
      size.error(fmt::format(
          "a block can be as small as {}, smaller than its header and transactions, which take {} "
          "at least; write larger sizes",
          format_size(static_cast<std::uint64_t>(std::max(0.0, drawn->lower_bound()))), format_size(least)));
  }

  void read_window() {
    const Cell start = table_.cell("start"), stop = table_.cell("stop"), blocks = table_.cell("blocks");
    const Cell settle = table_.cell("settle");
    spec_.start = SimTime{} + start.duration_or(Duration{});
    spec_.stop = SimTime{} + stop.duration_or(end() - SimTime{});
    spec_.count = blocks.count({.min = 1}).value_or(0);
    spec_.settle = settle.count_or(0);
    if (blocks.present() && stop.present()) stop.error("blocks and stop exclude each other; write one of them");
    if (spec_.start >= end())
      start.error(fmt::format("mining starts at {}, after the end of the run at {}", format_duration({spec_.start.ns}),
                              format_duration({end().ns})));
    if (spec_.stop > end()) {
      stop.error(
          fmt::format("mining stops at {}, after the end of the run at {}; write an earlier time or a longer "
                      "run.duration",
                      format_duration({spec_.stop.ns}), format_duration({end().ns})));
    } else if (stop.present() && spec_.stop <= spec_.start) {
      stop.error(fmt::format("{} is not after start = {}", format_duration({spec_.stop.ns}),
                             format_duration({spec_.start.ns})));
    }
    if (!interval_known_ || !draft_.duration_known) return;
    const double possible = static_cast<double>((spec_.stop - spec_.start).ns) / spec_.gap_ns.mean();
    if (blocks.present() && possible < spec_.count)
      blocks.error(
          fmt::format("{} blocks take about {:.4g} s, and the run lasts {}; write fewer blocks or a longer "
                      "run.duration",
                      spec_.count, spec_.count * spec_.gap_ns.mean() / 1e9, format_duration({end().ns})));
    const double expected = blocks.present() ? spec_.count : possible;
    if (expected <= spec_.settle)
      settle.error(
          fmt::format("about {:.4g} blocks are found, and the last {} are not counted; write a smaller settle, "
                      "or let more be found",
                      std::floor(expected), spec_.settle));
  }

  const Reader& table_;
  Draft& draft_;
  WorkloadSpec& spec_;
  bool interval_known_ = false;
};

/// Where groups say who mines, their shares make the whole; else all nodes have the same.
void check_hash_power(const Reader& root, const Draft& draft) {
  const auto& groups = draft.spec.network.groups;
  double sum = 0;
  std::optional<std::size_t> last;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (!groups[g].hash_power) continue;
    sum += *groups[g].hash_power;
    last = g;
  }
  if (!last || sum >= 1 - 1e-9) return;  // above 1 is an error of the groups themselves
  root.tables("group")[*last]
      .cell("hash_power")
      .error(fmt::format(
          "the groups' hash power sums to {:.6g}, and mining needs shares that sum to 1; write larger ones, or "
          "give a group with rest = true what is left",
          sum));
}

}  // namespace

void resolve_mining(const Reader& root, const Reader& table, Draft& draft, WorkloadSpec& spec) {
  MiningResolver(table, draft, spec).resolve();
  check_hash_power(root, draft);
}

}  // namespace hearsay::scenario
