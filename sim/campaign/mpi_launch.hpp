#pragma once

// Whether this process is one of several that mpirun, or a batch system's own starter, has started together: told from
// the environment alone, so that a plain call does not pay for starting MPI.
//
//   rank   OMPI_COMM_WORLD_RANK (Open MPI), PMIX_RANK (srun --mpi=pmix), PMI_RANK (MPICH, srun --mpi=pmi2)
//   ranks  OMPI_COMM_WORLD_SIZE, PMI_SIZE, and beside PMIX_RANK what Slurm says: SLURM_STEP_NUM_TASKS, SLURM_NTASKS
//
// Slurm's variables alone say nothing: a batch script's own shell has them too.

namespace hearsay::campaign {

struct MpiLaunch {
  int rank = 0;
  int ranks = 1;  ///< 1 also where nothing was started together
};

MpiLaunch mpi_launch();

}  // namespace hearsay::campaign
