#pragma once

// Runs the program as a user would: in a directory of its own, with arguments, looking at what it prints and
// leaves behind.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/scratch.hpp"

namespace hearsay::test {

struct Outcome {
  int code = -1;  ///< exit code; 128 + signal if one ended it
  std::string out, err;
};

class ProgramTest : public testing::Test {
 protected:
  /// A small broadcast over a random regular graph; `more` is further TOML.
  std::filesystem::path write_scenario(const std::string& name, const std::string& more = {}, int nodes = 50) const {
    return scratch_.write(
        name + ".toml",
        "name = \"" + name +
            "\"\n"
            "[run]\nseed = 42\nduration = \"20 s\"\nreplications = 3\n"
            "[topology]\nkind = \"random-regular\"\nnodes = " +
            std::to_string(nodes) +
            "\ndegree = 4\n"
            "[network]\nlatency = { kind = \"uniform\", min = \"10 ms\", max = \"100 ms\" }\nuplink = \"20 Mbit/s\"\n"
            "[protocol]\nname = \"flood\"\n"
            "[workload]\nkind = \"broadcast\"\ninterval = \"1 s\"\nsize = \"1 kB\"\nstop = \"5 s\"\n" +
            more);
  }
  /// Runs of about a second each.
  std::filesystem::path write_long_scenario(const std::string& name, int replications) const {
    return scratch_.write(name + ".toml",
                          "name = \"" + name +
                              "\"\n"
                              "[run]\nseed = 1\nduration = \"100 s\"\nreplications = " +
                              std::to_string(replications) +
                              "\n"
                              "[topology]\nkind = \"random-regular\"\nnodes = 2000\ndegree = 8\n"
                              "[network]\nlatency = { kind = \"uniform\", min = \"10 ms\", max = \"100 ms\" }\n"
                              "[protocol]\nname = \"flood\"\n"
                              "[workload]\nkind = \"broadcast\"\nrate = \"4/s\"\nsize = \"1 kB\"\nstop = \"90 s\"\n");
  }

  /// Much that could differ where several threads share a run: two points with two replications each, loss, faults,
  /// queues, samples and a ledger; an end that depends on the last message.
  std::filesystem::path write_busy_scenario(const std::string& name, const std::string& least_latency = "10 ms") const {
    return scratch_.write(name + ".toml",
                          "name = \"" + name +
                              "\"\n"
                              "[run]\nseed = 42\nduration = \"20 s\"\nreplications = 2\nuntil = \"covered\"\n"
                              "[topology]\nkind = \"random-regular\"\nnodes = 200\ndegree = 8\n"
                              "[network]\nlatency = { kind = \"uniform\", min = \"" +
                              least_latency +
                              "\", max = \"100 ms\" }\nloss = 0.01\nuplink = \"10 Mbit/s\"\ndownlink = \"50 Mbit/s\"\n"
                              "[protocol]\nname = \"flood\"\n"
                              "[workload]\nkind = \"broadcast\"\nrate = \"2/s\"\nsize = \"10 kB\"\nstop = \"10 s\"\n"
                              "[[fault]]\nkind = \"crash\"\nat = \"2 s\"\nuntil = \"4 s\"\ncount = 10\n"
                              "[[fault]]\nkind = \"partition\"\nat = \"5 s\"\nuntil = \"6 s\"\nshare = 0.5\n"
                              "[sweep]\n\"topology.degree\" = [4, 8]\n"
                              "[output]\nseries = \"100 ms\"\nledger = true\n");
  }

  pid_t start(const std::vector<std::string>& arguments) const { return start_program(HEARSAY_BINARY, arguments); }

  Outcome wait(pid_t pid) const {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), file_text(scratch_ / ".out"),
            file_text(scratch_ / ".err")};
  }

  Outcome hearsay(const std::vector<std::string>& arguments) const { return wait(start(arguments)); }
  /// `command` may use $H, the program.
  pid_t start_shell(const std::string& command) const {
    return start_program("/bin/bash", {"-c", "H='" HEARSAY_BINARY "'; " + command});
  }
  Outcome shell(const std::string& command) const { return wait(start_shell(command)); }

  static std::vector<pid_t> children_now(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
    std::vector<pid_t> children;
    for (pid_t child; in >> child;) children.push_back(child);
    return children;
  }

  /// The processes that the program has started, once it has; empty if it ends before.
  static std::vector<pid_t> children_of(pid_t pid) {
    for (int tries = 0; tries < 500; ++tries) {
      const std::vector<pid_t> children = children_now(pid);
      if (!children.empty()) return children;
      ::usleep(10'000);
    }
    return {};
  }

  /// Neither gone nor a zombie that nobody has waited for yet.
  static bool is_alive(pid_t pid) {
    std::ifstream state("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(state, line);
    return !line.empty() && line.find(") Z ") == std::string::npos;
  }

  /// Name -> content of the files of a result directory that may be compared: all that hold no wall-clock time.
  std::map<std::string, std::string> comparable_files(const std::string& directory) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(scratch_ / directory)) {
      const std::string name = entry.path().filename().string();
      if (name != "performance.csv" && name != "runs.sqlite") files[name] = file_text(entry.path());
    }
    return files;
  }

  ScratchDirectory scratch_;

 private:
  pid_t start_program(const std::string& program, const std::vector<std::string>& arguments) const {
    std::vector<std::string> words = {program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string out = scratch_ / ".out", err = scratch_ / ".err";
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    if (::chdir(scratch_.path().c_str()) != 0) ::_exit(127);
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDERR_FILENO);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
};

}  // namespace hearsay::test
