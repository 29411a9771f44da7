#pragma once

// A forked child with a socket between it and its parent, over which both send frames: the length of what follows
// (8 bytes), a tag (8 bytes) whose meaning is the two ends', the bytes. The child dies with its parent, however the
// parent ends, and is waited for when the handle goes: neither is left behind.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hearsay::campaign {

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
  /// Of a child whose end is closed; waits until it has died.
  std::string cause_of_death();

 private:
  pid_t pid_ = -1;
  int fd_ = -1;
};

}  // namespace hearsay::campaign
