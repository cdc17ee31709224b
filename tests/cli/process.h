#pragma once

// Runs a program as a process, with arguments, files, signals and an exit code.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace pno::cli_test {

struct Finished {
  int exit_code = 0;  // 128 + signal number if a signal killed it
  std::string out, err;
};

class Process {
 public:
  // Starts `program` in `folder`, with its output in files under `folder`/.output.
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const std::filesystem::path& folder, const std::string& stdin_text = "");
  // The same with additional environment variables, "NAME=VALUE", and the output in
  // `folder`/`output`, so that several processes can run at a time.
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const std::filesystem::path& folder, const std::vector<std::string>& variables,
          const std::string& output);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills the process if it still runs

  // Waits until the process has a handler for SIGINT, which it installs before its work. Returns
  // false if it ended before.
  bool wait_until_interruptible();
  void interrupt() const;  // Ctrl-C
  void signal(int number) const;
  bool has_ended();
  std::string err_so_far() const;
  // kill -9. Returns false if the process ended before.
  bool kill();
  // Waits for the end. After `longest` kills the process and fails the test.
  Finished wait(std::chrono::seconds longest = std::chrono::seconds(60));

 private:
  struct Launch {
    const std::string& program;
    const std::vector<std::string>& arguments;
    std::filesystem::path folder, output;
    std::string stdin_text = {};
    std::vector<std::string> variables = {};
  };
  void start(const Launch& launch);

  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
  std::filesystem::path out_, err_;
};

}  // namespace pno::cli_test
