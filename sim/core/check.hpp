#pragma once

// Checks that stay on in Release. A check guards the program's own invariants: when one fails the
// simulator has a bug, and the process aborts with the expression, the simulated time, the node, the
// seed and the command that replays the run. User input is never judged by a check (see
// sim/scenario/diagnostics.hpp), and a missing disk or a killed worker is an exception.

#include <cstdint>
#include <string>

namespace hearsay {

/// What a failed check prints beside the expression. One per thread; the simulation keeps it current.
struct CheckContext {
  std::int64_t time_ns = -1;
  std::int64_t node = -1;
  std::uint64_t seed = 0;
  std::string replay;  ///< command line that runs exactly this run again
};

CheckContext& check_context();

[[noreturn]] void check_failed(const char* expression, const char* file, int line, const char* note);

}  // namespace hearsay

#define HEARSAY_CHECK(expr, note)                               \
  do {                                                          \
    if (!(expr)) [[unlikely]]                                   \
      ::hearsay::check_failed(#expr, __FILE__, __LINE__, note); \
  } while (false)
