#include "generate/measure.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string>

#include "base/allocation_count.h"
#include "events/vocabulary.h"
#include "generate/bandwidth.h"
#include "infer/session.h"

namespace pno::bench {
namespace {

using Clock = std::chrono::steady_clock;
using infer::Session;

constexpr std::array kPositions = {256, 2000};
constexpr int kSteps = 24;   // timed together, centred on the position
constexpr int kRepeats = 7;  // the median counts

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Milliseconds of `work`; `prepare` runs before it and is not timed.
template <class Prepare, class Work>
double median_ms(const Prepare& prepare, const Work& work) {
  std::array<double, kRepeats> times{};
  for (double& time : times) {
    prepare();
    const auto start = Clock::now();
    work();
    time = ms_since(start);
  }
  std::nth_element(times.begin(), times.begin() + kRepeats / 2, times.end());
  return times.at(kRepeats / 2);
}

std::vector<events::Token> music(int size, int piece = 0) {
  std::vector<events::Token> tokens;
  for (int i = 0; i < size; ++i) {
    tokens.push_back(static_cast<events::Token>((i * 37 + piece * 11) % 388));
  }
  return tokens;
}

std::shared_ptr<const infer::Engine> open(const std::filesystem::path& path,
                                          infer::Precision precision, int threads) {
  auto engine = infer::Engine::open(path, {.threads = threads, .precision = precision});
  PNO_CHECK(engine.has_value(), "the benchmark's model cannot be read");
  return *engine;
}

// One session whose threads compute for all, and other sessions.
struct Pieces {
  explicit Pieces(const std::shared_ptr<const infer::Engine>& engine) {
    sessions.emplace_back(engine);
    while (sessions.size() < kTogether) sessions.emplace_back(engine, 1);
    for (auto& session : sessions) pointers.push_back(&session);
    logits.resize(kTogether * static_cast<std::size_t>(engine->vocabulary().outputs()));
  }
  void step(std::span<const events::Token> tokens, int steps) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(steps); ++i) {
      step_together(pointers, tokens.subspan(i * kTogether, kTogether), logits);
    }
  }
  std::vector<Session> sessions;
  std::vector<Session*> pointers;
  std::vector<float> logits;  // [kTogether, V]
};

AtPosition measure_at(int position, const std::shared_ptr<const infer::Engine>& engine) {
  AtPosition at;
  at.position = position;
  const int first = position - kSteps / 2;
  const auto prime = music(first), next = music(kSteps * kTogether);
  Session session(engine);
  session.prefill(prime);
  Pieces pieces(engine);

  const auto steps = [&] {
    for (int i = 0; i < kSteps; ++i) session.step(next[static_cast<std::size_t>(i)]);
  };
  at.token_ms = median_ms([&] { session.rewind(first); }, steps) / kSteps;
  const auto before = allocation_count();
  session.rewind(first);
  steps();
  at.allocations = static_cast<double>(allocation_count() - before) / kSteps;

  const auto together_ms = [&] {
    return median_ms(
               [&] {
                 for (auto& piece : pieces.sessions) piece.rewind(first);
               },
               [&] { pieces.step(next, kSteps); }) /
           kSteps;
  };
  for (std::size_t i = 0; i < kTogether; ++i) {
    pieces.sessions[i].prefill(music(first, static_cast<int>(i)));
  }
  at.apart_ms = together_ms();
  for (auto& piece : pieces.sessions) piece.copy_from(session);
  at.forks_ms = together_ms();
  at.bytes = bytes_of_token(engine->config(), engine->precision(), position,
                            engine->vocabulary().outputs());
  at.bytes_per_s = read_rate(static_cast<std::size_t>(at.bytes), engine->threads());
  at.bytes_apart = bytes_of_token(engine->config(), engine->precision(), position,
                                  engine->vocabulary().outputs(), kTogether);
  at.bytes_per_s_apart = read_rate(static_cast<std::size_t>(at.bytes_apart), engine->threads());
  return at;
}

// From starting a process until it reports the logits of the first token.
double first_token_of_process_ms(const std::filesystem::path& model, infer::Precision precision) {
  auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  auto path = model.string(), name = std::string(enum_name(precision));
  auto flag = std::string("--first-token"), precision_flag = std::string("--precision");
  const std::array<char*, 6> arguments = {program.data(),        flag.data(), path.data(),
                                          precision_flag.data(), name.data(), nullptr};
  std::array<int, 2> ends{};
  PNO_CHECK(::pipe(ends.data()) == 0, "no pipe");
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const auto start = Clock::now();
  const int failed =
      ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  PNO_CHECK(failed == 0, "this program cannot start itself");
  ::close(ends[1]);
  char said = 0;
  const bool has_token = ::read(ends[0], &said, 1) == 1;
  const double ms = ms_since(start);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  PNO_CHECK(has_token, "the process that draws a first token has failed");
  return ms;
}

}  // namespace

int draw_first_token(const std::filesystem::path& model, infer::Precision precision) {
  Session session(open(model, precision, 0));
  session.step(session.engine()->vocabulary().bos());
  return ::write(STDOUT_FILENO, "!", 1) == 1 ? 0 : 1;
}

Row measure(const RandomModel& model, const Shape& shape, infer::Precision precision, int threads) {
  PNO_CHECK(shape.config.context > kPositions.back() + kSteps, "a context shorter than measured");
  Row row;
  row.precision = precision;
  row.threads = threads;
  row.open_ms =
      median_ms([] {}, [&] { const Session session(open(model.path(), precision, threads)); });
  row.first_token_ms =
      median_ms([] {}, [&] { (void)first_token_of_process_ms(model.path(), precision); });
  const auto engine = open(model.path(), precision, threads);
  {
    const auto prime = music(kPrefillTokens);
    Session session(engine);
    row.prefill_ms = median_ms([&] { session.reset(); }, [&] { session.prefill(prime); });
  }
  {
    const auto tokens = music(kPieceTokens * kTogether);
    Pieces pieces(engine);
    Session session(engine);
    row.piece_ms = median_ms([&] { session.reset(); },
                             [&] {
                               for (std::size_t i = 0; i < kPieceTokens; ++i)
                                 session.step(tokens[i]);
                             });
    row.pieces_ms = median_ms(
        [&] {
          for (auto& piece : pieces.sessions) piece.reset();
        },
        [&] { pieces.step(tokens, kPieceTokens); });
    double bytes_of_one = 0, bytes_of_all = 0;
    for (int i = 0; i < kPieceTokens; ++i) {
      const auto bytes = [&](int count) {
        return bytes_of_token(shape.config, precision, i, engine->vocabulary().outputs(), count);
      };
      bytes_of_one += bytes(1);
      bytes_of_all += bytes(kTogether);
    }
    row.pieces_gain_by_bytes = kTogether * bytes_of_one / bytes_of_all;
  }
  for (const int position : kPositions) row.at.push_back(measure_at(position, engine));
  return row;
}

}  // namespace pno::bench
