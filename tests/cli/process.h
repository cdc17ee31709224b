#pragma once

// Runs the program as a user does: a process with arguments, files, signals and an exit code.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace pno::cli_test {

struct Finished {
  int exit_code = 0;  // 128 + the signal's number where one killed it
  std::string out, err;
};

class Process {
 public:
  // Starts `program` in `folder`. What it prints is kept in files under `folder`/.output.
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const std::filesystem::path& folder, const std::string& stdin_text = "");
  // One of several at a time: with these variables, "NAME=VALUE", beside its own, and what it
  // prints in `folder`/`output`.
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const std::filesystem::path& folder, const std::vector<std::string>& variables,
          const std::string& output);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills it where it still runs

  // Waits until it has a handler for SIGINT, that is, until it has begun its work. False where it
  // ended before.
  bool wait_until_interruptible();
  void interrupt() const;  // Ctrl-C
  void signal(int number) const;
  bool has_ended();
  std::string err_so_far() const;
  // kill -9. False where it had ended before.
  bool kill();
  // Fails the test and kills it where it takes longer.
  Finished wait(std::chrono::seconds longest = std::chrono::seconds(60));

 private:
  void start(const std::string& program, const std::vector<std::string>& arguments,
             const std::filesystem::path& folder, const std::filesystem::path& output,
             const std::string& stdin_text, const std::vector<std::string>& variables);

  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
  std::filesystem::path out_, err_;
};

}  // namespace pno::cli_test
