// Any bytes as a model file: an Error, or a model whose every value can be read and that plays,
// never a crash.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "infer/session.h"
#include "model/model_file.h"
#include "model/parameters.h"

namespace {

// A larger model is right, and takes its time and memory.
constexpr std::int64_t kMostParameters = 100'000;
constexpr int kMostContext = 4096;
constexpr int kSteps = 9;  // past the context of the seeds

void read_all_values(const pno::model::ModelFile& file) {
  std::int64_t count = 0;
  for (const auto& parameter : pno::model::parameters(file.config(), file.vocabulary_size())) {
    for (const float value : file.values(parameter.name)) {
      PNO_CHECK(value - value == 0, "a value that is not finite");
      ++count;
    }
  }
  PNO_CHECK(count == file.parameter_count(), "parameters were lost");
}

void play(pno::model::ModelFile file) {
  const auto engine = pno::infer::Engine::create(std::move(file), {.threads = 1});
  if (!engine) {
    PNO_CHECK(!engine.error().message.empty(), "an error that says nothing");
    return;
  }
  const auto& vocabulary = (*engine)->vocabulary();
  pno::infer::Session session(*engine);
  for (int step = 0; step < kSteps; ++step) {
    const auto token = static_cast<pno::events::Token>(step * 37 % vocabulary.size());
    PNO_CHECK(session.step(token).size() == static_cast<std::size_t>(vocabulary.size()),
              "logits of another vocabulary");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A mapped file begins at a page; the copy is at least as aligned as any value in it.
  std::vector<std::uint64_t> words(size / sizeof(std::uint64_t) + 1);
  if (size > 0) std::memcpy(words.data(), data, size);
  const auto bytes = std::as_bytes(std::span(words)).first(size);

  auto file = pno::model::ModelFile::parse(bytes, "fuzzed");
  if (!file) {
    PNO_CHECK(file.error().message.starts_with("fuzzed: "), "a message without the file's name");
    return 0;
  }
  read_all_values(*file);
  const bool is_small =
      file->parameter_count() <= kMostParameters && file->config().context <= kMostContext;
  if (is_small) play(std::move(*file));
  return 0;
}
