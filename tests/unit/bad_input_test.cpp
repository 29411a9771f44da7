// Input that once brought the program down, hung it or ate the machine: refused at once, with the reason.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <string>
#include <vector>

#include "sim/metrics/samples.hpp"
#include "sim/simulation/run_spec.hpp"
#include "tests/support/scenario_file.hpp"
#include "tests/support/scratch.hpp"

namespace hearsay::test::bad_input_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string repeated(const std::string& what, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += what;
  return text;
}

class BadInput : public testing::Test {
 protected:
  /// The diagnostics of a scenario that is refused.
  std::string refused(const ScenarioText& text, std::vector<std::string> sets = {}) const {
    return refused(text.text(), std::move(sets));
  }
  std::string refused(const std::string& text, std::vector<std::string> sets = {}) const {
    const scenario::Loaded loaded = directory_.load(text, std::move(sets));
    EXPECT_FALSE(loaded.scenario.has_value());
    return diagnostics_text(loaded);
  }
  void expect_good(const ScenarioText& text) const {
    const scenario::Loaded loaded = directory_.load(text);
    EXPECT_TRUE(loaded.scenario.has_value()) << diagnostics_text(loaded);
  }

  ScenarioDirectory directory_;
  ScenarioText text_;
};

// -------------------------------------------------------------------------------------------- depth

TEST_F(BadInput, NestedKeysHeadersAndBracketsHaveALimit) {
  const std::string good = text_.text();
  for (const std::string& deep : {
           good + repeated("a.", 15'000) + "a = 1\n",
           good + "[" + repeated("a.", 20'000) + "a]\nb = 1\n",
           good + "a = " + repeated("{ b.c.d.e.f.g.h = ", 200) + "1" + repeated(" }", 200) + "\n",
           good + "a = " + repeated("[", 200) + repeated("]", 200) + "\n",
           good + "[" + repeated("a.", 40) + "a]\n" + repeated("b.", 40) + "b = 1\n",
       })
    EXPECT_THAT(refused(deep), HasSubstr("nested more than 64 deep"));
  EXPECT_THAT(refused(good, {repeated("a.", 20'000) + "a=1"}), HasSubstr("is not key=value"));
  EXPECT_THAT(refused(good, {"name=" + repeated("{a.b.c.d=", 5'000)}), Not(IsEmpty()));
}

TEST_F(BadInput, WhatLooksNestedAndIsNotIsNoError) {
  text_.run += "# " + repeated("[a.", 1'000) + "\n";
  text_.rest = "[protocol.nothing]\n";
  std::string description = "\"\"\"" + repeated("a.[{", 1'000) + "\\\"\"\"\"";
  scenario::Loaded loaded = directory_.load("description = " + description + "\n" + ScenarioText{}.text());
  EXPECT_TRUE(loaded.scenario.has_value()) << diagnostics_text(loaded);
  loaded = directory_.load("description = '" + repeated("a.[\"{", 1'000) + "'\n" + ScenarioText{}.text());
  EXPECT_TRUE(loaded.scenario.has_value()) << diagnostics_text(loaded);
  EXPECT_THAT(refused(text_), AllOf(HasSubstr("protocol.nothing"), Not(HasSubstr("nested"))));
}

// -------------------------------------------------------------------------------------------- files

TEST_F(BadInput, APipeADeviceAndAHugeFileAreNotRead) {
  const std::filesystem::path fifo = directory_.write("pipe.toml", "").replace_filename("fifo.toml");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::filesystem::path& file : {fifo, std::filesystem::path("/dev/zero")}) {
    const scenario::Loaded loaded = scenario::load(file, {});
    EXPECT_THAT(diagnostics_text(loaded), HasSubstr("a pipe or a device"));
  }
  text_.topology = "kind = \"file\"\nfile = \"/dev/zero\"\n";
  EXPECT_THAT(refused(text_), HasSubstr("a pipe or a device"));
  const std::filesystem::path huge = directory_.write("huge.toml", "");
  std::filesystem::resize_file(huge, std::uintmax_t{1} << 40);  // a hole
  EXPECT_THAT(diagnostics_text(scenario::load(huge, {})), HasSubstr("longer than 16 MiB"));
}

TEST_F(BadInput, ATraceMayComeFromASpreadsheet) {
  directory_.write("trace.csv",
                   "\xef\xbb\xbf# made by hand\r\ntime,node,size,class\r\n\r\n\"1 s\",\"3\",\"1 kB\",\"a, b\"\r\n"
                   "# the second\r\n2 s , 4 , 2 kB , c\r\n");
  text_.workload = "kind = \"trace\"\nfile = \"trace.csv\"\n";
  const scenario::Loaded loaded = directory_.load(text_);
  ASSERT_TRUE(loaded.scenario.has_value()) << diagnostics_text(loaded);
  const auto& spec = loaded.scenario->points.at(0).spec;
  ASSERT_EQ(spec.workloads.at(0).trace.size(), 2u);
  EXPECT_EQ(spec.workloads[0].trace[0].time, SimTime{} + seconds(1));
  EXPECT_EQ(spec.workloads[0].trace[0].node, 3u);
  EXPECT_THAT(spec.classes, testing::IsSupersetOf({"a, b", "c"}));
}

// ------------------------------------------------------------------------------------------- hangs

TEST_F(BadInput, WhatComesRoundEveryNanosecondIsRefused) {
  const auto expect_refused = [&](const std::string& set, const std::string& key) {
    EXPECT_THAT(refused(text_, {set}), AllOf(HasSubstr(key), HasSubstr("within the run"), HasSubstr("write at least")));
  };
  expect_refused("output.series=1 ns", "output.series");
  expect_refused("network.loss={kind='gilbert-elliott',good='1 ns',bad='1 ns'}", "network.loss.good");
  expect_refused("fault=[{kind='churn',at='1 s',session='1 ns',downtime='1 ns'}]", "fault.0.session");
  text_.network += "transport = \"reliable\"\n";
  expect_refused("network.reconnect_delay=1 ns", "network.reconnect_delay");
  text_ = {};
  text_.protocol = "name = \"push-pull\"\n";
  expect_refused("protocol.interval=1 ns", "protocol.interval");
  expect_refused("protocol.prune_interval=1 ns", "protocol.prune_interval");
  text_.protocol = "name = \"rumor\"\nphase = \"poisson\"\n";
  expect_refused("protocol.propagation_delay=1 ns", "protocol.propagation_delay");
  text_ = {};
  text_.rest =
      "[membership]\nkind = \"exchange\"\nactive = 4\nping_timeout = \"1 ns\"\nsuspect_after = 3\nlist_size = 10\n";
  expect_refused("membership.ping_interval=2 ns", "membership.ping_interval");
  text_.rest += "ping_interval = \"10 s\"\n";
  expect_refused("membership.rotate_interval=1 ns", "membership.rotate_interval");
  text_ = {};
  text_.topology = "kind = \"none\"\nnodes = 10\n";
  text_.rest = "[membership]\nkind = \"registry\"\nregistry_delay = \"1 s\"\n";
  expect_refused("membership.refresh=1 ns", "membership.refresh");
  text_ = {};
  text_.rest = "[membership]\nkind = \"hyparview\"\n";
  expect_refused("membership.shuffle_interval=1 ns", "membership.shuffle_interval");
  for (const std::string key : {"keep_alive", "connect_timeout"}) expect_refused("network." + key + "=1 ns", key);
  text_ = {};
  text_.protocol = "name = \"hybrid\"\nphase = \"gossip-only\"\n";
  expect_refused("protocol.gossip.interval=1 ns", "protocol.gossip.interval");
}

TEST_F(BadInput, ALongWordIsNotComparedWithAllNames) {
  const std::string text = refused(text_.text() + std::string(3'000'000, 'x') + " = 1\n");
  EXPECT_LT(text.size(), 3'000u);
  EXPECT_THAT(text, HasSubstr("bytes left out"));
}

// ------------------------------------------------------------------------------------------ memory

TEST_F(BadInput, ReadsAndSamplesCountAsMemory) {
  text_.workload =
      "kind = \"broadcast\"\nrate = \"1e9/s\"\nsize = \"1 kB\"\nreads_per_publish = 1e12\nstop = \"30 s\"\n";
  EXPECT_THAT(refused(text_), AllOf(HasSubstr("of memory"), HasSubstr("figures")));
}

/// What a run of the scenario is said to need, in bytes.
simulation::MemoryEstimate estimate(const ScenarioDirectory& directory, const ScenarioText& text) {
  const scenario::Loaded loaded = directory.load(text);
  EXPECT_TRUE(loaded.scenario.has_value()) << diagnostics_text(loaded);
  return simulation::estimate_memory(loaded.scenario.value().points.at(0).spec);
}

TEST_F(BadInput, AnEstimateKnowsWhatARunWillKeep) {
  text_.workload = "kind = \"broadcast\"\nrate = \"1000/s\"\nsize = \"1 kB\"\nstop = \"30 s\"\n";
  const auto plain = estimate(directory_, text_);
  const double times = 0.999 * 30'000 * 100 * 8;  // items x nodes x 8 B

  ScenarioText joins = text_;
  joins.rest = "[[group]]\ncount = 10\njoins = \"5 s\"\n";
  EXPECT_GE(estimate(directory_, joins).items, plain.items + times);

  ScenarioText reads = text_;
  reads.workload += "reads_per_publish = 1\n";
  // Half as many items, but a time of each at each node.
  EXPECT_GE(estimate(directory_, reads).items, times / 2);
  EXPECT_GE(estimate(directory_, reads).figures, 15'000.0 * 16);

  ScenarioText samples = text_;
  samples.rest = "[output]\nseries = \"1 ms\"\n";
  EXPECT_GE(estimate(directory_, samples).figures, plain.figures + 60'000 * 9 * 8);

  // A fault that takes no node down keeps no times.
  ScenarioText spike = text_;
  spike.rest = "[[fault]]\nkind = \"latency-spike\"\nat = \"1 s\"\nuntil = \"2 s\"\nfactor = 2\n";
  EXPECT_LT(estimate(directory_, spike).items, plain.items + times / 2);
}

// -------------------------------------------------------------------------------------------- text

TEST_F(BadInput, LettersAreCountedNotBytes) {
  EXPECT_TRUE(directory_.load("name = \"" + repeated("é", 100) + "\"\n" + text_.text()).scenario.has_value());
  EXPECT_THAT(refused("name = \"" + repeated("é", 101) + "\"\n" + text_.text()), HasSubstr("100 characters"));
  EXPECT_THAT(refused("name = \"" + repeated("日", 90) + "\"\n" + text_.text()), HasSubstr("255 bytes"));
}

TEST_F(BadInput, WhatATerminalObeysComesOutAsText) {
  const std::string text = refused(text_.text() + "\"\\u001b[31m\" = 1\n\"\\u009b\" = 1\n");
  EXPECT_THAT(text, AllOf(HasSubstr("\\x1b[31m"), HasSubstr("\\xc2\\x9b")));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  EXPECT_THAT(refused("name = \"a\\u001bb\"\n" + text_.text()), HasSubstr("control characters"));
  EXPECT_EQ(document::printable("a\xff\nb"), "a\\xff\\x0ab");
  EXPECT_EQ(document::printable("a\nb\tc", true), "a\nb\\x09c");
  EXPECT_EQ(document::printable("é日\xf0\x9f\x98\x80"), "é日\xf0\x9f\x98\x80");
}

TEST_F(BadInput, AMatrixEntryIsNoLongerThanARun) {
  text_.network =
      "regions = [{ name = \"a\", share = 1.0 }]\nlatency = { kind = \"matrix\", unit = \"y\", values = [[1000000]] "
      "}\n";
  EXPECT_THAT(refused(text_), HasSubstr("290 years"));
}

TEST_F(BadInput, StretchNeedsLinksThatHaveALatency) {
  text_.network = "latency = { kind = \"uniform\", min = \"1 ms\", max = \"9 ms\", per = \"message\" }\n";
  text_.rest = "[output]\nstretch = true\n";
  EXPECT_THAT(refused(text_), AllOf(HasSubstr("output.stretch"), HasSubstr("per = \"link\"")));
}

}  // namespace
}  // namespace hearsay::test::bad_input_test
