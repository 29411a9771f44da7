#include "sim/campaign/mpi_launch.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <optional>

namespace hearsay::campaign {
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

}  // namespace hearsay::campaign
