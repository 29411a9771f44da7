#pragma once

// The executor beyond one machine: the ranks of an MPI job. Rank 0 has the schedule, the results and the terminal; it
// simulates nothing. Every other rank drives a pool of workers (PoolProcess in pool.hpp), so that a run that crashes or
// hangs costs its run alone here too.
//
// The workers are forked before MPI starts, and a rank never forks after: MPI's transports do not all survive a fork.
// All wait asleep, with pauses of some microseconds that grow to milliseconds while nothing happens; where runs are
// short, each worker has its next run waiting, which hides these pauses.
//
// Every rank loads the scenario itself. Rank 0 refuses to begin unless all have the same one, the files it names
// included, and the same program: a run must be the same whichever rank carries it out. So the files have to be on a
// file system that all machines share, or be copied to the same place on each.
//
// A rank that dies takes the whole job with it: mpirun ends the others. What had finished is with rank 0, which is
// asked to stop as by Ctrl-C.

#include <memory>
#include <string>

#include "sim/execution/executor.hpp"
#include "sim/execution/pool.hpp"
#include "sim/execution/process.hpp"

namespace hearsay::execution {

/// Whether this process is one of several that mpirun, or a batch system's own starter, has started together: told from
/// the environment alone, so that a plain call does not pay for starting MPI.
///
///   rank   OMPI_COMM_WORLD_RANK (Open MPI), PMIX_RANK (srun --mpi=pmix), PMI_RANK (MPICH, srun --mpi=pmi2)
///   ranks  OMPI_COMM_WORLD_SIZE, PMI_SIZE, and beside PMIX_RANK what Slurm says: SLURM_STEP_NUM_TASKS, SLURM_NTASKS
///
/// Slurm's variables alone say nothing: a batch script's own shell has them too.
struct MpiLaunch {
  int rank = 0;
  int ranks = 1;  ///< 1 also where nothing was started together
};

MpiLaunch mpi_launch();

/// Why this build cannot be one of several ranks; empty if it can.
std::string why_no_mpi();

/// What has to be the same everywhere, and whether this rank can take part.
struct RankIdentity {
  std::string scenario;    ///< equal for equal plans of equal runs
  std::string program;     ///< equal for one build
  std::string diagnostic;  ///< why it cannot, if it cannot
};

/// Rank 0's side of the job.
class MpiRanks {
 public:
  /// Starts MPI, which waits for all ranks to do so.
  MpiRanks();
  /// Ends the other ranks, abandoning what they do, and MPI.
  ~MpiRanks();
  MpiRanks(const MpiRanks&) = delete;
  MpiRanks& operator=(const MpiRanks&) = delete;

  /// Throws InputError, which names all ranks that cannot take part and why.
  void agree(const RankIdentity& identity, const InterruptGuard& guard);
  /// An Executor, see there. `jobs`: workers of each rank.
  void carry_out(const Work& work, unsigned jobs, const InterruptGuard& guard);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// All of a rank other than 0; returns when rank 0 says so. Does not return if its pool of workers dies: then it ends
/// the job.
void serve_as_rank(const RankIdentity& identity, const PoolOptions& options, const RunFunction& run);

}  // namespace hearsay::execution
