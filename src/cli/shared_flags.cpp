#include "cli/shared_flags.h"

namespace pno::cli {

void add_threads(CLI::App& app, int& threads) {
  constexpr int kMostThreads = 1024;
  add_number(app, "--threads", threads, "Number of threads; 0: one per core")
      ->check(CLI::Range(0, kMostThreads).description(""));
}

void add_vocabulary(CLI::App& app, events::Vocabulary& vocabulary) {
  const auto set = [&vocabulary](const std::string& name) {
    vocabulary = *events::vocabulary_by_name(name);
  };
  app.add_option_function<std::string>("--vocabulary", set,
                                       "Vocabulary of events: performance, pno-ai")
      ->type_name("NAME")
      ->default_str(events::vocabulary_name(vocabulary))
      ->check([](const std::string& name) {
        const auto found = events::vocabulary_by_name(name);
        return found ? std::string() : found.error().message;
      });
}

}  // namespace pno::cli
