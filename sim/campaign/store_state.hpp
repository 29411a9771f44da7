#pragma once

// What can be said of a file before it is opened as a store: whether it is one, whole, and whose.

#include <cstdint>
#include <filesystem>
#include <string>

namespace hearsay::campaign {

struct StoreState {
  enum class Kind : std::uint8_t {
    kNone,         ///< no file, or one in which nothing was begun
    kCurrent,      ///< whole and of this schema: the fields below are set
    kOtherSchema,  ///< whole, but of another version
    kDamaged,      ///< not a database, not whole, or not of this program
  };
  Kind kind = Kind::kNone;
  std::string damage;  ///< what is wrong
  int schema = 0;
  std::string name, scenario_id, executable, version;  ///< of the campaign and of the program that began it
};

/// Changes nothing that the file says, and nothing at all of a damaged one. Reads the whole file. Throws StoreError if
/// it cannot be read at all.
StoreState inspect_store(const std::filesystem::path& file);

}  // namespace hearsay::campaign
