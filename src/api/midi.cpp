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

pno_note to_api(const pno::midi::Note& note, std::int64_t first_us) {
  return {.start_us = note.start_us - first_us,
          .length_us = note.length_us,
          .key_length_us = note.key_length_us,
          .pitch = note.pitch,
          .velocity = note.velocity,
          .reserved = {}};
}

// The notes as a performance that a piano can play. Returns an error if one is out of range.
Expected<pno::midi::Performance> performance_of(std::span<const pno_note> notes) {
  constexpr int kMax = 127;
  pno::midi::Performance performance;
  for (const auto& note : notes) {
    const bool is_valid = note.start_us >= 0 && note.length_us > 0 && note.pitch <= kMax &&
                          note.velocity > 0 && note.velocity <= kMax;
    if (!is_valid) {
      return pno::fail_usage(
          "note {} is out of range: start {} us, length {} us, pitch {}, velocity {}",
          &note - notes.data(), note.start_us, note.length_us, note.pitch, note.velocity);
    }
    performance.notes.push_back({.start_us = note.start_us,
                                 .length_us = note.length_us,
                                 .key_length_us = note.length_us,
                                 .pitch = note.pitch,
                                 .velocity = note.velocity});
  }
  pno::midi::make_playable(performance.notes);
  return performance;
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

pno_status pno_midi_notes(const void* bytes, size_t size, pno_note** notes, size_t* count,
                          int32_t* is_damaged, pno_error* error) {
  if (bytes == nullptr || notes == nullptr || count == nullptr) {
    return answer_bad_call(error, "bytes, notes or count is null");
  }
  return guarded(error, [&]() -> Expected<void> {
    auto file = pno::midi::read_smf({static_cast<const std::byte*>(bytes), size});
    if (!file) return pno::fail("the file {}", file.error().message);
    const auto& read = file->performance.notes;
    std::vector<pno_note> found;
    for (const auto& note : read) found.push_back(to_api(note, read.front().start_us));
    *notes = copy_for_caller(std::span<const pno_note>(found));
    *count = found.size();
    if (is_damaged != nullptr) *is_damaged = file->oddities.truncated ? 1 : 0;
    return {};
  });
}

pno_status pno_notes_tokens(const pno_model* model, const pno_note* notes, size_t count,
                            pno_token** tokens, size_t* token_count, pno_error* error) {
  if (model == nullptr || (notes == nullptr && count > 0) || tokens == nullptr ||
      token_count == nullptr) {
    return answer_bad_call(error, "model, notes, tokens or token_count is null");
  }
  return guarded(error, [&]() -> Expected<void> {
    PNO_TRY(const auto performance, performance_of({notes, count}));
    const auto encoded = pno::events::encode(pno::events::plain_notes(performance),
                                             model->engine->vocabulary(), {.eos = false});
    *tokens = copy_for_caller(std::span<const pno_token>(encoded));
    *token_count = encoded.size();
    return {};
  });
}

pno_status pno_notes_midi(const pno_note* notes, size_t count, const char* title, const char* text,
                          void** bytes, size_t* size, pno_error* error) {
  if ((notes == nullptr && count > 0) || bytes == nullptr || size == nullptr) {
    return answer_bad_call(error, "notes, bytes or size is null");
  }
  return guarded(error, [&]() -> Expected<void> {
    PNO_TRY(const auto performance, performance_of({notes, count}));
    const auto file = pno::midi::write_smf(
        performance, {.title = title == nullptr ? "" : title, .text = text == nullptr ? "" : text});
    *bytes = copy_for_caller(std::span<const std::byte>(file));
    *size = file.size();
    return {};
  });
}

void pno_free(void* memory) {
  std::free(memory);
}
