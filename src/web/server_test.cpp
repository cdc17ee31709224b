// The server over a real socket.

#include "web/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "infer/test_models.h"
#include "midi/smf_writer.h"
#include "web/limits.h"
#include "web/page_files.h"

namespace pno::web {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr const char* kJson = "application/json";
const std::string kEndless = R"({"seconds": 600})";

class ServerTest : public testing::Test {
 protected:
  static const std::shared_ptr<const infer::Engine>& engine() {
    static const auto kEngine = infer::TestModel(infer::kTestConfig).engine();
    return kEngine;
  }

  // The same with other weights.
  static const std::shared_ptr<const infer::Engine>& other_engine() {
    static const auto kEngine = infer::TestModel(infer::kThreadedTestConfig).engine();
    return kEngine;
  }

  void start(ServerOptions options = {}) {
    options.address = "127.0.0.1";
    options.port = 0;
    auto started =
        Server::start({{"a test model", engine()}, {"another", other_engine()}}, options);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  httplib::Client client() const {
    httplib::Client made("127.0.0.1", server_->port());
    made.set_read_timeout(20);
    return made;
  }
  Json get(const std::string& path) const {
    const auto answer = client().Get(path);
    EXPECT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 200) << path;
    return Json::parse(answer->body);
  }
  Json health() const { return get("/health"); }

  // Starts a stream, and leaves it after `bytes`; returns the status, 0 if there was no answer.
  int listen(const std::string& body, std::size_t bytes) const {
    httplib::Request request;
    request.method = "POST";
    request.path = "/api/generate";
    request.headers = {{"Content-Type", kJson}};
    request.body = body;
    std::size_t received = 0;
    int status = 0;
    request.response_handler = [&](const httplib::Response& response) {
      status = response.status;
      return true;
    };
    request.content_receiver = [&](const char*, std::size_t size, std::uint64_t, std::uint64_t) {
      received += size;
      return received < bytes;
    };
    auto own = client();
    (void)own.send(request);
    return status;
  }

  // Waits until as many listeners play and wait.
  void expect_counts(int playing, int waiting) const {
    Json last;
    for (int i = 0; i < 200; ++i) {
      last = health();
      if (last["playing"] == playing && last["waiting"] == waiting) return;
      std::this_thread::sleep_for(50ms);
    }
    FAIL() << last.dump();
  }

  std::unique_ptr<Server> server_;
};

struct Streamed {
  std::map<std::int64_t, Json> notes;  // by id, as last sent
  double until = 0;
  bool has_ended = false;
};

Streamed read_stream(const std::string& text) {
  Streamed streamed;
  std::istringstream lines(text);
  std::string line, event;
  while (std::getline(lines, line)) {
    if (line.starts_with("event: ")) event = line.substr(7);
    if (!line.starts_with("data: ")) continue;
    const auto data = Json::parse(line.substr(6));
    if (event == "end") streamed.has_ended = true;
    if (event != "notes") continue;
    for (const auto& note : data["notes"]) streamed.notes[note[0]] = note;
    EXPECT_GE(data["until"], streamed.until);
    streamed.until = data["until"];
  }
  return streamed;
}

TEST_F(ServerTest, StreamsTheSameMusicForTheSameSeed) {
  start();
  const std::string body =
      R"({"notes": [[0, 0.5, 60, 80]], "from": 1, "seconds": 3, "seed": 5, "options": {"top_p": 0.9}})";
  const auto first = client().Post("/api/generate", body, kJson);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 200);
  EXPECT_THAT(first->get_header_value("Content-Type"), HasSubstr("text/event-stream"));
  const auto streamed = read_stream(first->body);
  EXPECT_TRUE(streamed.has_ended);
  EXPECT_GE(streamed.until, 4);
  ASSERT_GT(streamed.notes.size(), 3U);
  for (const auto& [id, note] : streamed.notes) {
    EXPECT_GE(note[1], 1) << note;
    EXPECT_GT(note[2], note[1]) << note;
  }
  const auto again = client().Post("/api/generate", body, kJson);
  ASSERT_TRUE(again);
  EXPECT_EQ(read_stream(again->body).notes, streamed.notes);
}

TEST_F(ServerTest, TellsTheModelWithoutAPath) {
  start();
  const auto models = get("/api/models");
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0]["name"], "a test model");
  EXPECT_EQ(models[1]["name"], "another");
  EXPECT_EQ(models[1]["id"], "1");
  EXPECT_EQ(models[1]["layers"], 2);
  EXPECT_EQ(models[1]["heads"], 4);
  EXPECT_EQ(models[0]["infill"], false);
  EXPECT_THAT(models[0]["options"].dump(), HasSubstr("density"));
  EXPECT_THAT(models.dump(), Not(HasSubstr("/")));
}

TEST_F(ServerTest, RefusesWrongRequestsWithASentence) {
  start();
  const auto post = [&](const std::string& body, const char* type) {
    return client().Post("/api/generate", body, type);
  };
  const auto wrong = post("{\"seconds\": -1}", kJson);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, 400);
  EXPECT_EQ(Json::parse(wrong->body)["error"], "seconds must be a number from 0.1 to 600");
  EXPECT_EQ(post("{}", "text/plain")->status, 415);
  EXPECT_EQ(post(std::string(kMaxBodyBytes + 1, ' '), kJson)->status, 413);
  EXPECT_EQ(client().Get("/api/nothing")->status, 404);
  EXPECT_EQ(client().Get("/../../etc/passwd")->status, 404);
}

TEST_F(ServerTest, RefusesOtherSitesAndOtherNames) {
  start();
  const auto status = [&](const httplib::Headers& headers) {
    return client().Post("/api/generate", headers, "{\"seconds\": 0.1}", kJson)->status;
  };
  EXPECT_EQ(status({}), 200);
  EXPECT_EQ(status({{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(status({{"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_EQ(status({{"Host", "evil.example"}}), 403);
}

TEST_F(ServerTest, WantsTheTokenOnceAndThenTheCookie) {
  start({.token = "0123456789abcdef"});
  EXPECT_EQ(client().Get("/health")->status, 403);
  EXPECT_EQ(client().Get("/?token=wrong")->status, 403);
  const auto entered = client().Get("/?token=0123456789abcdef");
  EXPECT_EQ(entered->status, 302);
  EXPECT_EQ(entered->get_header_value("Location"), "/");
  const auto cookie = entered->get_header_value("Set-Cookie");
  EXPECT_THAT(cookie, HasSubstr("HttpOnly; SameSite=Strict"));
  const auto value = cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(client().Get("/health", {{"Cookie", value}})->status, 200);
  EXPECT_EQ(client().Get("/health", {{"Authorization", "Bearer 0123456789abcdef"}})->status, 200);
}

TEST_F(ServerTest, IsBusyBeyondItsPlacesAndFreesThePlaceOfAClientThatLeaves) {
  start({.limits = {.most_playing = 1, .most_waiting = 1}});
  std::atomic<int> first_status{0}, second_status{0};
  std::thread first([&] { first_status = listen(kEndless, 1'000'000); });
  expect_counts(1, 0);
  std::thread second([&] { second_status = listen(kEndless, 200); });
  expect_counts(1, 1);
  const auto third = client().Post("/api/generate", kEndless, kJson);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->status, 429);
  EXPECT_EQ(third->get_header_value("Retry-After"), "5");
  first.join();  // leaves after a megabyte
  second.join();
  EXPECT_EQ(first_status, 200);
  EXPECT_EQ(second_status, 200);
  expect_counts(0, 0);
}

TEST_F(ServerTest, StopEndsOpenStreams) {
  start();
  auto idle = client();
  idle.set_keep_alive(true);
  EXPECT_EQ(idle.Get("/health")->status, 200);  // its connection stays open
  std::thread listener([&] { EXPECT_EQ(listen(kEndless, SIZE_MAX), 200); });
  expect_counts(1, 0);
  const auto begun = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  listener.join();
}

TEST_F(ServerTest, SlowClientsDoNotHoldUpOthers) {
  start();
  // Connections that begin a request and never end it.
  std::vector<std::unique_ptr<httplib::Client>> kept;
  std::atomic<bool> is_over{false};
  std::vector<std::thread> slow;
  for (int i = 0; i < 20; ++i) {
    slow.emplace_back([&] {
      auto own = client();
      (void)own.Post(
          "/api/generate", 1000,
          [&](std::size_t, std::size_t, httplib::DataSink& sink) {
            std::this_thread::sleep_for(100ms);
            return !is_over && sink.write(" ", 1);
          },
          kJson);
    });
  }
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(health()["status"], "ok");
  EXPECT_EQ(client().Post("/api/generate", "{\"seconds\": 0.1}", kJson)->status, 200);
  is_over = true;
  for (auto& thread : slow) thread.join();
}

TEST_F(ServerTest, EachModelPlaysItsOwnMusic) {
  start();
  const auto music = [&](const std::string& model) {
    const auto answer = client().Post(
        "/api/generate", fmt::format(R"({{"seconds": 1, "seed": 3{}}})", model), kJson);
    EXPECT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    return read_stream(answer->body).notes;
  };
  EXPECT_EQ(music(""), music(R"(, "model": "0")"));
  EXPECT_NE(music(""), music(R"(, "model": "1")"));
  const auto unknown = client().Post("/api/generate", R"({"model": "2"})", kJson);
  EXPECT_EQ(unknown->status, 400);
  EXPECT_EQ(Json::parse(unknown->body)["error"], "model must be an id of /api/models");
}

TEST_F(ServerTest, RendersAMidiFile) {
  start();
  const midi::Performance music{.notes = {{.start_us = 0,
                                           .length_us = 500'000,
                                           .key_length_us = 500'000,
                                           .pitch = 60,
                                           .velocity = 80}},
                                .pedals = {}};
  const auto file = midi::write_smf(music);
  const std::string bytes(reinterpret_cast<const char*>(file.data()), file.size());
  const auto post = [&](const char* path, const std::string& body) {
    return client().Post(path, body, "audio/midi");
  };
  const auto wav = post("/api/render", bytes);
  ASSERT_TRUE(wav);
  ASSERT_EQ(wav->status, 200) << wav->body;
  EXPECT_EQ(wav->get_header_value("Content-Type"), "audio/wav");
  EXPECT_EQ(wav->body.substr(0, 4), "RIFF");
  EXPECT_GT(wav->body.size(), 44100U);  // half a second, and the tail
  EXPECT_EQ(post("/api/render?format=ogg", bytes)->body.substr(0, 4), "OggS");
  const auto refused = [&](const char* path, const std::string& body) {
    const auto answer = post(path, body);
    EXPECT_EQ(answer->status, 400);
    return Json::parse(answer->body)["error"].get<std::string>();
  };
  EXPECT_EQ(refused("/api/render?format=mp3", bytes), "format must be wav, flac or ogg");
  EXPECT_THAT(refused("/api/render", "no music"), HasSubstr("the body is not a MIDI file"));
  EXPECT_EQ(client().Post("/api/render", bytes, kJson)->status, 415);
}

// Every path that the description names answers, and nothing else is under /api.
TEST_F(ServerTest, IsAsItsDescriptionSays) {
  start();
  const std::map<std::string, std::string> bodies = {
      {"/api/generate", "{\"seconds\": 0.1}"},
      {"/api/attention", R"({"notes": [[0, 1, 60, 80]], "note": [0, 60]})"},
      {"/api/render", "wrong"}};
  const auto api = get("/api/openapi.json");
  EXPECT_EQ(api["openapi"], "3.0.3");
  for (const auto& [path, methods] : api["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      const auto answer = [&] {
        if (method == "get") return client().Get(path);
        const auto type = operation["requestBody"]["content"].items().begin().key();
        return client().Post(path, bodies.at(path), type);
      }();
      ASSERT_TRUE(answer) << path;
      EXPECT_TRUE(operation["responses"].contains(std::to_string(answer->status))) << path;
      EXPECT_EQ(answer->status, path == "/api/render" ? 400 : 200) << path << answer->body;
    }
  }
  const auto& request = api["components"]["schemas"]["Request"]["properties"];
  EXPECT_EQ(request["seconds"]["maximum"], kMaxSeconds);
  EXPECT_EQ(request["notes"]["maxItems"], kMaxNotes);
  const auto above = fmt::format("{{\"seconds\": {}}}", kMaxSeconds + 1);
  EXPECT_EQ(client().Post("/api/generate", above, kJson)->status, 400);
}

TEST_F(ServerTest, ServesThePageOrSaysHowToBuildIt) {
  start();
  const auto page = client().Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_THAT(page->get_header_value("Content-Type"), HasSubstr("text/html"));
  if (page_files().empty()) {
    EXPECT_THAT(page->body, HasSubstr("--target page"));
    return;
  }
  EXPECT_THAT(page->body, HasSubstr("<meta name=\"pno-serve\">"));
  for (const auto& file : page_files()) {
    const auto answer = client().Get(std::string(file.path));
    ASSERT_TRUE(answer) << file.path;
    EXPECT_EQ(answer->status, 200) << file.path;
    if (file.path == "/index.html") continue;
    EXPECT_EQ(answer->body, file.bytes) << file.path;
  }
}

TEST_F(ServerTest, APortInUseIsAnError) {
  start();
  const auto second =
      Server::start({{"a", engine()}}, {.address = "127.0.0.1", .port = server_->port()});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("choose another --port"));
}

}  // namespace
}  // namespace pno::web
