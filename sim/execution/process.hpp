#pragma once

// Processes: children that are forked, with a socket between child and parent, and the signals that ask to stop.
//
// Over the socket both send frames: the length of what follows (8 bytes), a tag (8 bytes) whose meaning is the two
// ends', the bytes. The child dies with its parent, however the parent ends, and is waited for when the handle goes:
// neither is left behind.
//
// Ctrl-C and SIGTERM are a request to stop. They end waiting, and are looked at between two steps of work, never within
// one. A batch system, or mpirun, sends them to all processes of a campaign at once, so that all but the one that has
// the results leave them to it.

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hearsay::execution {

struct Frame {
  std::uint64_t tag = 0;
  std::vector<std::uint8_t> body;
};

/// False if the other end is gone.
bool send_frame(int fd, std::uint64_t tag, std::span<const std::uint8_t> body);

/// Puts frames together from what a socket has brought.
class FrameReader {
 public:
  /// Takes all that is there, without waiting. False once the other end is gone; what it sent stays.
  bool read(int fd);
  /// The next complete frame.
  std::optional<Frame> take();

 private:
  std::vector<std::uint8_t> buffer_;
  std::size_t filled_ = 0;  ///< bytes of it that were received
  std::size_t taken_ = 0;   ///< bytes of those that were frames already taken
};

class ChildProcess {
 public:
  /// Forks; `body` is all that the child does, with its end of the socket. Throws std::system_error.
  explicit ChildProcess(const std::function<void(int fd)>& body);
  /// Kills it.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int fd() const { return fd_; }
  /// Closes a copy of the handle in another child, where it would keep this one's socket open.
  void forget();
  bool send(std::uint64_t tag, std::span<const std::uint8_t> body) const { return send_frame(fd_, tag, body); }
  /// Somebody has stopped it (SIGSTOP), and it has not been continued.
  bool is_stopped() const;
  /// Why a child whose end of the socket is closed has died; waits until it has.
  std::string cause_of_death();

 private:
  pid_t pid_ = -1;
  int fd_ = -1;
};

/// While it lives, SIGINT and SIGTERM do no more than set a flag. They arrive during ppoll() with wait_mask(), and wait
/// at all other times.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Also if the signal is still waiting to be let through.
  bool interrupted() const;
  const sigset_t& wait_mask() const { return before_; }

  /// In a forked worker: stopping is the parent's business, everything else is as before the guard.
  void become_worker() const;
  /// The same for a process without a guard.
  static void leave_to_others();

 private:
  sigset_t before_{};
  struct sigaction before_int_ {};
  struct sigaction before_term_ {};
};

}  // namespace hearsay::execution
