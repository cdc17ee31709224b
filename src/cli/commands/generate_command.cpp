// pno generate: writes new music of a model, or the continuation of a prime.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/file.h"
#include "base/progress.h"
#include "base/standard_streams.h"
#include "base/version.h"
#include "cli/commands/commands.h"
#include "cli/default_model.h"
#include "cli/generate_flags.h"
#include "cli/music_copyright.h"
#include "cli/output_path.h"
#include "cli/playing.h"
#include "cli/written_piece.h"
#include "infer/beam_search.h"
#include "infer/engine.h"

namespace pno::cli {
namespace {

// Most pieces that are sampled in one pass over the weights; each needs its own KV cache.
constexpr int kMostTogether = 8;

// Sums over the pieces of one call.
struct Totals {
  std::int64_t drawn = 0, drawn_after_first = 0, prime_tokens = 0, mended = 0;
  std::map<std::string, std::int64_t> mended_by;
  std::map<std::string, std::int64_t> ended_by;  // pieces
  std::vector<std::string> files;
  double log_probability = 0;  // of the result of a beam search
  double draw_seconds = 0, first_token_ms = 0, music_seconds = 0, seconds = 0;
  double offset_seconds = 0;  // in the file of the prime
  std::vector<std::string> warnings = {};

  double tokens_per_s() const {
    return draw_seconds > 0 ? static_cast<double>(drawn_after_first) / draw_seconds : 0;
  }

  bool has(infer::Ended ended) const { return ended_by.contains(std::string(enum_name(ended))); }
  // "end" if the model ended every piece.
  std::string ended() const {
    for (const auto ended : {infer::Ended::interrupted, infer::Ended::limit}) {
      if (has(ended)) return std::string(enum_name(ended));
    }
    return std::string(enum_name(infer::Ended::end));
  }

  void mend(std::string_view what, std::int64_t times) {
    if (times == 0) return;
    mended += times;
    mended_by[std::string(what)] += times;
  }
};

// One call of the command.
struct Request {
  const GenerateFlags& flags;
  std::shared_ptr<const infer::Engine> engine;
  infer::GenerateOptions options;
  std::optional<Prime> prime = {};
  live::Performer* performer = nullptr;  // plays the piece while it is drawn; null: nothing does
};

// The piece `index` and what its MIDI file says of it.
PieceToWrite piece_to_write(const Request& request, const infer::Generated& generated, int index) {
  const auto& flags = request.flags;
  const auto seed = request.options.seed;
  return {.tokens = generated.tokens,
          .vocabulary = &request.engine->vocabulary(),
          .prime = request.prime ? &*request.prime : nullptr,
          .without_prime = flags.without_prime,
          .pedal = flags.pedal,
          .arrange = flags.arrange,
          .title = fmt::format("pno, seed {}", seed),
          .text = fmt::format("{}{} from {}, seed {}, piece {}, {}", kGeneratedBy, kPnoVersion,
                              std::filesystem::path(flags.model).filename().string(), seed,
                              index + 1, described(flags, request.options)),
          .copyright = music_copyright(request.engine->metadata())};
}

void count_mends(const infer::Generated& generated, const events::Mended& decoded, Totals& totals) {
  for (std::size_t i = 0; i < infer::kFaults; ++i) {
    totals.mend(enum_name(static_cast<infer::Fault>(i)), generated.mended[i]);
  }
  totals.mend("stray_note_off", decoded.stray_note_offs);
  totals.mend("restrike", decoded.restrikes);
  totals.mend("empty_note", decoded.empty_notes);
  totals.mend("unended_note", decoded.unended_notes);
  totals.mend("overlong_note", decoded.overlong_notes);
}

// Returns an error if the file would have no notes for a reason that more music does not change.
Expected<void> check_notes(const GenerateFlags& flags, const infer::Generated& generated,
                           const WrittenPiece& written, const std::string& name) {
  const bool is_empty = written.notes == 0;
  if (is_empty && generated.ended == infer::Ended::interrupted) {
    return fail_interrupted(
        fmt::format("{}: interrupted before the first note; it was not written", name));
  }
  if (is_empty && written.left_out > 0) {
    return fail("{}: --transpose {} moves all {} notes outside 0 to 127; it was not written", name,
                flags.arrange.transpose, written.left_out);
  }
  return {};
}

// Sentences about a piece that differs from what was asked.
void warn_of_piece(const Request& request, const infer::Generated& generated,
                   const WrittenPiece& written, const std::string& name, Totals& totals) {
  const auto warn_later = [&](std::string sentence) {
    totals.warnings.push_back(std::move(sentence));
  };
  if (!written.problem.empty()) {
    warn_later(fmt::format("{} {}; the notes of both are written to {} without its other events",
                           request.prime->input.name, written.problem, name));
  }
  if (written.left_out > 0) {
    warn_later(
        fmt::format("{}: {} notes would leave 0 to 127 with --transpose {}; they were omitted",
                    name, written.left_out, request.flags.arrange.transpose));
  }
  if (written.notes == 0 && generated.ended == infer::Ended::end) {
    warn_later(
        fmt::format("{}: has no new notes, because the model ended the piece at once; try another "
                    "--seed{}, or omit --until-end",
                    name, request.prime ? ", a shorter prime (--prime-seconds)" : ""));
  } else if (written.notes == 0) {
    warn_later(
        fmt::format("{}: has no notes; try more --seconds or --tokens, or another --seed", name));
  }
  if (generated.too_dense) {
    warn_later(
        fmt::format("{}: the model hardly advanced in time: stopped after {} events, {} for each "
                    "second asked; try another --temperature",
                    name, generated.drawn_tokens, infer::kMaxTokensPerSecond));
  }
  if (const auto loops = generated.mended[static_cast<std::size_t>(infer::Fault::loop)];
      loops > 0) {
    warn_later(
        fmt::format("{}: the model played passages more than {} times in a row; loops broken: {}; "
                    "try another --temperature or a --repetition-penalty",
                    name, request.options.draw.limits.longest_loop, loops));
  }
  if (generated.ended == infer::Ended::interrupted) {
    warn_later(fmt::format("{}: interrupted; it has the {:.1f} s of new music drawn so far", name,
                           written.music_seconds));
  }
}

// Writes piece `index` to `file`, and adds it to the totals.
Expected<void> finish_piece(const Request& request, const infer::Generated& generated, int index,
                            ReplacingFile& file, Totals& totals) {
  const auto& flags = request.flags;
  const auto name = numbered(flags.output, index, flags.count).string();
  const auto written = write_piece(piece_to_write(request, generated, index));
  PNO_TRY_VOID(check_notes(flags, generated, written, name));
  warn_of_piece(request, generated, written, name, totals);
  PNO_TRY_VOID(file.write(written.bytes));
  PNO_TRY_VOID(file.commit());

  count_mends(generated, written.mended, totals);
  totals.files.push_back(name);
  ++totals.ended_by[std::string(enum_name(generated.ended))];
  totals.drawn += generated.drawn_tokens;
  totals.drawn_after_first += std::max<std::int64_t>(generated.drawn_tokens - 1, 0);
  totals.prime_tokens = generated.prime_tokens;
  totals.offset_seconds = written.offset_seconds;
  totals.music_seconds += written.music_seconds;
  return {};
}

// Generates and writes `size` pieces from number `first` on.
Expected<void> generate_pieces(const Request& request, int first, int size, Totals& totals) {
  const auto& flags = request.flags;
  // Opens the files first, so that a name that cannot be written is reported at once.
  std::vector<ReplacingFile> files;
  for (int i = 0; i < size; ++i) {
    PNO_TRY(auto file, ReplacingFile::create(numbered(flags.output, first + i, flags.count)));
    files.push_back(std::move(file));
  }
  ProgressLine line(size == 1 ? "generate" : fmt::format("pieces {}-{}", first + 1, first + size),
                    "tokens");
  auto options = request.options;
  options.stream = static_cast<std::uint64_t>(first);
  ProgressFunction progress;
  std::optional<DrawnMusic> music;
  if (request.performer == nullptr) {
    progress = [&](std::int64_t done, std::int64_t total) { line.update(done, total); };
  } else {
    music.emplace(*request.performer, request.engine->vocabulary(),
                  DrawnMusic::Options{.transpose = flags.arrange.transpose});
    options.listener = [&](events::Token token) { return music->hear(token); };
  }
  std::vector<infer::Generated> pieces;
  if (flags.beam > 0) {
    PNO_TRY(auto found, infer::beam_search(request.engine, options, flags.beam, progress));
    totals.log_probability = found.log_probability;
    pieces.push_back(std::move(found.generated));
  } else {
    PNO_TRY(pieces, infer::generate_together(request.engine, options, size, progress));
  }
  if (music) {
    const auto& piece = pieces.front();
    music->finish(std::span(piece.tokens).subspan(static_cast<std::size_t>(piece.prime_tokens)));
  }
  // If one piece fails, the others are still written.
  Expected<void> written;
  for (int i = 0; i < size; ++i) {
    const auto index = static_cast<std::size_t>(i);
    auto piece = finish_piece(request, pieces[index], first + i, files[index], totals);
    if (!piece && written) written = std::move(piece);
  }
  PNO_TRY_VOID(written);
  if (first == 0) totals.first_token_ms = pieces.front().first_token_ms;
  totals.draw_seconds += pieces.front().draw_seconds;
  totals.seconds += pieces.front().seconds;
  return {};
}

Answer answer_of(const Request& request, const Totals& totals) {
  const auto& flags = request.flags;
  const auto seed = request.options.seed;
  const auto& files = totals.files;
  auto text =
      files.size() == 1 ? files.front() : fmt::format("{} … {}", files.front(), files.back());
  text += fmt::format(": {:.1f} s of new music, {} tokens at {:.0f}/s, {} mended, seed {}\n",
                      totals.music_seconds, grouped(totals.drawn), totals.tokens_per_s(),
                      grouped(totals.mended), seed);
  if (request.prime) {
    text += fmt::format("The new music begins {:.2f} s after the start of {}\n",
                        totals.offset_seconds, request.prime->input.name);
  }
  Answer answer{std::move(text),
                {{"tokens", totals.drawn},
                 {"prime_tokens", totals.prime_tokens},
                 {"tokens_per_s", totals.tokens_per_s()},
                 {"first_token_ms", totals.first_token_ms},
                 {"music_seconds", totals.music_seconds},
                 {"seed", seed},
                 {"ended", totals.ended()},
                 {"ended_by", Json(totals.ended_by)},
                 {"mended", totals.mended},
                 {"mended_by", Json(totals.mended_by)},
                 {"files", totals.files},
                 {"seconds", totals.seconds}}};
  if (request.prime) answer.json["offset_seconds"] = totals.offset_seconds;
  if (flags.beam > 0) answer.json["log_probability"] = totals.log_probability;
  // As for other commands, the exit code says that the work is not complete.
  answer.complete = !totals.has(infer::Ended::interrupted);
  return answer;
}

Expected<void> check_outputs(const GenerateFlags& flags) {
  if (names_stdout(flags.output) && flags.count > 1) {
    return fail_usage("stdout has room for one MIDI file, and --count is {}; name a file with -o",
                      flags.count);
  }
  for (int i = 0; i < flags.count; ++i) {
    const auto path = numbered(flags.output, i, flags.count);
    PNO_TRY_VOID(check_output(path, FileKind::midi, {flags.model, flags.prime.file}));
    if (!flags.overwrite) PNO_TRY_VOID(check_generated(path));
  }
  return {};
}

// Plays the piece while it is drawn. Its file is written as soon as all of it is.
Expected<Answer> play_and_write(Request& request, Totals& totals) {
  const auto& flags = request.flags;
  PNO_TRY(const auto instrument,
          open_instrument(flags.instrument, Instrument::Out::port_or_sound, {}));
  fmt::print(stderr, "pno {}\n", instrument->description());
  const auto played =
      play_drawn(*instrument,
                 {.title = fmt::format("{}, seed {}", flags.output.string(), request.options.seed),
                  .tempo = flags.arrange.tempo_scale,
                  .with_view = !flags.without_view},
                 [&](live::Performer& performer) {
                   request.performer = &performer;
                   return generate_pieces(request, /*first=*/0, /*size=*/1, totals);
                 });
  for (const auto& sentence : totals.warnings) warn(sentence);
  if (!played) return tl::unexpected(played.error());
  auto answer = answer_of(request, totals);
  answer.text += "Played " + figures_line(*played, *instrument);
  add_figures(*played, *instrument, answer.json["played"]);
  answer.json["played"]["music_seconds"] = played->music_seconds;
  return answer;
}

Expected<Answer> generate(GenerateFlags flags) {
  PNO_TRY(const auto lists, instrument_lists(flags.instrument));
  if (!lists.empty()) return Answer{lists, {}};
  if (flags.model.empty()) {
    PNO_TRY(flags.model, default_model());
  }
  PNO_TRY_VOID(check_outputs(flags));
  use_mood(flags);
  PNO_TRY(auto options, generate_options(flags));
  PNO_TRY(const auto engine, infer::Engine::open(flags.model, {.threads = flags.threads,
                                                               .precision = flags.precision}));
  PNO_TRY_VOID(ask_model(flags, *engine, options));
  Request request{.flags = flags, .engine = engine, .options = std::move(options)};
  if (!flags.prime.file.empty()) {
    PNO_TRY(request.prime, read_prime(flags.prime, engine->vocabulary()));
    request.options.prime = request.prime->tokens;
  }
  Totals totals;
  if (flags.play) return play_and_write(request, totals);
  for (int first = 0; first < flags.count; first += kMostTogether) {
    const int size = std::min(kMostTogether, flags.count - first);
    auto generated = generate_pieces(request, first, size, totals);
    for (const auto& sentence : std::exchange(totals.warnings, {})) warn(sentence);
    if (!generated) {
      if (first > 0) warn(fmt::format("pieces 1 to {} were written before", first));
      return tl::unexpected(std::move(generated.error()));
    }
    if (totals.has(infer::Ended::interrupted)) break;
  }
  return answer_of(request, totals);
}

}  // namespace

void add_generate(Program& program) {
  auto flags = std::make_shared<GenerateFlags>();
  CLI::App& app =
      program.add({.name = "generate",
                   .summary = "Generate new music, or continue a performance",
                   .example = "  pno generate -o new.mid --seconds 60\n"
                              "  pno generate run/model.safetensors -o other.mid --seed 1\n"
                              "  pno generate run/model.safetensors -o mine.mid --prime a.mid "
                              "--prime-seconds 20\n"
                              "  pno generate -o heard.mid --play\n"
                              "  pno generate run/model.safetensors -o calm.mid --key C#m "
                              "--density 4 --top-p 0.95",
                   .run = [flags] { return generate(*flags); }});
  add_generate_flags(app, *flags);
}

}  // namespace pno::cli
