// pno serve: the page and the API, until Ctrl-C.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "cli/commands/commands.h"
#include "cli/default_model.h"
#include "cli/run_beside.h"
#include "cli/shared_flags.h"
#include "infer/engine.h"
#include "web/guard.h"
#include "web/page_files.h"
#include "web/server.h"

namespace pno::cli {
namespace {

constexpr int kMaxPort = 65535;

struct ServeFlags {
  std::vector<std::string> models;  // empty: the model that is installed with pno
  std::string address = "localhost";
  int port = 8080;
  int threads = 0;
  bool open = false;
  infer::Precision precision = infer::Precision::automatic;
};

bool is_local(const std::string& address) {
  return address == "localhost" || address == "127.0.0.1" || address == "::1";
}

// Opens the address in the browser of the desktop, with a process of its own.
void open_browser(const std::string& url) {
  const pid_t child = ::fork();
  if (child != 0) return;
  ::execlp("xdg-open", "xdg-open", url.c_str(), static_cast<char*>(nullptr));
  ::_exit(1);
}

// The name of the file; if several models have it, that of its folder before it.
std::string shown_name(const std::vector<std::string>& models, const std::string& model) {
  const auto stem = [](const std::string& path) { return std::filesystem::path(path).stem(); };
  const auto alike = std::count_if(models.begin(), models.end(), [&](const std::string& other) {
    return stem(other) == stem(model);
  });
  if (alike < 2) return stem(model).string();
  std::error_code ignored;
  const auto folder = std::filesystem::absolute(model, ignored).parent_path().filename();
  return fmt::format("{} {}", folder.string(), stem(model).string());
}

Expected<std::vector<web::ServedModel>> open_models(const ServeFlags& flags) {
  std::vector<web::ServedModel> models;
  for (const auto& model : flags.models) {
    PNO_TRY(auto engine,
            infer::Engine::open(model, {.threads = flags.threads, .precision = flags.precision}));
    models.push_back({shown_name(flags.models, model), std::move(engine)});
  }
  return models;
}

Expected<Answer> serve(ServeFlags flags) {
  if (flags.port < 0 || flags.port > kMaxPort) {
    return fail_usage("--port is {}; it must be 0 (any free one) to {}", flags.port, kMaxPort);
  }
  if (flags.models.empty()) {
    PNO_TRY(auto shipped, default_model());
    flags.models.push_back(std::move(shipped));
  }
  PNO_TRY(auto models, open_models(flags));
  const auto token = is_local(flags.address) ? "" : web::new_token();
  PNO_TRY(const auto server,
          web::Server::start(std::move(models),
                             {.address = flags.address, .port = flags.port, .token = token}));
  const auto url = fmt::format("http://{}:{}/{}", flags.address, server->port(),
                               token.empty() ? "" : "?token=" + token);
  fmt::print(stderr, "{}\nCtrl-C ends it.\n", url);
  if (web::page_files().empty()) {
    warn(
        "this pno was built without its page; it serves the API alone. Build the page with: cmake "
        "--build build/release --target page, then build pno again");
  }
  if (flags.open) open_browser(url);
  const auto begun = std::chrono::steady_clock::now();
  while (!interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server->stop();
  const std::chrono::duration<double> served = std::chrono::steady_clock::now() - begun;
  return Answer{"", {{"url", url}, {"seconds", served.count()}}};
}

}  // namespace

void add_serve(Program& program) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App& app =
      program.add({.name = "serve",
                   .summary = kServer.summary,
                   .example = "  pno serve --open\n"
                              "  pno serve run/model.safetensors other.safetensors --port 8000",
                   .run = [flags] { return serve(*flags); }});
  app.add_option("MODEL", flags->models,
                 "Model files; the first plays unless another is chosen. Without: the one that "
                 "comes with pno")
      ->type_name("");
  app.add_option("--host", flags->address,
                 "Address to listen on; beyond localhost visitors need the token in the address "
                 "that is printed")
      ->type_name("ADDRESS")
      ->capture_default_str();
  add_number(app, "--port", flags->port, "Port to listen on; 0: any free one");
  app.add_flag("--open", flags->open, "Open the page in the browser");
  add_threads(app, flags->threads);
  add_choice(app, "--precision", flags->precision, "Precision of weights and cache");
}

}  // namespace pno::cli
