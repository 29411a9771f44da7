#include "sim/results/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "sim/document/diagnostics.hpp"

namespace hearsay::results {

AtomicFile::AtomicFile(const std::filesystem::path& directory, const std::string& name)
    : directory_(directory), name_(name), temporary_(directory / fmt::format("{}{}.tmp", kTemporaryPrefix, name)) {
  file_ = std::fopen(temporary_.c_str(), "wbe");
  if (file_ == nullptr) fail();
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : directory_(std::move(other.directory_)),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::exchange(other.file_, nullptr)) {}

AtomicFile::~AtomicFile() {
  if (file_ != nullptr) std::fclose(file_);
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
}

void AtomicFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail();
}

void AtomicFile::close() {
  if (std::fclose(std::exchange(file_, nullptr)) != 0) fail();
}

void AtomicFile::publish() {
  if (file_ != nullptr) close();
  std::filesystem::rename(temporary_, directory_ / name_);
  temporary_.clear();
}

void AtomicFile::fail() const {
  throw std::system_error(errno, std::generic_category(),
                          fmt::format("{} cannot be written", (directory_ / name_).string()));
}

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
  throw document::InputError(
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

}  // namespace hearsay::results
