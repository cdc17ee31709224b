#pragma once

// The HTTP server of `pno serve`: the page, and an API described at /api/openapi.json.

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "web/api.h"

namespace pno::web {

struct ServerOptions {
  std::string address = "localhost";  // to listen on
  int port = 8080;                    // 0: any free one
  std::string token{};                // needed from every visitor; empty: none
  ApiLimits limits = {};
};

class Server {
 public:
  // Listens from now on, on threads of its own. Returns an error if the port cannot be had.
  // `models` is not empty; the first one plays unless a request names another.
  static Expected<std::unique_ptr<Server>> start(std::vector<ServedModel> models,
                                                 const ServerOptions& options);
  virtual ~Server() = default;  // stops
  virtual int port() const = 0;
  // Ends all streams and connections; takes two seconds at most.
  virtual void stop() = 0;
};

}  // namespace pno::web
