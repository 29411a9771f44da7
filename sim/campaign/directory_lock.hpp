#pragma once

// One campaign at a time in a result directory: an advisory lock on a file there, which the system releases when the
// process ends, however it ends. Worker processes do not inherit it. It holds over NFS, where that has locks at all.

#include <filesystem>

namespace hearsay::campaign {

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

}  // namespace hearsay::campaign
