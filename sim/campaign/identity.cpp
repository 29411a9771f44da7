#include "sim/campaign/identity.hpp"

#include <algorithm>
#include <fstream>

#include "sim/core/digest.hpp"

namespace hearsay::campaign {
std::string scenario_id(const scenario::Scenario& scenario) { return to_hex(digest_of(scenario.identity)); }

const std::string& executable_id() {
  static const std::string id = [] {
    std::ifstream file("/proc/self/exe", std::ios::binary | std::ios::ate);
    std::string bytes(static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0)), '\0');
    file.seekg(0).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return to_hex(digest_of(bytes));
  }();
  return id;
}

}  // namespace hearsay::campaign
