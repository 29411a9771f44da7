#include "sim/execution/ranks.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <optional>

#include "sim/document/diagnostics.hpp"

namespace hearsay::execution {
namespace {

/// The first of these variables that holds a number.
std::optional<int> number_in(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* const text = std::getenv(name);
    if (text == nullptr) continue;
    int value = 0;
    const char* const end = text + std::strlen(text);
    if (const auto [stop, error] = std::from_chars(text, end, value); error == std::errc() && stop == end) return value;
  }
  return std::nullopt;
}

}  // namespace

MpiLaunch mpi_launch() {
  const auto rank = number_in({"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"});
  auto ranks = number_in({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"});
  if (!ranks && number_in({"PMIX_RANK"})) ranks = number_in({"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"});
  if (!rank || !ranks || *rank < 0 || *ranks <= *rank) return {};
  return {*rank, *ranks};
}

}  // namespace hearsay::execution

#ifdef HEARSAY_WITH_MPI

#include <fmt/format.h>
#include <mpi.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <sstream>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/execution/pool.hpp"

namespace hearsay::execution {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

enum Tag : int {
  kHello = 1,  ///< to rank 0: who this is, as text
  kRun,        ///< from rank 0: a run's number
  kStop,       ///< from rank 0: abandon everything
  kFinished,   ///< to rank 0: a piece of a finished run
  kStopped,    ///< to rank 0: nothing more will come
};

/// A finished run travels as this, followed by its bytes, cut into pieces: MPI counts in int, and waits for large
/// messages to be taken.
struct RunHeader {
  std::uint64_t size;  ///< of the bytes
  std::uint64_t run;
};
constexpr std::size_t kPiece = 16 << 20;

/// A worker whose runs are shorter than this gets its next run beforehand, or it would lose time to pauses of
/// milliseconds. With longer runs it does not: a run that waits at one rank cannot be done by another that is idle.
constexpr double kShortRun_s = 0.2;

/// How long to wait for the other ranks to end; they answer in milliseconds, or they are dead.
constexpr std::chrono::seconds kPatience{10};

/// Sleeps that grow while nothing happens.
class Pause {
 public:
  void reset() { length_ = kShortest; }
  /// Ends early when `fd`, unless -1, is readable, or at a signal that `mask` lets through.
  void sleep(int fd, const sigset_t* mask) {
    pollfd readable{fd, POLLIN, 0};
    const timespec limit{0, std::chrono::nanoseconds(length_).count()};
    ::ppoll(&readable, fd < 0 ? 0 : 1, &limit, mask);
    length_ = std::min(length_ * 2, kLongest);
  }

 private:
  static constexpr std::chrono::microseconds kShortest{20}, kLongest{4000};
  std::chrono::microseconds length_ = kShortest;
};

int rank_of_this() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int number_of_ranks() {
  int ranks = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  return ranks;
}

std::string name_of_this_host() {
  std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
  int length = 0;
  MPI_Get_processor_name(name.data(), &length);
  return {name.data(), static_cast<std::size_t>(length)};
}

/// Receives message after message without ever waiting for one.
class Inbox {
 public:
  struct Message {
    int source = 0;
    int tag = 0;
    Bytes bytes;
  };

  /// A message is on its way, and comes only as fast as it is asked for.
  bool busy() const { return request_ != MPI_REQUEST_NULL; }

  std::optional<Message> receive() {
    if (request_ == MPI_REQUEST_NULL) {
      int is_there = 0;
      MPI_Message matched;
      MPI_Status status;
      MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &is_there, &matched, &status);
      if (is_there == 0) return std::nullopt;
      int size = 0;
      MPI_Get_count(&status, MPI_BYTE, &size);
      message_ = {status.MPI_SOURCE, status.MPI_TAG, Bytes(static_cast<std::size_t>(size))};
      MPI_Imrecv(message_.bytes.data(), size, MPI_BYTE, &matched, &request_);
    }
    int is_done = 0;
    MPI_Test(&request_, &is_done, MPI_STATUS_IGNORE);
    return is_done != 0 ? std::optional(std::move(message_)) : std::nullopt;
  }

 private:
  MPI_Request request_ = MPI_REQUEST_NULL;
  Message message_;
};

/// Sends message after message to rank 0 without ever waiting.
class Outbox {
 public:
  void add(const PackedRun& packed) {
    const RunHeader header{packed.bytes.size(), packed.run};
    Bytes whole(sizeof header + packed.bytes.size());
    std::memcpy(whole.data(), &header, sizeof header);
    std::copy(packed.bytes.begin(), packed.bytes.end(), whole.begin() + sizeof header);
    waiting_.push_back(std::move(whole));
  }

  /// A piece is on its way.
  bool busy() const { return request_ != MPI_REQUEST_NULL; }

  void progress() {
    if (busy()) {
      if (!piece_is_sent()) return;
      sent_ += in_flight_;
      if (sent_ == waiting_.front().size()) {
        waiting_.pop_front();
        sent_ = 0;
      }
    }
    if (waiting_.empty()) return;
    const Bytes& whole = waiting_.front();
    in_flight_ = std::min(whole.size() - sent_, kPiece);
    MPI_Isend(whole.data() + sent_, static_cast<int>(in_flight_), MPI_BYTE, 0, kFinished, MPI_COMM_WORLD, &request_);
  }

  /// Sends nothing new. True once the piece that is on its way has gone.
  bool finish() { return !busy() || piece_is_sent(); }

 private:
  bool piece_is_sent() {
    int is_done = 0;
    MPI_Test(&request_, &is_done, MPI_STATUS_IGNORE);
    return is_done != 0;
  }

  std::deque<Bytes> waiting_;
  std::size_t sent_ = 0;       ///< bytes of the first
  std::size_t in_flight_ = 0;  ///< bytes after those
  MPI_Request request_ = MPI_REQUEST_NULL;
};

std::string hello_text(const RankIdentity& identity) {
  return name_of_this_host() + "\n" + identity.scenario + "\n" + identity.program + "\n" + identity.diagnostic;
}

/// What keeps the rank that sent this hello from taking part; empty if nothing does.
std::string objection(int rank, const Bytes& hello, const RankIdentity& ours) {
  std::istringstream in({hello.begin(), hello.end()});
  std::string host, scenario, program, diagnostic;
  std::getline(in, host);
  std::getline(in, scenario);
  std::getline(in, program);
  std::getline(in, diagnostic, '\0');
  const std::string who = fmt::format("rank {} on {}", rank, host);
  if (!diagnostic.empty()) return fmt::format("{} cannot take part: {}", who, diagnostic);
  if (program != ours.program) {
    return fmt::format("{} runs another build of hearsay than rank 0: start the same program everywhere", who);
  }
  if (scenario != ours.scenario) {
    return fmt::format(
        "{} has read another scenario than rank 0: the file, or one that it names, differs there; put it on a file "
        "system that all machines share",
        who);
  }
  return {};
}

}  // namespace

struct MpiRanks::State {
  struct Rank {
    std::uint64_t in_flight = 0;  ///< runs handed over
    double last_run_s = 0;
    Bytes pieces;  ///< of the finished run that is coming
  };

  void send(int rank, Tag tag, std::uint64_t number) const {
    MPI_Send(&number, sizeof number, MPI_BYTE, rank, tag, MPI_COMM_WORLD);  // small enough to leave at once
  }

  /// Hands out runs, first to those who have least to do.
  void feed(const Work& work, unsigned jobs) {
    for (;;) {
      int idlest = 0;
      for (int r = 1; r < static_cast<int>(ranks.size()); ++r) {
        const Rank& rank = ranks[static_cast<std::size_t>(r)];
        const unsigned limit = rank.last_run_s < kShortRun_s ? 2 * jobs : jobs;
        if (rank.in_flight >= limit) continue;
        if (idlest == 0 || rank.in_flight < ranks[static_cast<std::size_t>(idlest)].in_flight) idlest = r;
      }
      if (idlest == 0) return;
      const std::optional<std::uint64_t> run = work.next();
      if (!run) return;
      send(idlest, kRun, *run);
      ++ranks[static_cast<std::size_t>(idlest)].in_flight;
    }
  }

  void take(const Inbox::Message& message, const Work& work) {
    Rank& rank = ranks[static_cast<std::size_t>(message.source)];
    rank.pieces.insert(rank.pieces.end(), message.bytes.begin(), message.bytes.end());
    RunHeader header{};
    std::memcpy(&header, rank.pieces.data(), sizeof header);  // never cut
    if (rank.pieces.size() < sizeof header + header.size) return;
    UnpackedRun run = unpack(std::span(rank.pieces).subspan(sizeof header));
    rank.pieces.clear();
    --rank.in_flight;
    rank.last_run_s = run.result.performance.setup_s + run.result.performance.wall_s;
    work.finished(header.run, run.status, std::move(run.result));
  }

  Inbox inbox;
  std::vector<Rank> ranks;  ///< by number; the first is this one
};

std::string why_no_mpi() { return {}; }

MpiRanks::MpiRanks() : state_(std::make_unique<State>()) {
  MPI_Init(nullptr, nullptr);
  state_->ranks.resize(static_cast<std::size_t>(number_of_ranks()));
}

MpiRanks::~MpiRanks() {
  const int ranks = static_cast<int>(state_->ranks.size());
  for (int rank = 1; rank < ranks; ++rank) state_->send(rank, kStop, 0);
  int stopped = 1;
  Pause pause;
  for (const auto give_up = Clock::now() + kPatience; stopped < ranks && Clock::now() < give_up;) {
    const auto message = state_->inbox.receive();
    if (message && message->tag == kStopped) ++stopped;
    message ? pause.reset() : pause.sleep(-1, nullptr);
  }
  // It waits for all ranks, and some are dead if they have not answered; mpirun sees to those.
  if (stopped == ranks) MPI_Finalize();
}

void MpiRanks::agree(const RankIdentity& identity, const InterruptGuard& guard) {
  std::vector<std::string> objections(state_->ranks.size());
  std::size_t heard = 1;
  for (Pause pause; heard < state_->ranks.size() && !guard.interrupted();) {
    if (const auto message = state_->inbox.receive()) {
      objections[static_cast<std::size_t>(message->source)] = objection(message->source, message->bytes, identity);
      ++heard;
    } else {
      pause.sleep(-1, &guard.wait_mask());
    }
  }
  std::string all;
  for (const std::string& text : objections) all += text.empty() ? "" : (all.empty() ? "" : "\n") + text;
  if (!all.empty()) throw document::InputError(all);
}

void MpiRanks::carry_out(const Work& work, unsigned jobs, const InterruptGuard& guard) {
  Pause pause;
  while (!guard.interrupted() && !work.done()) {
    state_->feed(work, jobs);
    work.idle();
    if (const auto message = state_->inbox.receive()) {
      state_->take(*message, work);
      pause.reset();
    } else {
      if (state_->inbox.busy()) pause.reset();
      pause.sleep(-1, &guard.wait_mask());
    }
  }
  work.idle();
}

namespace {

/// Between rank 0 and the pool of workers, until rank 0 has had enough.
void relay(PoolProcess* pool) {
  Inbox inbox;
  Outbox outbox;
  Pause pause;
  for (;;) {
    bool active = false;
    if (const auto message = inbox.receive()) {
      if (message->tag == kStop) break;
      HEARSAY_CHECK(pool != nullptr, "a rank that cannot simulate is given no runs");
      std::uint64_t run = 0;
      std::memcpy(&run, message->bytes.data(), sizeof run);
      pool->order(run);
      active = true;
    }
    while (pool != nullptr) {
      const std::optional<PackedRun> finished = pool->receive();
      if (!finished) break;
      outbox.add(*finished);
      active = true;
    }
    outbox.progress();
    if (active || inbox.busy() || outbox.busy()) pause.reset();
    if (!active) pause.sleep(pool != nullptr ? pool->fd() : -1, nullptr);
  }
  while (!outbox.finish()) pause.sleep(-1, nullptr);
}

}  // namespace

void serve_as_rank(const RankIdentity& identity, const PoolOptions& options, const RunFunction& run) {
  InterruptGuard::leave_to_others();
  std::optional<PoolProcess> pool;
  if (identity.diagnostic.empty()) pool.emplace(options, run);
  MPI_Init(nullptr, nullptr);
  const std::string hello = hello_text(identity);
  MPI_Send(hello.data(), static_cast<int>(hello.size()), MPI_BYTE, 0, kHello, MPI_COMM_WORLD);
  try {
    relay(pool ? &*pool : nullptr);
  } catch (const std::exception& error) {
    fmt::print(stderr, "hearsay: rank {} on {}: {}\n", rank_of_this(), name_of_this_host(), error.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  pool.reset();
  MPI_Send(nullptr, 0, MPI_BYTE, 0, kStopped, MPI_COMM_WORLD);
  MPI_Finalize();
}

}  // namespace hearsay::execution

#else

namespace hearsay::execution {

struct MpiRanks::State {};

std::string why_no_mpi() {
  return "this hearsay was built without MPI and cannot be one of several ranks: run it without mpirun, where --jobs "
         "uses all cores of one machine, or build it with -DHEARSAY_MPI=ON where an MPI library is installed";
}

MpiRanks::MpiRanks() { throw document::InputError(why_no_mpi()); }
MpiRanks::~MpiRanks() = default;
void MpiRanks::agree(const RankIdentity&, const InterruptGuard&) {}
void MpiRanks::carry_out(const Work&, unsigned, const InterruptGuard&) {}
void serve_as_rank(const RankIdentity&, const PoolOptions&, const RunFunction&) {
  throw document::InputError(why_no_mpi());
}

}  // namespace hearsay::execution

#endif
