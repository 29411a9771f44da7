// Mutated input: scenarios, network tables, edge lists, publications and stores. Whatever comes, the program says what
// is wrong or carries on; it neither crashes nor hangs, and prints nothing that a terminal obeys.
//
// Each input follows from a seed, which HEARSAY_FUZZ_SEED begins with; it is written to a file before it is tried, so
// that it is still there after a crash.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/campaign/cost.hpp"
#include "sim/core/random.hpp"
#include "sim/execution/pool.hpp"
#include "sim/network/topology.hpp"
#include "sim/network/topology_file.hpp"
#include "sim/results/store.hpp"
#include "sim/results/store_schema.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/network_table.hpp"
#include "sim/scenario/trace_file.hpp"
#include "tests/support/campaigns/campaigns.hpp"
#include "tests/support/scratch.hpp"

namespace hearsay::input_fuzz_test {
namespace {

namespace fs = std::filesystem;
using test::file_text;
using test::ScratchDirectory;

/// What breaks readers of text, and what scenarios are made of.
const std::vector<std::string>& words() {
  static const std::vector<std::string> list = {"0",
                                                "-1",
                                                "1e308",
                                                "-0.0",
                                                "nan",
                                                "inf",
                                                "18446744073709551616",
                                                "4294967295",
                                                "010",
                                                "0x7f",
                                                "true",
                                                "\"1 ns\"",
                                                "\"290 y\"",
                                                "\"0 s\"",
                                                "\"1 B\"",
                                                "\"125 PB\"",
                                                "\"1 bit/s\"",
                                                "\"1/ms\"",
                                                "\"unlimited\"",
                                                "\"\"",
                                                "[]",
                                                "{}",
                                                "[[",
                                                "]]",
                                                "{ a.b = ",
                                                "\"\"\"",
                                                "'''",
                                                "#",
                                                "\n[a.b.c]\n",
                                                ".",
                                                "=",
                                                ",",
                                                "\\u001b",
                                                "\x1b",
                                                "\xff",
                                                "\xef\xbb\xbf",
                                                "\r\n",
                                                "<graph>",
                                                "</graph>",
                                                "<!--",
                                                "]]>",
                                                "<node id=\"n0\"/>",
                                                "kind",
                                                "nodes",
                                                "share",
                                                "count",
                                                "rate",
                                                "constant",
                                                "pareto",
                                                "covered",
                                                "\n[sweep]\n\"topology.nodes\" = [1, 2]\n",
                                                "\n[[fault]]\nkind = \"churn\"\n"};
  return list;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : draws_(seed, Stream::kProperty, 101) {}

  std::uint64_t below(std::size_t bound) { return draws_.below(std::max<std::size_t>(bound, 1)); }

  std::string mutated(std::string text, const std::vector<std::string>& others) {
    for (std::uint64_t i = 1 + below(4); i > 0; --i) step(text, others);
    constexpr std::size_t kMost = 1 << 20;
    if (text.size() > kMost) text.resize(kMost);
    return text;
  }

 private:
  void step(std::string& text, const std::vector<std::string>& others) {
    const std::size_t at = below(text.size()), length = below(std::min<std::size_t>(text.size() - at + 1, 40));
    switch (below(9)) {
      case 0: text.insert(at, words()[below(words().size())]); break;
      case 1: text.replace(at, length, words()[below(words().size())]); break;
      case 2: text.erase(at, length); break;
      case 3: {  // a piece many times over
        const std::string piece = text.substr(at, 1 + length);
        std::string many;
        for (std::uint64_t n = below(2'000); n > 0; --n) many += piece;
        text.insert(at, many);
        break;
      }
      case 4:
        if (!text.empty()) text[at] = static_cast<char>(below(256));
        break;
      case 5: text.resize(at); break;
      case 6: {  // a number where another stood
        const std::size_t digit = text.find_first_of("0123456789", at);
        if (digit == std::string::npos) break;
        const std::size_t end = text.find_first_not_of("0123456789.", digit);
        text.replace(digit, end == std::string::npos ? end : end - digit, words()[below(11)]);
        break;
      }
      case 7: {  // a line in another place
        const std::size_t begin = text.rfind('\n', at), end = text.find('\n', at);
        if (begin == std::string::npos || end == std::string::npos) break;
        const std::string line = text.substr(begin, end - begin);
        text.erase(begin, end - begin);
        text.insert(std::min(text.size(), static_cast<std::size_t>(below(text.size() + 1))), line);
        break;
      }
      default: {  // a piece of another file
        const std::string& other = others[below(others.size())];
        const std::size_t from = below(other.size());
        text.insert(at, other.substr(from, below(300)));
      }
    }
  }

  KeyedDraws draws_;
};

std::vector<std::string> texts_in(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".toml" && entry.file_size() < 20'000) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const fs::path& file : files) texts.push_back(file_text(file));
  return texts;
}

const char kGraphMl[] =
    "<?xml version=\"1.0\"?><graphml><key id=\"d0\" for=\"edge\" attr.name=\"latency\" attr.type=\"string\"/>"
    "<graph edgedefault=\"undirected\"><node id=\"n0\"/><node id=\"n1\"/><node id=\"2\"/>"
    "<edge source=\"n0\" target=\"n1\"><data key=\"d0\">5 ms</data></edge><edge source=\"n1\" target=\"2\"/></graph>"
    "</graphml>";
const char kEdges[] =
    "# edges\nsource,target,latency,bandwidth\n0,1,10 ms,10 Mbit/s\n1,2,\"5 ms\",unlimited\n2,0,1 s,1 kB/s\n";
const char kTrace[] = "time,node,size,class\n0 s,1,1 kB,block\n1.5 s,\"2\",200 B,tx\n# end\n2 s,0,1 MB,\"a, b\"\n";

class InputFuzz : public ::testing::Test {
 protected:
  /// A quarter of a minute here, an hour at night; HEARSAY_FUZZ_SECONDS says otherwise.
  void try_inputs_for(std::uint64_t seconds) {
    if (const char* wanted = std::getenv("HEARSAY_FUZZ_SECONDS")) seconds = std::strtoull(wanted, nullptr, 10);
    const char* const first = std::getenv("HEARSAY_FUZZ_SEED");
    std::uint64_t seed = first != nullptr ? std::strtoull(first, nullptr, 10) : 0;
    collect();
    const std::uint64_t end_ns = execution::monotonic_ns() + seconds * 1'000'000'000;
    const std::uint64_t begin = seed;
    do {
      // An input that takes longer hangs: the alarm ends the program, and the input is in its file.
      constexpr unsigned kLongest = 60;
      ::alarm(kLongest);
      SCOPED_TRACE(::testing::Message() << "HEARSAY_FUZZ_SEED=" << seed);
      try_one(seed++);
    } while (execution::monotonic_ns() < end_ns && !HasFailure());
    ::alarm(0);
    std::printf("%llu inputs\n", static_cast<unsigned long long>(seed - begin));
  }

 private:
  void collect() {
    const fs::path source = HEARSAY_SOURCE_DIR;
    for (const fs::path& directory : {source / "scenarios", source / "scenarios/bad", source / "tests/golden"})
      for (std::string& text : texts_in(directory)) scenarios_.push_back(std::move(text));
    tables_ = texts_in(source / "scenarios/networks");
    scratch_.write("net.csv", kEdges);
    scratch_.write("net.graphml", kGraphMl);
    scratch_.write("trace.csv", kTrace);
    ASSERT_GT(scenarios_.size(), 50u);
    ASSERT_FALSE(tables_.empty());
    const scenario::Scenario scenario = test::bare_scenario(2, 3);
    results::Store store(scratch_ / "store.sqlite", scenario, results::PointLabels(scenario));
    for (std::uint32_t run = 0; run < 6; ++run) store.add(test::full_run({run / 3, run % 3}));
  }

  void try_one(std::uint64_t seed) {
    Mutator mutator(seed);
    const std::vector<std::string> lists = {kGraphMl, kEdges, kTrace};
    switch (mutator.below(8)) {
      case 0: try_table(mutator.mutated(tables_[mutator.below(tables_.size())], scenarios_)); break;
      case 1: try_list("net.graphml", mutator.mutated(kGraphMl, lists)); break;
      case 2: try_list("net.csv", mutator.mutated(kEdges, lists)); break;
      case 3: try_trace(mutator.mutated(kTrace, lists)); break;
      case 4:
        if (seed % 4 == 0) try_store(mutator);  // a store takes as long as many texts
        break;
      default: try_scenario(mutator.mutated(scenarios_[mutator.below(scenarios_.size())], scenarios_));
    }
  }

  static void expect_printable(const std::string& text) {
    EXPECT_LT(text.size(), 5'000u);
    EXPECT_EQ(document::printable(text), text);
  }
  template <class Errors>
  static void expect_few(const Errors& errors) {
    EXPECT_LE(errors.size(), 21u);
  }

  void try_table(const std::string& text) {
    scratch_.write("input", text);
    for (const auto& diagnostic : scenario::read_network_table(text, "table.toml").diagnostics)
      expect_printable(document::printable(diagnostic.message));
  }
  void try_list(const std::string& name, const std::string& text) {
    scratch_.write("input", text);
    expect_few(network::parse_topology_file(name, text).errors);
  }
  void try_trace(const std::string& text) {
    scratch_.write("input", text);
    expect_few(scenario::parse_trace_file(text).errors);
  }

  void try_scenario(const std::string& text) {
    const fs::path file = scratch_.write("input.toml", text);
    scenario::LoadOptions options;
    options.draw_topologies = false;
    options.most_runs = 1'000;
    const scenario::Loaded loaded = scenario::load(file, options);
    for (const auto& diagnostic : loaded.diagnostics) expect_printable(document::to_text(diagnostic));
    if (!loaded.scenario) return;
    const simulation::RunSpec& spec = loaded.scenario->points.front().spec;
    if (simulation::estimate_memory(spec).total() > 2e8 || network::expected_edges(spec.topology) > 1e5) return;
    try {
      (void)campaign::time_by_pilot(spec, milliseconds(5));
    } catch (const std::exception&) {
      // A run may find its input impossible, and says so.
    }
  }

  void try_store(Mutator& mutator) {
    std::string bytes = file_text(scratch_ / "store.sqlite");
    for (std::uint64_t i = 1 + mutator.below(3); i > 0; --i) {
      const std::size_t at = mutator.below(bytes.size());
      if (mutator.below(10) == 0)
        bytes.resize(at);
      else if (!bytes.empty())
        bytes[at] = static_cast<char>(mutator.below(256));
    }
    fs::remove_all(scratch_ / "store");
    fs::create_directory(scratch_ / "store");
    const fs::path file = scratch_.write("store/runs.sqlite", bytes);
    try {
      const auto state = results::inspect_store(file);
      if (state.kind != results::StoreState::Kind::kCurrent) return;
      const scenario::Scenario scenario = test::bare_scenario(2, 3);
      const results::Store store(file, scenario, results::PointLabels(scenario));
      const results::Counted counted = {{0, 3}, {0, 3}};
      store.read(counted, results::Store::Detail::kWhole, [](results::RunRecord&&) {});
    } catch (const std::exception&) {
      // Damage is found in many places; that it is found at all is the stores' own tests' concern.
    }
  }

  ScratchDirectory scratch_;
  std::vector<std::string> scenarios_, tables_;
};

TEST_F(InputFuzz, NeitherCrashesNorHangsTheProgram) { try_inputs_for(15); }

class NightlyInputFuzz : public InputFuzz {};
TEST_F(NightlyInputFuzz, NeitherCrashesNorHangsTheProgram) { try_inputs_for(3600); }

}  // namespace
}  // namespace hearsay::input_fuzz_test
