#include "sim/scenario/network_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/units.hpp"
#include "sim/document/parse.hpp"
#include "sim/document/reader.hpp"
#include "sim/scenario/distributions.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::Diagnostic;
using document::Diagnostics;
using document::Ids;
using document::kNotNegative;
using document::kPositive;
using document::kProbability;
using document::parse_document;
using document::ReadContext;
using document::Reader;
using document::show_duration;
using document::Type;
using document::Usage;
using document::Value;

/// ns of one `unit`, for matrices of plain numbers.
std::optional<double> read_unit(const Cell& cell) {
  const auto unit = cell.text();
  if (!unit) return std::nullopt;
  if (const auto one = parse_duration("1 " + *unit); one.value) return static_cast<double>(one.value->ns);
  cell.error("\"" + *unit + "\" is no unit of time; write for example \"ms\"");
  return std::nullopt;
}

std::optional<double> read_matrix_entry(const Cell& cell, std::optional<double> unit_ns) {
  if (cell.is(Type::kText) || !unit_ns) {
    const auto duration = cell.duration(kNotNegative);
    return duration ? std::optional(static_cast<double>(duration->ns)) : std::nullopt;
  }
  const auto number = cell.real({.min = 0,
                                 .max = static_cast<double>(kMaxSimTime.ns) / *unit_ns,
                                 .instead = "a latency is at most 290 years, the longest run"});
  return number ? std::optional(*number * *unit_ns) : std::nullopt;
}

}  // namespace

void normalise_shares(const Cell& at, std::vector<network::RegionSpec>& regions) {
  double sum = 0;
  for (const auto& region : regions) sum += region.share;
  if (std::abs(sum - 1) > 1e-3) {
    at.error(fmt::format("the shares of the regions sum to {:.6g}, not to 1; each node needs exactly one region", sum));
    return;
  }
  for (auto& region : regions) region.share /= sum;
}

Regions read_regions(const Reader& parent, const std::string& key) {
  Regions out;
  std::size_t shares = 0;
  for (const Reader& table : parent.tables(key)) {
    network::RegionSpec& region = out.regions.emplace_back();
    region.name = table.cell("name").required("name = \"europe\"").text().value_or("");
    const Cell share = table.cell("share");
    if (share.present()) ++shares;
    region.share = share.real(kProbability).value_or(0);
    region.uplink_bit_per_s = table.cell("uplink").rate_bit_per_s().value_or(0);
    region.downlink_bit_per_s = table.cell("downlink").rate_bit_per_s().value_or(0);
    const auto same = [&](const network::RegionSpec& other) { return other.name == region.name; };
    if (!region.name.empty() && std::count_if(out.regions.begin(), out.regions.end(), same) > 1) {
      table.cell("name").error("\"" + region.name + "\" names two regions; give each a name of its own");
    }
  }
  if (shares > 0 && shares < out.regions.size()) {
    parent.cell(key).error(
        fmt::format("{} of {} regions have a share; give each one or none", shares, out.regions.size()));
  } else if (shares > 0) {
    normalise_shares(parent.cell(key), out.regions);
    out.have_shares = true;
  }
  return out;
}

std::vector<double> read_latency_matrix(const Reader& parent, const std::string& key, std::size_t regions) {
  const Cell matrix = parent.cell(key);
  const auto unit_ns = read_unit(parent.cell("unit"));
  const auto rows = matrix.elements();
  std::vector<double> out;
  bool good = matrix.is(Type::kArray);
  if (good && rows.size() != regions) {
    matrix.error(fmt::format("the matrix has {} rows for {} regions; it needs one row and one column for each region",
                             rows.size(), regions));
    good = false;
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto row = rows[r].elements();
    if (rows[r].is(Type::kArray) && row.size() != regions) {
      rows[r].error(fmt::format("row {} of the matrix has {} entries for {} regions", r, row.size(), regions));
    }
    good = good && row.size() == regions;
    for (const Cell& cell : row) {
      const auto entry = read_matrix_entry(cell, unit_ns);
      good = good && entry.has_value();
      out.push_back(entry.value_or(0));
    }
  }
  if (!good) out.clear();
  return out;
}

network::Jitter read_jitter(const Cell& cell) {
  network::Jitter jitter;
  if (!cell.present()) return jitter;
  const Reader table = cell.table();
  const bool pareto_offset = table.has("offset");
  const auto kind = table.cell("kind").required("kind = \"pareto\"").choice(distribution_kinds());
  if (!kind) {
    table.give_up();
    return jitter;
  }
  if (pareto_offset && *kind == "pareto") {
    for (const char* key : {"mean", "shape", "scale"})
      table.elsewhere(key, "not read beside offset, from which scale and shape follow");
    jitter.kind = network::Jitter::Kind::kParetoOffset;
    if (const auto offset = table.cell("offset").duration(kPositive))
      jitter.offset_ns = static_cast<double>(offset->ns);
    return jitter;
  }
  table.elsewhere("offset", "read only by kind \"pareto\"");
  if (const auto factor = read_distribution(table, *kind, {Unit::kFactor, true, "1.0"})) {
    jitter.kind = network::Jitter::Kind::kFactor;
    jitter.factor = *factor;
  }
  return jitter;
}

void check_jitter(const Cell& at, const network::Jitter& jitter, const std::vector<double>& matrix_ns) {
  if (jitter.kind != network::Jitter::Kind::kParetoOffset || matrix_ns.empty()) return;
  const double least = *std::min_element(matrix_ns.begin(), matrix_ns.end());
  if (jitter.offset_ns < least) return;
  at.error(
      fmt::format("an offset of {} is not below the smallest latency of the matrix, {}; the scale is their difference",
                  show_duration(jitter.offset_ns), show_duration(least)));
}

std::vector<double> read_outbound_cdf(const Cell& cell) {
  std::vector<double> cdf;
  for (const Cell& element : cell.elements()) {
    const auto value = element.real(kProbability);
    if (!value) return {};
    if (!cdf.empty() && *value < cdf.back()) {
      element.error(fmt::format(
          "{} is below the entry before it; entry i is the share of nodes with at most i + 1 links", *value));
      return {};
    }
    cdf.push_back(*value);
  }
  if (cdf.empty()) {
    if (cell.is(Type::kArray))
      cell.error("the distribution is empty; write the share of nodes with at most 1, 2, 3 ... links");
  } else if (std::abs(cdf.back() - 1) > 1e-6) {
    cell.error(
        fmt::format("the last entry is {}, not 1; entry i is the share of nodes with at most i + 1 links", cdf.back()));
    cdf.clear();
  } else {
    cdf.back() = 1;
  }
  return cdf;
}

NetworkTable read_network_table(const std::string& text, const std::string& file) {
  NetworkTable out;
  Diagnostics syntax;
  Ids ids;
  const auto document = parse_document(text, file, ids, syntax);
  for (const Diagnostic& d : syntax.sorted()) out.diagnostics.push_back({d.warning, d.where, -1, d.key, d.message});
  if (!document) return out;

  Usage usage;
  Value unused;
  ReadContext context{file, usage, out.diagnostics, unused};
  const Reader root(Cell(context, &*document, "", "", {}));
  if (root.has("topology") || root.has("protocol")) {
    root.error("this is a scenario, not a network table; a table holds [[region]] and latency");
    return out;
  }
  (void)root.cell("name").text();
  (void)root.cell("description").text();
  (void)root.cell("source").text();
  if (root.cell("region").required("[[region]] with its name").present()) out.regions = read_regions(root, "region");
  if (const Reader latency = root.table("latency"); latency.present()) {
    latency.cell("matrix").required("matrix = [[32, 124], [124, 11]]");
    out.matrix_ns = read_latency_matrix(latency, "matrix", out.regions.regions.size());
  }
  out.jitter = read_jitter(root.cell("jitter"));
  check_jitter(root.cell("jitter"), out.jitter, out.matrix_ns);
  if (const Cell cdf = root.cell("outbound_distribution"); cdf.present()) out.outbound_cdf = read_outbound_cdf(cdf);
  report_unread(*document, "", context);
  return out;
}

}  // namespace hearsay::scenario
