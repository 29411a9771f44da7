#include "sim/network/topology_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "sim/core/csv_lines.hpp"
#include "sim/core/units.hpp"
#include "sim/network/edge_list.hpp"

namespace hearsay::network {

namespace {

enum Column : std::size_t { kSource, kTarget, kLatency, kBandwidth, kColumns };
constexpr std::array<std::string_view, kColumns> kColumnNames{"source", "target", "latency", "bandwidth"};

constexpr std::uint32_t kLargestId = 0xffff'fffd;  // the next two ids are kNoNode and one past the last node

/// Which column of the file holds what; errors go to `edges`.
struct Header {
  std::array<std::optional<std::size_t>, kColumns> place;
  std::size_t columns = 0;
};

std::optional<Header> read_header(const std::vector<std::string_view>& fields, int number, EdgeList& edges) {
  Header header;
  header.columns = fields.size();
  bool good = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto found = std::find(kColumnNames.begin(), kColumnNames.end(), fields[i]);
    const auto column = static_cast<std::size_t>(found - kColumnNames.begin());
    if (column == kColumns) {
      edges.error(
          number,
          fmt::format("unknown column \"{}\" in the header: the columns are source,target[,latency][,bandwidth]",
                      fields[i]));
      good = false;
    } else if (header.place[column]) {
      edges.error(number, fmt::format("column \"{}\" appears twice in the header", fields[i]));
      good = false;
    } else {
      header.place[column] = i;
    }
  }
  if (good && (!header.place[kSource] || !header.place[kTarget])) {
    edges.error(number, "the header lacks source or target: write source,target[,latency][,bandwidth]");
    good = false;
  }
  return good ? std::optional(header) : std::nullopt;
}

FileTopology read_csv(std::string_view content) {
  EdgeList edges;
  std::optional<Header> header;
  std::size_t count = 0;
  for (CsvLines lines(content); !edges.hopeless() && lines.next();) {
    const std::vector<std::string_view>& fields = lines.fields();
    if (!header) {
      if (EdgeList::node_id(fields.front())) {
        edges.error(lines.number(), "the header is missing: the first line is source,target[,latency][,bandwidth]");
        return std::move(edges).finish();
      }
      header = read_header(fields, lines.number(), edges);
      if (!header) return std::move(edges).finish();
      continue;
    }
    if (fields.size() != header->columns) {
      edges.error(lines.number(), fmt::format("{} columns where the header has {}", fields.size(), header->columns));
      continue;
    }
    const auto field = [&](Column column) {
      return header->place[column] ? fields[*header->place[column]] : std::string_view();
    };
    edges.add(lines.number(), ++count, {field(kSource), field(kTarget), field(kLatency), field(kBandwidth)});
  }
  if (!header) edges.error(1, "the file is empty: the first line is source,target[,latency][,bandwidth]");
  return std::move(edges).finish();
}

FileTopology refused(std::string message) {
  FileTopology topology;
  topology.errors.push_back({0, std::move(message)});
  return topology;
}

}  // namespace

std::optional<std::uint32_t> EdgeList::node_id(std::string_view text) {
  std::uint32_t id = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || id > kLargestId) return std::nullopt;
  return id;
}

void EdgeList::fail(int line, std::size_t number, std::string message) {
  error(line, line > 0 ? std::move(message) : fmt::format("edge {}: {}", number, message));
}

void EdgeList::add(int line, std::size_t number, const EdgeText& text) {
  const std::size_t errors_before = errors_.size();
  Row row{{}, line, number};
  const auto source = node_id(text.source);
  const auto target = node_id(text.target);
  for (const auto& [id, written, what] :
       {std::tuple(source, text.source, "source"), std::tuple(target, text.target, "target")}) {
    if (!id) {
      fail(line, number,
           fmt::format("{} \"{}\" is not a node: nodes are integers from 0 to {}", what, written, kLargestId));
    }
  }
  if (source && source == target) fail(line, number, fmt::format("node {} is linked to itself", *source));
  if (!text.latency.empty()) {
    const auto latency = parse_duration(text.latency);
    if (!latency.value) {
      fail(line, number, fmt::format("latency: {}", latency.error));
    } else if (latency.value->ns < 0) {
      fail(line, number, fmt::format("latency: {} is negative", text.latency));
    } else {
      row.edge.latency_ns = latency.value->ns;
    }
  }
  if (!text.bandwidth.empty()) {
    const auto bandwidth = parse_rate_bit_per_s(text.bandwidth);
    if (!bandwidth.value) fail(line, number, fmt::format("bandwidth: {}", bandwidth.error));
    row.edge.bandwidth_bit_per_s = bandwidth.value.value_or(0);
  }
  if (errors_.size() > errors_before) return;
  row.edge.from = std::min(*source, *target);
  row.edge.to = std::max(*source, *target);
  add_node(row.edge.to);
  rows_.push_back(row);
}

FileTopology EdgeList::finish() && {
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return std::tie(a.edge.from, a.edge.to, a.line, a.number) < std::tie(b.edge.from, b.edge.to, b.line, b.number);
  });
  for (std::size_t i = 1; i < rows_.size(); ++i) {
    const Row& first = rows_[i - 1];
    const Row& again = rows_[i];
    if (first.edge.from != again.edge.from || first.edge.to != again.edge.to) continue;
    const std::string place =
        first.line > 0 ? fmt::format("line {}", first.line) : fmt::format("edge {}", first.number);
    fail(again.line, again.number,
         fmt::format("the edge {},{} is a duplicate of {}", again.edge.from, again.edge.to, place));
  }
  if (rows_.empty() && errors_.empty()) error(0, "the file has no edges");

  FileTopology topology;
  topology.errors = std::move(errors_);
  std::stable_sort(topology.errors.begin(), topology.errors.end(),
                   [](const FileError& a, const FileError& b) { return a.line < b.line; });
  if (!topology.errors.empty()) return topology;
  topology.nodes = nodes_;
  topology.has_latency = true;
  topology.edges.reserve(rows_.size());
  for (const Row& row : rows_) {
    topology.edges.push_back(row.edge);
    topology.has_latency = topology.has_latency && row.edge.latency_ns >= 0;
  }
  return topology;
}

FileTopology parse_topology_file(const std::filesystem::path& path, const std::string& content) {
  const std::string extension = path.extension().string();
  if (extension != ".csv" && extension != ".graphml") {
    return refused(fmt::format("\"{}\" is neither a .csv edge list nor a .graphml file", path.filename().string()));
  }
  if (content.empty()) return refused("the file is empty");
  if (content.find('\0') != std::string::npos) return refused("is not a text file");
  return extension == ".csv" ? read_csv(content) : read_graphml_topology(content);
}

}  // namespace hearsay::network
