#include "sim/campaign/atomic_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace hearsay::campaign {

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

}  // namespace hearsay::campaign
