// Any bytes as a model file: an Error or a model whose every value can be read, never a crash.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "model/model_file.h"
#include "model/parameters.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A mapped file begins at a page; the copy is at least as aligned as any value in it.
  std::vector<std::uint64_t> words(size / sizeof(std::uint64_t) + 1);
  if (size > 0) std::memcpy(words.data(), data, size);
  const auto bytes = std::as_bytes(std::span(words)).first(size);

  const auto file = pno::model::ModelFile::parse(bytes, "fuzzed");
  if (!file) {
    PNO_CHECK(file.error().message.starts_with("fuzzed: "), "a message without the file's name");
    return 0;
  }
  std::int64_t count = 0;
  for (const auto& parameter : pno::model::parameters(file->config(), file->vocabulary_size())) {
    for (const float value : file->values(parameter.name)) {
      PNO_CHECK(value - value == 0, "a value that is not finite");
      ++count;
    }
  }
  PNO_CHECK(count == file->parameter_count(), "parameters were lost");
  return 0;
}
