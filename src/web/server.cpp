#include "web/server.h"

#include <sys/socket.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/version.h"
#include "web/connection_threads.h"
#include "web/guard.h"
#include "web/limits.h"
#include "web/note_stream.h"
#include "web/openapi.h"
#include "web/page_files.h"
#include "web/studio.h"
#include "web/write_request.h"

namespace pno::web {
namespace {

using Json = nlohmann::json;
using httplib::Request;
using httplib::Response;

constexpr int kReadSeconds = 5;  // a client that sends nothing for so long is closed
constexpr int kIdleSeconds = 1;  // between two requests of a connection; stop() waits for it
constexpr std::string_view kServedHere = "<meta name=\"pno-serve\">";
constexpr std::string_view kNoPage =
    "<!doctype html><meta charset=utf-8><title>pno</title><h1>pno</h1><p>This pno was built "
    "without "
    "its page. Build it with <code>cmake --build build/release --target page</code>, then build "
    "pno "
    "again. The API is here: <a href=/api/openapi.json>/api/openapi.json</a>.";

void refuse(Response& response, int status, const std::string& sentence) {
  response.status = status;
  const Json body = {{"error", sentence}};
  response.set_content(body.dump(-1, ' ', false, Json::error_handler_t::replace),
                       "application/json");
}

Visitor visitor_of(const Request& request) {
  std::string token = request.has_param("token") ? request.get_param_value("token") : "";
  const auto authorization = request.get_header_value("Authorization");
  constexpr std::string_view kBearer = "Bearer ";
  if (authorization.starts_with(kBearer)) token = authorization.substr(kBearer.size());
  return {.host = request.get_header_value("Host"),
          .origin = request.get_header_value("Origin"),
          .fetch_site = request.get_header_value("Sec-Fetch-Site"),
          .cookie = request.get_header_value("Cookie"),
          .token = std::move(token)};
}

std::string server_sent(std::string_view event, const Json& data) {
  return fmt::format("event: {}\ndata: {}\n\n", event, data.dump());
}

std::string notes_event(NoteStream& stream) {
  Json notes = Json::array();
  for (const auto& note : stream.take()) {
    const Json end = note.end_seconds < 0 ? Json() : Json(note.end_seconds);
    notes.push_back({note.id, note.start_seconds, end, note.pitch, note.velocity});
  }
  return server_sent("notes", {{"notes", std::move(notes)}, {"until", stream.now_seconds()}});
}

// One open stream. Its destructor frees the place of the listener.
class Playing {
 public:
  Playing(Studio& studio, std::shared_ptr<Studio::Listener> listener, double from_seconds)
      : studio_(studio),
        listener_(std::move(listener)),
        notes_(studio.engine().vocabulary(), from_seconds) {}
  Playing(const Playing&) = delete;
  Playing& operator=(const Playing&) = delete;
  ~Playing() { studio_.leave(*listener_); }

  // Sends what there is, or a heartbeat. Returns false if the connection is lost.
  bool send(httplib::DataSink& sink) {
    if (!sink.is_writable()) return false;
    const auto batch = studio_.receive(*listener_, kHeartbeat);
    std::string text = batch.tokens.empty() && !batch.is_done ? ": pno is here\n\n" : "";
    for (const auto token : batch.tokens) notes_.read(token);
    if (batch.is_done) notes_.finish();
    if (!batch.tokens.empty() || batch.is_done) text += notes_event(notes_);
    if (!batch.failure.empty()) {
      text += server_sent("failed", {{"error", batch.failure}});
    } else if (batch.is_done) {
      text += server_sent("end", Json::object());
    }
    if (!sink.write(text.data(), text.size())) return false;
    if (batch.is_done) sink.done();
    return true;
  }

 private:
  Studio& studio_;
  std::shared_ptr<Studio::Listener> listener_;
  NoteStream notes_;
};

class HttpServer : public Server {
 public:
  HttpServer(std::shared_ptr<const infer::Engine> engine, const ServerOptions& options)
      : options_(options),
        studio_(std::move(engine), options.most_playing > 0 ? options.most_playing : kMaxPlaying,
                options.most_waiting >= 0 ? options.most_waiting : kMaxWaiting) {
    server_.new_task_queue = [] { return new ConnectionThreads(kMaxConnections); };
    server_.set_payload_max_length(kMaxBodyBytes);
    server_.set_read_timeout(kReadSeconds);
    server_.set_write_timeout(kReadSeconds);
    server_.set_keep_alive_timeout(kIdleSeconds);
    server_.set_tcp_nodelay(true);
    // cpp-httplib would set SO_REUSEPORT, with which two servers share a port without knowing it.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    server_.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                                 {"Referrer-Policy", "no-referrer"},
                                 {"Cross-Origin-Resource-Policy", "same-origin"}});
    add_routes();
  }
  ~HttpServer() override { HttpServer::stop(); }

  Expected<void> listen() {
    port_ = options_.port == 0 ? server_.bind_to_any_port(options_.address)
            : server_.bind_to_port(options_.address, options_.port) ? options_.port
                                                                    : -1;
    if (port_ <= 0) {
      return fail("{}:{} cannot be listened on; another program may use it: choose another --port",
                  options_.address, options_.port);
    }
    std::vector<std::string> hosts;
    if (options_.token.empty()) {
      for (const auto* name : {"localhost", "127.0.0.1", "[::1]"}) {
        hosts.push_back(fmt::format("{}:{}", name, port_));
      }
    }
    guard_ = std::make_unique<Guard>(std::move(hosts), options_.token);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
    return {};
  }

  int port() const override { return port_; }

  void stop() override {
    studio_.stop();
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void add_routes() {
    server_.set_pre_routing_handler([this](const Request& request, Response& response) {
      return admits(request, response) ? httplib::Server::HandlerResponse::Unhandled
                                       : httplib::Server::HandlerResponse::Handled;
    });
    server_.set_exception_handler([](const Request&, Response& response, std::exception_ptr) {
      refuse(response, 500, "the server failed; its log says why");
    });
    server_.Get("/health", [this](const Request&, Response& response) {
      const auto [playing, waiting] = studio_.counts();
      answer(response, {{"status", "ok"}, {"playing", playing}, {"waiting", waiting}});
    });
    server_.Get("/api/openapi.json", [](const Request&, Response& response) {
      response.set_content(openapi_json(), "application/json");
    });
    server_.Get("/api/models", [this](const Request&, Response& response) { models(response); });
    server_.Post("/api/generate", [this](const Request& request, Response& response) {
      generate(request, response);
    });
    for (const auto& file : page_files()) {
      if (file.path == "/index.html") continue;
      const auto serve = [&file](const Request&, Response& response) {
        response.set_content(file.bytes.data(), file.bytes.size(), std::string(file.type));
        // Names of built files have a hash of their content.
        const bool is_hashed = file.path.starts_with("/assets/");
        response.set_header("Cache-Control",
                            is_hashed ? "max-age=31536000, immutable" : "no-cache");
      };
      server_.Get(pattern_of(file.path), serve);
    }
    for (const auto* path : {"/", "/index\\.html"}) {
      server_.Get(path, [](const Request&, Response& response) {
        response.set_content(start_page(), "text/html; charset=utf-8");
        response.set_header("Cache-Control", "no-cache");
      });
    }
  }

  // The page, told that it was served by this server and not by another one; or how to build it.
  static std::string start_page() {
    for (const auto& file : page_files()) {
      if (file.path != "/index.html") continue;
      std::string page(file.bytes);
      constexpr std::string_view kHead = "<head>";
      const auto head = page.find(kHead);
      if (head != std::string::npos) page.insert(head + kHead.size(), kServedHere);
      return page;
    }
    return std::string(kNoPage);
  }

  // The path as a regular expression for itself.
  static std::string pattern_of(std::string_view path) {
    std::string pattern;
    for (const char c : path) {
      if (c == '.' || c == '+' || c == '(' || c == ')') pattern += '\\';
      pattern += c;
    }
    return pattern;
  }

  static void answer(Response& response, const Json& json) {
    response.set_content(json.dump(-1, ' ', false, Json::error_handler_t::replace),
                         "application/json");
  }

  bool admits(const Request& request, Response& response) {
    const auto visitor = visitor_of(request);
    switch (guard_->judge(visitor)) {
      case Guard::Verdict::welcome:
        break;
      case Guard::Verdict::wrong_host:
        refuse(response, 403, "this server does not have the name that was asked for");
        return false;
      case Guard::Verdict::wrong_origin:
        refuse(response, 403, "this request came from a page of another site");
        return false;
      case Guard::Verdict::no_token:
        refuse(response, 403, "open the address that pno serve printed, with its token");
        return false;
    }
    // From here on the cookie is enough, so that the token does not stay in the address.
    if (guard_->is_token(visitor.token) && request.method == "GET" && request.path == "/") {
      response.set_header("Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict",
                                                    Guard::kCookie, guard_->token()));
      response.set_redirect("/");
      return false;
    }
    return true;
  }

  void models(Response& response) const {
    const auto& engine = studio_.engine();
    const auto text = [&](const char* key) {
      const auto found = engine.metadata().find(key);
      return found == engine.metadata().end() ? std::string() : found->second;
    };
    answer(response, Json::array({{{"id", "0"},
                                   {"name", options_.model_name},
                                   {"context", engine.config().context},
                                   {"licence", text("data.licence")},
                                   {"pieces", text("data.pieces")},
                                   {"hours", text("data.hours")},
                                   {"options", option_names()},
                                   {"infill", false},
                                   {"accompany", false},
                                   {"attention", false}}}));
  }

  static Json option_names() {
    Json names = Json::array();
    const auto schema = Json::parse(openapi_json());
    const auto& options =
        schema["components"]["schemas"]["Request"]["properties"]["options"]["properties"];
    for (const auto& [name, value] : options.items()) names.push_back(name);
    return names;
  }

  void generate(const Request& request, Response& response) {
    // A form of another site cannot send this type without asking first.
    if (!request.get_header_value("Content-Type").starts_with("application/json")) {
      return refuse(response, 415, "the body must be application/json");
    }
    auto parsed = parse_write_request(request.body);
    if (!parsed) return refuse(response, 400, parsed.error().message);
    auto listener = studio_.open({.prime = parsed->prime(studio_.engine().vocabulary()),
                                  .seconds = parsed->seconds,
                                  .seed = parsed->seed,
                                  .draw = parsed->draw});
    if (listener == nullptr) {
      response.set_header("Retry-After", "5");
      return refuse(response, 429, "pno serve is busy; all its places are taken");
    }
    const auto playing =
        std::make_shared<Playing>(studio_, std::move(listener), parsed->from_seconds);
    response.set_header("Cache-Control", "no-store");
    response.set_header("X-Accel-Buffering", "no");
    response.set_chunked_content_provider(
        "text/event-stream",
        [playing](std::size_t, httplib::DataSink& sink) { return playing->send(sink); });
  }

  ServerOptions options_;
  Studio studio_;
  httplib::Server server_;
  std::unique_ptr<Guard> guard_;
  std::thread thread_;
  int port_ = 0;
};

}  // namespace

Expected<std::unique_ptr<Server>> Server::start(std::shared_ptr<const infer::Engine> engine,
                                                const ServerOptions& options) {
  auto server = std::make_unique<HttpServer>(std::move(engine), options);
  PNO_TRY_VOID(server->listen());
  return server;
}

}  // namespace pno::web
