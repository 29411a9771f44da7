#include "sim/campaign/worker.hpp"

#include <poll.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/campaign/codec.hpp"

namespace hearsay::campaign {
namespace {

constexpr std::uint64_t kResult = 0;
constexpr std::uint64_t kException = 1;

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

/// Each run's peak memory is its own, although one process carries out many.
void reset_peak_memory() {
  if (std::FILE* file = std::fopen("/proc/self/clear_refs", "w")) {
    std::fputs("5", file);
    std::fclose(file);
  }
}

std::pair<std::uint64_t, std::vector<std::uint8_t>> carry_out(const RunFunction& run, std::uint64_t number) {
  try {
    reset_peak_memory();
    metrics::RunResult result = run(number);
    result.performance.peak_rss_bytes = peak_memory_bytes();
    return {kResult, encode(result)};
  } catch (const std::bad_alloc&) {
    constexpr std::string_view text = "out of memory";
    return {kException, {text.begin(), text.end()}};
  } catch (const std::exception& error) {
    const std::string_view text = error.what();
    return {kException, {text.begin(), text.end()}};
  }
}

void serve(int fd, const RunFunction& run) {
  FrameReader reader;
  for (bool open = true; open;) {
    pollfd readable{fd, POLLIN, 0};
    if (::poll(&readable, 1, -1) < 0 && errno != EINTR) return;
    open = reader.read(fd);
    while (const std::optional<Frame> order = reader.take()) {
      const auto [kind, body] = carry_out(run, order->tag);
      if (!send_frame(fd, kind, body)) return;
    }
  }
}

}  // namespace

Worker::Worker(const RunFunction& run, const std::function<void()>& in_child)
    : process_([&](int fd) {
        in_child();
        serve(fd, run);
      }) {}

std::optional<Reply> Worker::receive() {
  const bool alive = reader_.read(process_.fd());
  const std::optional<Frame> frame = reader_.take();
  if (!frame) return alive ? std::nullopt : std::optional(Reply{std::nullopt, process_.cause_of_death()});
  if (frame->tag == kException) return Reply{std::nullopt, {frame->body.begin(), frame->body.end()}};
  return Reply{decode(frame->body), {}};
}

}  // namespace hearsay::campaign
