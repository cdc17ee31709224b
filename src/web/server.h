#pragma once

// The HTTP server of `pno serve`: the page, and an API described at /api/openapi.json.

#include <memory>
#include <string>

#include "base/error.h"
#include "infer/engine.h"

namespace pno::web {

struct ServerOptions {
  std::string address = "localhost";  // to listen on
  int port = 8080;                    // 0: any free one
  std::string token{};                // needed from every visitor; empty: none
  std::string model_name = "model";   // shown to visitors; not a path
  int most_playing = 0;               // 0: kMaxPlaying
  int most_waiting = -1;              // negative: kMaxWaiting
};

class Server {
 public:
  // Listens from now on, on threads of its own. Returns an error if the port cannot be had.
  static Expected<std::unique_ptr<Server>> start(std::shared_ptr<const infer::Engine> engine,
                                                 const ServerOptions& options);
  virtual ~Server() = default;  // stops
  virtual int port() const = 0;
  // Ends all streams and connections; takes two seconds at most.
  virtual void stop() = 0;
};

}  // namespace pno::web
