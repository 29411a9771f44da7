#pragma once

// How a campaign writes into its directory: a file appears whole or not at all, and one campaign at a time writes.

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace hearsay::results {

/// Temporary names begin so; a killed program leaves them behind, and anybody may delete them.
inline constexpr std::string_view kTemporaryPrefix = ".hearsay-";

/// A file that appears under its name whole or not at all: written beside it under a temporary name, renamed at the
/// end.
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

/// One campaign at a time in a result directory: an advisory lock on a file there, which the system releases when the
/// process ends, however it ends. Worker processes do not inherit it. It holds over NFS, where that has locks at all.
class DirectoryLock {
 public:
  /// Takes the lock. Throws InputError if another process has it, std::system_error if there can be none.
  explicit DirectoryLock(const std::filesystem::path& directory);
  /// Removes the file.
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  [[noreturn]] void fail(int error) const;
  bool still_there() const;

  std::filesystem::path file_;
  int fd_ = -1;
};

}  // namespace hearsay::results
