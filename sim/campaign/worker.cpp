#include "sim/campaign/worker.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include "sim/campaign/codec.hpp"

namespace hearsay::campaign {
namespace {

constexpr std::uint8_t kResult = 0;
constexpr std::uint8_t kException = 1;
constexpr std::size_t kHeader = sizeof(std::uint64_t) + 1;

bool send_all(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive_run(int fd, std::uint64_t& run) {
  ssize_t got;
  do {
    got = ::recv(fd, &run, sizeof run, MSG_WAITALL);
  } while (got < 0 && errno == EINTR);
  return got == sizeof run;
}

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

std::pair<std::uint8_t, std::vector<std::uint8_t>> carry_out(const RunFunction& run, std::uint64_t number) {
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

[[noreturn]] void serve(int fd, const RunFunction& run) {
  std::uint64_t number = 0;
  while (receive_run(fd, number)) {
    const auto [kind, body] = carry_out(run, number);
    std::uint8_t header[kHeader];
    const std::uint64_t size = body.size();
    std::memcpy(header, &size, sizeof size);
    header[sizeof size] = kind;
    if (!send_all(fd, header) || !send_all(fd, body)) break;
  }
  ::_exit(0);
}

}  // namespace

Worker::Worker(const RunFunction& run, const std::function<void()>& in_child) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "a worker process cannot be connected");
  }
  std::fflush(nullptr);  // or the child might write it a second time
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    const int error = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    throw std::system_error(error, std::generic_category(), "a worker process cannot be started");
  }
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    ::close(ends[0]);
    in_child();
    serve(ends[1], run);
  }
  ::close(ends[1]);
  fd_ = ends[0];
}

Worker::Worker(Worker&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}

Worker::~Worker() {
  kill();
  if (pid_ > 0) {
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  forget();
}

void Worker::forget() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  pid_ = -1;
}

void Worker::kill() const {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

bool Worker::start(std::uint64_t run) const {
  std::uint8_t frame[sizeof run];
  std::memcpy(frame, &run, sizeof run);
  return send_all(fd_, frame);
}

std::optional<Reply> Worker::receive() {
  constexpr std::size_t kChunk = 1 << 18;
  for (;;) {
    const std::size_t had = received_.size();
    received_.resize(had + kChunk);
    const ssize_t got = ::recv(fd_, received_.data() + had, kChunk, MSG_DONTWAIT);
    const int error = errno;
    received_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got > 0) continue;
    if (got < 0 && error == EINTR) continue;
    if (got < 0 && (error == EAGAIN || error == EWOULDBLOCK)) return take_frame();
    // The worker is gone, perhaps after its last frame.
    if (auto reply = take_frame()) return reply;
    return Reply{std::nullopt, cause_of_death()};
  }
}

std::optional<Reply> Worker::take_frame() {
  std::uint64_t size = 0;
  if (received_.size() < kHeader) return std::nullopt;
  std::memcpy(&size, received_.data(), sizeof size);
  if (received_.size() - kHeader < size) return std::nullopt;
  const std::span<const std::uint8_t> body = std::span(received_).subspan(kHeader, size);
  Reply reply;
  if (received_[sizeof size] == kResult) {
    reply.result = decode(body);
  } else {
    reply.error.assign(body.begin(), body.end());
  }
  received_.clear();  // a worker sends nothing before its next run
  return reply;
}

std::string Worker::cause_of_death() {
  int status = 0;
  const pid_t pid = std::exchange(pid_, -1);
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) return fmt::format("its worker process ended with status {}", WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const char* hint = signal == SIGKILL   ? "; somebody killed it, or the machine ran out of memory"
                     : signal == SIGABRT ? "; an internal check failed, see above"
                                         : "";
  return fmt::format("its worker process was ended by signal {} ({}){}", signal, ::strsignal(signal), hint);
}

}  // namespace hearsay::campaign
