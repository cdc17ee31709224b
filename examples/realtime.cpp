// Plays like a real-time thread: a time limit in microseconds for each event, without allocations.
// Prints the slowest event and the number of late ones.
//
//   find_package(pno REQUIRED COMPONENTS engine)
//   target_link_libraries(realtime pno::engine)
//
//   ./realtime model.safetensors 2000 1000

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "infer/engine.h"
#include "infer/music/music_sampler.h"
#include "infer/session.h"

using Clock = std::chrono::steady_clock;

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: realtime MODEL EVENTS BUDGET_US\n");
    return 2;
  }
  // One thread, because waiting for another thread means waiting for the kernel.
  const auto engine = pno::infer::Engine::open(argv[1], {.threads = 1});
  if (!engine) {
    std::fprintf(stderr, "%s\n", engine.error().message.c_str());
    return 1;
  }
  const auto& vocabulary = (*engine)->vocabulary();
  const double budget_us = std::atof(argv[3]);
  std::vector<double> took_us(std::max<std::size_t>(std::strtoul(argv[2], nullptr, 10), 1));

  pno::infer::Session session(*engine);
  pno::infer::MusicSampler sampler(vocabulary, {.sampler = {.top_p = 0.95}}, /*seed=*/1);
  auto logits = session.step(vocabulary.bos());
  for (double& took : took_us) {
    const auto start = Clock::now();
    const auto token = sampler.draw(logits);
    if (!token) return 1;  // the logits are not finite
    sampler.read(*token);
    logits = session.step(*token);
    took = std::chrono::duration<double, std::micro>(Clock::now() - start).count();
  }
  const auto late =
      std::count_if(took_us.begin(), took_us.end(), [&](double took) { return took > budget_us; });
  std::printf("%zu events: the slowest took %.0f us, %td over %.0f us\n", took_us.size(),
              *std::max_element(took_us.begin(), took_us.end()), late, budget_us);
  return 0;
}
