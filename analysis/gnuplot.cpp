#include "analysis/gnuplot.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace hearsay::analysis {
namespace {

/// A file of its own name in the folder for temporary files; removed with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    name_ = (std::filesystem::temp_directory_path() / "hearsay-XXXXXX").string();
    fd_ = ::mkstemp(name_.data());
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), name_);
    while (!content.empty()) {
      const ssize_t written = ::write(fd_, content.data(), content.size());
      if (written < 0) throw std::system_error(errno, std::generic_category(), name_);
      content.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    ::unlink(name_.c_str());
  }

  const std::string& name() const { return name_; }
  int fd() const { return fd_; }

  /// What somebody wrote to the descriptor.
  std::string content() const {
    std::string text;
    char buffer[4096];
    ::lseek(fd_, 0, SEEK_SET);
    for (ssize_t got; (got = ::read(fd_, buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(got));
    return text;
  }

 private:
  std::string name_;
  int fd_ = -1;
};

}  // namespace

void run_gnuplot(std::string_view script) {
  const TemporaryFile script_file(script);
  const TemporaryFile output("");

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output.fd(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.fd(), STDERR_FILENO);
  std::string program = "gnuplot";
  std::string file = script_file.name();
  char* arguments[] = {program.data(), file.data(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, "gnuplot", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) throw std::runtime_error("gnuplot is not installed: apt install gnuplot-nox");
  if (error != 0) throw std::runtime_error(fmt::format("gnuplot cannot be started: {}", std::strerror(error)));

  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(fmt::format("gnuplot failed: {}", output.content()));
  }
}

std::string gnuplot_quoted(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted += '\'';
}

}  // namespace hearsay::analysis
