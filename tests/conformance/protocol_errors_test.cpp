// What the compiler says of a class that is nearly a protocol: the missing piece in words.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace hearsay::protocol_errors_test {
namespace {

using ::testing::HasSubstr;

/// A protocol with everything, of which a test leaves something out: what stands between `// NAME` and the next line
/// that begins so.
constexpr const char* kWhole = R"(
struct Probe {
  // name
  static constexpr std::string_view kName = "probe", kSummary = "does nothing";
  // params
  struct Params {
    // fields
    template <class Fields> static void fields(Fields&) {}
    // end
  };
  // message
  struct Note {
    static constexpr std::string_view kName = "note";
    // bytes
    std::uint64_t wire_bytes() const { return 1; }
    // end
    auto content() const { return std::tuple(); }
  };
  using Message = std::variant<Note>;
  // timer
  struct Timer { auto content() const { return std::tuple(); } };
  // on_message
  void on_message(protocol::Context<Probe>&, NodeId, const Message&) {}
  // on_timer
  void on_timer(protocol::Context<Probe>&, const Timer&) {}
  // end
};
)";

std::string without(const std::string& part) {
  const std::string text = kWhole;
  const std::size_t at = text.find("// " + part + "\n");
  EXPECT_NE(at, std::string::npos);
  const std::size_t end = text.find("\n  // ", at), inner = text.find("\n    // ", at);
  return text.substr(0, at) + text.substr(std::min(end, part == "fields" || part == "bytes" ? inner : end));
}

/// What the compiler says.
std::string compile(const std::string& protocol) {
  const auto file = std::filesystem::path(testing::TempDir()) / ("protocol-" + std::to_string(::getpid()) + ".cpp");
  std::ofstream(file) << "#include \"sim/protocol/protocol.hpp\"\nnamespace hearsay {\n"
                      << protocol << "\nstatic_assert(protocol::require_protocol<Probe>());\n}\n";
  const std::string command = std::string(HEARSAY_COMPILER) + " -std=c++20 -fsyntax-only -I" + HEARSAY_SOURCE_DIR +
                              " " + file.string() + " 2>&1";
  std::string said;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) said += buffer.data();
  ::pclose(pipe);
  std::filesystem::remove(file);
  return said;
}

TEST(AProtocol, WithEverythingCompiles) { EXPECT_EQ(compile(kWhole), ""); }

TEST(AProtocol, MayLeaveOutWhatDoesNothing) {
  std::string text = without("on_timer");
  const std::string timer = "  // timer\n  struct Timer { auto content() const { return std::tuple(); } };\n";
  text.erase(text.find(timer), timer.size());
  EXPECT_EQ(compile(text), "");
}

struct Missing {
  const char* part;
  const char* said;
};

class AProtocolWithout : public ::testing::TestWithParam<Missing> {};

TEST_P(AProtocolWithout, IsToldSoInWords) {
  const std::string said = compile(without(GetParam().part));
  EXPECT_THAT(said, HasSubstr(std::string("static assertion failed: ") + GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Pieces, AProtocolWithout,
    ::testing::Values(Missing{"name", "a protocol has static constexpr std::string_view kName and kSummary"},
                      Missing{"params", "a protocol has struct Params with template"},
                      Missing{"fields", "a protocol has struct Params with template"},
                      Missing{"bytes", "a protocol has Message, a std::variant of types with kName, wire_bytes()"},
                      Missing{"on_message", "a protocol has on_message(Context<P>&, NodeId from, const Message&)"},
                      Missing{"on_timer", "a protocol with a Timer has on_timer(Context<P>&, const Timer&)"}),
    [](const auto& each) { return std::string(each.param.part); });

// A handler that cannot be called is an error, not one that is left out.
TEST(AProtocol, HasNoHandlerThatIsOverlooked) {
  std::string text = kWhole;
  text.insert(text.rfind("  // end"), "  void on_publish(protocol::Context<Probe>&, NodeId) {}\n");
  EXPECT_THAT(compile(text), HasSubstr("static assertion failed: on_publish takes (Context<P>&, ItemId)"));
}

TEST(AProtocol, HasATimerForItsOnTimer) {
  std::string text = without("timer");
  const std::string handler = "const Timer&";
  text.replace(text.find(handler), handler.size(), "int");
  EXPECT_THAT(compile(text), HasSubstr("static assertion failed: a protocol with on_timer has a Timer"));
}

TEST(AProtocol, CountsWhatItLists) {
  std::string text = kWhole;
  text.insert(text.rfind("  // end"),
              "  static constexpr protocol::Counter kLost{\"lost\", {.help = \"lost\"}};\n"
              "  void on_start(protocol::Context<Probe>& ctx) { ctx.count(kLost); }\n");
  EXPECT_THAT(compile(text), HasSubstr("the protocol does not list this figure in its kFigures"));
}

}  // namespace
}  // namespace hearsay::protocol_errors_test
