#include "sim/execution/process.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

namespace hearsay::execution {
namespace {

struct Header {
  std::uint64_t size;
  std::uint64_t tag;
};

/// What there is at once, however many frames.
constexpr std::size_t kChunk = 1 << 16;

}  // namespace

bool send_frame(int fd, std::uint64_t tag, std::span<const std::uint8_t> body) {
  Header header{body.size(), tag};
  // In one call, so that the reader wakes once. The const_cast is sendmsg's: it only reads.
  std::array<iovec, 2> parts = {{{&header, sizeof header}, {const_cast<std::uint8_t*>(body.data()), body.size()}}};
  std::size_t first = 0;
  for (;;) {
    while (first < parts.size() && parts[first].iov_len == 0) ++first;
    if (first == parts.size()) return true;
    msghdr message{};
    message.msg_iov = &parts[first];
    message.msg_iovlen = parts.size() - first;
    const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    auto left = static_cast<std::size_t>(sent);
    for (std::size_t i = first; i < parts.size() && left > 0; ++i) {
      const std::size_t gone = std::min(left, parts[i].iov_len);
      parts[i].iov_base = static_cast<std::uint8_t*>(parts[i].iov_base) + gone;
      parts[i].iov_len -= gone;
      left -= gone;
    }
  }
}

bool FrameReader::read(int fd) {
  // A frame that is still coming begins at the front, or nothing does.
  if (taken_ > 0) std::memmove(buffer_.data(), buffer_.data() + taken_, filled_ - taken_);
  filled_ -= taken_;
  taken_ = 0;
  for (;;) {
    // It keeps its size: to clear 64 kB for each short message would cost more than all the rest.
    if (buffer_.size() < filled_ + kChunk) buffer_.resize(filled_ + kChunk);
    const ssize_t got = ::recv(fd, buffer_.data() + filled_, buffer_.size() - filled_, MSG_DONTWAIT);
    if (got > 0) filled_ += static_cast<std::size_t>(got);
    if (got > 0 || (got < 0 && errno == EINTR)) continue;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
}

std::optional<Frame> FrameReader::take() {
  Header header{};
  if (filled_ - taken_ < sizeof header) return std::nullopt;
  std::memcpy(&header, buffer_.data() + taken_, sizeof header);
  if (filled_ - taken_ - sizeof header < header.size) return std::nullopt;
  const std::uint8_t* const body = buffer_.data() + taken_ + sizeof header;
  taken_ += sizeof header + header.size;
  return Frame{header.tag, {body, body + header.size}};
}

ChildProcess::ChildProcess(const std::function<void(int fd)>& body) {
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
    try {
      body(ends[1]);
    } catch (...) {
      ::_exit(1);  // never into the parent's code
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  fd_ = ends[0];
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), fd_(std::exchange(other.fd_, -1)) {}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  forget();
}

void ChildProcess::forget() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  pid_ = -1;
}

bool ChildProcess::is_stopped() const {
  std::ifstream file(fmt::format("/proc/{}/stat", pid_));
  std::string line;
  std::getline(file, line);
  const std::size_t name = line.rfind(") ");  // which may hold anything
  return name != std::string::npos && name + 2 < line.size() && (line[name + 2] == 'T' || line[name + 2] == 't');
}

std::string ChildProcess::cause_of_death() {
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

namespace {

// A signal handler can reach nothing but a static.
volatile std::sig_atomic_t interrupt_seen = 0;

void on_interrupt(int) { interrupt_seen = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupt_seen = 0;
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  sigprocmask(SIG_BLOCK, &stops, &before_);
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGTERM, &action, &before_term_);
}

InterruptGuard::~InterruptGuard() {
  // In this order, so that a signal that came while the results were written ends in our handler.
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

bool InterruptGuard::interrupted() const {
  sigset_t pending;
  sigpending(&pending);
  return interrupt_seen != 0 || sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

void InterruptGuard::become_worker() const {
  leave_to_others();
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

void InterruptGuard::leave_to_others() {
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
}

}  // namespace hearsay::execution
