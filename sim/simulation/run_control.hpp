#pragma once

// What concerns a run as a whole: when it is over, what happens between events (samples, faults of the whole world,
// publications), and the loop.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/engine/loop.hpp"
#include "sim/simulation/lifecycle.hpp"
#include "sim/simulation/membership_figures.hpp"
#include "sim/simulation/run_thread.hpp"

namespace hearsay::simulation {

class RunControl final : public engine::Conductor {
 public:
  /// References must outlive it.
  RunControl(World& world, std::span<Lane> lanes, const LanePlan& plan) : world_(world), lanes_(lanes), plan_(plan) {}
  /// The first one begins and ends faults, and publishes.
  void add(RunThread& thread) { threads_.push_back(&thread); }
  unsigned number_of(const RunThread& thread) const {
    return static_cast<unsigned>(std::find(threads_.begin(), threads_.end(), &thread) - threads_.begin());
  }
  void set_lifecycle(Lifecycle& lifecycle) { lifecycle_ = &lifecycle; }
  void set_sample(std::function<void(SimTime)> sample) { sample_ = std::move(sample); }
  /// Null where there is nothing to find out.
  void set_membership(MembershipFigures* membership) { membership_ = membership; }
  /// How many timers of the protocol are set, and transfers of the reliable transport not over.
  void set_pending(std::function<std::uint64_t()> pending) { pending_ = std::move(pending); }

  /// Runs to the end; the simulated time at which it ended.
  SimTime run(std::span<engine::Worker* const> workers);

  /// Whether the run ends here. The membership's own messages and timers never end, and nobody waits for them; nor,
  /// where every item is to be everywhere, for messages without any.
  bool over();
  std::int64_t in_flight() const { return sum(&RunThread::in_flight); }
  /// Of these, what the end of the run waits for.
  std::int64_t awaited() const { return in_flight() - sum(&RunThread::unawaited_in_flight); }
  std::int64_t bytes_in_flight() const { return sum(&RunThread::bytes_in_flight); }
  std::uint64_t events() const;

  // ------------------------------------------------------------------------------- engine::Conductor
  SimTime next() const override;
  void act(SimTime t) override;
  void prepare(SimTime end) override;
  void settle() override {
    world_.recorder.settle();
    settle_membership();
  }
  void settle_all() override {
    world_.recorder.fold_all();
    settle_membership();
  }
  bool may_end(SimTime end, std::size_t due) const override;

 private:
  /// A fault of the whole world begins or ends.
  struct FaultEdge {
    SimTime at;
    std::uint32_t fault;
    bool begins;
  };
  void list_faults();
  void settle_membership();
  SimTime next_publications() const;
  void publish_some();
  void sample_up_to(SimTime t);
  std::int64_t sum(std::int64_t RunThread::*count) const {
    std::int64_t all = 0;
    for (const RunThread* thread : threads_) all += thread->*count;
    return all;
  }

  World& world_;
  std::span<Lane> lanes_;
  const LanePlan& plan_;
  std::vector<RunThread*> threads_;
  Lifecycle* lifecycle_ = nullptr;
  MembershipFigures* membership_ = nullptr;
  std::function<void(SimTime)> sample_;
  std::function<std::uint64_t()> pending_;
  std::vector<FaultEdge> fault_edges_;  // by time
  std::size_t next_edge_ = 0;
  std::size_t next_publication_ = 0;  // those before are in the calendars
  SimTime next_sample_ = kNever;
};

}  // namespace hearsay::simulation
