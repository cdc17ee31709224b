#include "web/server.h"

#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "web/answer.h"
#include "web/connection_threads.h"
#include "web/guard.h"
#include "web/limits.h"
#include "web/openapi.h"
#include "web/page_files.h"

namespace pno::web {
namespace {

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

void give(Answer answer, Response& response) {
  response.status = answer.status;
  if (answer.retry_after_s > 0) {
    response.set_header("Retry-After", std::to_string(answer.retry_after_s));
  }
  if (answer.parts == nullptr) return response.set_content(answer.body, answer.type);
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Accel-Buffering", "no");
  response.set_chunked_content_provider(
      answer.type, [parts = std::move(answer.parts)](std::size_t, httplib::DataSink& sink) {
        if (!sink.is_writable()) return false;
        const auto part = parts->next();
        if (!part.bytes.empty() && !sink.write(part.bytes.data(), part.bytes.size())) return false;
        if (part.is_last) sink.done();
        return true;
      });
}

void refuse(Response& response, int status, std::string_view sentence) {
  give(refusal(status, sentence), response);
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

class HttpServer : public Server {
 public:
  HttpServer(std::vector<ServedModel> models, const ServerOptions& options)
      : options_(options), api_(std::move(models), options.limits) {
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
    api_.stop();
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
    server_.Get("/health",
                [this](const Request&, Response& response) { give(api_.health(), response); });
    server_.Get("/api/openapi.json", [](const Request&, Response& response) {
      response.set_content(openapi_json(), "application/json");
    });
    server_.Get("/api/models",
                [this](const Request&, Response& response) { give(api_.models(), response); });
    // A form of another site cannot send these types without asking first.
    post("/api/generate", "application/json",
         [this](const Request& request) { return api_.generate(request.body); });
    post("/api/attention", "application/json",
         [this](const Request& request) { return api_.attention(request.body); });
    post("/api/render", "audio/midi", [this](const Request& request) {
      const auto format = request.has_param("format") ? request.get_param_value("format") : "wav";
      return api_.render(request.body, format);
    });
    add_page();
  }

  // A request whose body has the type `type`.
  void post(const char* path, const std::string& type,
            std::function<Answer(const Request&)> answer) {
    server_.Post(path,
                 [type, answer = std::move(answer)](const Request& request, Response& response) {
                   if (!request.get_header_value("Content-Type").starts_with(type)) {
                     return refuse(response, 415, "the body must be " + type);
                   }
                   give(answer(request), response);
                 });
  }

  void add_page() {
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

  ServerOptions options_;
  Api api_;
  httplib::Server server_;
  std::unique_ptr<Guard> guard_;
  std::thread thread_;
  int port_ = 0;
};

}  // namespace

Expected<std::unique_ptr<Server>> Server::start(std::vector<ServedModel> models,
                                                const ServerOptions& options) {
  auto server = std::make_unique<HttpServer>(std::move(models), options);
  PNO_TRY_VOID(server->listen());
  return server;
}

}  // namespace pno::web
