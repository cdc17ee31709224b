// Reads any bytes as a model file: the result is an error, or a model whose values can be read and
// that can generate music.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "infer/session.h"
#include "model/model_file.h"
#include "model/parameters.h"

namespace {

using pno::infer::Precision;

// Larger models are valid, but too slow for a fuzzer.
constexpr std::int64_t kMostParameters = 100'000;
constexpr int kMostContext = 4096;
constexpr int kSteps = 9;  // more than the context of the seeds

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

bool play(pno::model::ModelFile file, Precision precision) {
  const auto engine =
      pno::infer::Engine::create(std::move(file), {.threads = 1, .precision = precision});
  if (!engine) {
    PNO_CHECK(!engine.error().message.empty(), "an error that says nothing");
    return false;
  }
  const auto& vocabulary = (*engine)->vocabulary();
  pno::infer::Session session(*engine);
  for (int step = 0; step < kSteps; ++step) {
    const auto token = static_cast<pno::events::Token>(step * 37 % vocabulary.inputs());
    PNO_CHECK(session.step(token).size() == static_cast<std::size_t>(vocabulary.outputs()),
              "logits of another vocabulary");
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A mapped file is aligned to a page; the copy is aligned for any value in it.
  std::vector<std::uint64_t> words(size / sizeof(std::uint64_t) + 1);
  if (size > 0) std::memcpy(words.data(), data, size);
  const auto bytes = std::as_bytes(std::span(words)).first(size);

  const auto parse = [&] {
    return pno::model::ModelFile::parse(bytes, "fuzzed", pno::model::ModelFile::Values::unchecked);
  };
  const auto file = parse();
  if (!file) {
    PNO_CHECK(file.error().message.starts_with("fuzzed: "), "a message without the file's name");
    return 0;
  }
  const bool is_finite = file->check_values().has_value();
  if (is_finite) read_all_values(*file);
  if (file->parameter_count() > kMostParameters || file->config().context > kMostContext) return 0;
  for (const auto precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    auto taken = parse();
    const bool has_played = play(std::move(*taken), precision);
    PNO_CHECK(is_finite || !has_played, "values that are not finite were played");
  }
  return 0;
}
