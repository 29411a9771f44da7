// The shape of the tree, read from its sources: dependencies point one way, heavy libraries stay behind .cpp files,
// the model reads no clock, no file grows without bound. A failure names file and line and what is allowed there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kMaxLines = 700;
constexpr std::size_t kMaxFilesPerLibrary = 6;

struct Source {
  std::string path;  // relative to the root, with '/'
  std::string text;
};

struct Include {
  std::size_t line;
  std::string target;  // "sim/core/time.hpp" or "vector"
  bool quoted;         // "..." rather than <...>
};

/// What the files of a folder may include of the tree: paths or their beginnings.
struct Layer {
  std::string_view folder;
  std::vector<std::string_view> allowed;
};

// Bottom to top. metrics and workload know the nodes and their links, not how messages travel.
const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {
      {"sim/core/", {"sim/core/"}},
      {"sim/engine/", {"sim/core/", "sim/engine/"}},
      {"sim/network/", {"sim/core/", "sim/network/"}},
      {"sim/metrics/",
       {"sim/core/", "sim/metrics/", "sim/workload/", "sim/network/spec.hpp", "sim/network/nodes.hpp",
        "sim/network/topology.hpp", "sim/network/latency.hpp", "sim/network/faults/report.hpp",
        "sim/protocol/figure.hpp"}},
      {"sim/chain/", {"sim/core/", "sim/chain/"}},
      {"sim/workload/",
       {"sim/core/", "sim/workload/", "sim/network/spec.hpp", "sim/network/nodes.hpp", "sim/network/topology.hpp"}},
      {"sim/membership/", {"sim/core/", "sim/membership/", "sim/protocol/"}},
      // What a protocol may see of the program: nothing of who runs it.
      {"sim/protocol/",
       {"sim/core/", "sim/protocol/", "sim/chain/", "sim/network/nodes.hpp", "sim/network/spec.hpp",
        "sim/network/topology.hpp", "sim/network/position.hpp"}},
      {"protocols/", {"sim/core/", "sim/protocol/", "sim/chain/", "protocols/"}},
      {"sim/simulation/",
       {"sim/core/", "sim/engine/", "sim/network/", "sim/membership/", "sim/metrics/", "sim/workload/", "sim/protocol/",
        "sim/chain/", "sim/simulation/"}},
      {"sim/document/", {"sim/core/", "sim/document/"}},
      {"sim/sweep/", {"sim/core/", "sim/document/", "sim/sweep/"}},
      {"sim/scenario/",
       {"sim/core/", "sim/network/", "sim/membership/", "sim/metrics/", "sim/workload/", "sim/protocol/", "sim/chain/",
        "sim/simulation/run_spec.hpp", "sim/simulation/registry.hpp", "sim/document/", "sim/sweep/", "sim/scenario/"}},
      {"analysis/", {"sim/core/", "analysis/"}},
      {"sim/results/", {"sim/core/", "sim/metrics/", "sim/document/", "sim/scenario/", "analysis/", "sim/results/"}},
      {"sim/execution/", {"sim/core/", "sim/metrics/", "sim/document/", "sim/results/", "sim/execution/"}},
      {"sim/campaign/",
       {"sim/core/", "sim/engine/", "sim/network/", "sim/membership/", "sim/metrics/", "sim/workload/", "sim/protocol/",
        "sim/simulation/", "sim/document/", "sim/sweep/", "sim/scenario/", "analysis/", "sim/results/",
        "sim/execution/", "sim/campaign/"}},
      {"sim/cli/",
       {"sim/core/", "sim/engine/", "sim/network/", "sim/membership/", "sim/metrics/", "sim/workload/", "sim/protocol/",
        "sim/simulation/", "sim/document/", "sim/sweep/", "sim/scenario/", "analysis/", "sim/results/",
        "sim/execution/", "sim/campaign/", "sim/cli/"}},
  };
  return all;
}

constexpr std::array<std::string_view, 6> kHeavyLibraries = {"toml++/",      "CLI/",       "nlohmann/",
                                                             "boost/graph/", "SQLiteCpp/", "mpi.h"};
constexpr std::array<std::string_view, 5> kMayReadAClock = {"sim/cli/", "sim/campaign/", "sim/execution/",
                                                            "tests/bench/", "tests/cli/"};
constexpr std::array<std::string_view, 4> kClockHeaders = {"chrono", "ctime", "time.h", "sys/time.h"};

template <class Prefixes>
bool starts_with_any(std::string_view text, const Prefixes& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) { return text.starts_with(p); });
}

std::string place(const Source& source, std::size_t line) { return source.path + ":" + std::to_string(line) + ": "; }

/// The text with comments, and string and character literals if `literals`, blanked out; lines stay where they are.
std::string blanked(std::string_view text, bool literals) {
  std::string out(text);
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
  };
  const auto end_of = [&](std::size_t at, std::size_t length) {
    return at == std::string_view::npos ? text.size() : at + length;
  };
  std::size_t i = 0;
  while (i < text.size()) {
    const bool in_word = i > 0 && (std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0);
    std::size_t end = i + 1;
    bool is_comment = false;
    bool is_literal = false;
    if (text.substr(i).starts_with("//")) {
      end = end_of(text.find('\n', i), 0);
      is_comment = true;
    } else if (text.substr(i).starts_with("/*")) {
      end = end_of(text.find("*/", i + 2), 2);
      is_comment = true;
    } else if (text[i] == '"' && i > 0 && text[i - 1] == 'R') {
      const std::size_t open = text.find('(', i);
      const std::string close = ")" + std::string(text.substr(i + 1, open - i - 1)) + "\"";
      end = end_of(text.find(close, i), close.size());
      is_literal = true;
    } else if (text[i] == '"' || (text[i] == '\'' && !in_word)) {  // 1'000 is no character
      while (end < text.size() && text[end] != text[i]) end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
      is_literal = true;
    }
    if (is_comment || (is_literal && literals)) blank(i, end);
    i = end;
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Include> includes_of(const Source& source) {
  static const std::regex pattern(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
  std::vector<Include> found;
  const std::vector<std::string> lines = lines_of(blanked(source.text, false));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_search(lines[i], match, pattern)) found.push_back({i + 1, match[2], match[1] == "\""});
  }
  return found;
}

/// The one-way rule. Files outside every layer (tests) may include anything.
std::vector<std::string> layering_errors(const Source& source) {
  const auto layer =
      std::find_if(layers().begin(), layers().end(), [&](const Layer& l) { return source.path.starts_with(l.folder); });
  std::vector<std::string> errors;
  if (layer == layers().end()) {
    if (source.path.starts_with("sim/")) errors.push_back(place(source, 1) + "its folder is in no layer; add it here");
    return errors;
  }
  for (const Include& include : includes_of(source)) {
    const bool simgrid = include.target.starts_with("simgrid/") || include.target == "simgrid";
    if (simgrid && layer->folder != "sim/engine/" && layer->folder != "sim/network/") {
      errors.push_back(place(source, include.line) + "only sim/engine and sim/network include SimGrid");
    }
    if (!include.quoted) continue;
    if (starts_with_any(include.target, layer->allowed)) continue;
    std::string allowed;
    for (std::string_view a : layer->allowed) allowed += (allowed.empty() ? "" : ", ") + std::string(a);
    errors.push_back(place(source, include.line) + "includes \"" + include.target + "\"; " +
                     std::string(layer->folder) + " may include " + allowed + " (paths from the root)");
  }
  return errors;
}

/// Headers that cost seconds of compile time are kept in few .cpp files. Tests are free to use them.
std::vector<std::string> heavy_library_errors(const std::vector<Source>& sources) {
  std::vector<std::string> errors;
  for (std::string_view library : kHeavyLibraries) {
    std::vector<std::string> users;
    for (const Source& source : sources) {
      if (source.path.starts_with("tests/")) continue;
      const std::vector<Include> includes = includes_of(source);
      const auto use = std::find_if(includes.begin(), includes.end(),
                                    [&](const Include& i) { return i.target.starts_with(library); });
      if (use == includes.end()) continue;
      users.push_back(place(source, use->line) + "includes <" + use->target + ">");
      if (!source.path.ends_with(".cpp")) errors.push_back(users.back() + "; only .cpp files may");
    }
    if (users.size() <= kMaxFilesPerLibrary) continue;
    std::string error = std::string(library) + " is included by " + std::to_string(users.size()) + " files, " +
                        std::to_string(kMaxFilesPerLibrary) + " at most:";
    for (const std::string& user : users) error += "\n    " + user;
    errors.push_back(error);
  }
  return errors;
}

std::vector<std::string> clock_errors(const Source& source) {
  static const std::regex pattern(
      R"re(\b(std::chrono|clock_gettime|gettimeofday|__rdtsc|std::time\s*\(|std::clock\s*\())re");
  std::vector<std::string> errors;
  if (starts_with_any(source.path, kMayReadAClock)) return errors;
  const std::string rule = "; only sim/cli, sim/campaign, sim/execution and their tests, and tests/bench, read a clock";
  for (const Include& include : includes_of(source)) {
    if (std::find(kClockHeaders.begin(), kClockHeaders.end(), include.target) == kClockHeaders.end()) continue;
    errors.push_back(place(source, include.line) + "includes <" + include.target + ">" + rule);
  }
  const std::vector<std::string> lines = lines_of(blanked(source.text, true));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_search(lines[i], match, pattern)) {
      errors.push_back(place(source, i + 1) + "uses " + match[1].str() + rule);
    }
  }
  return errors;
}

std::vector<std::string> length_errors(const Source& source) {
  const std::size_t lines = lines_of(source.text).size();
  if (lines <= kMaxLines) return {};
  return {place(source, lines) + std::to_string(lines) + " lines, " + std::to_string(kMaxLines) + " at most; split it"};
}

/// In a room a source defines what the header of its name declares, or the header of its first word: resolve.hpp for
/// resolve_faults.cpp. `paths`: of all sources.
std::vector<std::string> header_errors(const Source& source, const std::set<std::string>& paths) {
  static constexpr std::array<std::string_view, 6> kRooms = {"sim/document/", "sim/sweep/",     "sim/scenario/",
                                                             "sim/results/",  "sim/execution/", "sim/campaign/"};
  if (!source.path.ends_with(".cpp") || !starts_with_any(source.path, kRooms)) return {};
  const std::string header = source.path.substr(0, source.path.size() - 3) + "hpp";
  if (paths.contains(header)) return {};
  const std::size_t word = header.find('_', header.rfind('/'));
  if (word != std::string::npos && paths.contains(header.substr(0, word) + ".hpp")) return {};
  return {place(source, 1) + "there is no " + header};
}

/// Every C++ source of the tree, in the order of paths.
const std::vector<Source>& tree() {
  static const std::vector<Source> all = [] {
    namespace fs = std::filesystem;
    const fs::path root = HEARSAY_SOURCE_DIR;
    std::vector<Source> found;
    for (const char* folder : {"sim", "protocols", "analysis", "tests"}) {
      if (!fs::is_directory(root / folder)) continue;
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
        const fs::path extension = entry.path().extension();
        if (!entry.is_regular_file() || (extension != ".cpp" && extension != ".hpp")) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        found.push_back({entry.path().lexically_relative(root).generic_string(),
                         std::string(std::istreambuf_iterator<char>(in), {})});
      }
    }
    std::sort(found.begin(), found.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
    return found;
  }();
  return all;
}

template <class Check>
std::vector<std::string> errors_in_tree(Check check) {
  std::vector<std::string> errors;
  for (const Source& source : tree()) {
    for (std::string& error : check(source)) errors.push_back(std::move(error));
  }
  return errors;
}

void expect_none(const std::vector<std::string>& errors) {
  std::string text;
  for (const std::string& error : errors) text += "\n  " + error;
  EXPECT_TRUE(errors.empty()) << text;
}

TEST(Dependencies, TheTreeIsFound) { EXPECT_GT(tree().size(), 20u); }

TEST(Dependencies, IncludesPointOneWay) { expect_none(errors_in_tree(layering_errors)); }

TEST(Dependencies, HeavyLibrariesStayInFewCppFiles) { expect_none(heavy_library_errors(tree())); }

TEST(Dependencies, OnlyTheOutsideReadsAClock) { expect_none(errors_in_tree(clock_errors)); }

TEST(Dependencies, NoFileIsLongerThan700Lines) { expect_none(errors_in_tree(length_errors)); }

TEST(Dependencies, ASourceOfARoomHasTheHeaderOfItsName) {
  std::set<std::string> paths;
  for (const Source& source : tree()) paths.insert(source.path);
  expect_none(errors_in_tree([&](const Source& source) { return header_errors(source, paths); }));
}

// The rules themselves, on sources that break them.

TEST(DependencyRules, AProtocolMayNotSeeTheWireOrTheSimulation) {
  const Source source{"protocols/flood.hpp",
                      "#include <vector>\n"
                      "#include \"sim/protocol/context.hpp\"\n"
                      "#include \"sim/simulation/simulation.hpp\"\n"
                      "// #include \"sim/network/wire.hpp\"\n"
                      "#include \"sim/network/wire.hpp\"\n"
                      "#include <simgrid/s4u.hpp>\n"};
  EXPECT_THAT(layering_errors(source),
              ElementsAre(HasSubstr("protocols/flood.hpp:3: "),
                          HasSubstr("protocols/flood.hpp:5: includes \"sim/network/wire.hpp\""),
                          HasSubstr("protocols/flood.hpp:6: ")));
}

TEST(DependencyRules, IncludesAreWrittenFromTheRoot) {
  EXPECT_THAT(layering_errors({"sim/core/random.cpp", "#include \"random.hpp\"\n"}),
              ElementsAre(HasSubstr("sim/core/random.cpp:1: ")));
}

TEST(DependencyRules, AFolderWithoutALayerIsRefused) {
  EXPECT_THAT(layering_errors({"sim/misc/a.cpp", ""}), ElementsAre(HasSubstr("in no layer")));
  EXPECT_THAT(layering_errors({"tests/unit/a_test.cpp", "#include \"sim/network/wire.hpp\"\n"}), IsEmpty());
}

TEST(DependencyRules, AHeavyLibraryInAHeaderOrInTooManyFilesIsNamed) {
  EXPECT_THAT(heavy_library_errors({{"sim/document/parse.hpp", "#include <toml++/toml.h>\n"}}),
              ElementsAre(HasSubstr("sim/document/parse.hpp:1: ")));
  std::vector<Source> sources;
  for (char c = 'a'; c < 'a' + static_cast<char>(kMaxFilesPerLibrary); ++c) {
    sources.push_back({std::string("sim/cli/") + c + ".cpp", "#include <CLI/CLI.hpp>\n"});
  }
  EXPECT_THAT(heavy_library_errors(sources), IsEmpty());
  sources.push_back({"sim/cli/z.cpp", "#include <CLI/App.hpp>\n"});
  EXPECT_THAT(heavy_library_errors(sources), ElementsAre(HasSubstr("sim/cli/z.cpp:1: ")));
}

TEST(DependencyRules, ASourceWithoutAHeaderIsNamed) {
  EXPECT_THAT(header_errors({"sim/sweep/a.cpp", ""}, {"sim/sweep/a.cpp"}),
              ElementsAre(HasSubstr("no sim/sweep/a.hpp")));
  EXPECT_THAT(header_errors({"sim/sweep/a.cpp", ""}, {"sim/sweep/a.hpp"}), IsEmpty());
  EXPECT_THAT(header_errors({"sim/sweep/a_b.cpp", ""}, {"sim/sweep/a.hpp"}), IsEmpty());
  EXPECT_THAT(header_errors({"sim/sweep/ab.cpp", ""}, {"sim/sweep/a.hpp"}),
              ElementsAre(HasSubstr("no sim/sweep/ab.hpp")));
  EXPECT_THAT(header_errors({"sim/cli/main.cpp", ""}, {}), IsEmpty());
}

TEST(DependencyRules, AClockIsFoundInCodeAndNotInWords) {
  const std::string text =
      "// std::chrono is not read here\n"
      "const char* note = \"std::chrono\"; int n = 1'000;\n"
      "auto t = std::chrono::steady_clock::now();\n";
  EXPECT_THAT(clock_errors({"sim/protocol/a.cpp", text}), ElementsAre(HasSubstr("sim/protocol/a.cpp:3: ")));
  EXPECT_THAT(clock_errors({"sim/protocol/a.hpp", "#include <chrono>\n"}), ElementsAre(HasSubstr("a.hpp:1: ")));
  EXPECT_THAT(clock_errors({"sim/cli/a.cpp", text}), IsEmpty());
}

TEST(DependencyRules, LiteralsAndCommentsAreBlankedInPlace) {
  const auto blanks = [](std::size_t n) { return std::string(n, ' '); };
  EXPECT_EQ(blanked("a /*\"\n*/ \"//\" // e", false), "a" + blanks(4) + "\n" + blanks(3) + "\"//\"" + blanks(5));
  EXPECT_EQ(blanked("'\"' + 1'000 + R\"z(\"//)z\" + s", true), blanks(3) + " + 1'000 + R" + blanks(9) + " + s");
}

}  // namespace
