// MIDI files to tokens and back.

#include <algorithm>
#include <cstdlib>
#include <new>
#include <span>
#include <vector>

#include "api/answer.h"
#include "api/handles.h"
#include "api/pno.h"
#include "events/decode.h"
#include "events/encode.h"
#include "midi/smf_reader.h"
#include "midi/smf_writer.h"

namespace {

using pno::Expected;
using pno::api::answer_bad_call;
using pno::api::guarded;

// A copy for a caller who frees it with pno_free.
template <class T>
T* copy_for_caller(std::span<const T> values) {
  void* memory = std::malloc(std::max<std::size_t>(values.size_bytes(), 1));
  if (memory == nullptr) throw std::bad_alloc();
  auto* copy = static_cast<T*>(memory);
  std::copy(values.begin(), values.end(), copy);
  return copy;
}

}  // namespace

pno_status pno_midi_tokens(const pno_model* model, const void* bytes, size_t size,
                           pno_token** tokens, size_t* count, pno_error* error) {
  if (model == nullptr || bytes == nullptr || tokens == nullptr || count == nullptr) {
    return answer_bad_call(error, "model, bytes, tokens or count is null");
  }
  return guarded(error, [&]() -> Expected<void> {
    auto file = pno::midi::read_smf({static_cast<const std::byte*>(bytes), size});
    if (!file) return pno::fail("the file {}", file.error().message);
    const auto read = pno::events::encode(pno::events::plain_notes(file->performance),
                                          model->engine->vocabulary(), {.eos = false});
    *tokens = copy_for_caller(std::span<const pno_token>(read));
    *count = read.size();
    return {};
  });
}

pno_status pno_tokens_midi(const pno_model* model, const pno_token* tokens, size_t count,
                           void** bytes, size_t* size, pno_error* error) {
  if (model == nullptr || (tokens == nullptr && count > 0) || bytes == nullptr || size == nullptr) {
    return answer_bad_call(error, "model, tokens, bytes or size is null");
  }
  return guarded(error, [&]() -> Expected<void> {
    const auto decoded = pno::events::decode({tokens, count}, model->engine->vocabulary());
    const auto file = pno::midi::write_smf(decoded.performance);
    *bytes = copy_for_caller(std::span<const std::byte>(file));
    *size = file.size();
    return {};
  });
}

void pno_free(void* memory) {
  std::free(memory);
}
