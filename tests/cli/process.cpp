#include "process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

namespace pno::cli_test {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(2);

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// True if the process has a handler for SIGINT, according to /proc.
bool catches_interrupts(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("SigCgt:")) continue;
    const auto mask = std::stoull(line.substr(7), nullptr, 16);
    return (mask >> (SIGINT - 1) & 1) != 0;
  }
  return false;
}

}  // namespace

Process::Process(const std::string& program, const std::vector<std::string>& arguments,
                 const std::filesystem::path& folder, const std::string& stdin_text) {
  start({.program = program,
         .arguments = arguments,
         .folder = folder,
         .output = folder / ".output",
         .stdin_text = stdin_text});
}

Process::Process(const std::string& program, const std::vector<std::string>& arguments,
                 const std::filesystem::path& folder, const std::vector<std::string>& variables,
                 const std::string& output) {
  start({.program = program,
         .arguments = arguments,
         .folder = folder,
         .output = folder / output,
         .variables = variables});
}

void Process::start(const Launch& launch) {
  std::filesystem::create_directories(launch.output);
  out_ = launch.output / "stdout";
  err_ = launch.output / "stderr";
  const auto in = launch.output / "stdin";
  std::ofstream(in, std::ios::binary) << launch.stdin_text;

  std::vector<char*> argv{const_cast<char*>(launch.program.c_str())};
  for (const auto& argument : launch.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (const auto& variable : launch.variables) {
    environment.push_back(const_cast<char*>(variable.c_str()));
  }
  for (char** own = environ; *own != nullptr; ++own) environment.push_back(*own);
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_.c_str(), flags, 0600);
  posix_spawn_file_actions_addchdir_np(&actions, launch.folder.c_str());
  const int failure = posix_spawn(&pid_, launch.program.c_str(), &actions, /*attributes=*/nullptr,
                                  argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  ended_ = failure != 0;
  EXPECT_EQ(failure, 0) << launch.program << " does not start";
}

Process::~Process() {
  if (has_ended()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

bool Process::has_ended() {
  if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

bool Process::wait_until_interruptible() {
  while (!catches_interrupts(pid_)) {
    if (has_ended()) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

void Process::interrupt() const {
  signal(SIGINT);
}

void Process::signal(int number) const {
  ::kill(pid_, number);
}

std::string Process::err_so_far() const {
  return content(err_);
}

bool Process::kill() {
  if (has_ended()) return false;
  signal(SIGKILL);
  ended_ = ::waitpid(pid_, &status_, 0) == pid_;
  return WIFSIGNALED(status_);
}

Finished Process::wait(std::chrono::seconds longest) {
  const auto deadline = std::chrono::steady_clock::now() + longest;
  while (!has_ended()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "the process still runs after " << longest.count() << " s";
      ::kill(pid_, SIGKILL);
    }
    std::this_thread::sleep_for(kPoll);
  }
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  return {code, content(out_), content(err_)};
}

}  // namespace pno::cli_test
