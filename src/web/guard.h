#pragma once

// Access to the server: for pages of its own address, and with a token if it listens beyond
// localhost. DNS rebinding and forms of other sites are refused by Host and Origin.

#include <string>
#include <string_view>
#include <vector>

namespace pno::web {

struct Visitor {
  std::string host{};        // the Host header
  std::string origin{};      // the Origin header; empty if there is none
  std::string fetch_site{};  // the Sec-Fetch-Site header; empty if there is none
  std::string cookie{};      // the Cookie header
  std::string token{};       // of the query or of an Authorization header; empty if there is none
};

class Guard {
 public:
  // `hosts` are the values of Host that are answered; empty: any. `token` empty: none is needed.
  Guard(std::vector<std::string> hosts, std::string token);

  enum class Verdict { welcome, wrong_host, wrong_origin, no_token };
  Verdict judge(const Visitor& visitor) const;

  // True if `given` is the token; takes the same time whatever it is.
  bool is_token(std::string_view given) const;
  const std::string& token() const { return token_; }

  static constexpr std::string_view kCookie = "pno_token";

 private:
  std::vector<std::string> hosts_;
  std::string token_;
};

// 128 random bits of the system as text.
std::string new_token();

}  // namespace pno::web
