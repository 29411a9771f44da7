#include "sim/campaign/pool_process.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <deque>
#include <exception>
#include <stdexcept>

#include "sim/campaign/codec.hpp"

namespace hearsay::campaign {
namespace {

/// The status in front of the result.
std::vector<std::uint8_t> pack(RunStatus status, const metrics::RunResult& result) {
  std::vector<std::uint8_t> bytes = encode(result);
  bytes.insert(bytes.begin(), static_cast<std::uint8_t>(status));
  return bytes;
}

/// The other end of the socket, as work for a pool.
class Orders {
 public:
  explicit Orders(int fd) : fd_(fd) {}

  Work work() {
    return {.next = [this] { return next(); },
            .done =
                [this] {
                  look();
                  return !open_;
                },
            .finished =
                [this](std::uint64_t run, RunStatus status, metrics::RunResult&& result) {
                  open_ = send_frame(fd_, run, pack(status, result)) && open_;
                },
            .idle = [] {}};
  }

 private:
  void look() {
    open_ = reader_.read(fd_) && open_;
    while (const auto order = reader_.take()) waiting_.push_back(order->tag);
  }

  std::optional<std::uint64_t> next() {
    look();
    if (waiting_.empty()) return std::nullopt;
    const std::uint64_t run = waiting_.front();
    waiting_.pop_front();
    return run;
  }

  int fd_;
  bool open_ = true;
  FrameReader reader_;
  std::deque<std::uint64_t> waiting_;
};

void serve(int fd, const PoolOptions& options, const RunFunction& run) {
  const InterruptGuard guard;
  InterruptGuard::leave_to_others();  // who orders the runs also says when to stop
  PoolOptions with_orders = options;
  with_orders.more_work_fd = fd;
  try {
    run_in_pool(with_orders, run, Orders(fd).work(), guard);
  } catch (const std::exception& error) {
    fmt::print(stderr, "hearsay: {}\n", error.what());
    throw;
  }
}

}  // namespace

UnpackedRun unpack(std::span<const std::uint8_t> bytes) {
  if (bytes.empty() || bytes[0] > static_cast<std::uint8_t>(RunStatus::kTimedOut)) {
    throw std::runtime_error("what came back for a run is no result");
  }
  return {static_cast<RunStatus>(bytes[0]), decode(bytes.subspan(1))};
}

PoolProcess::PoolProcess(const PoolOptions& options, const RunFunction& run)
    : process_([&](int fd) { serve(fd, options, run); }) {}

std::optional<PackedRun> PoolProcess::receive() {
  const bool alive = reader_.read(process_.fd());
  if (std::optional<Frame> frame = reader_.take()) return PackedRun{frame->tag, std::move(frame->body)};
  if (!alive) throw std::runtime_error("the pool of workers has died: " + process_.cause_of_death());
  return std::nullopt;
}

}  // namespace hearsay::campaign
