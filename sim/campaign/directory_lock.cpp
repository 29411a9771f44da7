#include "sim/campaign/directory_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "sim/campaign/atomic_file.hpp"
#include "sim/campaign/input_error.hpp"

namespace hearsay::campaign {
namespace {

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

// Not flock(): its locks pass to forked workers, and would outlive a killed campaign by as long as they do.
DirectoryLock::DirectoryLock(const std::filesystem::path& directory)
    : file_(directory / fmt::format("{}lock", kTemporaryPrefix)) {
  do {
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), file_.string() + " cannot be written");
    struct flock lock = whole_file();
    if (::fcntl(fd_, F_SETLK, &lock) != 0) fail(errno);
  } while (!still_there());
}

void DirectoryLock::fail(int error) const {
  struct flock holder = whole_file();
  ::fcntl(fd_, F_GETLK, &holder);
  ::close(fd_);
  const std::string directory = file_.parent_path().string();
  if (error != EACCES && error != EAGAIN) {
    throw std::system_error(error, std::generic_category(), directory + " cannot be locked");
  }
  throw InputError(
      fmt::format("{} is in use by another campaign (process {}): wait until it ends, or choose another "
                  "directory with --out",
                  directory, holder.l_pid));
}

DirectoryLock::~DirectoryLock() {
  ::unlink(file_.c_str());  // before the lock is gone, so that it is ours
  ::close(fd_);
}

/// Whoever had the lock before may have removed the file while it was being opened here.
bool DirectoryLock::still_there() const {
  struct stat opened {
  }, named{};
  return ::fstat(fd_, &opened) == 0 && ::stat(file_.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace hearsay::campaign
