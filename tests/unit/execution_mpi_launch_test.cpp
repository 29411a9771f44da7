#include "sim/execution/ranks.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace hearsay::execution::execution_mpi_launch_test {
namespace {

using Variables = std::vector<std::pair<const char*, std::string>>;

/// With these variables of all that are looked at, and no other.
MpiLaunch launch_with(const Variables& variables) {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE",
                           "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_PROCID"}) {
    ::unsetenv(name);
  }
  for (const auto& [name, value] : variables) ::setenv(name, value.c_str(), 1);
  const MpiLaunch launch = mpi_launch();
  for (const auto& [name, value] : variables) ::unsetenv(name);
  return launch;
}

void expect_launch(const Variables& variables, int rank, int ranks) {
  const MpiLaunch launch = launch_with(variables);
  EXPECT_EQ(launch.rank, rank);
  EXPECT_EQ(launch.ranks, ranks);
}

TEST(MpiLaunch, IsOneProcessAlone) { expect_launch({}, 0, 1); }

TEST(MpiLaunch, KnowsTheStarters) {
  expect_launch({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "5"}, {"PMIX_RANK", "2"}}, 2, 5);
  expect_launch({{"PMI_RANK", "0"}, {"PMI_SIZE", "4"}}, 0, 4);
  expect_launch({{"PMIX_RANK", "3"}, {"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_NTASKS", "8"}}, 3, 4);
  expect_launch({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}, 0, 1);
}

TEST(MpiLaunch, DoesNotTakeABatchScriptForARank) {
  expect_launch({{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}}, 0, 1);
}

TEST(MpiLaunch, IgnoresWhatMakesNoSense) {
  expect_launch({{"PMI_RANK", "4"}, {"PMI_SIZE", "4"}}, 0, 1);
  expect_launch({{"PMI_RANK", "-1"}, {"PMI_SIZE", "4"}}, 0, 1);
  expect_launch({{"PMI_RANK", "one"}, {"PMI_SIZE", "4"}}, 0, 1);
  expect_launch({{"PMI_SIZE", "4"}}, 0, 1);
}

}  // namespace
}  // namespace hearsay::execution::execution_mpi_launch_test
