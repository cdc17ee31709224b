#include "train_step/child_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>

#include "base/file.h"

namespace pno::bench {
namespace {

// {"value": …} or {"error": …} into the pipe; never returns.
[[noreturn]] void answer(int pipe, const std::function<Expected<nlohmann::json>()>& work) {
  nlohmann::json reply;
  try {
    auto result = work();
    if (result) {
      reply["value"] = *std::move(result);
    } else {
      reply["error"] = result.error().message;
    }
  } catch (const std::exception& failure) {
    const std::string what = failure.what();
    reply["error"] = what.substr(0, what.find('\n'));
  }
  const auto text = reply.dump();
  for (std::size_t done = 0; done < text.size();) {
    const auto wrote = ::write(pipe, text.data() + done, text.size() - done);
    if (wrote <= 0) break;
    done += static_cast<std::size_t>(wrote);
  }
  std::fflush(stderr);
  ::_exit(0);  // exit() would run the destructors of objects that the parent still uses
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 4096> block{};
  for (;;) {
    const auto size = ::read(pipe, block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(block.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

Expected<nlohmann::json> in_child(const std::function<Expected<nlohmann::json>()>& work) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return fail("no pipe: {}", describe_errno(errno));
  const auto child = ::fork();
  if (child < 0) return fail("no process: {}", describe_errno(errno));
  if (child == 0) {
    ::close(ends[0]);
    answer(ends[1], work);
  }
  ::close(ends[1]);
  const auto text = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  auto reply = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (reply.is_discarded()) {
    return fail("the measuring process died{}",
                WIFSIGNALED(status) ? fmt::format(" of signal {}", WTERMSIG(status)) : "");
  }
  if (reply.contains("error")) return fail("{}", reply["error"].get<std::string>());
  return std::move(reply["value"]);
}

}  // namespace pno::bench
