// As the program does, so that a figure here is one that a campaign has.

#include <benchmark/benchmark.h>

#include "sim/core/freed_memory.hpp"

int main(int argc, char** argv) {
  hearsay::keep_freed_memory();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
