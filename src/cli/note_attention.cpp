#include "cli/note_attention.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "events/encode.h"
#include "infer/engine.h"
#include "infer/music/note_shares.h"

namespace pno::cli {
namespace {

// The note of `pitch` that begins nearest to `start_us`.
std::optional<std::size_t> nearest_note(const midi::Performance& performance, double start_us,
                                        int pitch) {
  std::optional<std::size_t> nearest;
  const auto distance = [&](std::size_t note) {
    return std::abs(static_cast<double>(performance.notes[note].start_us) - start_us);
  };
  for (std::size_t i = 0; i < performance.notes.size(); ++i) {
    if (performance.notes[i].pitch != pitch) continue;
    if (!nearest || distance(i) < distance(*nearest)) nearest = i;
  }
  return nearest;
}

// Notes are sorted by time.
Expected<std::size_t> chosen_note(const midi::Performance& performance,
                                  const NoteAttentionOptions& options) {
  const auto& notes = performance.notes;
  const auto first_from = [&](double time_s) {
    const auto found = std::find_if(notes.begin(), notes.end(), [&](const midi::Note& note) {
      return static_cast<double>(note.start_us) >= time_s * 1e6;
    });
    return static_cast<std::size_t>(found - notes.begin());
  };
  if (options.at_s < 0) {
    const std::size_t after = first_from(options.before_s);
    if (after == 0) return fail_usage("no note begins before {} s", options.before_s);
    return after - 1;
  }
  const std::size_t found = first_from(options.at_s);
  if (found == notes.size()) {
    return fail_usage("--at is {}; no note begins from there on", options.at_s);
  }
  return found;
}

double seconds_of(const midi::Performance& performance, std::size_t note) {
  return static_cast<double>(performance.notes[note].start_us) * 1e-6;
}

// The index of the NOTE_ON of a note; its step may be rounded either way.
std::optional<std::size_t> find_note_on(std::span<const events::Token> tokens,
                                        const midi::Note& note,
                                        const events::Vocabulary& vocabulary) {
  const auto step = std::llround(static_cast<double>(note.start_us) / vocabulary.step_us());
  for (const auto at : {step, step - 1, step + 1}) {
    if (auto found = infer::find_note_on(tokens, at, note.pitch, vocabulary)) return found;
  }
  return std::nullopt;
}

Expected<void> check_head(const infer::HeadChoice& of, const model::ModelConfig& config) {
  if (of.layer < 0 || of.layer > config.layers) {
    return fail_usage("--layer is {}; the model has {}, and 0 is all of them", of.layer,
                      config.layers);
  }
  if (of.head < 0 || of.head > config.heads) {
    return fail_usage("--head is {}; each layer of the model has {}, and 0 is all of them", of.head,
                      config.heads);
  }
  return {};
}

}  // namespace

Expected<NoteAttention> attention_before(const midi::Performance& performance,
                                         const NoteAttentionOptions& options) {
  PNO_TRY(const std::size_t chosen, chosen_note(performance, options));
  PNO_TRY(const auto engine,
          infer::Engine::open(options.model, {.precision = infer::Precision::automatic}));
  PNO_TRY_VOID(check_head(options.of, engine->config()));
  const auto& vocabulary = engine->vocabulary();
  const auto tokens = events::encode(events::plain_notes(performance), vocabulary);
  const auto note_on = find_note_on(tokens, performance.notes[chosen], vocabulary);
  if (!note_on) return fail("the note at {} s does not sound", seconds_of(performance, chosen));
  const auto before = std::span(tokens).first(*note_on);
  infer::AttentionReader reader(engine);
  reader.read(before);
  const auto shares = infer::note_shares(before, reader.mean_weights(options.of), vocabulary);
  NoteAttention attention{
      .arcs = {.chosen = chosen, .heeded = {}}, .shown = 0, .rest = shares.rest};
  for (const auto& share : shares.notes) {
    if (attention.arcs.heeded.size() == options.arcs) break;
    const double start_us = static_cast<double>(share.start_steps) * vocabulary.step_us();
    const auto from = nearest_note(performance, start_us, share.pitch);
    if (!from || attention.arcs.has(*from)) continue;
    attention.arcs.heeded.push_back({*from, share.share});
    attention.shown += share.share;
  }
  return attention;
}

}  // namespace pno::cli
