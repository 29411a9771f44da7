// GraphML by Boost.Graph's reader. It tells of nodes in the order of their elements and does not hand out their
// ids, so those are read from the same document beside it. Both readers recurse where elements are nested, so that is
// bounded first.

#include <fmt/format.h>

#include <algorithm>
#include <boost/any.hpp>
#include <boost/graph/graphml.hpp>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/network/edge_list.hpp"

namespace hearsay::network {

namespace {

/// Takes down what the reader finds; values stay text, because they have units.
class Recorder final : public boost::mutate_graph {
 public:
  struct Link {
    std::size_t source;
    std::size_t target;
    std::string latency;
    std::string bandwidth;
  };

  bool is_directed() const override { return false; }
  boost::any do_add_vertex() override { return boost::any(vertices_++); }
  std::pair<boost::any, bool> do_add_edge(boost::any source, boost::any target) override {
    links_.push_back({boost::any_cast<std::size_t>(source), boost::any_cast<std::size_t>(target), "", ""});
    return {boost::any(links_.size() - 1), true};
  }
  void set_graph_property(const std::string&, const std::string&, const std::string&) override {}
  void set_vertex_property(const std::string&, boost::any, const std::string&, const std::string&) override {}
  void set_edge_property(const std::string& name, boost::any edge, const std::string& value,
                         const std::string&) override {
    Link& link = links_[boost::any_cast<std::size_t>(edge)];
    if (name == "latency") link.latency = value;
    if (name == "bandwidth") link.bandwidth = value;
  }

  std::size_t vertices() const { return vertices_; }
  const std::vector<Link>& links() const { return links_; }

 private:
  std::size_t vertices_ = 0;
  std::vector<Link> links_;
};

struct Ids {
  std::size_t graphs = 0;
  std::vector<std::string> nodes;  ///< of the first graph, in the order of their elements
};

Ids ids_of(const std::string& content) {
  std::istringstream in(content);
  boost::property_tree::ptree document;
  boost::property_tree::read_xml(in, document);
  const boost::property_tree::ptree& root = document.get_child("graphml");
  Ids ids;
  ids.graphs = root.count("graph");
  for (const auto& [name, element] : root.get_child("graph")) {
    if (name == "node") ids.nodes.push_back(element.get<std::string>("<xmlattr>.id"));
  }
  return ids;
}

/// Elements within elements that a graph needs, and some more.
constexpr int kMostNested = 32;

/// Whether elements are nested deeper than kMostNested. Counts tags; what is no markup is passed over.
bool is_nested_too_deep(std::string_view text) {
  int depth = 0;
  const auto past = [&text](std::size_t from, std::string_view end) {
    const std::size_t at = text.find(end, from);
    return at == std::string_view::npos ? text.size() : at + end.size();
  };
  for (std::size_t at = text.find('<'); at < text.size(); at = text.find('<', at)) {
    const std::string_view tag = text.substr(at);
    if (tag.starts_with("<!--")) {
      at = past(at, "-->");
    } else if (tag.starts_with("<![CDATA[")) {
      at = past(at, "]]>");
    } else if (tag.starts_with("<?")) {
      at = past(at, "?>");
    } else if (tag.starts_with("</")) {
      depth = std::max(depth - 1, 0);
      at = past(at, ">");
    } else {
      if (++depth > kMostNested) return true;
      char quote = 0;
      for (++at; at < text.size() && (quote != 0 || text[at] != '>'); ++at) {
        if (quote != 0 ? text[at] == quote : text[at] == '"' || text[at] == '\'') quote = quote != 0 ? '\0' : text[at];
      }
      const bool no_content = tag.starts_with("<!") || (at < text.size() && text[at - 1] == '/');
      if (no_content) --depth;
    }
  }
  return false;
}

/// "n7" and "7" are node 7.
std::string_view number_of(std::string_view id) {
  if (id.starts_with('n')) id.remove_prefix(1);
  return id;
}

}  // namespace

FileTopology read_graphml_topology(const std::string& content) {
  EdgeList edges;
  Recorder recorder;
  Ids found;
  if (is_nested_too_deep(content)) {
    edges.error(0, fmt::format("has elements nested more than {} deep, which no graph needs", kMostNested));
    return std::move(edges).finish();
  }
  try {
    std::istringstream in(content);
    boost::read_graphml(in, recorder, 0);
    found = ids_of(content);
  } catch (const boost::directed_graph_error&) {
    edges.error(0, "the graph is directed, but a link serves both directions: write edgedefault=\"undirected\"");
    return std::move(edges).finish();
  } catch (const std::exception& problem) {
    edges.error(0, fmt::format("is not GraphML that can be read: {}", problem.what()));
    return std::move(edges).finish();
  }
  if (found.graphs > 1) {
    edges.error(0, fmt::format("holds {} graphs; a network is one, so leave one in the file", found.graphs));
    return std::move(edges).finish();
  }
  const std::vector<std::string>& ids = found.nodes;
  if (ids.size() != recorder.vertices()) {
    edges.error(0, "has nested graphs, or edges to nodes without an element of their own");
    return std::move(edges).finish();
  }
  std::map<std::uint32_t, std::string> written;
  for (const std::string& id : ids) {
    const auto node = EdgeList::node_id(number_of(id));
    if (node) {
      edges.add_node(*node);
      const auto [place, fresh] = written.emplace(*node, id);
      if (!fresh)
        edges.error(0,
                    fmt::format("\"{}\" and \"{}\" are both node {}; write each node once", place->second, id, *node));
    } else {
      edges.error(0, fmt::format("node \"{}\": ids are integers from 0, as 7 or n7", id));
    }
  }
  std::size_t number = 0;
  for (const Recorder::Link& link : recorder.links()) {
    const std::string& source = ids[link.source];
    const std::string& target = ids[link.target];
    ++number;
    if (!EdgeList::node_id(number_of(source)) || !EdgeList::node_id(number_of(target))) continue;  // said above
    edges.add(0, number, {number_of(source), number_of(target), link.latency, link.bandwidth});
  }
  return std::move(edges).finish();
}

}  // namespace hearsay::network
