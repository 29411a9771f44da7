#pragma once

// A file that appears under its name whole or not at all: written beside it under a temporary name, renamed at
// the end.

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace hearsay::campaign {

/// Temporary names begin so; a killed program leaves them behind, and anybody may delete them.
inline constexpr std::string_view kTemporaryPrefix = ".hearsay-";

class AtomicFile {
 public:
  /// Throws std::system_error, as all members do, with the file's name and the reason.
  AtomicFile(const std::filesystem::path& directory, const std::string& name);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(const AtomicFile&) = delete;
  /// Removes the temporary file unless publish() was called.
  ~AtomicFile();

  const std::string& name() const { return name_; }
  void write(std::string_view text);
  /// Writes what is buffered and closes. After that only publish() makes sense.
  void close();
  void publish();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path directory_;
  std::string name_;
  std::filesystem::path temporary_;
  std::FILE* file_ = nullptr;
};

}  // namespace hearsay::campaign
