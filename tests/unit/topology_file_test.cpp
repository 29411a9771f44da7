#include "sim/network/topology_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hearsay::network::topology_file_test {
namespace {

using ::testing::HasSubstr;

class TopologyFile : public ::testing::Test {
 protected:
  static FileTopology read(const std::string& name, const std::string& content) {
    return parse_topology_file(name, content);
  }
  static FileTopology csv(const std::string& content) { return read("net.csv", content); }
  static FileTopology graphml(const std::string& body, const std::string& direction = "undirected") {
    return read("net.graphml",
                R"(<?xml version="1.0" encoding="UTF-8"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">)"
                R"(<key id="d0" for="edge" attr.name="latency" attr.type="string"/>)"
                R"(<key id="d1" for="edge" attr.name="bandwidth" attr.type="string"/>)"
                R"(<key id="d2" for="node" attr.name="city" attr.type="string"/><graph id="G" edgedefault=")" +
                    direction + "\">" + body + "</graph></graphml>");
  }
};

void expect_error(const FileTopology& topology, int line, const std::string& part) {
  ASSERT_EQ(topology.errors.size(), 1u);
  EXPECT_EQ(topology.errors[0].line, line);
  EXPECT_THAT(topology.errors[0].message, HasSubstr(part));
}

void expect_edge(const FileEdge& edge, std::uint32_t from, std::uint32_t to, std::int64_t latency_ns,
                 std::uint64_t bandwidth) {
  EXPECT_EQ(edge.from, from);
  EXPECT_EQ(edge.to, to);
  EXPECT_EQ(edge.latency_ns, latency_ns);
  EXPECT_EQ(edge.bandwidth_bit_per_s, bandwidth);
}

TEST_F(TopologyFile, ReadsEdgesAndSortsThem) {
  const auto topology = csv("source,target\n3,1\n0,1\n");
  EXPECT_TRUE(topology.errors.empty());
  ASSERT_EQ(topology.edges.size(), 2u);
  expect_edge(topology.edges[0], 0, 1, -1, 0);
  expect_edge(topology.edges[1], 1, 3, -1, 0);
  EXPECT_EQ(topology.nodes, 4u);
  EXPECT_FALSE(topology.has_latency);
}

TEST_F(TopologyFile, ReadsLatencyAndBandwidthInAnyOrderOfColumns) {
  const auto topology = csv("bandwidth,target,latency,source\n10 Mbit/s,1,12.5 ms,0\nunlimited,2,0 ms,0\n");
  EXPECT_TRUE(topology.errors.empty());
  ASSERT_EQ(topology.edges.size(), 2u);
  expect_edge(topology.edges[0], 0, 1, 12'500'000, 10'000'000);
  expect_edge(topology.edges[1], 0, 2, 0, 0);
  EXPECT_TRUE(topology.has_latency);
}

TEST_F(TopologyFile, AnEmptyCellIsAValueNotGiven) {
  const auto topology = csv("source,target,latency,bandwidth\n0,1,,\n0,2,5 ms,1 Mbit/s\n");
  EXPECT_TRUE(topology.errors.empty());
  ASSERT_EQ(topology.edges.size(), 2u);
  expect_edge(topology.edges[0], 0, 1, -1, 0);
  EXPECT_FALSE(topology.has_latency);
}

TEST_F(TopologyFile, TakesWhatSpreadsheetsWrite) {
  const auto topology =
      csv("\xef\xbb\xbf\"source\",\"target\",\"latency\"\r\n\r\n 0 , 1 , \"5 ms\" \r\n# a comment\r\n1,2,6 ms");
  EXPECT_TRUE(topology.errors.empty());
  ASSERT_EQ(topology.edges.size(), 2u);
  EXPECT_EQ(topology.edges[1].latency_ns, 6'000'000);
}

TEST_F(TopologyFile, ReportsEveryErrorWithItsLine) {
  const auto topology =
      csv("source,target,latency,bandwidth\n"
          "0,1,5 ms,1 Mbit/s\n"
          "1,1,5 ms,1 Mbit/s\n"    // 3: self-loop
          "2,x,5 ms,1 Mbit/s\n"    // 4: not a node
          "-1,2,5 ms,1 Mbit/s\n"   // 5: not a node
          "1,0,5 ms,1 Mbit/s\n"    // 6: duplicate of line 2
          "2,3,5 ms\n"             // 7: columns
          "2,4,-5 ms,1 Mbit/s\n"   // 8: negative
          "2,5,nan ms,1 Mbit/s\n"  // 9: not a number
          "2,6,5,1 Mbit/s\n"       // 10: no unit
          "2,7,5 ms,0 Mbit/s\n"    // 11: zero bandwidth
          "2.5,8,5 ms,fast\n");    // 12: not a node, and not a rate
  const std::vector<std::pair<int, std::string>> expected{{3, "node 1 is linked to itself"},
                                                          {4, "target \"x\" is not a node"},
                                                          {5, "source \"-1\" is not a node"},
                                                          {6, "1 is a duplicate of line 2"},
                                                          {7, "3 columns where the header has 4"},
                                                          {8, "latency: -5 ms is negative"},
                                                          {9, "latency: \"nan ms\""},
                                                          {10, "write \"5 ms\""},
                                                          {11, "bandwidth: a rate of 0"},
                                                          {12, "source \"2.5\""},
                                                          {12, "bandwidth: \"fast\""}};
  ASSERT_EQ(topology.errors.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(topology.errors[i].line, expected[i].first);
    EXPECT_THAT(topology.errors[i].message, HasSubstr(expected[i].second));
  }
}

TEST_F(TopologyFile, ReportsEachRepeatOfAnEdge) {
  const auto topology = csv("source,target\n0,1\n1,0\n0,1\n");
  ASSERT_EQ(topology.errors.size(), 2u);
  EXPECT_EQ(topology.errors[0].line, 3);
  EXPECT_EQ(topology.errors[1].line, 4);
}

TEST_F(TopologyFile, RefusesAMissingOrWrongHeader) {
  expect_error(csv("0,1\n1,2\n"), 1, "header is missing");
  expect_error(csv("source,delay\n1,2\n"), 1, "unknown column \"delay\"");
  expect_error(csv("source,latency\n1,5 ms\n"), 1, "lacks source or target");
  expect_error(csv("source,target,source\n1,2,3\n"), 1, "appears twice");
}

TEST_F(TopologyFile, RefusesWhatHoldsNoEdges) {
  expect_error(csv(""), 0, "empty");
  expect_error(csv("\n\n"), 1, "empty");
  expect_error(csv("source,target\n"), 0, "no edges");
}

TEST_F(TopologyFile, RefusesBinaryFilesAndUnknownFormats) {
  expect_error(csv(std::string("source,target\n0,1\n\0\1\2", 21)), 0, "not a text file");
  expect_error(read("net.txt", "source,target\n0,1\n"), 0, "neither a .csv");
}

TEST_F(TopologyFile, RefusesElementsNestedDeeperThanAReaderCanBear) {
  std::string body;
  for (int i = 0; i < 50'000; ++i) body += "<graph>";
  expect_error(graphml(body), 0, "nested more than 32 deep");
  // Neither an attribute nor a comment, nor an element that has ended, nests anything.
  std::string flat = "<!-- <a><a> -->";
  for (int i = 0; i < 100; ++i) flat += "<node id=\"" + std::to_string(i) + "\"/>";
  flat += "<edge source=\"0\" target=\"1\"><data key=\"d0\">1 ms</data></edge>";
  EXPECT_TRUE(graphml(flat).errors.empty());
}

TEST_F(TopologyFile, RefusesOneNodeWrittenTwiceAndTwoGraphs) {
  expect_error(graphml(R"(<node id="0"/><node id="n0"/><node id="1"/><edge source="0" target="1"/>)"), 0,
               "\"0\" and \"n0\" are both node 0");
  expect_error(graphml(R"(<node id="0"/><node id="1"/><edge source="0" target="1"/></graph><graph id="H">)"), 0,
               "holds 2 graphs");
}

TEST_F(TopologyFile, TellsOfTwentyWrongLines) {
  std::string content = "source,target\n";
  for (int i = 0; i < 1'000; ++i) content += "x,y\n";
  EXPECT_EQ(csv(content).errors.size(), 20u);
}

TEST_F(TopologyFile, RefusesIdsThatNoNodeCanHave) {
  expect_error(csv("source,target\n0,4294967295\n"), 2, "is not a node");
  expect_error(csv("source,target\n0,99999999999999999999\n"), 2, "is not a node");
  expect_error(csv("source,target\n0,\n"), 2, "target \"\" is not a node");
}

TEST_F(TopologyFile, ReadsGraphml) {
  const auto topology =
      graphml(R"(<node id="n2"><data key="d2">Oslo</data></node><node id="n0"/><node id="n1"/><node id="n5"/>)"
              R"(<edge source="n1" target="n0"><data key="d0">12 ms</data><data key="d1">10 Mbit/s</data></edge>)"
              R"(<edge source="n2" target="n1"/>)");
  EXPECT_TRUE(topology.errors.empty());
  ASSERT_EQ(topology.edges.size(), 2u);
  expect_edge(topology.edges[0], 0, 1, 12'000'000, 10'000'000);
  expect_edge(topology.edges[1], 1, 2, -1, 0);
  EXPECT_EQ(topology.nodes, 6u);  // n5 is a node without links
  EXPECT_FALSE(topology.has_latency);
}

TEST_F(TopologyFile, ReadsGraphmlWithPlainIntegersAsIds) {
  const auto topology =
      graphml(R"(<node id="1"/><node id="0"/><edge source="0" target="1"><data key="d0">1 ms</data></edge>)");
  EXPECT_TRUE(topology.errors.empty());
  ASSERT_EQ(topology.edges.size(), 1u);
  EXPECT_TRUE(topology.has_latency);
}

TEST_F(TopologyFile, ReportsEveryErrorOfGraphml) {
  const auto topology =
      graphml(R"(<node id="n0"/><node id="n1"/><node id="oslo"/>)"
              R"(<edge source="n0" target="n1"/><edge source="n1" target="n0"/><edge source="n1" target="n1"/>)"
              R"(<edge source="n0" target="oslo"/>)");
  ASSERT_EQ(topology.errors.size(), 3u);
  EXPECT_THAT(topology.errors[0].message, HasSubstr("node \"oslo\""));
  EXPECT_THAT(topology.errors[1].message, HasSubstr("edge 3: node 1 is linked to itself"));
  EXPECT_THAT(topology.errors[2].message, HasSubstr("edge 2: the edge 0,1 is a duplicate of edge 1"));
}

TEST_F(TopologyFile, RefusesDirectedGraphs) {
  expect_error(graphml(R"(<node id="n0"/><node id="n1"/><edge source="n0" target="n1"/>)", "directed"), 0,
               "undirected");
}

TEST_F(TopologyFile, RefusesGraphmlThatIsNone) {
  expect_error(read("net.graphml", "<graphml><graph"), 0, "is not GraphML");
  expect_error(read("net.graphml", "<html></html>"), 0, "is not GraphML");
  expect_error(read("net.graphml", "source,target\n0,1\n"), 0, "is not GraphML");
  EXPECT_FALSE(graphml(R"(<node id="n0"/><edge source="n0" target="n9"/>)").errors.empty());
  EXPECT_FALSE(graphml(R"(<node id="n0"/><node/>)").errors.empty());
  expect_error(graphml(R"(<node id="n0"/>)"), 0, "no edges");
}

}  // namespace
}  // namespace hearsay::network::topology_file_test
