#include "web/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace pno::web {
namespace {

// The value of a cookie in the Cookie header; empty if it is not there.
std::string_view cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto end = std::min(header.find(';'), header.size());
    auto pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace

Guard::Guard(std::vector<std::string> hosts, std::string token)
    : hosts_(std::move(hosts)), token_(std::move(token)) {}

bool Guard::is_token(std::string_view given) const {
  if (given.size() != token_.size() || token_.empty()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(token_[i]);
  }
  return difference == 0;
}

Guard::Verdict Guard::judge(const Visitor& visitor) const {
  if (!hosts_.empty() && std::ranges::find(hosts_, visitor.host) == hosts_.end()) {
    return Verdict::wrong_host;
  }
  const bool is_own = visitor.origin.empty() || visitor.origin == "http://" + visitor.host ||
                      visitor.origin == "https://" + visitor.host;
  if (!is_own || visitor.fetch_site == "cross-site") return Verdict::wrong_origin;
  if (token_.empty() || is_token(visitor.token) ||
      is_token(cookie_value(visitor.cookie, kCookie))) {
    return Verdict::welcome;
  }
  return Verdict::no_token;
}

std::string new_token() {
  std::random_device random;
  std::string text;
  for (int i = 0; i < 4; ++i) text += fmt::format("{:08x}", random());
  return text;
}

}  // namespace pno::web
