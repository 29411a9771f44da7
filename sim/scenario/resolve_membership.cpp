#include "sim/scenario/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/units.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::choices_text;
using document::kPositive;
using document::Reader;
using membership::Kind;
using membership::MembershipSpec;

/// Keys of the other kinds get the reason why this one does not read them.
void name_foreign_keys(const Reader& table, const std::string& kind) {
  struct Key {
    const char* name;
    std::vector<std::string> owners;
  };
  const Key keys[] = {
      {"registry_delay", {"registry"}}, {"refresh", {"registry"}},       {"expire_after", {"registry", "exchange"}},
      {"active", {"exchange"}},         {"ping_interval", {"exchange"}}, {"ping_timeout", {"exchange"}},
      {"suspect_after", {"exchange"}},  {"list_size", {"exchange"}},     {"rotate_interval", {"exchange"}},
      {"view_capacity", {"exchange"}}};
  for (const auto& [key, owners] : keys) {
    if (std::find(owners.begin(), owners.end(), kind) != owners.end()) continue;
    table.elsewhere(key, fmt::format("not read by kind \"{}\"; it belongs to kind {}", kind, choices_text(owners)));
  }
}

class MembershipResolver {
 public:
  MembershipResolver(const Reader& root, const Reader& table, Draft& draft)
      : table_(table), topology_(root.table("topology")), root_(root), draft_(draft), spec_(draft.spec.membership) {}

  void resolve_static() const {
    if (topology_known() && !has_edges())
      topology_.cell("kind").warning(
          "no node has a peer, and the membership \"static\" makes none: nothing will spread; write [membership] with "
          "kind = \"registry\"");
  }

  void registry() {
    if (topology_known() && has_edges())
      topology_.cell("kind").error(
          "the membership \"registry\" makes all connections, and this topology has edges of its own; write kind = "
          "\"none\"");
    spec_.registry_delay =
        table_.cell("registry_delay").required("registry_delay = \"100 ms\"").duration().value_or(Duration{});
    spec_.refresh = table_.cell("refresh").duration(kPositive).value_or(Duration{});
    const Cell expire = table_.cell("expire_after");
    spec_.expire_after = expire.duration(kPositive).value_or(Duration{});
    if (spec_.expire_after.ns == 0) return;
    if (!table_.has("refresh")) {
      expire.warning("without refresh no entry is renewed: a node that starts later than this learns of few or none");
    } else if (spec_.expire_after <= spec_.refresh) {
      expire.error(fmt::format("{} is not above refresh, {}: live nodes would expire before they renew",
                               format_duration(spec_.expire_after), format_duration(spec_.refresh)));
    }
  }

  void exchange() {
    if (topology_known() && !has_edges())
      topology_.cell("kind").error(
          "the membership \"exchange\" begins with the peers of the topology, and \"none\" gives none; write another "
          "kind");
    if (draft_.spec.network.latency.kind == network::LatencyKind::kFile)
      root_.table("network").cell("latency").error(
          "the membership \"exchange\" connects nodes that the topology file does not link, so it has no latency for "
          "them; write another kind");
    active();
    pings();
    spec_.list_size = table_.cell("list_size").required("list_size = 10").count({.min = 1}).value_or(0);
    spec_.rotate_interval = table_.cell("rotate_interval").duration(kPositive).value_or(Duration{});
    const Cell capacity = table_.cell("view_capacity");
    spec_.view_capacity = capacity.count_or(std::max(spec_.view_capacity, spec_.active), {.min = 1});
    if (spec_.view_capacity < spec_.active)
      capacity.error(fmt::format("{} is below active = {}; a node knows its peers", spec_.view_capacity, spec_.active));
  }

 private:
  bool topology_known() const { return draft_.nodes_known; }
  bool has_edges() const { return draft_.spec.topology.kind != network::TopologyKind::kNone; }

  void active() {
    const Cell cell = table_.cell("active").required("active = 8");
    const auto value = cell.count({.min = 1});
    const std::uint32_t nodes = draft_.spec.topology.nodes;
    if (value && draft_.nodes_known && *value >= nodes)
      cell.error(
          fmt::format("{} is not below topology.nodes = {}; a node has at most {} peers", *value, nodes, nodes - 1));
    spec_.active = value.value_or(1);
  }

  void pings() {
    const auto interval = table_.cell("ping_interval").required("ping_interval = \"10 s\"").duration(kPositive);
    const Cell timeout_cell = table_.cell("ping_timeout").required("ping_timeout = \"2 s\"");
    const auto timeout = timeout_cell.duration(kPositive);
    if (interval && timeout && *timeout > *interval)
      timeout_cell.error(fmt::format("{} is above ping_interval, {}; a ping is judged before the next one is sent",
                                     format_duration(*timeout), format_duration(*interval)));
    spec_.ping_interval = interval.value_or(seconds(1));
    spec_.ping_timeout = timeout.value_or(seconds(1));
    spec_.suspect_after = table_.cell("suspect_after")
                              .required("suspect_after = 3, the pings missed in a row that make a peer count as gone")
                              .count({.min = 1, .max = 1000})
                              .value_or(1);
    const Cell expire = table_.cell("expire_after");
    const Duration usual = spec_.ping_interval * membership::kDefaultLifetimeIntervals;
    spec_.expire_after = interval ? expire.duration_or(usual, kPositive) : expire.duration(kPositive).value_or(usual);
    if (interval && spec_.expire_after <= *interval)
      expire.error(fmt::format("{} is not above ping_interval, {}: nobody is heard of more often",
                               format_duration(spec_.expire_after), format_duration(*interval)));
  }

  const Reader& table_;
  Reader topology_;
  const Reader& root_;
  Draft& draft_;
  MembershipSpec& spec_;
};

}  // namespace

void resolve_membership(const Reader& root, Draft& draft) {
  const Reader table = root.table("membership");
  const Cell kind = table.cell("kind");
  if (!kind.present()) kind.record("static");
  const auto chosen =
      kind.choice<Kind>({{"static", Kind::kStatic}, {"registry", Kind::kRegistry}, {"exchange", Kind::kExchange}});
  if (kind.present() && !chosen) {
    table.give_up();
    return;
  }
  draft.spec.membership.kind = chosen.value_or(Kind::kStatic);
  name_foreign_keys(table, kind.present() ? kind.value()->text : "static");
  MembershipResolver resolver(root, table, draft);
  switch (draft.spec.membership.kind) {
    case Kind::kStatic: resolver.resolve_static(); break;
    case Kind::kRegistry: resolver.registry(); break;
    case Kind::kExchange: resolver.exchange(); break;
  }
  if (draft.spec.output.stretch && !draft.spec.membership.is_static())
    root.table("output").cell("stretch").error(
        "stretch is taken against the shortest paths of a topology that stays; write [membership] with kind = "
        "\"static\", or stretch = false");
}

}  // namespace hearsay::scenario
