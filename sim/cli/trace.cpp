#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <set>
#include <system_error>

#include "sim/campaign/schedule.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/console.hpp"
#include "sim/document/diagnostics.hpp"
#include "sim/results/files.hpp"
#include "sim/results/run.hpp"
#include "sim/results/tables.hpp"
#include "sim/scenario/load.hpp"
#include "sim/simulation/run_spec.hpp"

namespace hearsay::cli {
namespace {

using simulation::TraceEvent;
using simulation::TraceRecord;

/// Where the log goes: a file that appears when it is whole, or standard output.
class Output {
 public:
  explicit Output(const std::optional<std::filesystem::path>& path) {
    if (!path) return;
    std::error_code error;
    const bool directory_there =
        path->parent_path().empty() || std::filesystem::is_directory(path->parent_path(), error);
    constexpr std::size_t kMostName = 200;  // of 255 bytes; a temporary name is longer
    if (!path->has_filename() || path->filename().string().size() > kMostName || !directory_there ||
        std::filesystem::is_directory(*path, error))
      throw document::InputError(
          fmt::format("\"{}\" cannot be written: name a file, of up to {} bytes, in a directory that is there",
                      path->string(), kMostName));
    const auto directory = path->has_parent_path() ? path->parent_path() : std::filesystem::path(".");
    file_.emplace(directory, path->filename().string());
  }
  void write(std::string_view text) {
    if (file_) return file_->write(text);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
      throw std::system_error(errno, std::generic_category(), "standard output cannot be written");
    }
  }
  void finish() {
    if (file_) file_->publish();
  }

 private:
  std::optional<results::AtomicFile> file_;
};

/// A message that carries one whole item names it by `item`, which is the first of several. Then all of them are in
/// `items`, or with pieces in `pieces`: item, index and number of pieces of each.
std::string carried(const TraceRecord& r) {
  const auto whole = [](const Piece& piece) { return piece.is_whole(); };
  if (r.carried.empty() || (r.carried.size() == 1 && whole(r.carried.front()))) return {};
  const bool all_whole = std::all_of(r.carried.begin(), r.carried.end(), whole);
  std::string text = all_whole ? R"(,"items":[)" : R"(,"pieces":[)";
  for (const Piece& piece : r.carried) {
    if (&piece != r.carried.data()) text += ",";
    if (all_whole)
      fmt::format_to(std::back_inserter(text), "{}", index(piece.item));
    else
      fmt::format_to(std::back_inserter(text), "[{},{},{}]", index(piece.item), piece.index, piece.count);
  }
  return text + "]";
}

/// The names in a record are the program's own identifiers, so they need no escapes.
class LineSink : public simulation::TraceSink {
 public:
  explicit LineSink(Output& output) : output_(output) {}

  void record(const TraceRecord& r) override {
    line_.clear();
    auto out = std::back_inserter(line_);
    fmt::format_to(out, R"({{"time_s":{},"event":"{}")", results::exact_seconds(r.time.ns),
                   simulation::trace_event_name(r.event));
    if (r.node >= 0) fmt::format_to(out, R"(,"node":{})", r.node);
    if (r.peer >= 0) fmt::format_to(out, R"(,"peer":{})", r.peer);
    if (!r.message_kind.empty()) {
      fmt::format_to(out, R"(,"kind":"{}","bytes":{},"sequence":{})", r.message_kind, r.bytes, r.sequence);
    }
    if (r.item >= 0) fmt::format_to(out, R"(,"item":{}{})", r.item, carried(r));
    if (!r.detail.empty()) fmt::format_to(out, R"(,"detail":"{}")", r.detail);
    line_ += "}\n";
    output_.write(line_);
  }

 private:
  Output& output_;
  std::string line_;
};

/// Trace-event JSON: a thread per node, a slice where a message is sent and where it is received with an arrow
/// between them, an instant for everything else.
class PerfettoSink : public simulation::TraceSink {
 public:
  explicit PerfettoSink(Output& output) : output_(output) {
    output_.write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
  }

  void record(const TraceRecord& r) override {
    name_thread(r.node);
    if (r.event == TraceEvent::kSend) {
      slice(r, "to", 's', r.node);
    } else if (r.event == TraceEvent::kReceive) {
      slice(r, "from", 'f', r.peer);
    } else {
      instant(r);
    }
  }

  void finish() { output_.write("\n]}\n"); }

 private:
  /// Threads are numbered from 1; 1 is for what happens at no node.
  static std::int64_t thread(std::int64_t node) { return node + 2; }
  /// Microseconds, exactly.
  static std::string timestamp(SimTime time) { return fmt::format("{}.{:03}", time.ns / 1000, time.ns % 1000); }

  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    line_.assign(first_ ? "" : ",\n");
    first_ = false;
    fmt::format_to(std::back_inserter(line_), format, std::forward<Args>(args)...);
    output_.write(line_);
  }

  void name_thread(std::int64_t node) {
    if (!named_.insert(node).second) return;
    add(R"({{"ph":"M","name":"thread_name","pid":1,"tid":{},"args":{{"name":"{}"}}}})", thread(node),
        node < 0 ? "network" : fmt::format("node {}", node));
  }

  void slice(const TraceRecord& r, std::string_view direction, char flow, std::int64_t sender) {
    const std::string time = timestamp(r.time);
    add(R"({{"ph":"X","name":"{} {}","cat":"message","pid":1,"tid":{},"ts":{},"dur":0.001,)"
        R"("args":{{"{}":{},"bytes":{},"item":{}{},"sequence":{}}}}})",
        simulation::trace_event_name(r.event), r.message_kind, thread(r.node), time, direction, r.peer, r.bytes, r.item,
        carried(r), r.sequence);
    add(R"({{"ph":"{}","name":"{}","cat":"message","id":"{}.{}","pid":1,"tid":{},"ts":{}{}}})", flow, r.message_kind,
        sender, r.sequence, thread(r.node), time, flow == 'f' ? R"(,"bp":"e")" : "");
  }

  void instant(const TraceRecord& r) {
    add(R"({{"ph":"i","s":"{}","name":"{}{}{}","pid":1,"tid":{},"ts":{},"args":{{"peer":{},"item":{}}}}})",
        r.node < 0 ? 'g' : 't', simulation::trace_event_name(r.event), r.detail.empty() ? "" : " ", r.detail,
        thread(r.node), timestamp(r.time), r.peer, r.item);
  }

  Output& output_;
  std::string line_;
  bool first_ = true;
  std::set<std::int64_t> named_;
};

}  // namespace

int trace_command(const TraceArguments& arguments) {
  scenario::LoadOptions options;
  options.sets = arguments.sets;
  options.seed = arguments.seed;
  const scenario::Loaded loaded = scenario::load(arguments.file, options);
  print_diagnostics(loaded.diagnostics);
  if (!loaded.scenario) return kInputWrong;
  const campaign::Plan plan(*loaded.scenario, {arguments.point, arguments.replication});
  const results::RunKey key = plan.at(0);
  const results::Invocation invocation{arguments.file, arguments.sets, arguments.seed};

  Output output(arguments.out);
  const auto run = [&](simulation::TraceSink& sink) {
    return simulation::run(loaded.scenario->points[key.point].spec,
                           {.replication = key.replication, .replay = replay_command(invocation, key), .trace = &sink});
  };
  metrics::RunResult result;
  if (arguments.format == TraceFormat::kPerfetto) {
    PerfettoSink sink(output);
    result = run(sink);
    sink.finish();
  } else {
    LineSink sink(output);
    result = run(sink);
  }
  if (result.failed) {
    fmt::print(stderr, "hearsay: {}\n", result.failure);
    return kInputWrong;
  }
  output.finish();
  return kDone;
}

}  // namespace hearsay::cli
