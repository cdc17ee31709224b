#pragma once

// Answers of the API, before they are HTTP: a body, or parts that are made while they are sent.

#include <memory>
#include <string>
#include <string_view>

namespace pno::web {

struct Part {
  std::string bytes{};   // may be empty
  bool is_last = false;  // nothing follows
};

// Not thread-safe.
class PartSource {
 public:
  virtual ~PartSource() = default;
  // Waits for the next part, at most for a heartbeat.
  virtual Part next() = 0;
};

struct Answer {
  int status = 200;
  std::string type = "application/json";
  std::string body{};
  std::shared_ptr<PartSource> parts{};  // in place of `body`, if not null
  int retry_after_s = 0;                // 0: the client need not come again
};

// An answer with a sentence for the client.
Answer refusal(int status, std::string_view sentence);

}  // namespace pno::web
