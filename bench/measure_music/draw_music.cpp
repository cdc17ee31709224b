#include "draw_music.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "base/fields.h"
#include "events/decode.h"
#include "events/encode.h"
#include "infer/generate.h"
#include "infer/music/music_state.h"

namespace pno::bench {
namespace {

using events::PlainNote;
using events::Token;

// The events of `seconds` of a piece from its middle on.
std::vector<Token> prime_of(const std::vector<PlainNote>& notes, double seconds,
                            const events::Vocabulary& vocabulary) {
  const auto middle = notes.begin() + std::ssize(notes) / 2;
  const auto end_us = middle->start_us + static_cast<std::int64_t>(seconds * 1e6);
  const auto end = std::find_if(middle, notes.end(),
                                [&](const PlainNote& note) { return note.start_us >= end_us; });
  std::vector<Token> tokens;
  events::Encoder encoder(vocabulary, {.bos = false, .eos = false}, tokens);
  encoder.add(std::span(middle, end));
  return tokens;
}

// The notes of `tokens` that are not those of the prime.
std::vector<PlainNote> new_notes(std::span<const Token> tokens, std::size_t prime_size,
                                 const events::Vocabulary& vocabulary) {
  const auto prime = events::decode(tokens.first(prime_size), vocabulary).performance;
  std::set<std::pair<std::int64_t, int>> old;
  for (const auto& note : prime.notes) old.insert({note.start_us, note.pitch});
  auto notes = events::plain_notes(events::decode(tokens, vocabulary).performance);
  std::erase_if(notes, [&](const PlainNote& note) {
    return old.contains({note.start_us, note.pitch});
  });
  return notes;
}

// Counts the events of real music that the default limits would forbid.
void count_forbidden(const std::vector<PlainNote>& notes, MusicRow& row) {
  infer::MusicState state(events::kPerformance);
  for (const Token token : events::encode(notes, events::kPerformance, {.bos = false})) {
    const auto fault = state.fault_of(token);
    if (fault != infer::Fault::none) ++row.mended_by[std::string(enum_name(fault))];
    state.read(token);
    ++row.tokens;
  }
}

}  // namespace

Expected<MusicRow> draw_music(const std::shared_ptr<const infer::Engine>& engine,
                              const corpus::Dataset* dataset, const infer::DrawOptions& draw,
                              const MusicPlan& plan) {
  const auto& vocabulary = engine->vocabulary();
  const auto count =
      std::max<std::int64_t>(1, std::llround(plan.minutes * 60 / plan.piece_seconds));
  const auto batches = (count + plan.together - 1) / plan.together;
  MusicRow row;
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    infer::GenerateOptions options{.draw = draw,
                                   .seconds = plan.piece_seconds,
                                   .seed = plan.seed,
                                   .stream = static_cast<std::uint64_t>(batch * plan.together)};
    if (plan.prime_seconds > 0) {
      const auto& pieces = dataset->split(plan.split);
      const auto at =
          static_cast<std::size_t>(batch) * pieces.size() / static_cast<std::size_t>(batches);
      options.prime = prime_of(dataset->music(pieces[at]), plan.prime_seconds, vocabulary);
    }
    const auto size = std::min<std::int64_t>(plan.together, count - batch * plan.together);
    PNO_TRY(const auto generated,
            infer::generate_together(engine, options, static_cast<int>(size), /*progress=*/{}));
    for (const auto& piece : generated) {
      if (piece.ended == infer::Ended::interrupted) return fail_interrupted("interrupted");
      const auto notes = new_notes(piece.tokens, options.prime.size(), vocabulary);
      auto measures = eval::measure_notes(notes);
      measures.seconds = plan.piece_seconds;
      row.measures.add(measures);
      row.tokens += piece.drawn_tokens;
      for (std::size_t i = 0; i < infer::kFaults; ++i) {
        if (piece.mended.at(i) == 0) continue;
        row.mended_by[std::string(enum_name(static_cast<infer::Fault>(i)))] += piece.mended.at(i);
      }
    }
  }
  return row;
}

MusicRow real_music(const corpus::Dataset& dataset, const MusicPlan& plan) {
  MusicRow row;
  const auto window_us = static_cast<std::int64_t>(plan.piece_seconds * 1e6);
  for (const std::size_t piece : dataset.split(plan.split)) {
    const auto notes = dataset.music(piece);
    count_forbidden(notes, row);
    std::size_t first = 0;
    for (std::int64_t start_us = notes.front().start_us;
         start_us + window_us <= notes.back().start_us; start_us += window_us) {
      std::size_t last = first;
      while (notes[last].start_us < start_us + window_us) ++last;
      auto measures = eval::measure_notes(std::span(notes).subspan(first, last - first));
      measures.seconds = plan.piece_seconds;
      row.measures.add(measures);
      first = last;
    }
  }
  return row;
}

}  // namespace pno::bench
