// Regions of the nodes: from network.table, or inline from network.regions; network.region_share says how many
// nodes each has where the table does not, or otherwise than the table does.

#include <fmt/format.h>

#include "sim/core/units.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {
namespace {

void read_table(const Cell& cell, Draft& draft) {
  const FileText* file = referenced_file(cell, draft);
  if (file == nullptr) return;
  draft.table = &draft.files.network_table(cell.value()->text);
  auto& complaints = cell.context().complaints;
  complaints.insert(complaints.end(), draft.table->complaints.begin(), draft.table->complaints.end());
  draft.spec.network.regions = draft.table->regions.regions;
  draft.region_shares = draft.table->regions.have_shares;
}

void read_region_share(const Reader& shares, Draft& draft) {
  auto& regions = draft.spec.network.regions;
  for (auto& region : regions) region.share = 0;
  std::size_t found = 0;
  for (auto& region : regions) {
    if (shares.has(region.name)) ++found;
    region.share = shares.cell(region.name).real(kProbability).value_or(0);
  }
  if (regions.empty()) {
    shares.error("there are no regions to share the nodes; they come from network.table or network.regions");
    shares.give_up();
  } else if (found == shares.keys().size()) {
    normalise_shares(shares.self(), regions);
  }
  draft.region_shares = true;
}

void record_regions(const Reader& network, const Draft& draft) {
  Value list = empty_value(Type::kArray);
  for (const auto& region : draft.spec.network.regions) {
    Value& row = list.items.emplace_back();
    const auto set = [&row](const char* key, Value value) {
      value.key = key;
      row.items.push_back(std::move(value));
    };
    set("name", text_value(region.name));
    set("share", real_value(region.share));
    set("uplink", text_value(format_rate(region.uplink_bit_per_s)));
    set("downlink", text_value(format_rate(region.downlink_bit_per_s)));
  }
  network.cell("regions").record(list);
}

}  // namespace

void resolve_regions(const Reader& network, Draft& draft) {
  if (const Cell table = network.cell("table"); table.present()) read_table(table, draft);
  if (network.has("regions")) {
    if (network.has("table")) network.cell("regions").error("network.table has regions too; remove one of them");
    const Regions inline_regions = read_regions(network, "regions");
    draft.spec.network.regions = inline_regions.regions;
    draft.region_shares = inline_regions.have_shares;
  }
  if (const Reader shares = network.table("region_share"); shares.present()) read_region_share(shares, draft);
  if (!draft.spec.network.regions.empty()) record_regions(network, draft);
}

}  // namespace hearsay::scenario
