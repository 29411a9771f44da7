#include "sim/core/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace hearsay {

CheckContext& check_context() {
  thread_local CheckContext context;
  return context;
}

void check_failed(const char* expression, const char* file, int line, const char* note) {
  const CheckContext& c = check_context();
  std::fprintf(stderr,
               "hearsay: internal check failed: %s\n  at %s:%d: %s\n  simulated time %lld ns, node %lld, seed %llu\n",
               expression, file, line, note, static_cast<long long>(c.time_ns), static_cast<long long>(c.node),
               static_cast<unsigned long long>(c.seed));
  if (!c.replay.empty()) std::fprintf(stderr, "  replay: %s\n", c.replay.c_str());
  std::fprintf(stderr, "This is a bug in hearsay, not in your scenario. Please report it with the lines above.\n");
  std::fflush(stderr);
  std::abort();
}

}  // namespace hearsay
